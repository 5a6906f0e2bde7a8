/* A process whose threads exec back to back has not ended, however often and whenever it is looked at. */
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "descriptors.h"
#include "quirks.h"
#include "run.h"
#include "valgrind.h"

/* Where the first thread's task is dropped, and the other has its PID, there is nothing to synchronise with: many times. */
#define EXECS_LEFT "EXECS_LEFT"

static void *exec_again(void *left)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", *(int *)left - 1);
	setenv(EXECS_LEFT, text, 1);
	execl("/proc/self/exe", "execs_again", (char *)NULL);
	_exit(127);
}

__attribute__((constructor)) static void go_on_execing(void)
{
	const char *text = getenv(EXECS_LEFT);
	int left = text ? atoi(text) : 0;
	pthread_t thread;

	if (!text)
		return;
	if (left > 0 && pthread_create(&thread, NULL, exec_again, &left) == 0)
		pthread_join(thread, NULL);
	_exit(left);
}

/* A tracer may have a zombie before its parent: that it has ended tells the pipe that it alone held open. */
static bool is_held_open(int reader)
{
	struct pollfd pipe = { .fd = reader };

	return poll(&pipe, 1, 0) == 0;
}

START_TEST(again_and_again)
{
	/* BUGS: the kernel itself may say so of a live process. */
	bool by_kernel = libpidfd_path(LIBPIDFD_CALL_POLL, NULL) == LIBPIDFD_PATH_KERNEL;
	struct pollfd end = { .events = POLLIN };
	int left = 300, status = 0, ends[2];
	pid_t pid;

	if (under_valgrind())
		skip_because("/proc/self/exe is valgrind");
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		exec_again(&left);
	close(ends[1]);
	end.fd = pidfd_open(pid, 0);
	ck_assert_int_ge(end.fd, 0);
	for (bool held = true; held;) {
		int ready = pidfd_poll(&end, 1, 0);

		held = is_held_open(ends[0]);
		if (ready && held && !by_kernel) {
			proc_must_know(end.fd);
			ck_abort_msg("ready, but not ended");
		}
		ck_assert_int_ge(ready, 0);
		if (pidfd_getpid(end.fd) != pid) {
			proc_must_know(end.fd);
			ck_abort_msg("another PID, or none");
		}
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (status == 127 << 8)
		skip_because("no exec of /proc/self/exe");
	ck_assert_int_eq(status, 0);
	close(ends[0]);
	close(end.fd);
}
END_TEST

TESTS(TEST(again_and_again))
