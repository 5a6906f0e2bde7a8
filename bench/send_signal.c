/*
 * What a signal costs: by the library, natively and emulated, and by the bare kill(2), in interleaved rounds of one run.
 * Medians in ns a signal, the ratio to kill(2), and the library's system calls a signal, counted by a tracer. --csv for a
 * machine. Exits 1 with --at-most-calls N when an emulated send makes more, 77 where it may not trace itself.
 *
 * Taken: the receiver waits in sigwaitinfo(2) and is woken, which is what a signal is for. Pending: it is pending already,
 * and the signal does nothing.
 */
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#ifndef __NR_pidfd_open
#define __NR_pidfd_open 434
#endif

#define ROUNDS 401
#define BATCH 20

static pid_t receiver_pid;
static int directory, kernels; /* on it */

static int by_kill(int sig)
{
	return kill(receiver_pid, sig);
}

static int by_directory(int sig)
{
	return pidfd_send_signal(directory, sig, NULL, 0);
}

static int by_kernels(int sig)
{
	return pidfd_send_signal(kernels, sig, NULL, 0);
}

static int by_siginfo(int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };

	return pidfd_send_signal(directory, sig, &info, 0);
}

/* AVOID is what the library reads once a process, so each way is a process of its own. */
static struct way {
	const char *name, *avoid;
	int (*send)(int sig);
	int orders, answers;
	pid_t pid;
	int calls;
	double taken[ROUNDS], pending[ROUNDS];
} ways[] = {
	{ "kill(2)", "", by_kill },
	{ "native", "", by_kernels },
	{ "native, /proc directory", "", by_directory },
	{ "emulated", "all", by_directory },
	{ "emulated, kernel's pidfd", "all", by_kernels },
	{ "emulated, siginfo", "all", by_siginfo },
};

enum {
	WAYS = sizeof(ways) / sizeof(ways[0]),
	TAKEN = SIGUSR1,
	PENDING = SIGUSR2
};

_Noreturn static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Tells of each SIGUSR1; SIGUSR2 stays pending. */
_Noreturn static void receive(int taken)
{
	sigset_t one;

	sigemptyset(&one);
	sigaddset(&one, TAKEN);
	for (;;)
		if (sigwaitinfo(&one, NULL) < 0 || write(taken, "", 1) != 1)
			_exit(1);
}

static int taken[2]; /* from the receiver */

static double batch_ns(const struct way *way, int sig)
{
	double sum = 0;
	char byte;

	for (int i = 0; i < BATCH; i++) {
		double begin = now_ns();

		if (way->send(sig) < 0)
			fail(way->name);
		sum += now_ns() - begin;
		if (sig == TAKEN && read(taken[0], &byte, 1) != 1)
			fail("receiver");
	}
	return sum / BATCH;
}

static void mark(void)
{
	kill(getpid(), SIGURG); /* ignored, but for the tracer */
}

/* Does what it is ordered: 0 is one send between two marks. */
_Noreturn static void obey(const struct way *way, int orders, int answers)
{
	unsigned char sig;

	setenv("LIBPIDFD_AVOID", way->avoid, 1);
	way->send(PENDING);
	while (read(orders, &sig, 1) == 1) {
		double ns = 0;

		if (sig) {
			ns = batch_ns(way, sig);
		} else {
			mark();
			way->send(PENDING);
			mark();
		}
		if (write(answers, &ns, sizeof(ns)) != sizeof(ns))
			break;
	}
	_exit(0);
}

static void start(struct way *way)
{
	int orders[2], answers[2];

	if (pipe(orders) < 0 || pipe(answers) < 0)
		fail("pipe");
	way->pid = fork();
	if (way->pid < 0)
		fail("fork");
	if (way->pid == 0) {
		close(orders[1]);
		obey(way, orders[0], answers[1]);
	}
	close(orders[0]);
	close(answers[1]);
	way->orders = orders[1];
	way->answers = answers[0];
}

static void order(const struct way *way, int sig)
{
	unsigned char byte = (unsigned char)sig;

	if (write(way->orders, &byte, 1) != 1)
		fail(way->name);
}

