/* A pidfd of a reaped process says ESRCH for ever, and whoever has been given the number since gets nothing. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "kinds.h"
#include "raw.h"
#include "run.h"

static int (*open_kind)(pid_t pid);

static void says_reaped(int result)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, ESRCH);
}

static void lives_unharmed(struct child *newcomer)
{
	child_exit_with(newcomer, 42);
	ck_assert_int_eq(child_reap(newcomer), 42 << 8);
}

static void signal_the_reaped(void)
{
	static const int signals[] = { 0, SIGTERM, SIGUSR1, SIGIO, SIGSTOP, SIGCONT, SIGKILL };
	struct child gone = child_waiting();
	int pidfd = open_kind(gone.pid);

	ck_assert_int_ge(pidfd, 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
	child_exit_with(&gone, 0);
	child_reap(&gone);

	struct child newcomer = child_with_pid(gone.pid);

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		siginfo_t info = { .si_signo = signals[i], .si_code = SI_QUEUE };

		says_reaped(pidfd_send_signal(pidfd, signals[i], NULL, 0));
		says_reaped(pidfd_send_signal(pidfd, signals[i], &info, 0));
	}
	says_reaped(pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0));
	says_reaped(pidfd_getpid(pidfd));
	lives_unharmed(&newcomer);
	close(pidfd);
}

START_TEST(whichever_way_it_was_opened)
{
	open_kind = kinds[_i];
	must_have(open_kind);
	in_pid_namespace(signal_the_reaped);
}
END_TEST

/* Until the process is reaped; what comes afterwards must not reach the newcomer. */
static int send_until_reaped(int talk, void *pidfd)
{
	int r;

	talk_say(talk, 0);
	do
		r = pidfd_send_signal(*(int *)pidfd, SIGUSR1, NULL, 0);
	while (r == 0);
	return errno == ESRCH ? 0 : errno;
}

static void reap_under_fire(void)
{
	for (int again = 0; again < 30; again++) {
		struct child zombie = child_zombie(0);
		int pidfd = open_kind(zombie.pid);
		struct child sender = child_start(send_until_reaped, &pidfd);

		ck_assert_int_eq(talk_hear(sender.talk), 0);
		child_reap(&zombie);

		struct child newcomer = child_with_pid(zombie.pid);

		ck_assert_int_eq(child_reap(&sender), 0);
		lives_unharmed(&newcomer);
		close(pidfd);
	}
}

START_TEST(while_signals_come)
{
	open_kind = kinds[_i];
	must_have(open_kind);
	in_pid_namespace(reap_under_fire);
}
END_TEST

TESTS(TEST_EACH(whichever_way_it_was_opened, kinds), TEST_EACH(while_signals_come, kinds))
