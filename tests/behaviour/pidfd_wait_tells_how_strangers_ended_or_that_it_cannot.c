/*
 * pidfd_wait with PIDFD_WFOREIGN waits for any process, reaps nothing, and tells the status that the kernel tells or
 * none.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "environment.h"
#include "fds.h"
#include "run.h"

static bool is_native(enum libpidfd_call call)
{
	return libpidfd_path(call, NULL) == LIBPIDFD_PATH_KERNEL;
}

/* What comes of waiting: PID with STATUS where the kernel TELLS it, else ENODATA and nothing written. */
static void tells(bool tells, int pidfd, pid_t pid, int flags, int status)
{
	struct rusage rusage, untouched;
	siginfo_t info = { .si_pid = -7 };
	int told = ~status, r;

	memset(&rusage, 0x5a, sizeof(rusage));
	memset(&untouched, 0x5a, sizeof(untouched));
	errno = EXDEV;
	r = pidfd_wait(pidfd, &told, &info, &rusage, WEXITED, PIDFD_WFOREIGN | flags);
	ck_assert_mem_eq(&rusage, &untouched, sizeof(rusage));
	if (!tells) {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(errno, ENODATA);
		ck_assert_int_eq(told, ~status);
		ck_assert_int_eq(info.si_pid, -7);
		return;
	}
	ck_assert_int_eq(r, pid);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(told, status);
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_code, WIFEXITED(status) ? CLD_EXITED : CLD_KILLED);
	ck_assert_int_eq(info.si_status, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	ck_assert_int_eq(info.si_pid, pid == INT_MAX ? 0 : pid);
}

static const int statuses[] = { 0, 3 << 8, 255 << 8, SIGKILL, SIGUSR1 };

static void end_with(const struct stranger *stranger, int status)
{
	if (WIFEXITED(status))
		talk_say(stranger->talk, (unsigned char)WEXITSTATUS(status));
	else
		kill(stranger->pid, WTERMSIG(status));
}

START_TEST(a_stranger_that_ends)
{
	must_have_proc();

	struct stranger stranger = stranger_start();
	int pidfd = pidfd_open(stranger.pid, 0), status = statuses[_i];
	bool told = is_native(LIBPIDFD_CALL_GET_INFO);

	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	end_with(&stranger, status);
	tells(told, pidfd, stranger.pid, 0, status);
	stranger_await_zombie(&stranger);
	tells(told, pidfd, stranger.pid, WNOHANG, status);
	stranger_reap(&stranger);
	/* The kernel keeps it for those who hold pidfds of its own. */
	tells(told && !is_of_proc(pidfd), pidfd, INT_MAX, 0, status);
	tells(told && !is_of_proc(pidfd), pidfd, INT_MAX, WNOHANG, status);
	close(pidfd);
	stranger_end(&stranger);
}
END_TEST

START_TEST(a_directory)
{
	must_have_proc();

	struct stranger stranger = stranger_start();
	int dir = open_proc_of(stranger.pid, 0);

	ck_assert_int_eq(pidfd_wait(dir, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	end_with(&stranger, statuses[_i]);
	tells(is_native(LIBPIDFD_CALL_GET_INFO), dir, stranger.pid, 0, statuses[_i]);
	stranger_await_zombie(&stranger);
	stranger_reap(&stranger);
	tells(false, dir, INT_MAX, 0, statuses[_i]);
	close(dir);
	stranger_end(&stranger);
}
END_TEST

START_TEST(an_orphan)
{
	must_have_proc();

	struct stranger orphan = stranger_orphan();
	int pidfd = pidfd_open(orphan.pid, 0), status, r;

	stranger_exit_with(&orphan, 3);
	r = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, PIDFD_WFOREIGN);
	if (r < 0)
		ck_assert_int_eq(errno, ENODATA);
	else
		ck_assert_int_eq(status, 3 << 8);
	if (is_native(LIBPIDFD_CALL_GET_INFO) && !is_of_proc(pidfd))
		ck_assert_int_ge(r, 0);
	close(pidfd);
	stranger_end(&orphan);
}
END_TEST

START_TEST(a_child_which_stays)
{
	must_have_proc();

	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);
	bool told = is_native(LIBPIDFD_CALL_GET_INFO);

	talk_say(child.talk, 9);
	tells(told, pidfd, child.pid, 0, 9 << 8);
	tells(told, pidfd, child.pid, WNOHANG, 9 << 8);
	ck_assert_int_eq(child_reap(&child), 9 << 8);
	tells(told && !is_of_proc(pidfd), pidfd, INT_MAX, 0, 9 << 8);
	close(pidfd);
}
END_TEST

START_TEST(stops_are_no_ends)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	child_end(&child);

	close(pidfd);
	child = child_with_ended_main_thread();
	pidfd = pidfd_open(child.pid, 0);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	talk_say(child.talk, 8);
	/* The status is the process', not that of the main thread, which was 0. */
	tells(is_native(LIBPIDFD_CALL_GET_INFO), pidfd, child.pid, 0, 8 << 8);
	ck_assert_int_eq(child_reap(&child), 8 << 8);
	close(pidfd);
}
END_TEST

START_TEST(with_a_full_table)
{
	struct stranger stranger = stranger_start();
	int pidfd = pidfd_open(stranger.pid, 0);
	/* The end needs no descriptor where the kernel polls; a zombie's status, where it is told, stands in /proc. */
	bool needs_none = !is_of_proc(pidfd) && is_native(LIBPIDFD_CALL_POLL) && !is_native(LIBPIDFD_CALL_GET_INFO);
	struct full_table table;

	stranger_exit_with(&stranger, 3);
	table_fill(&table);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), -1);
	ck_assert_int_eq(errno, needs_none ? ENODATA : EMFILE);
	table_empty(&table);
	close(pidfd);
	stranger_end(&stranger);
}
END_TEST

START_TEST(another_namespaces_process)
{
	struct child init = with_foreign_proc();
	int foreign = open_proc_of(1, 0);

	ck_assert_int_ge(foreign, 0);
	ck_assert_int_eq(pidfd_wait(foreign, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	child_end(&init);
	tells(false, foreign, INT_MAX, 0, 0);
	close(foreign);
}
END_TEST

TESTS(TEST_EACH(a_stranger_that_ends, statuses), TEST_EACH(a_directory, statuses), TEST(an_orphan),
      TEST(a_child_which_stays), TEST(stops_are_no_ends), TEST(with_a_full_table), TEST(another_namespaces_process))
