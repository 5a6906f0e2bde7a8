/*
 * What the library costs where the kernel has the calls: each call through the library against the bare system call, in
 * interleaved rounds of one run. Medians in ns a call, and their ratio; --csv for a machine. Exits 77 where a call is not
 * native here, 1 with --at-most RATIO when a ratio is above it.
 */
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#ifndef __NR_pidfd_send_signal
#define __NR_pidfd_send_signal 424
#endif
#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif
#ifndef __NR_close_range
#define __NR_close_range 436
#endif

#define ROUNDS 2001
#define BATCH 50

static int child; /* the pidfd of a child that lives */
static pid_t child_pid;
static int opened[BATCH];

static void ours_open(int i)
{
	opened[i] = pidfd_open(child_pid, 0);
}

static void bare_open(int i)
{
	opened[i] = (int)syscall(__NR_pidfd_open, child_pid, 0);
}

static void close_opened(void)
{
	for (int i = 0; i < BATCH; i++)
		close(opened[i]);
}

static void ours_send(int i)
{
	(void)i;
	pidfd_send_signal(child, 0, NULL, 0);
}

static void bare_send(int i)
{
	(void)i;
	syscall(__NR_pidfd_send_signal, child, 0, NULL, 0);
}

static void ours_wait(int i)
{
	siginfo_t info;

	(void)i;
	pidfd_wait(child, NULL, &info, NULL, WEXITED, WNOHANG);
}

static void ours_waitid(int i)
{
	siginfo_t info;

	(void)i;
	pidfd_waitid(P_PIDFD, (id_t)child, &info, WEXITED | WNOHANG);
}

static void bare_waitid(int i)
{
	siginfo_t info;

	(void)i;
	syscall(__NR_waitid, P_PIDFD, child, &info, WEXITED | WNOHANG, NULL);
}

static void ours_poll(int i)
{
	struct pollfd p = { .fd = child, .events = POLLIN };

	(void)i;
	pidfd_poll(&p, 1, 0);
}

static void bare_poll(int i)
{
	struct pollfd p = { .fd = child, .events = POLLIN };

	(void)i;
	poll(&p, 1, 0);
}

static void ours_ppoll(int i)
{
	struct pollfd p = { .fd = child, .events = POLLIN };
	struct timespec zero = { 0 };

	(void)i;
	pidfd_ppoll(&p, 1, &zero, NULL);
}

static void bare_ppoll(int i)
{
	struct pollfd p = { .fd = child, .events = POLLIN };
	struct timespec zero = { 0 };

	(void)i;
	ppoll(&p, 1, &zero, NULL);
}

static void ours_close_range(int i)
{
	(void)i;
	close_range(UINT_MAX - 1, UINT_MAX, 0);
}

static void bare_close_range(int i)
{
	(void)i;
	syscall(__NR_close_range, UINT_MAX - 1, UINT_MAX, 0);
}

static void ours_cloexec(int i)
{
	(void)i;
	close_range(UINT_MAX - 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static void bare_cloexec(int i)
{
	(void)i;
	syscall(__NR_close_range, UINT_MAX - 1, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static int leave(void *nothing)
{
	(void)nothing;
	return 0;
}

static char stack[65536] __attribute__((aligned(16)));

static void ours_clone(int i)
{
	pid_t pid = clone_pidfd(leave, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, &opened[i]);

	waitpid(pid, NULL, 0);
}

static void bare_clone(int i)
{
	pid_t pid =
		clone(leave, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, NULL, &opened[i]);

	waitpid(pid, NULL, 0);
}

static const struct row {
	const char *name;
	enum libpidfd_call call;
	void (*ours)(int), (*bare)(int), (*after)(void);
} rows[] = {
	{ "pidfd_open", LIBPIDFD_CALL_OPEN, ours_open, bare_open, close_opened },
	{ "pidfd_send_signal", LIBPIDFD_CALL_SEND_SIGNAL, ours_send, bare_send, NULL },
	{ "pidfd_wait", LIBPIDFD_CALL_WAIT, ours_wait, bare_waitid, NULL },
	{ "pidfd_waitid", LIBPIDFD_CALL_WAIT, ours_waitid, bare_waitid, NULL },
	{ "pidfd_poll", LIBPIDFD_CALL_POLL, ours_poll, bare_poll, NULL },
	{ "pidfd_ppoll", LIBPIDFD_CALL_POLL, ours_ppoll, bare_ppoll, NULL },
	{ "clone_pidfd", LIBPIDFD_CALL_CLONE, ours_clone, bare_clone, close_opened },
	{ "close_range", LIBPIDFD_CALL_CLOSE_RANGE, ours_close_range, bare_close_range, NULL },
	{ "close_range CLOEXEC", LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, ours_cloexec, bare_cloexec, NULL },
};

static double batch_ns(void (*call)(int), void (*after)(void))
{
	double begin = now_ns(), end;

	for (int i = 0; i < BATCH; i++)
		call(i);
	end = now_ns();
	if (after)
		after();
	return (end - begin) / BATCH;
}

/* Each round times both, first the one and then the other first, so that what drifts drifts for both. */
static double measure(const struct row *row, bool csv)
{
	static double ours[ROUNDS], bare[ROUNDS];
	struct measured a, b;

	for (int round = 0; round < ROUNDS; round++) {
		if (round % 2 == 0)
			ours[round] = batch_ns(row->ours, row->after);
		bare[round] = batch_ns(row->bare, row->after);
		if (round % 2 == 1)
			ours[round] = batch_ns(row->ours, row->after);
	}
	a = measured(ours, ROUNDS);
	b = measured(bare, ROUNDS);
	if (csv) {
		csv_row("native_overhead", row->name, "bare", "ns", b, "bare", b.median);
		csv_row("native_overhead", row->name, "library", "ns", a, "bare", b.median);
	} else {
		printf("%-20s %10.1f %10.1f %8.3f\n", row->name, a.median, b.median, a.median / b.median);
	}
	return a.median / b.median;
}

static bool is_native(const struct row *row)
{
	return libpidfd_path(row->call, NULL) == LIBPIDFD_PATH_KERNEL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "at-most", required_argument, NULL, 'a' },
		{ 0 },
	};
	double at_most = 0;
	bool csv = false;
	int status = 0, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			csv = true;
			break;
		case 'a':
			at_most = strtod(optarg, NULL);
			break;
		default:
			return 2;
		}
	}
	child_pid = pidfd_fork(&child, 0);
	if (child_pid < 0) {
		perror("pidfd_fork");
		return 1;
	}
	if (child_pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	if (csv)
		puts(CSV_HEAD);
	else
		printf("%-20s %10s %10s %8s\n", "call", "library ns", "bare ns", "ratio");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!is_native(&rows[i])) {
			fprintf(stderr, "%s: not native here\n", rows[i].name);
			status = status ? status : 77;
		} else if (measure(&rows[i], csv) > at_most && at_most > 0) {
			status = 1;
		}
	}
	pidfd_send_signal(child, SIGKILL, NULL, 0);
	pidfd_wait(child, NULL, NULL, NULL, WEXITED, 0);
	close(child);
	return status;
}
