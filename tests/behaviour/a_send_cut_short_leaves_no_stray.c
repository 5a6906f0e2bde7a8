/*
 * Whatever becomes of the sender at any of its system calls, being killed, an exec or a fork by another thread, the process
 * gets the signal at most once, and nothing once the sender is gone.
 */
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "held.h"
#include "raw.h"
#include "receiver.h"
#include "quirks.h"
#include "run.h"

/* What is done at the stop. */
enum fate {
	KILLED,
	EXECS,
	FORKS /* the child has copies of all descriptors, and closes them after the send by its end */
};

static const enum fate fates[] = { KILLED, EXECS, FORKS };
static const char *const fate_names[] = { "killed", "exec", "fork" };

static enum fate fate;
static int orders[2], pidfd;

static void *meet_fate(void *unused)
{
	if (talk_hear(orders[1]) < 0)
		return unused;
	if (fate == EXECS)
		execlp("true", "true", (char *)NULL);
	if (fate == FORKS && raw_fork() == 0) {
		talk_say(orders[1], 0);
		talk_hear(orders[1]);
		_exit(0);
	}
	return unused;
}

static int send_held(int talk, void *unused)
{
	pthread_t thread;

	(void)unused;
	close(orders[0]);
	pidfd_send_signal(pidfd, 0, NULL, 0);
	if (pthread_create(&thread, NULL, meet_fate, NULL) != 0)
		return 1;
	talk_say(talk, 0);
	if (talk_hear(talk) < 0)
		return 1;
	held_mark();
	pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0);
	held_mark();
	while (wait(NULL) > 0)
		;
	return 0;
}

static struct {
	int stops, arrived;
} count;

/* Real-time signals are queued: a second one would be seen. */
static int arrived(const struct child *receiver)
{
	int signals = 0, sig;

	while ((sig = receiver_next(receiver, NULL))) {
		ck_assert_int_eq(sig, SIGRTMIN);
		signals++;
	}
	return signals;
}

static bool cut_at(int stop)
{
	struct child receiver = receiver_start(), sender;
	struct held held;
	bool reached;
	int before;

	pidfd = pidfd_open(receiver.pid, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders), 0);
	sender = child_start(send_held, NULL);
	close(orders[1]);
	ck_assert_int_eq(talk_hear(sender.talk), 0);
	held = held_start(sender.pid);
	talk_say(sender.talk, 0);
	reached = held_at(&held, stop);
	if (reached && fate == KILLED) {
		kill(sender.pid, SIGKILL);
		held_ends(&held);
	} else if (reached && fate == EXECS) {
		talk_say(orders[0], 0);
		ck_assert_int_eq(held_ends(&held), 0);
	} else {
		if (reached) {
			talk_say(orders[0], 0);
			ck_assert_int_eq(talk_hear(orders[0]), 0);
		}
		held_at(&held, INT_MAX);
		before = arrived(&receiver);
		ck_assert_int_eq(before, 1);
		if (reached)
			talk_say(orders[0], 0);
		ck_assert_int_eq(held_end(&held), 0);
		ck_assert_int_eq(arrived(&receiver), 0);
		count.arrived += before;
	}
	if (reached && fate != FORKS) {
		before = arrived(&receiver);
		ck_assert_msg(before <= 1, "%s at stop %d: %d signals", fate_names[fate], stop, before);
		count.arrived += before;
	}
	close(orders[0]);
	close(sender.talk);
	close(pidfd);
	child_exit_with(&receiver, 42);
	ck_assert_int_eq(child_reap(&receiver), 42 << 8);
	count.stops += reached;
	return reached;
}

START_TEST(at_any_system_call)
{
	must_be_able_to_hold();
	must_not_be_gvisor("a traced process with threads is not always told to have ended");
	fate = fates[_i];
	for (int stop = 1; cut_at(stop); stop++)
		;
	printf("%s: cut short at %d points: arrived %d times, never twice\n", fate_names[fate], count.stops,
	       count.arrived);
	fflush(stdout);
	ck_assert_int_gt(count.stops, 0);
	ck_assert_int_gt(count.arrived, 0);
}
END_TEST

TESTS(TEST_EACH(at_any_system_call, fates))
