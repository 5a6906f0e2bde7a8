/*
 * What closing a table of descriptors takes: the kernel's close_range, a loop that is given exactly the open ones (the floor),
 * ours emulated, and what others do without close_range: glibc's closefrom, libbsd's, CPython's way, and the loop up to the
 * limit. Each round of a case does all of them, in another order; the medians are in microseconds, with our ratio to the
 * floor and to the fastest of the others. CLOEXEC has a loop of fcntl(F_SETFD) for its floor.
 *
 * usage: close_range [--csv] [--quick] [--fresh] [TEXT]    only cases with TEXT in their names
 *
 * The kernel's call is measured in one process, and all else in others for which a seccomp filter answers close_range with
 * ENOSYS; "no /proc" in one that cannot open a directory either.
 */
#include <libpidfd/close_range.h>

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#ifndef __NR_close_range
#define __NR_close_range 436
#endif

enum {
	LOWEST = 3, /* a worker hears by 0 and says by 1 */
	MOST = 1000000
};

enum kind {
	FILES, /* /dev/null, opened each for itself */
	SOCKETS,
	PIPES
};

static const char *const kinds[] = { "files", "sockets", "pipes" };

struct setting {
	const char *name;
	int count, every; /* descriptors LOWEST, LOWEST + EVERY, ...; COUNT 0: as many as the limit allows */
	enum kind kind;
	bool mark, no_proc;
	int lonely;   /* one more, or 0 */
	rlim_t limit; /* 0: the highest */
};

static bool csv, quick, fresh;

static int open_fds[MOST], opened;

static int open_kind(enum kind kind)
{
	int ends[2];

	switch (kind) {
	case SOCKETS:
		return socket(AF_UNIX, SOCK_STREAM, 0);
	case PIPES:
		if (pipe(ends) < 0)
			return -1;
		close(ends[1]);
		return ends[0];
	case FILES:
		break;
	}
	return open("/dev/null", O_RDWR);
}

static bool put(enum kind kind, int number)
{
	int fd = open_kind(kind);

	if (fd < 0 || opened == MOST)
		return false;
	if (fd != number && (dup2(fd, number) < 0 || close(fd) < 0))
		return false;
	open_fds[opened++] = number;
	return true;
}

/* From the top down, so that what is opened first, at the lowest free number, is not in the way. */
static bool set_up(const struct setting *setting)
{
	struct rlimit limit;

	opened = 0;
	if (setting->lonely && !put(setting->kind, setting->lonely))
		return false;
	for (int i = setting->count - 1; i >= 0; i--)
		if (!put(setting->kind, LOWEST + i * setting->every))
			return false;
	for (int i = 0; i < opened / 2; i++) {
		int high = open_fds[i];

		open_fds[i] = open_fds[opened - 1 - i];
		open_fds[opened - 1 - i] = high;
	}
	return getrlimit(RLIMIT_NOFILE, &limit) == 0;
}

static void by_kernel(const struct setting *setting)
{
	syscall(__NR_close_range, LOWEST, UINT_MAX, setting->mark ? CLOSE_RANGE_CLOEXEC : 0);
}

static void by_list(const struct setting *setting)
{
	if (setting->mark)
		for (int i = 0; i < opened; i++)
			fcntl(open_fds[i], F_SETFD, FD_CLOEXEC);
	else
		for (int i = 0; i < opened; i++)
			close(open_fds[i]);
}

static void by_us(const struct setting *setting)
{
	close_range(LOWEST, UINT_MAX, setting->mark ? CLOSE_RANGE_CLOEXEC : 0);
}

/* By name: the header gives that name to ours, and only some libcs have it. */
static void (*glibc_closefrom)(int), (*libbsd_closefrom)(int);

static void find_others(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW), *libbsd = dlopen("libbsd.so.0", RTLD_NOW);

	if (libc)
		*(void **)&glibc_closefrom = dlsym(libc, "closefrom");
	if (libbsd)
		*(void **)&libbsd_closefrom = dlsym(libbsd, "closefrom");
}

static void by_glibc(const struct setting *setting)
{
	(void)setting;
	glibc_closefrom(LOWEST);
}

static void by_libbsd(const struct setting *setting)
{
	(void)setting;
	libbsd_closefrom(LOWEST);
}

