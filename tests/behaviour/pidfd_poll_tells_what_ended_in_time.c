/*
 * Whoever keeps the caller of pidfd_poll from running until its time is up, at each of its first system calls in turn: what has
 * ended before that is told.
 */
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "held.h"
#include "kinds.h"
#include "run.h"

enum {
	MILLISECONDS = 40,
	STOPS = 40
};

static int pidfd;

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

static int held_caller(int talk, void *unused)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int r;

	(void)unused;
	if (pidfd_poll(&end, 1, 0) != 0) /* which also finds out what this kernel has */
		return 2;
	talk_say(talk, 0);
	talk_hear(talk);
	held_mark();
	r = pidfd_poll(&end, 1, MILLISECONDS);
	held_mark();
	return r;
}

static struct {
	int stops, in_time;
} count;

static bool hold_at(int stop, int (*open_one)(pid_t pid))
{
	struct child child = child_waiting(), caller;
	struct held held;
	bool reached, in_time;
	int64_t began;
	int status;

	pidfd = open_one(child.pid);
	caller = child_start(held_caller, NULL);
	ck_assert_int_eq(talk_hear(caller.talk), 0);
	held = held_start(caller.pid);
	began = now_ms();
	talk_say(caller.talk, 0);
	reached = held_at(&held, stop);
	kill(child.pid, SIGKILL);
	child_await_zombie(&child);
	in_time = reached && now_ms() - began < MILLISECONDS;
	if (in_time)
		poll(NULL, 0, MILLISECONDS); /* its time is up */
	status = held_end(&held);
	close(caller.talk);
	close(pidfd);
	child_reap(&child);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= 1, "stop %d: status 0x%x", stop,
		      (unsigned int)status);
	ck_assert_msg(!in_time || WEXITSTATUS(status) == 1, "held at stop %d: not told", stop);
	count.stops += reached;
	count.in_time += in_time;
	return reached;
}

START_TEST(held_at_any_system_call)
{
	must_be_able_to_hold();
	must_have(kinds[_i]);
	if (kinds[_i] == open_directory && libpidfd_path(LIBPIDFD_CALL_POLL, NULL) == LIBPIDFD_PATH_KERNEL)
		skip_because("the kernel polls");
	for (int stop = 1; stop <= STOPS && hold_at(stop, kinds[_i]); stop++)
		;
	printf("%s: held at %d points, at %d of them in time\n", kind_names[_i], count.stops, count.in_time);
	fflush(stdout);
	if (count.in_time == 0)
		skip_because("this machine takes longer to hold it");
}
END_TEST

TESTS(TEST_EACH(held_at_any_system_call, kinds))
