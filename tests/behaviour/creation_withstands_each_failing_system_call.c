/*
 * Whichever system call fails on the way to a new child, with whichever error, in the parent or in the child, and wherever
 * the child is killed: there are a child and its pidfd, or an error and no child, no zombie and no descriptor; whoever reaps.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "creation.h"
#include "injection.h"
#include "run.h"

static const struct way *way;

static enum {
	CALLER,
	KERNEL_AS_IGNORED,
	KERNEL_AS_NOT_WANTED,
	ANOTHER_THREAD
} reaper;

static const char *const reapers[] = { "the caller", "the kernel, SIG_IGN", "the kernel, SA_NOCLDWAIT",
				       "another thread" };

static atomic_bool over;

static void *reap_any(void *unused)
{
	bool last;

	do {
		last = over; /* before the sweep that it is to be the last of */
		while (waitpid(-1, NULL, __WALL) > 0)
			;
		sched_yield();
	} while (!last);
	return unused;
}

static bool is_documented(int error)
{
	return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSYS;
}

/* The child ran, unless it was killed. */
static const char *with_child(pid_t pid, int pidfd, const struct injection *injected)
{
	pid_t told = pidfd_getpid(pidfd);
	int status;

	if (fcntl(pidfd, F_GETFD) != FD_CLOEXEC)
		return "the pidfd is not close-on-exec";
	if (told != pid && (reaper == CALLER || told != -1 || errno != ESRCH))
		return "the pidfd is not the child's";
	close(pidfd);
	if (reaper != CALLER)
		return NULL;
	if (waitpid(pid, &status, __WALL) != pid)
		return "the child is not to be waited for";
	return status == 0 || !injected->error ? NULL : "the child did not run";
}

static const char *create(const struct injection *injected)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN }, not_wanted = { .sa_flags = SA_NOCLDWAIT };
	const char *complaint = NULL;
	pthread_t thread = 0;
	uint64_t before;
	int pidfd = -7, why;
	pid_t pid;

	if (reaper == KERNEL_AS_IGNORED)
		sigaction(SIGCHLD, &ignored, NULL);
	if (reaper == KERNEL_AS_NOT_WANTED)
		sigaction(SIGCHLD, &not_wanted, NULL);
	if (reaper == ANOTHER_THREAD)
		pthread_create(&thread, NULL, reap_any, NULL);
	before = open_fds();
	injection_mark();
	pid = make(way, end_at_once, NULL, &pidfd);
	why = errno;
	injection_mark();
	if (pid > 0)
		complaint = with_child(pid, pidfd, injected);
	else if (pidfd != -7)
		complaint = "*PIDFD was written";
	else if (!is_documented(why))
		complaint = strerror(why);
	else if (why == ENOSYS && injected->error != EAFNOSUPPORT)
		complaint = "ENOSYS";
	if (reaper == ANOTHER_THREAD) {
		over = true;
		pthread_join(thread, NULL);
	}
	if (reaper == CALLER && waitpid(-1, NULL, WNOHANG | __WALL) != -1)
		return "a child is left";
	if (waitpid(-1, NULL, __WALL) != -1 || errno != ECHILD)
		return "a zombie is left";
	/* Nobody is left who knows the number that a dead child had in the shared table: see BUGS. */
	if (open_fds() != before && (injected->error || !(way->flags & CLONE_FILES)))
		return "a descriptor is left";
	return complaint;
}

static void inject(int number)
{
	char what[64];
	unsigned int count;

	way = &ways[number];
	snprintf(what, sizeof(what), "way %d, flags %#x, reaped by %s", number, (unsigned int)way->flags,
		 reapers[reaper]);
	count = inject_each(what, create);
	printf("%s: %u injections\n", what, count);
	fflush(stdout);
	ck_assert_uint_gt(count, 0);
}

START_TEST(each_way)
{
	inject(_i);
}
END_TEST

static const int one_of_each_sort[] = { 0, 2, 6, 8 };

START_TEST(whoever_reaps)
{
	for (reaper = CALLER + 1; reaper <= ANOTHER_THREAD; reaper++)
		inject(one_of_each_sort[_i]);
}
END_TEST

TESTS(TEST_EACH(each_way, ways), TEST_EACH(whoever_reaps, one_of_each_sort))
