/* pidfd_poll and pidfd_ppoll are interrupted by the signals that interrupt poll and ppoll, and by no others. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "run.h"
#include "sleeper.h"

enum {
	MANY = 32
};

/* Pidfds of one child, which lives: looking at them takes time where it is the library that looks. */
static struct pollfd fds[MANY];
static struct child child;

static void watch(void)
{
	child = child_waiting();
	for (int i = 0; i < MANY; i++)
		fds[i] = (struct pollfd){ pidfd_open(child.pid, 0), POLLIN, 0 };
}

static void stop_watching(void)
{
	child_end(&child);
	for (int i = 0; i < MANY; i++)
		close(fds[i].fd);
}

static sigset_t set_of(int sig)
{
	sigset_t set;

	sigemptyset(&set);
	if (sig)
		sigaddset(&set, sig);
	return set;
}

static bool is_blocked(int sig)
{
	sigset_t now;

	sigprocmask(SIG_BLOCK, NULL, &now);
	return sigismember(&now, sig);
}

static const int restart[] = { 0, SA_RESTART };

START_TEST(a_handler_interrupts)
{
	watch();
	handle_with(SIGALRM, handle, restart[_i]);
	alarm_every(5);
	ck_assert_int_eq(pidfd_poll(fds, MANY, -1), -1);
	ck_assert_int_eq(errno, EINTR);
	ck_assert_int_gt(handled, 0);
	errno = 0;
	ck_assert_int_eq(pidfd_ppoll(fds, MANY, NULL, NULL), -1);
	ck_assert_int_eq(errno, EINTR);
	alarm_every(0);
	stop_watching();
}
END_TEST

/* A signal that comes while the caller sleeps in the call may come once only: it must not be missed. */
START_TEST(a_single_signal_interrupts)
{
	int sig = SIGUSR1;

	must_have_proc();
	watch();
	for (int again = 0; again < 10; again++) {
		handle_with(SIGUSR1, handle, 0);

		struct child sender = child_start(signal_sleeping_parent, &sig);
		int r = pidfd_poll(fds, MANY, INT_MAX), why = errno;

		ck_assert_int_eq(child_reap(&sender), 0);
		ck_assert_int_eq(handled, 1);
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(why, EINTR);
	}
	stop_watching();
}
END_TEST

static const struct timespec zero = { 0, 0 };
static const struct timespec *const timeouts[] = { NULL, &zero };

START_TEST(a_pending_signal_that_the_mask_lets_in)
{
	sigset_t blocked = set_of(SIGUSR1), none = set_of(0);

	watch();
	handle_with(SIGUSR1, handle, 0);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	raise(SIGUSR1);
	if (timeouts[_i] && ppoll(NULL, 0, timeouts[_i], &none) == 0) {
		stop_watching();
		skip_because("ppoll without a time to wait lets no signal in");
	}
	raise(SIGUSR1);
	handled = 0;
	ck_assert_int_eq(pidfd_ppoll(fds, MANY, timeouts[_i], &none), -1);
	ck_assert_int_eq(errno, EINTR);
	ck_assert_int_eq(handled, 1);
	ck_assert(is_blocked(SIGUSR1));
	stop_watching();
}
END_TEST

START_TEST(a_signal_that_only_the_mask_lets_in)
{
	sigset_t blocked = set_of(SIGUSR1), none = set_of(0);
	int sig = SIGUSR1;

	must_have_proc();
	watch();
	handle_with(SIGUSR1, handle, 0);
	sigprocmask(SIG_BLOCK, &blocked, NULL);

	struct child sender = child_start(signal_sleeping_parent, &sig);

	ck_assert_int_eq(pidfd_ppoll(fds, MANY, NULL, &none), -1);
	ck_assert_int_eq(errno, EINTR);
	ck_assert_int_eq(handled, 1);
	ck_assert(is_blocked(SIGUSR1));
	child_reap(&sender);
	stop_watching();
}
END_TEST

static int sender;
static volatile sig_atomic_t too_early;

/* The sender ends after its signal, and with it the call. */
static void handle_late(int sig)
{
	struct pollfd end = { sender, POLLIN, 0 };

	handle(sig);
	too_early |= pidfd_poll(&end, 1, 0) != 1;
}

static int signal_and_linger(int talk, void *sig)
{
	talk_hear(talk);
	if (signal_sleeping_parent(talk, sig))
		return 1;
	await_sleep_of_parent();
	await_sleep_of_parent();
	return 0;
}

START_TEST(a_signal_that_the_mask_keeps_out)
{
	sigset_t blocked = set_of(SIGUSR1);
	int sig = SIGUSR1;
	struct child lingering;

	must_have_proc();
	lingering = child_start(signal_and_linger, &sig);
	watch();
	sender = fds[0].fd;
	close(sender);
	sender = fds[0].fd = pidfd_open(lingering.pid, 0);
	handle_with(SIGUSR1, handle_late, 0);
	talk_say(lingering.talk, 0);
	ck_assert_int_eq(pidfd_ppoll(fds, MANY, NULL, &blocked), 1);
	ck_assert_int_eq(handled, 1);
	ck_assert(!too_early);
	ck_assert(!is_blocked(SIGUSR1));
	ck_assert_int_eq(child_reap(&lingering), 0);
	stop_watching();
}
END_TEST

static int storm(int talk, void *sig)
{
	(void)talk;
	/* Up to some 50 us apart, so that every moment of the call has one come to it. */
	for (int turn = 0; kill(getppid(), *(int *)sig) == 0; turn++)
		for (volatile int spin = turn * 97 % 32768; spin > 0; spin--)
			;
	return 0;
}

static volatile sig_atomic_t outside, inside;

static void count_where(int sig)
{
	(void)sig;
	inside++;
	outside += !is_blocked(SIGUSR2);
}

/*
 * The signal is blocked but in the call, so each call ends by it, none sleeps past one, and a handler runs under the call's
 * mask, in which SIGUSR2 is blocked, and not the caller's.
 */
START_TEST(a_storm_of_signals)
{
	sigset_t blocked = set_of(SIGUSR1), other = set_of(SIGUSR2);
	int sig = SIGUSR1;
	struct child storming;

	watch();
	handle_with(SIGUSR1, count_where, 0);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	storming = child_start(storm, &sig);
	for (int calls = 1; calls <= (under_valgrind() ? 20 : 500); calls++) {
		ck_assert_int_eq(pidfd_ppoll(fds, MANY, NULL, &other), -1);
		ck_assert_int_eq(errno, EINTR);
		ck_assert_int_ge(inside, calls);
		ck_assert(is_blocked(SIGUSR1));
	}
	ck_assert_int_eq(outside, 0);
	kill(storming.pid, SIGKILL);
	child_reap(&storming);
	stop_watching();
}
END_TEST

TESTS(TEST_EACH(a_handler_interrupts, restart), TEST(a_single_signal_interrupts),
      TEST_EACH(a_pending_signal_that_the_mask_lets_in, timeouts), TEST(a_signal_that_only_the_mask_lets_in),
      TEST(a_signal_that_the_mask_keeps_out), TEST(a_storm_of_signals))
