/* pidfd_open makes a descriptor of any process that is not reaped, close-on-exec, with O_NONBLOCK if asked, of its own. */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) == LIBPIDFD_PATH_KERNEL;
}

/* The kernel's pidfd is no directory. */
static void opens(pid_t pid, unsigned int flags)
{
	struct stat stat;

	errno = ELOOP;

	int pidfd = pidfd_open(pid, flags);

	ck_assert_int_ge(pidfd, 0);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(pidfd, F_GETFL) & O_NONBLOCK, flags & O_NONBLOCK);
	ck_assert_int_eq(fstat(pidfd, &stat), 0);
	ck_assert_int_eq(S_ISDIR(stat.st_mode), !native());
	ck_assert_int_eq(pidfd_getpid(pidfd), pid);
	ck_assert_int_eq(close(pidfd), 0);
}

static const unsigned int flags[] = { 0, PIDFD_NONBLOCK };

START_TEST(a_child)
{
	struct child child = child_waiting();

	opens(child.pid, flags[_i]);
	child_end(&child);
}
END_TEST

START_TEST(a_stopped_child)
{
	struct child child = child_waiting();

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	opens(child.pid, flags[_i]);
	child_end(&child);
}
END_TEST

START_TEST(a_zombie)
{
	struct child child = child_zombie(0);

	opens(child.pid, flags[_i]);
	child_end(&child);
}
END_TEST

START_TEST(oneself)
{
	opens(getpid(), flags[_i]);
}
END_TEST

START_TEST(the_parent)
{
	opens(getppid(), flags[_i]);
}
END_TEST

START_TEST(no_child)
{
	struct stranger stranger = stranger_start();

	opens(stranger.pid, flags[_i]);
	stranger_exit_with(&stranger, 0);
	opens(stranger.pid, flags[_i]);
	stranger_end(&stranger);
}
END_TEST

START_TEST(an_ended_main_thread)
{
	struct child child = child_with_ended_main_thread();

	opens(child.pid, flags[_i]);
	child_end(&child);
}
END_TEST

START_TEST(nonblock_is_the_only_difference)
{
	int plain = pidfd_open(getpid(), 0), nonblock = pidfd_open(getpid(), PIDFD_NONBLOCK);

	ck_assert_int_eq(fcntl(nonblock, F_GETFL), fcntl(plain, F_GETFL) | O_NONBLOCK);
	ck_assert_int_eq(fcntl(nonblock, F_GETFD), fcntl(plain, F_GETFD));
	close(plain);
	close(nonblock);
}
END_TEST

START_TEST(each_time_anew)
{
	int first = pidfd_open(getpid(), 0), second = pidfd_open(getpid(), 0);

	ck_assert_int_ne(first, second);
	close(first);
	ck_assert_int_eq(pidfd_getpid(second), getpid());
	close(second);
}
END_TEST

TESTS(TEST_EACH(a_child, flags), TEST_EACH(a_stopped_child, flags), TEST_EACH(a_zombie, flags),
      TEST_EACH(oneself, flags), TEST_EACH(the_parent, flags), TEST_EACH(no_child, flags),
      TEST_EACH(an_ended_main_thread, flags), TEST(nonblock_is_the_only_difference), TEST(each_time_anew))
