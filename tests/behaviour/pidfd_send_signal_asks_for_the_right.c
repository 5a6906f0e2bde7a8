/* Whom kill(2) may not signal, pidfd_send_signal may not either; nothing arrives, and whom it may, gets it once. */
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "receiver.h"
#include "quirks.h"
#include "run.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

static void refuses(int pidfd, int sig)
{
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, sig, NULL, 0), -1);
	ck_assert_int_eq(errno, EPERM);
}

static const int signals[] = { 0, SIGTERM, SIGKILL, SIGSTOP, SIGUSR1, SIGIO };

START_TEST(another_user)
{
	must_be_root();

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	become_user(NOBODY);
	refuses(pidfd, signals[_i]);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_exit_with(&receiver, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&receiver)), 42);
	close(pidfd);
}
END_TEST

START_TEST(another_users_zombie)
{
	must_be_root();

	struct child zombie = child_zombie(42);
	int pidfd = pidfd_open(zombie.pid, 0);

	become_user(NOBODY);
	refuses(pidfd, signals[_i]);
	child_end(&zombie);
	close(pidfd);
}
END_TEST

START_TEST(the_first_process)
{
	must_be_root();
	become_user(NOBODY);

	int pidfd = pidfd_open(1, 0);

	if (pidfd < 0)
		skip_because("process 1: errno %d", errno);
	refuses(pidfd, signals[_i]);
	close(pidfd);
}
END_TEST

static int become_nobody(int talk, void *unused)
{
	become_user(NOBODY);
	talk_say(talk, 0);
	return child_obeys(talk, unused);
}

START_TEST(root_may)
{
	must_be_root();

	struct child child = child_start(become_nobody, NULL);

	if (talk_hear(child.talk) != 0) {
		child_end(&child);
		end_if_skipped();
	}

	int pidfd = pidfd_open(child.pid, 0);

	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGKILL, NULL, 0), 0);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGKILL);
	close(pidfd);
}
END_TEST

START_TEST(ones_own_user_may)
{
	must_be_root();
	must_not_be_gvisor("its user namespace is not the initial one, where 65534 may be anybody");
	become_user(NOBODY);

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR1);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

/* As NOBODY, with these capabilities and no others; traceable again, for /proc. */
static void become_nobody_with(const cap_value_t *capabilities, int count)
{
	cap_t caps = cap_init();

	for (int i = 0; i < count; i++)
		must_have_capability(capabilities[i]);
	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	become_user(NOBODY);
	if (count > 0) {
		cap_set_flag(caps, CAP_PERMITTED, count, capabilities, CAP_SET);
		cap_set_flag(caps, CAP_EFFECTIVE, count, capabilities, CAP_SET);
	}
	ck_assert_int_eq(cap_set_proc(caps), 0);
	cap_free(caps);
	prctl(PR_SET_DUMPABLE, 1);
}

/*
 * What kill(2) permits for CAP_KILL, and SIGCONT within the session. A descriptor's owner is judged by uid alone: where
 * emulated it takes the right to trace, too.
 */
static const struct {
	int sig, count;
	cap_value_t capabilities[2];
	bool may_trace;
} privileges[] = {
	{ SIGUSR1, 1, { CAP_KILL }, false },
	{ SIGUSR1, 2, { CAP_KILL, CAP_SYS_PTRACE }, true },
	{ SIGCONT, 0, { 0 }, false },
	{ SIGCONT, 1, { CAP_SYS_PTRACE }, true },
};

START_TEST(one_with_a_privilege_may)
{
	int sig = privileges[_i].sig;
	sigset_t mask;

	must_be_root();

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	become_nobody_with(privileges[_i].capabilities, privileges[_i].count);
	ck_assert_int_eq(kill(receiver.pid, sig), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), sig);
	if (native() || (privileges[_i].may_trace && !tracer_is_under_kernel())) {
		ck_assert_msg(pidfd_send_signal(pidfd, sig, NULL, 0) == 0, "errno %d", errno);
		ck_assert_int_eq(receiver_next(&receiver, NULL), sig);
	} else {
		refuses(pidfd, sig);
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	/* Whoever traced it is gone, unseen. */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), 0);
	ck_assert_int_eq(sigprocmask(SIG_SETMASK, NULL, &mask), 0);
	ck_assert_int_eq(sigismember(&mask, SIGUSR2), 0);
	child_exit_with(&receiver, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&receiver)), 42);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(another_user, signals), TEST_EACH(another_users_zombie, signals), TEST_EACH(the_first_process, signals),
      TEST(root_may), TEST(ones_own_user_may), TEST_EACH(one_with_a_privilege_may, privileges))
