/*
 * pidfd_wait that has nothing to report says why and writes nothing, but for *INFO where WNOHANG found nothing. So does
 * pidfd_waitid.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"
#include "wait_out.h"

static void nothing_yet(int pidfd, int states, int flags)
{
	static const siginfo_t zero; /* padding too */

	ck_assert_int_eq(wait_out(pidfd, states, flags | WNOHANG), 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_mem_eq(&out.info, &zero, sizeof(zero));
	untouched.info = out.info;
	ck_assert_mem_eq(&out, &untouched, sizeof(out));
}

static int open_of(pid_t pid)
{
	int pidfd = pidfd_open(pid, 0);

	ck_assert_int_ge(pidfd, 0);
	return pidfd;
}

START_TEST(a_child_that_goes_on)
{
	struct child child = child_waiting();
	int pidfd = open_of(child.pid);

	nothing_yet(pidfd, WEXITED, 0);
	nothing_yet(pidfd, WEXITED, WNOWAIT);
	nothing_yet(pidfd, WEXITED | WSTOPPED | WCONTINUED, 0);
	nothing_yet(pidfd, WEXITED, (int)__WALL);
	nothing_yet(pidfd, WEXITED, PIDFD_WFOREIGN);
	child_end(&child);
	close(pidfd);
}
END_TEST

START_TEST(a_child_whose_pidfd_does_not_block)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, PIDFD_NONBLOCK);

	both_fail(pidfd, WEXITED, 0, EAGAIN);
	both_fail(pidfd, WSTOPPED | WCONTINUED, 0, EAGAIN);
	fails(pidfd, WEXITED, (int)__WALL, EAGAIN);
	fails(pidfd, WEXITED, PIDFD_WFOREIGN, EAGAIN);
	nothing_yet(pidfd, WEXITED, 0);
	nothing_yet(pidfd, WEXITED, PIDFD_WFOREIGN);
	child_exit_with(&child, 1);
	ck_assert_int_eq(wait_out(pidfd, WEXITED, 0), child.pid);
	close(pidfd);
	close(child.talk);
}
END_TEST

START_TEST(no_children)
{
	struct stranger stranger = stranger_start();
	const pid_t pids[] = { getpid(), getppid(), stranger.pid };

	for (size_t i = 0; i < sizeof(pids) / sizeof(pids[0]); i++) {
		int pidfd = open_of(pids[i]);

		both_fail(pidfd, WEXITED, 0, ECHILD);
		both_fail(pidfd, WEXITED | WSTOPPED | WCONTINUED, WNOHANG, ECHILD);
		fails(pidfd, WEXITED, (int)__WALL, ECHILD);
		close(pidfd);
	}
	stranger_end(&stranger);
}
END_TEST

static const bool by_itself[] = { false, true };

START_TEST(a_reaped_child)
{
	struct child child = child_zombie(1);
	int pidfd = open_of(child.pid);

	ck_assert_int_eq(wait_out(pidfd, WEXITED, WNOWAIT), child.pid);
	if (by_itself[_i])
		ck_assert_int_eq(wait_out(pidfd, WEXITED, 0), child.pid);
	else
		ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
	both_fail(pidfd, WEXITED, 0, ECHILD);
	both_fail(pidfd, WEXITED, WNOHANG, ECHILD);
	close(pidfd);
	close(child.talk);
}
END_TEST

static void *wait_for_children_of_others(void *pidfd)
{
	fails(*(int *)pidfd, WEXITED, WNOHANG | __WNOTHREAD, ECHILD);
	nothing_yet(*(int *)pidfd, WEXITED, 0);
	return NULL;
}

START_TEST(a_child_of_another_thread)
{
	struct child child = child_waiting();
	int pidfd = open_of(child.pid);
	pthread_t thread;

	nothing_yet(pidfd, WEXITED, __WNOTHREAD);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for_children_of_others, &pidfd), 0);
	pthread_join(thread, NULL);
	child_end(&child);
	close(pidfd);
}
END_TEST

/* Those that send SIGCHLD when they end, and those that do not: a wait by the flags finds the one, or the other, or both. */
static const struct {
	int exit_signal, flags;
	bool found;
} sorts[] = {
	{ SIGCHLD, 0, true },		{ SIGCHLD, (int)__WCLONE, false },
	{ SIGCHLD, (int)__WALL, true }, { 0, 0, false },
	{ 0, (int)__WCLONE, true },	{ 0, (int)__WALL, true },
	{ SIGUSR1, 0, false },		{ SIGUSR1, (int)__WCLONE, true },
	{ SIGUSR1, (int)__WALL, true }, { SIGCHLD, __WNOTHREAD, true },
};

static int end_with_nine(void *unused)
{
	(void)unused;
	return 9;
}

START_TEST(a_child_of_another_sort)
{
	struct pollfd end = { .events = POLLIN };
	int pidfd;
	pid_t pid;

	signal(SIGUSR1, SIG_IGN);
	pid = clone_pidfd(end_with_nine, NULL, sorts[_i].exit_signal, NULL, &pidfd);

	ck_assert_int_gt(pid, 0);
	end.fd = pidfd;
	ck_assert_int_eq(pidfd_poll(&end, 1, -1), 1);
	if (!sorts[_i].found) {
		fails(pidfd, WEXITED, sorts[_i].flags, ECHILD);
		fails(pidfd, WEXITED, sorts[_i].flags | WNOHANG, ECHILD);
		ck_assert_int_eq(waitpid(pid, NULL, __WALL), pid);
	} else {
		ck_assert_int_eq(wait_out(pidfd, WEXITED, sorts[_i].flags), pid);
		ck_assert_int_eq(out.status, 9 << 8);
	}
	fails(pidfd, WEXITED, sorts[_i].flags, ECHILD);
	close(pidfd);
}
END_TEST

TESTS(TEST(a_child_that_goes_on), TEST(a_child_whose_pidfd_does_not_block), TEST(no_children),
      TEST_EACH(a_reaped_child, by_itself), TEST(a_child_of_another_thread), TEST_EACH(a_child_of_another_sort, sorts))