static double hear(const struct way *way)
{
	double ns;

	if (read(way->answers, &ns, sizeof(ns)) != sizeof(ns))
		fail(way->name);
	return ns;
}

static double ask(const struct way *way, int sig)
{
	order(way, sig);
	return hear(way);
}

/* The stops at system calls up to the next mark. */
static int stops_to_mark(pid_t pid)
{
	int status, stops = 0;

	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
		if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
			fail("tracing");
		if (WSTOPSIG(status) == SIGURG)
			return stops;
		stops += WSTOPSIG(status) == (SIGTRAP | 0x80);
	}
}

/* Of a helper, none is counted. Two stops a call, and those of the second mark: getpid and kill. */
static void count_calls(struct way *way)
{
	if (ptrace(PTRACE_SEIZE, way->pid, NULL, (void *)PTRACE_O_TRACESYSGOOD) < 0) {
		perror("ptrace");
		exit(77);
	}
	order(way, 0);
	ptrace(PTRACE_INTERRUPT, way->pid, NULL, NULL);
	if (waitpid(way->pid, &(int){ 0 }, 0) != way->pid)
		fail("tracing");
	stops_to_mark(way->pid);
	way->calls = stops_to_mark(way->pid) / 2 - 2;
	ptrace(PTRACE_DETACH, way->pid, NULL, NULL);
	hear(way);
}

static void measure(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < WAYS; i++) {
			struct way *way = &ways[(round + i) % WAYS];

			way->taken[round] = ask(way, TAKEN);
			way->pending[round] = ask(way, PENDING);
		}
	}
}

static void report(bool csv)
{
	double taken_by_kill = median(ways[0].taken, ROUNDS), pending_by_kill = median(ways[0].pending, ROUNDS);

	puts(csv ? CSV_HEAD : "way                        calls   taken ns    ratio pending ns    ratio");
	for (int i = 0; i < WAYS; i++) {
		struct measured t = measured(ways[i].taken, ROUNDS), p = measured(ways[i].pending, ROUNDS),
				calls = { ways[i].calls, ways[i].calls, ways[i].calls };

		if (csv) {
			csv_row("send_signal", "taken", ways[i].name, "ns", t, ways[0].name, taken_by_kill);
			csv_row("send_signal", "pending", ways[i].name, "ns", p, ways[0].name, pending_by_kill);
			csv_row("send_signal", "system calls", ways[i].name, "calls", calls, ways[0].name, 1);
		} else {
			printf("%-26s %5d %10.1f %8.2f %10.1f %8.2f\n", ways[i].name, ways[i].calls, t.median,
			       t.median / taken_by_kill, p.median, p.median / pending_by_kill);
		}
	}
}

static void open_receiver(void)
{
	sigset_t both;
	char path[32];

	sigemptyset(&both);
	sigaddset(&both, TAKEN);
	sigaddset(&both, PENDING);
	sigprocmask(SIG_BLOCK, &both, NULL);
	if (pipe(taken) < 0)
		fail("pipe");
	receiver_pid = fork();
	if (receiver_pid < 0)
		fail("fork");
	if (receiver_pid == 0)
		receive(taken[1]);
	sigprocmask(SIG_UNBLOCK, &both, NULL);
	snprintf(path, sizeof(path), "/proc/%d", (int)receiver_pid);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	kernels = (int)syscall(__NR_pidfd_open, receiver_pid, 0);
	if (directory < 0 || kernels < 0) {
		perror("a pidfd of each kind");
		exit(77);
	}
}

static void end(void)
{
	for (int i = 0; i < WAYS; i++) {
		kill(ways[i].pid, SIGKILL);
		waitpid(ways[i].pid, NULL, 0);
	}
	kill(receiver_pid, SIGKILL);
	waitpid(receiver_pid, NULL, 0);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "at-most-calls", required_argument, NULL, 'a' },
		{ 0 },
	};
	long at_most = 0;
	bool csv = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'c':
			csv = true;
			break;
		case 'a':
			at_most = strtol(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	open_receiver();
	for (int i = 0; i < WAYS; i++) {
		start(&ways[i]);
		count_calls(&ways[i]);
	}
	measure();
	end();
	report(csv);
	return at_most && ways[3].calls > at_most;
}