struct dirent64 {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
};

static void as_cpython(const struct setting *setting)
{
	static _Alignas(struct dirent64) char buffer[32768];
	int dir = open("/proc/self/fd", O_RDONLY | O_CLOEXEC);
	long size;

	(void)setting;
	while ((size = syscall(SYS_getdents64, dir, buffer, sizeof(buffer))) > 0) {
		const struct dirent64 *entry;

		for (long at = 0; at < size; at += entry->reclen) {
			int fd = 0;

			entry = (const void *)(buffer + at);
			if (entry->name[0] == '.')
				continue;
			for (const char *digit = entry->name; *digit; digit++)
				fd = 10 * fd + (*digit - '0');
			if (fd >= LOWEST && fd != dir)
				close(fd);
		}
	}
	close(dir);
}

static int limit_now(void)
{
	struct rlimit limit = { 0 };

	getrlimit(RLIMIT_NOFILE, &limit);
	return (int)limit.rlim_cur;
}

static void up_to_the_limit(const struct setting *setting)
{
	int end = limit_now();

	(void)setting;
	for (int fd = LOWEST; fd < end; fd++)
		close(fd);
}

static const struct way {
	const char *name;
	void (*clear)(const struct setting *setting);
	bool marks;
} ways[] = {
	{ "native", by_kernel, true },		{ "floor", by_list, true },	{ "ours", by_us, true },
	{ "glibc", by_glibc, false },		{ "libbsd", by_libbsd, false }, { "CPython", as_cpython, false },
	{ "to limit", up_to_the_limit, false },
};

enum {
	NATIVE,
	FLOOR,
	OURS,
	FIRST_OTHER,
	WAYS = sizeof(ways) / sizeof(ways[0])
};

/* What a worker answers where there is no time to tell. */
#define NOT_HERE (-1.0)
#define NOT_DONE (-2.0)

static bool applies(int way, const struct setting *setting)
{
	if ((ways[way].clear == by_glibc && !glibc_closefrom) || (ways[way].clear == by_libbsd && !libbsd_closefrom))
		return false;
	return way <= OURS ? ways[way].marks || !setting->mark : !setting->mark && !setting->no_proc;
}

static double measure(const struct setting *setting, int way)
{
	double begin, end;
	bool done = true;

	if (!set_up(setting))
		return NOT_HERE;
	begin = now_ns();
	ways[way].clear(setting);
	end = now_ns();
	for (int i = 0; i < opened; i++)
		done = done && fcntl(open_fds[i], F_GETFD) == (setting->mark ? FD_CLOEXEC : -1);
	if (setting->mark)
		for (int i = 0; i < opened; i++)
			close(open_fds[i]);
	return done ? end - begin : NOT_DONE;
}

/* close_range is ENOSYS, and with NO_PROC no directory can be opened. */
static void filter(bool no_proc)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_close_range, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, no_proc ? __NR_openat : __NR_close_range, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_DIRECTORY, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOENT),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		exit(1);
}

struct worker {
	pid_t pid;
	int ask, answer;
};

/*
 * It answers a way's number with a time. A process of its own for each case, as a table never shrinks; with --fresh another
 * for each time, since what /proc has listed once for a process is listed faster again.
 */
static struct worker start(const struct setting *setting, bool filtered)
{
	struct worker worker;
	int ask[2], answer[2];
	struct rlimit limit = { setting->limit, setting->limit };
	unsigned char way;

	if (pipe(ask) < 0 || pipe(answer) < 0 || (worker.pid = fork()) < 0) {
		perror("close_range");
		exit(1);
	}
	if (worker.pid > 0) {
		close(ask[0]);
		close(answer[1]);
		worker.ask = ask[1];
		worker.answer = answer[0];
		return worker;
	}
	dup2(ask[0], 0);
	dup2(answer[1], 1);
	for (int fd = LOWEST; fd < LOWEST + 16; fd++)
		close(fd);
	if (setting->limit && setrlimit(RLIMIT_NOFILE, &limit) < 0)
		exit(1);
	if (filtered)
		filter(setting->no_proc);
	while (read(0, &way, 1) == 1) {
		pid_t pid = fresh ? fork() : 0;

		if (pid == 0) {
			double ns = measure(setting, way);

			if (write(1, &ns, sizeof(ns)) != sizeof(ns) || fresh)
				_exit(0);
		}
		if (fresh)
			waitpid(pid, NULL, 0);
	}
	_exit(0);
}

