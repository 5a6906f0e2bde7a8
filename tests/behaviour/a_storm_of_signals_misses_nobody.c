/*
 * Signals as fast as the machine can to processes that are killed and reaped meanwhile, and whose PID goes to the next at
 * once: none reaches another, and none is lost that was sent to a process which lived on. STORM in the environment is the
 * number of sends, 50000 without, to a hundredth as many processes, or more; a tenth of that where signals go as they go on
 * another profile, which has them all.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "kinds.h"
#include "raw.h"
#include "run.h"
#include "valgrind.h"

enum {
	PID = 300, /* of them all, one after another */
	WHILE_IT_LIVES = 50
};

static int kind;

/* What the processes on PID have got, in memory that they share with the test. */
static struct {
	atomic_int arrived, misdelivered;
} * got;

/* Each process knows its own generation, and may get what is meant for those of its parity. */
static int generation;

static int queued_for(int of)
{
	return of % 2 ? SIGRTMIN : SIGRTMIN + 1;
}

static int standard_for(int of)
{
	return of % 2 ? SIGUSR1 : SIGUSR2;
}

static void take(int sig)
{
	if (sig == queued_for(generation))
		atomic_fetch_add(&got->arrived, 1);
	else if (sig != standard_for(generation))
		atomic_fetch_add(&got->misdelivered, 1);
}

/* Whatever has been sent has been taken before the answer. */
static int answer(int talk, void *unused)
{
	int order;

	(void)unused;
	while ((order = talk_hear(talk)) >= 0)
		talk_say(talk, (unsigned char)order);
	return 0;
}

static struct {
	atomic_int pidfd, generation; /* to be sent to; the generation is set last */
	atomic_int sent_to, left;     /* generations: sent WHILE_IT_LIVES; gone, by ESRCH */
	atomic_int doomed;	      /* generation: about to be killed */
	atomic_int sends, failed;
	atomic_bool over;
} sender;

static bool sends(int pidfd, int sig)
{
	int r = pidfd_send_signal(pidfd, sig, NULL, 0);

	atomic_fetch_add(&sender.sends, 1);
	if (r < 0 && errno != ESRCH)
		atomic_fetch_add(&sender.failed, 1);
	return r == 0;
}

static void await(atomic_int *counter, int value)
{
	while (*counter != value)
		sched_yield();
}

static void *send_to_all(void *unused)
{
	for (int of = 1;; of++) {
		for (; sender.generation != of; sched_yield())
			if (sender.over)
				return unused;
		for (int i = 0; i < WHILE_IT_LIVES; i++)
			if (!sends(sender.pidfd, queued_for(of)))
				atomic_fetch_add(&sender.failed, 1);
		sender.sent_to = of;
		await(&sender.doomed, of);
		while (sends(sender.pidfd, standard_for(of)))
			;
		sender.left = of;
	}
}

static struct child start_next(void)
{
	generation++;
	return child_start_with_pid(PID, answer, NULL);
}

static long default_size(void)
{
	static const char *const ways[] = { "native", "4.4", "eperm", "open-without-send" };
	const char *profile = getenv("UNDER_KERNEL");

	if (under_valgrind())
		return 200;
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (!profile || strcmp(profile, ways[i]) == 0)
			return 50000;
	return 5000;
}

static void storm(void)
{
	const char *storm_size = getenv("STORM");
	long wanted = storm_size ? atol(storm_size) : default_size();
	pthread_t thread;
	struct child now;
	int lost = 0;

	got = mmap(NULL, sizeof(*got), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(got, MAP_FAILED);
	for (int parity = 0; parity < 2; parity++) {
		signal(queued_for(parity), take);
		signal(standard_for(parity), take);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, send_to_all, NULL), 0);
	now = start_next();
	while (sender.sends < wanted || generation < wanted / 100) {
		int pidfd = kinds[kind](now.pid), before = got->arrived, of = generation;

		ck_assert_int_ge(pidfd, 0);
		sender.pidfd = pidfd;
		sender.generation = of;
		await(&sender.sent_to, of);
		talk_say(now.talk, 0);
		ck_assert_int_eq(talk_hear(now.talk), 0);
		lost += WHILE_IT_LIVES - (got->arrived - before);
		sender.doomed = of;
		kill(now.pid, SIGKILL);
		child_reap(&now);
		now = start_next(); /* while signals to the one before are on their way */
		await(&sender.left, of);
		talk_say(now.talk, 0);
		ck_assert_int_eq(talk_hear(now.talk), 0);
		close(pidfd);
	}
	sender.over = true;
	pthread_join(thread, NULL);
	close(now.talk);
	ck_assert_int_eq(waitpid(now.pid, NULL, 0), now.pid);
	printf("%s: %d sends to %d processes on one PID: %d misdelivered, %d lost\n", kind_names[kind], sender.sends,
	       generation, got->misdelivered, lost);
	fflush(stdout);
	ck_assert_int_eq(got->misdelivered, 0);
	ck_assert_int_eq(lost, 0);
	ck_assert_int_eq(sender.failed, 0);
}

START_TEST(on_recycled_pids)
{
	kind = _i;
	must_have(kinds[kind]);
	in_pid_namespace(storm);
}
END_TEST

TESTS(TEST_EACH(on_recycled_pids, kinds))
