/* pidfd_getpid gives the PID of either kind of pidfd until the process is reaped, and needs a free descriptor at most. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "environment.h"
#include "fds.h"
#include "kinds.h"
#include "naming.h"
#include "raw.h"
#include "run.h"

static int (*const both[])(pid_t pid) = { open_pidfd, open_directory };

static int open_either(int kind, pid_t pid)
{
	must_have(both[kind]);
	return both[kind](pid);
}

START_TEST(from_birth_to_reaping)
{
	struct child child = child_waiting();
	int pidfd = open_either(_i, child.pid);

	names(pidfd, child.pid);
	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	names(pidfd, child.pid);
	kill(child.pid, SIGCONT);
	child_exit_with(&child, 0);
	names(pidfd, child.pid);
	child_reap(&child);
	refuses(pidfd, ESRCH);
	close(pidfd);
}
END_TEST

START_TEST(oneself)
{
	int pidfd = open_either(_i, getpid());

	names(pidfd, getpid());
	close(pidfd);
}
END_TEST

START_TEST(no_child)
{
	struct stranger stranger = stranger_start();
	int pidfd = open_either(_i, stranger.pid);

	names(pidfd, stranger.pid);
	stranger_exit_with(&stranger, 0);
	names(pidfd, stranger.pid);
	stranger_reap(&stranger);
	refuses(pidfd, ESRCH);
	stranger_end(&stranger);
	close(pidfd);
}
END_TEST

START_TEST(an_ended_main_thread)
{
	struct child child = child_with_ended_main_thread();
	int pidfd = open_either(_i, child.pid);

	names(pidfd, child.pid);
	child_end(&child);
	refuses(pidfd, ESRCH);
	close(pidfd);
}
END_TEST

/* Not where the kernel itself tells the PID. */
static bool kernel_tells(int pidfd)
{
	struct raw_pidfd_info info = { .mask = 1 };
	int why;

	libpidfd_path(LIBPIDFD_CALL_GET_INFO, &why);
	return why != ECANCELED && raw_pidfd_get_info(pidfd, &info) == 0;
}

START_TEST(a_full_table)
{
	int pidfd = open_either(_i, getpid()), why, pid;
	struct full_table table;

	table_fill(&table);
	errno = 0;
	pid = pidfd_getpid(pidfd);
	why = errno;
	table_empty(&table);
	if (pid < 0)
		ck_assert_int_eq(why, EMFILE);
	else
		ck_assert_int_eq(pid, getpid());
	ck_assert_int_eq(pid > 0, kernel_tells(pidfd));
	names(pidfd, getpid());
	close(pidfd);
}
END_TEST

START_TEST(a_reaped_one_without_proc)
{
	struct child child = child_zombie(0);
	int pidfd = open_pidfd(child.pid);
	bool knows = is_of_proc(pidfd) || libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;

	child_reap(&child);
	without_proc();
	refuses(pidfd, knows ? ESRCH : ENOSYS);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(from_birth_to_reaping, both), TEST_EACH(oneself, both), TEST_EACH(no_child, both),
      TEST_EACH(an_ended_main_thread, both), TEST_EACH(a_full_table, both), TEST(a_reaped_one_without_proc))