static double ask(const struct worker *worker, int way)
{
	unsigned char byte = (unsigned char)way;
	double ns;

	if (write(worker->ask, &byte, 1) != 1 || read(worker->answer, &ns, sizeof(ns)) != sizeof(ns))
		return NOT_HERE;
	return ns;
}

static void stop(const struct worker *worker)
{
	close(worker->ask);
	close(worker->answer);
	waitpid(worker->pid, NULL, 0);
}

enum {
	ROUNDS = 301
};

/* In ns, or NOT_HERE. */
static bool measure_all(const struct setting *setting, struct measured result[WAYS])
{
	static double times[WAYS][ROUNDS];
	struct worker native = start(setting, false), other = start(setting, true);
	double begin = now_ns(), budget = quick ? 0.2e9 : 1.5e9;
	int rounds = 0;
	bool valid = true;

	for (; valid && rounds < ROUNDS && (rounds < 5 || now_ns() - begin < budget); rounds++)
		for (int i = 0; i < WAYS; i++) {
			int way =
				(i * (1 + rounds % (WAYS - 1)) + rounds) % WAYS; /* in every order, as WAYS is prime */

			times[way][rounds] = NOT_HERE;
			if (applies(way, setting))
				times[way][rounds] = ask(way == NATIVE ? &native : &other, way);
			if (times[way][rounds] == NOT_DONE) {
				fprintf(stderr, "%s: %s leaves descriptors open\n", setting->name, ways[way].name);
				valid = false;
			}
		}
	for (int way = 0; way < WAYS; way++)
		result[way] = measured(times[way], (size_t)rounds);
	stop(&native);
	stop(&other);
	return valid && result[OURS].median > 0;
}

static void print_time(double ns)
{
	if (ns < 0)
		printf(" %10s", "-");
	else
		printf(" %10.2f", ns / 1000);
}

static void print_ratio(double a, double b)
{
	if (a < 0 || b < 0)
		printf(" %8s", "-");
	else
		printf(" %8.2f", a / b);
}

static void print_rows(const struct setting *setting, const struct measured result[WAYS])
{
	char name[64];

	snprintf(name, sizeof(name), "%s, %s", setting->name, kinds[setting->kind]);
	for (int way = 0; way < WAYS; way++) {
		struct measured m = result[way];

		if (m.median > 0)
			csv_row("close_range", name, ways[way].name, "us",
				(struct measured){ m.median / 1e3, m.low / 1e3, m.high / 1e3 }, ways[FLOOR].name,
				result[FLOOR].median / 1e3);
	}
}

static bool show(const struct setting *setting)
{
	struct measured result[WAYS];
	double fastest = NOT_HERE;

	if (!measure_all(setting, result)) {
		fprintf(stderr, "%s: not possible here\n", setting->name);
		return false;
	}
	if (csv) {
		print_rows(setting, result);
		return true;
	}
	for (int way = FIRST_OTHER; way < WAYS; way++)
		if (result[way].median > 0 && (fastest < 0 || result[way].median < fastest))
			fastest = result[way].median;
	printf("%-26s %-8s", setting->name, kinds[setting->kind]);
	for (int way = 0; way < WAYS; way++)
		print_time(result[way].median);
	print_ratio(result[OURS].median, result[FLOOR].median);
	print_ratio(result[OURS].median, fastest);
	print_ratio(result[OURS].median, result[NATIVE].median);
	putchar('\n');
	fflush(stdout);
	return true;
}

/* The same table under two limits, in turns. */
static void show_limits(rlim_t low, rlim_t high)
{
	struct setting settings[2] = { { "", 10, 1, FILES, false, false, 0, low },
				       { "", 10, 1, FILES, false, false, 0, high } };
	struct worker under[2] = { start(&settings[0], true), start(&settings[1], true) };
	static double times[2][ROUNDS];

	for (int round = 0; round < ROUNDS; round++)
		for (int i = 0; i < 2; i++)
			times[(i + round) % 2][round] = ask(&under[(i + round) % 2], OURS);
	if (csv)
		csv_row("close_range", "10 under the highest limit", "ours", "ns", measured(times[1], ROUNDS),
			"ours under the usual", median(times[0], ROUNDS));
	else
		printf("\n10 files under a limit of %lu, by the same under %lu: %.3f\n", (unsigned long)high,
		       (unsigned long)low, median(times[1], ROUNDS) / median(times[0], ROUNDS));
	stop(&under[0]);
	stop(&under[1]);
}

