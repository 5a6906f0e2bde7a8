/*
 * pidfd_wait takes the kernel's pidfds and descriptors on /proc/PID alike. Where it has to look at /proc and can't, it
 * says so and reaps nothing.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "environment.h"
#include "fds.h"
#include "quirks.h"
#include "run.h"

static bool is_native(enum libpidfd_call call)
{
	return libpidfd_path(call, NULL) == LIBPIDFD_PATH_KERNEL;
}

static const bool directories[] = { false, true };

static int open_as(bool directory, pid_t pid, unsigned int flags)
{
	int pidfd = directory ? open_proc_of(pid, (int)flags) : pidfd_open(pid, flags);

	if (pidfd < 0)
		must_have_proc();
	ck_assert_msg(pidfd >= 0, "%s: %s", directory ? "a directory" : "pidfd_open", strerror(errno));
	return pidfd;
}

START_TEST(ends_and_stops)
{
	waitid_must_tell_stops();

	struct child child = child_waiting();
	int pidfd = open_as(directories[_i], child.pid, 0), status;

	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG), 0);
	kill(child.pid, SIGSTOP);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WSTOPPED, 0), child.pid);
	ck_assert(WIFSTOPPED(status));
	kill(child.pid, SIGCONT);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED | WCONTINUED, 0), child.pid);
	ck_assert(WIFCONTINUED(status));
	talk_say(child.talk, 5);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, WNOWAIT), child.pid);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), child.pid);
	ck_assert_int_eq(status, 5 << 8);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	close(pidfd);
	close(child.talk);
}
END_TEST

START_TEST(without_blocking)
{
	struct child child = child_waiting();
	int pidfd = open_as(directories[_i], child.pid, O_NONBLOCK);

	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	child_exit_with(&child, 0);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), child.pid);
	close(pidfd);
	close(child.talk);
}
END_TEST

START_TEST(of_no_child)
{
	struct stranger stranger = stranger_start();
	int pidfd = open_as(directories[_i], stranger.pid, 0);

	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	stranger_end(&stranger);
	close(pidfd);
}
END_TEST

/* Waits for CHILD, a zombie; if that has to fail, it fails with WHY and leaves the zombie. */
static void waits_or_fails(int pidfd, struct child *child, int why)
{
	int r, status = 77;

	errno = 0;
	r = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0);
	if (!why) {
		ck_assert_int_eq(r, child->pid);
		ck_assert_int_eq(status, 3 << 8);
		close(child->talk);
		return;
	}
	ck_assert_int_eq(r, -1);
	ck_assert_int_eq(errno, why);
	ck_assert_int_eq(status, 77);
	ck_assert_int_eq(child_reap(child), 3 << 8);
}

START_TEST(with_a_full_table)
{
	struct child child = child_zombie(3);
	int pidfd = open_as(directories[_i], child.pid, 0);
	/* A kernel's needs no look at its fdinfo where the kernel waits for it or tells its PID (PIDFD_GET_INFO). */
	bool opens = is_of_proc(pidfd) || !(is_native(LIBPIDFD_CALL_WAIT) || is_native(LIBPIDFD_CALL_GET_INFO));
	struct full_table table;

	table_fill(&table);
	waits_or_fails(pidfd, &child, opens ? EMFILE : 0);
	table_empty(&table);
	close(pidfd);
}
END_TEST

START_TEST(without_a_proc_any_more)
{
	struct child child = child_zombie(3);
	int pidfd = open_as(directories[_i], child.pid, 0);
	bool needs_proc = !(is_of_proc(pidfd) || is_native(LIBPIDFD_CALL_WAIT) || is_native(LIBPIDFD_CALL_GET_INFO));

	without_proc();
	waits_or_fails(pidfd, &child, needs_proc ? ENOSYS : 0);
	close(pidfd);
}
END_TEST

static int hide(int talk, void *unused)
{
	talk_hear(talk);
	prctl(PR_SET_DUMPABLE, 0);
	talk_say(talk, 0);
	return child_obeys(talk, unused);
}

static bool directory;

static void wait_for_hidden(void)
{
	struct child child = child_start(hide, NULL);
	int pidfd = open_as(directory, child.pid, 0);

	talk_say(child.talk, 0);
	ck_assert_int_eq(talk_hear(child.talk), 0);
	if (is_of_proc(pidfd)) {
		/* While it lives: a zombie is shown again (seen on 5.10). */
		ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), -1);
		ck_assert_int_eq(errno, EACCES);
		child_exit_with(&child, 3);
		ck_assert_int_eq(child_reap(&child), 3 << 8);
	} else {
		talk_say(child.talk, 3);
		waits_or_fails(pidfd, &child, 0);
	}
	close(pidfd);
}

START_TEST(of_a_child_that_proc_hides)
{
	directory = directories[_i];
	in_pid_namespace_with_hidepid(wait_for_hidden);
}
END_TEST

START_TEST(through_another_namespaces_proc)
{
	struct child child = child_waiting(), init = with_foreign_proc();
	int foreign = open_proc_of(1, 0), status = 77;

	ck_assert_int_ge(foreign, 0);
	ck_assert_int_eq(pidfd_wait(foreign, &status, NULL, NULL, WEXITED, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(status, 77);
	close(foreign);
	child_end(&init);
	child_end(&child);
}
END_TEST

TESTS(TEST_EACH(ends_and_stops, directories), TEST_EACH(without_blocking, directories),
      TEST_EACH(of_no_child, directories), TEST_EACH(with_a_full_table, directories),
      TEST_EACH(without_a_proc_any_more, directories), TEST_EACH(of_a_child_that_proc_hides, directories),
      TEST(through_another_namespaces_proc))
