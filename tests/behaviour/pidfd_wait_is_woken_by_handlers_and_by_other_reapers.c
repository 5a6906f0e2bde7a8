/* pidfd_wait does not sleep on when a signal handler has run, nor when there is nothing more to wait for. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "run.h"
#include "sleeper.h"

static const struct {
	int states, flags;
} waits[] = {
	{ WEXITED, 0 },
	{ WEXITED, WNOWAIT },
	{ WEXITED, (int)__WALL },
	{ WEXITED, PIDFD_WFOREIGN },
	{ WSTOPPED | WCONTINUED, 0 },
};

START_TEST(handlers_interrupt)
{
	must_have_proc();

	struct child child = child_waiting();
	int pidfds[] = { pidfd_open(child.pid, 0), open_proc_of(child.pid, 0) };
	int status = 77;

	handle_with(SIGALRM, handle, 0);
	alarm_every(5);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(pidfd_wait(pidfds[i], &status, NULL, NULL, waits[_i].states, waits[_i].flags), -1);
		ck_assert_int_eq(errno, EINTR);
		ck_assert_int_eq(status, 77);
		ck_assert_int_gt(handled, 0);
		close(pidfds[i]);
	}
	alarm_every(0);
	child_end(&child);
}
END_TEST

/* It may come once only: it must not be missed. */
START_TEST(a_single_signal_interrupts)
{
	must_have_proc();

	struct child child = child_waiting();
	int pidfds[] = { pidfd_open(child.pid, 0), open_proc_of(child.pid, 0) }, sig = SIGUSR1;

	for (int again = 0; again < 10; again++) {
		handle_with(SIGUSR1, handle, 0);

		struct child sender = child_start(signal_sleeping_parent, &sig);
		int r = pidfd_wait(pidfds[again % 2], NULL, NULL, NULL, waits[_i].states, waits[_i].flags), why = errno;

		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(why, EINTR);
		ck_assert_int_eq(handled, 1);
		ck_assert_int_eq(child_reap(&sender), 0);
	}
	close(pidfds[0]);
	close(pidfds[1]);
	child_end(&child);
}
END_TEST

static int to_child;

static void end_child(int sig)
{
	handle(sig);
	if (handled == 3)
		talk_say(to_child, 4);
}

static const int ways_to_an_end[] = { 0, WNOWAIT, (int)__WALL, PIDFD_WFOREIGN };

/* So it is with waitid(2). Where that does not do the waiting, every handler interrupts. */
static bool is_waitids(int flags)
{
	siginfo_t info;

	return !(flags & PIDFD_WFOREIGN) && (waitid(P_PID, INT_MAX, &info, WEXITED | flags) == 0 || errno != EINVAL);
}

START_TEST(handlers_with_sa_restart_do_not)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0), status, r, why;
	bool restarts = is_waitids(ways_to_an_end[_i]);

	to_child = child.talk;
	handle_with(SIGALRM, restarts ? end_child : handle, SA_RESTART);
	alarm_every(5);
	r = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, ways_to_an_end[_i]);
	why = errno;
	alarm_every(0);
	if (restarts) {
		ck_assert_int_eq(r, child.pid);
		ck_assert_int_ge(handled, 3);
		ck_assert_int_eq(status, 4 << 8);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(why, EINTR);
	}
	close(pidfd);
	child_end(&child);
}
END_TEST

struct waiter {
	int pidfd, flags;
	pid_t result;
	int error;
};

static void *wait_for(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = pidfd_wait(waiter->pidfd, NULL, NULL, NULL, WEXITED, waiter->flags);
	waiter->error = errno;
	return NULL;
}

static void *wait_for_any(void *argument)
{
	struct waiter *waiter = argument;

	waiter->result = waitpid(-1, NULL, 0);
	waiter->error = errno;
	return NULL;
}

static const struct sharing {
	bool directory;
	int flags;
} sharings[] = { { false, 0 }, { false, (int)__WALL }, { true, 0 }, { true, (int)__WALL } };

static void one_of_them_reaps(const struct sharing *sharing, void *(*const ways[4])(void *))
{
	if (sharing->directory)
		must_have_proc();

	struct child child = child_waiting();
	int pidfd = sharing->directory ? open_proc_of(child.pid, 0) : pidfd_open(child.pid, 0), reaped = 0;
	struct waiter waiters[4];
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		waiters[i] = (struct waiter){ .pidfd = pidfd, .flags = sharing->flags };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, ways[i], &waiters[i]), 0);
	}
	talk_say(child.talk, 1);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		if (waiters[i].result == child.pid)
			reaped++;
		else
			ck_assert_int_eq(waiters[i].error, ECHILD);
	}
	ck_assert_int_eq(reaped, 1);
	close(pidfd);
	close(child.talk);
}

START_TEST(several_wait_for_one_child)
{
	for (int again = 0; again < 20; again++)
		one_of_them_reaps(&sharings[_i], (void *(*const[])(void *)){ wait_for, wait_for, wait_for, wait_for });
}
END_TEST

START_TEST(others_wait_for_any_child)
{
	for (int again = 0; again < 20; again++)
		one_of_them_reaps(&sharings[_i],
				  (void *(*const[])(void *)){ wait_for, wait_for_any, wait_for, wait_for_any });
}
END_TEST

static const struct sigaction ignored[] = { { .sa_handler = SIG_IGN }, { .sa_flags = SA_NOCLDWAIT } };

START_TEST(the_kernel_reaps)
{
	struct waiter waiter = { .flags = 0 };
	pthread_t thread;

	sigaction(SIGCHLD, &ignored[_i], NULL);

	struct child child = child_waiting();

	waiter.pidfd = pidfd_open(child.pid, 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, wait_for, &waiter), 0);
	talk_say(child.talk, 1);
	pthread_join(thread, NULL);
	ck_assert_int_eq(waiter.result, -1);
	ck_assert_int_eq(waiter.error, ECHILD);
	close(waiter.pidfd);
	close(child.talk);
}
END_TEST

TESTS(TEST_EACH(handlers_interrupt, waits), TEST_EACH(a_single_signal_interrupts, waits),
      TEST_EACH(handlers_with_sa_restart_do_not, ways_to_an_end), TEST_EACH(several_wait_for_one_child, sharings),
      TEST_EACH(others_wait_for_any_child, sharings), TEST_EACH(the_kernel_reaps, ignored))