/* With CAP_SYS_RESOURCE up to a million. */
static int raise_limit(void)
{
	struct rlimit limit = { MOST, MOST };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return (int)limit.rlim_cur;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "quick", no_argument, NULL, 'q' },
		{ "fresh", no_argument, NULL, 'f' },
		{ 0 },
	};
	struct rlimit given;
	int option, highest;

	signal(SIGPIPE, SIG_IGN); /* a worker that could not be is told as such */

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return 2;
		csv = csv || option == 'c';
		quick = quick || option == 'q';
		fresh = fresh || option == 'f';
	}
	getrlimit(RLIMIT_NOFILE, &given);
	highest = raise_limit();
	find_others();

	/* The limit is what the loop up to it pays for; the others do not care. */
	const rlim_t usual = 1024;
	const struct setting settings[] = {
		{ "3 dense", 3, 1, FILES, false, false, 0, usual },
		{ "10 dense", 10, 1, FILES, false, false, 0, usual },
		{ "100 dense", 100, 1, FILES, false, false, 0, usual },
		{ "1000 dense", 1000, 1, FILES, false, false, 0, usual },
		{ "10000 dense", 10000, 1, FILES, false, false, 0, 0 },
		{ "as many as were allowed", (int)given.rlim_max - 16, 1, FILES, false, false, 0, 0 },
		{ "1000 dense", 1000, 1, SOCKETS, false, false, 0, usual },
		{ "1000 dense", 1000, 1, PIPES, false, false, 0, usual },
		{ "3 every 3rd", 3, 3, FILES, false, false, 0, usual },
		{ "10 every 15th", 10, 15, FILES, false, false, 0, usual },
		{ "100 every 3rd", 100, 3, FILES, false, false, 0, usual },
		{ "1000 every 3rd", 1000, 3, FILES, false, false, 0, 4096 },
		{ "5000 every 3rd", 5000, 3, FILES, false, false, 0, 16384 },
		{ "1000 every 15th", 1000, 15, FILES, false, false, 0, 16384 },
		{ "1000 every 15th", 1000, 15, SOCKETS, false, false, 0, 16384 },
		{ "100 every 150th", 100, 150, FILES, false, false, 0, 16384 },
		{ "1000 every 150th", 1000, 150, FILES, false, false, 0, 0 },
		{ "3, and one lonely high", 3, 1, FILES, false, false, highest - 1, 0 },
		{ "without /proc: 10 dense", 10, 1, FILES, false, true, 0, usual },
		{ "without /proc: 100 dense", 100, 1, FILES, false, true, 0, usual },
		{ "without /proc: 1000 dense", 1000, 1, FILES, false, true, 0, usual },
		{ "without /proc: 10000 dense", 10000, 1, FILES, false, true, 0, 0 },
		{ "CLOEXEC: 10 dense", 10, 1, FILES, true, false, 0, usual },
		{ "CLOEXEC: 100 dense", 100, 1, FILES, true, false, 0, usual },
		{ "CLOEXEC: 1000 dense", 1000, 1, FILES, true, false, 0, usual },
		{ "CLOEXEC: 10000 dense", 10000, 1, FILES, true, false, 0, 0 },
		{ "CLOEXEC: 1000 every 15th", 1000, 15, FILES, true, false, 0, 16384 },
	};

	if (csv) {
		puts(CSV_HEAD);
	} else {
		printf("%-26s %-8s", "microseconds", "");
		for (int way = 0; way < WAYS; way++)
			printf(" %10s", ways[way].name);
		printf(" %8s %8s %8s\n", "/floor", "/fastest", "/native");
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!argv[optind] || strstr(settings[i].name, argv[optind]))
			show(&settings[i]);
	if (!argv[optind])
		show_limits(usual, (rlim_t)highest);
	return 0;
}
