/* pidfd_wait, and pidfd_waitid, refuse a bad number, bad states, bad flags and what is no pidfd, in this order. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "run.h"
#include "wait_out.h"

START_TEST(what_is_no_pidfd)
{
	int fd = open_no_pidfd(&no_pidfds[_i]);

	if (fd < 0)
		must_have_proc();
	ck_assert_int_ge(fd, 0);
	both_fail(fd, WEXITED, 0, EBADF);
	both_fail(fd, WEXITED, WNOHANG, EBADF);
	fails(fd, WEXITED, PIDFD_WFOREIGN, EBADF);
	both_fail(fd, 0, 0, EINVAL);
	both_fail(fd, WEXITED, 1 << 8, EINVAL);
	close(fd);
}
END_TEST

static const struct {
	int fd, why;
} numbers[] = { { -1, EINVAL }, { INT_MIN, EINVAL }, { AT_FDCWD, EINVAL }, { INT_MAX, EBADF }, { 1023, EBADF } };

START_TEST(what_is_not_open)
{
	both_fail(numbers[_i].fd, WEXITED, 0, numbers[_i].why);
	fails(numbers[_i].fd, WEXITED, PIDFD_WFOREIGN, numbers[_i].why);
	both_fail(numbers[_i].fd, 0, 0, EINVAL);
	both_fail(numbers[_i].fd, WEXITED, 1 << 8, EINVAL);
}
END_TEST

static const struct {
	int states, flags;
} unknown[] = {
	{ 0, 0 },
	{ 0, WNOHANG },
	{ -1, 0 },
	{ INT_MIN, 0 },
	{ WEXITED | WNOHANG, 0 },
	{ WEXITED | 1 << 8, 0 },
	{ WEXITED, WEXITED },
	{ WEXITED, WSTOPPED },
	{ WEXITED, 1 << 8 },
	{ WEXITED, 1 << 27 },
	{ WEXITED, -1 },
	{ WSTOPPED, PIDFD_WFOREIGN },
	{ WEXITED | WSTOPPED, PIDFD_WFOREIGN },
	{ WEXITED, PIDFD_WFOREIGN | WNOWAIT },
	{ WEXITED, PIDFD_WFOREIGN | (int)__WALL },
	{ WEXITED, PIDFD_WFOREIGN | 1 << 8 },
};

START_TEST(unknown_states_and_flags)
{
	struct child child = child_zombie(1);
	int pidfd = pidfd_open(child.pid, 0);

	fails(pidfd, unknown[_i].states, unknown[_i].flags, EINVAL);
	fails(STDIN_FILENO, unknown[_i].states, unknown[_i].flags, EINVAL);
	ck_assert_int_eq(child_reap(&child), 1 << 8);
	close(pidfd);
}
END_TEST

/* It has a directory, although /proc does not list it. */
static void *wait_for_oneself(void *unused)
{
	int fd = open_proc_of((pid_t)syscall(SYS_gettid), 0);

	ck_assert_int_ge(fd, 0);
	both_fail(fd, WEXITED, 0, EBADF);
	fails(fd, WEXITED, PIDFD_WFOREIGN, EBADF);
	close(fd);
	return unused;
}

START_TEST(a_thread_that_leads_no_process)
{
	pthread_t thread;

	must_have_proc();
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_oneself, NULL), 0);
	pthread_join(thread, NULL);
}
END_TEST

TESTS(TEST_EACH(what_is_no_pidfd, no_pidfds), TEST_EACH(what_is_not_open, numbers),
      TEST_EACH(unknown_states_and_flags, unknown), TEST(a_thread_that_leads_no_process))
