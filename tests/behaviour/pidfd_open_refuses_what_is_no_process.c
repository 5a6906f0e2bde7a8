/* pidfd_open makes no descriptor of a number that names no process, nor with flags that it does not know, and tells why. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"

static void refuses(pid_t pid, unsigned int flags, int why)
{
	errno = 0;
	ck_assert_int_eq(pidfd_open(pid, flags), -1);
	ck_assert_int_eq(errno, why);
}

static const pid_t no_pids[] = { 0, -1, INT_MIN };

START_TEST(what_is_not_positive)
{
	refuses(no_pids[_i], 0, EINVAL);
	refuses(no_pids[_i], PIDFD_NONBLOCK, EINVAL);
}
END_TEST

START_TEST(a_pid_that_never_was)
{
	refuses(INT_MAX, 0, ESRCH);
	refuses(INT_MAX, PIDFD_NONBLOCK, ESRCH);
}
END_TEST

START_TEST(a_reaped_process)
{
	pid_t reaped = child_reaped();

	refuses(reaped, 0, ESRCH);
	refuses(reaped, PIDFD_NONBLOCK, ESRCH);
}
END_TEST

/* 0200 is PIDFD_THREAD, which is the kernel's to take since 6.9. */
static const unsigned int no_flags[] = { 1, 2, 0100, O_CLOEXEC, O_NONBLOCK | 1, 1U << 31, UINT_MAX };

START_TEST(unknown_flags)
{
	struct child child = child_waiting();

	refuses(child.pid, no_flags[_i], EINVAL);
	refuses(INT_MAX, no_flags[_i], EINVAL);
	child_end(&child);
}
END_TEST

START_TEST(pidfd_thread_where_emulated)
{
	if (libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) == LIBPIDFD_PATH_KERNEL)
		skip_because("the kernel's to say");
	refuses(getpid(), 0200, EINVAL);
}
END_TEST

static void *refuse_own_thread(void *unused)
{
	(void)unused;
	refuses((pid_t)syscall(SYS_gettid), 0, EINVAL);
	refuses((pid_t)syscall(SYS_gettid), PIDFD_NONBLOCK, EINVAL);
	return NULL;
}

START_TEST(a_thread_that_leads_no_process)
{
	pthread_t thread;

	ck_assert_int_eq(pthread_create(&thread, NULL, refuse_own_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

TESTS(TEST_EACH(what_is_not_positive, no_pids), TEST(a_pid_that_never_was), TEST(a_reaped_process),
      TEST_EACH(unknown_flags, no_flags), TEST(pidfd_thread_where_emulated), TEST(a_thread_that_leads_no_process))
