/*
 * What it costs to start a program with a pidfd, natively and emulated, against posix_spawn(3) and against fork(2) and
 * execve(2), from a process with much memory, in small pages as a heap has them. Medians in microseconds of the call alone,
 * which ends when the program is executed, and of its whole life, with the wait; and both as ratios of posix_spawn's.
 *
 * usage: spawn [--csv] [--mib N] [--rounds N]    N MiB resident, 2048 unless it is said; 0 for none
 *
 * Each of the two workers, one with LIBPIDFD_AVOID=all, measures all ways in rounds, in which they take turns.
 */
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

enum {
	MOST = 5000,
	FORKS = 20 /* of which each takes long, and makes the next rounds fault */
};

static char *program[] = { NULL, NULL }, *none[] = { NULL };
static posix_spawn_file_actions_t actions;
static int pidfd;

static pid_t with_posix_spawn(void)
{
	pid_t pid;

	return posix_spawn(&pid, program[0], NULL, NULL, program, none) == 0 ? pid : -1;
}

static pid_t with_pidfd_spawn(void)
{
	return pidfd_spawn(&pidfd, program[0], NULL, NULL, program, none) == 0 ? 0 : -1;
}

static pid_t with_posix_spawn_and_actions(void)
{
	pid_t pid;

	return posix_spawn(&pid, program[0], &actions, NULL, program, none) == 0 ? pid : -1;
}

static pid_t with_pidfd_spawn_and_actions(void)
{
	return pidfd_spawn(&pidfd, program[0], &actions, NULL, program, none) == 0 ? 0 : -1;
}

static pid_t with_fork(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		execve(program[0], program, none);
		_exit(127);
	}
	return pid;
}

/* Each against the last that is a reference. */
static const struct way {
	const char *name;
	pid_t (*start)(void);
	bool is_reference, is_fork;
} ways[] = {
	{ "posix_spawn", with_posix_spawn, true, false },
	{ "pidfd_spawn", with_pidfd_spawn, false, false },
	{ "fork and exec", with_fork, false, true },
	{ "posix_spawn, actions", with_posix_spawn_and_actions, true, false },
	{ "pidfd_spawn, actions", with_pidfd_spawn_and_actions, false, false },
};

enum {
	WAYS = sizeof(ways) / sizeof(ways[0])
};

static double call[WAYS][MOST], life[WAYS][MOST];

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void measure(int way, int round)
{
	double began = now_ns(), started;
	pid_t pid = ways[way].start();
	int status;

	started = now_ns();
	if (pid < 0)
		fail(ways[way].name);
	if (waitpid(pid ? pid : -1, &status, 0) < 0 || status != 0)
		fail("wait");
	life[way][round] = now_ns() - began;
	call[way][round] = started - began;
	if (pid == 0)
		close(pidfd);
}

static void fill_memory(size_t size)
{
	char *memory;

	if (size == 0)
		return;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		fail("mmap");
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
}

static struct measured in_us(struct measured ns)
{
	return (struct measured){ ns.median / 1e3, ns.low / 1e3, ns.high / 1e3 };
}

static void show(const char *path, const char *way, struct measured a, double call_reference, struct measured b,
		 double life_reference)
{
	printf("%-9s %-22s %10.1f %7.3f %10.1f %7.3f\n", path, way, a.median, a.median / call_reference, b.median,
	       b.median / life_reference);
}

static void work(const char *path, const char *mib, bool csv, int rounds)
{
	double call_reference = 0, life_reference = 0;
	const char *reference = "";
	char name[64];

	for (int round = 0; round < rounds; round++)
		for (int i = 0; i < WAYS; i++) {
			int way = round % 2 ? WAYS - 1 - i : i;

			if (!ways[way].is_fork)
				measure(way, round);
		}
	for (int way = 0; way < WAYS; way++)
		for (int round = 0; ways[way].is_fork && round < FORKS; round++)
			measure(way, round);
	for (int way = 0; way < WAYS; way++) {
		size_t count = ways[way].is_fork ? FORKS : (size_t)rounds;
		struct measured a = in_us(measured(call[way], count)), b = in_us(measured(life[way], count));

		if (ways[way].is_reference) {
			call_reference = a.median;
			life_reference = b.median;
			reference = ways[way].name;
		}
		if (!csv) {
			show(path, ways[way].name, a, call_reference, b, life_reference);
			continue;
		}
		snprintf(name, sizeof(name), "%s: %s", path, ways[way].name);
		csv_row("spawn_call", mib, name, "us", a, reference, call_reference);
		csv_row("spawn_life", mib, name, "us", b, reference, life_reference);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "mib", required_argument, NULL, 'm' },
		{ "rounds", required_argument, NULL, 'r' },
		{ 0 },
	};
	static char path[] = "/bin/true";
	int option, rounds = 1000, status = 0;
	const char *mib = "2048";
	bool csv = false;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return 2;
		csv = csv || option == 'c';
		if (option == 'm')
			mib = optarg;
		if (option == 'r')
			rounds = atoi(optarg);
	}
	if (rounds < FORKS || rounds > MOST)
		return 2;
	program[0] = path;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
	posix_spawn_file_actions_addclose(&actions, 9);
	if (csv)
		puts(CSV_HEAD);
	else
		printf("%-9s %-22s %10s %7s %10s %7s\n", "path", "way", "call us", "ratio", "life us", "ratio");
	for (int emulated = 0; emulated < 2 && status == 0; emulated++) {
		pid_t worker;

		fflush(stdout);
		worker = fork();
		if (worker < 0)
			fail("fork");
		if (worker == 0) {
			if (emulated)
				setenv("LIBPIDFD_AVOID", "all", 1);
			fill_memory((size_t)atoi(mib) << 20);
			work(libpidfd_path(LIBPIDFD_CALL_CLONE, NULL) == LIBPIDFD_PATH_KERNEL ? "native" : "emulated",
			     mib, csv, rounds);
			exit(0);
		}
		waitpid(worker, &status, 0);
	}
	posix_spawn_file_actions_destroy(&actions);
	return status != 0;
}
