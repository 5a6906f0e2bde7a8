/*
 * How soon a process' end is known, and what watching costs: pidfd_poll and pidfd_pollfd natively and by each strategy of the
 * emulation, against poll(2) itself and against what is done without pidfds: kill(pid, 0) every 10 ms, and a thread in
 * waitid(2) for each child.
 *
 * usage: exit_notification [--csv] [--quick] [--watched N] [WAY…]    N: processes, instead of 1, 100, 1000 and 10,000, with
 * --quick 1 and 100; WAY: as in the first column
 *
 * Each way has a worker, a process in which LIBPIDFD_AVOID leaves the library that strategy alone. It has N children, which
 * end when they are told to by shared memory, each with the time in there. One ends up to 50 ms after the worker was
 * told to wait, and the latency is from that child's last instruction to the worker's first. The workers take turns, so
 * all ways meet the same machine; for 10,000, or as many as the limit of descriptors allows, there is room for one only.
 * What a limit forbids is said on stderr, and its row is missing. In full it takes ten minutes.
 *
 * "busy %" is the processor time of a wait of 10 s (2 s with --quick) in which nothing happens, from its very start; "idle %"
 * the same once all that has to be set up is. "zero" is a wait with a timeout of 0. "/floor" is what comes before it as a
 * ratio to that of poll(2). "p99" is of 200 ends, 40 with --quick; of a tenth of that, and so the worst, where setting up
 * takes half a second. The last columns are what each watched process costs while it is waited for: descriptors, its pidfd
 * included; threads; resident memory; and memory of the whole machine, with the kernel's, which others on it make unsure.
 */
#include <libpidfd/pidfd.h>

#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "measure.h"

#ifndef __NR_close_range
#define __NR_close_range 436
#endif

enum {
	MOST = 10000,
	SAMPLES = 200
};

#define ALL_BUT_PERF                                                                                                     \
	"pidfd_open,pidfd_open_nonblock,pidfd_send_signal,clone_pidfd,pidfd_poll,pidfd_wait,pidfd_get_info,close_range," \
	"close_range_cloexec"

static bool csv, quick;

/* A worker's: what it watches. */
static int count, epoll, thread_says[2];
static pid_t pids[MOST];
static int pidfds[MOST], pollfds[MOST];
static struct pollfd polls[MOST];

/* Shared with its children and with the main process. */
struct end {
	atomic_uint now;
	double at_ns;
};

static struct end *ends;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void add_poll(int i)
{
	pidfds[i] = pidfd_open(pids[i], 0);
	if (pidfds[i] < 0)
		fail("pidfd_open");
	polls[i] = (struct pollfd){ .fd = pidfds[i], .events = POLLIN };
}

static void drop_poll(int i)
{
	close(pidfds[i]);
}

static int first_ready(int ready)
{
	for (int i = 0; ready > 0 && i < count; i++)
		if (polls[i].revents)
			return i;
	return -1;
}

static int wait_poll(int timeout)
{
	return first_ready(poll(polls, (nfds_t)count, timeout));
}

static int wait_pidfd_poll(int timeout)
{
	return first_ready(pidfd_poll(polls, (nfds_t)count, timeout));
}

static void add_epoll(int i)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = (uint32_t)i };

	add_poll(i);
	pollfds[i] = pidfd_pollfd(pidfds[i], 0);
	if (pollfds[i] < 0)
		fail("pidfd_pollfd");
	if (epoll_ctl(epoll, EPOLL_CTL_ADD, pollfds[i], &event) < 0)
		fail("epoll_ctl");
}

static void drop_epoll(int i)
{
	epoll_ctl(epoll, EPOLL_CTL_DEL, pollfds[i], NULL); /* children have it open too */
	close(pollfds[i]);
	drop_poll(i);
}

static int wait_epoll(int timeout)
{
	struct epoll_event event;

	return epoll_wait(epoll, &event, 1, timeout) == 1 ? (int)event.data.u32 : -1;
}

static void *wait_for_child(void *index)
{
	int i = (int)(intptr_t)index;
	siginfo_t info;

	if (waitid(P_PID, (id_t)pids[i], &info, WEXITED | WNOWAIT) == 0 && write(thread_says[1], &i, sizeof(i)) < 0)
		fail("write");
	return NULL;
}

static void add_thread(int i)
{
	pthread_attr_t attributes;
	pthread_t thread;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, 65536);
	errno = pthread_create(&thread, &attributes, wait_for_child, (void *)(intptr_t)i);
	if (errno)
		fail("pthread_create");
	pthread_attr_destroy(&attributes);
}

static int wait_thread(int timeout)
{
	struct pollfd told = { .fd = thread_says[0], .events = POLLIN };
	int i;

	return poll(&told, 1, timeout) == 1 && read(thread_says[0], &i, sizeof(i)) == sizeof(i) ? i : -1;
}

static void nothing(int i)
{
	(void)i;
}

/* Its children leave no zombies, which kill(2) would take for alive. */
static int wait_kill(int timeout)
{
	double began = now_ns();

	for (;;) {
		for (int i = 0; i < count; i++)
			if (kill(pids[i], 0) < 0)
				return i;
		if (now_ns() - began >= timeout * 1e6 && timeout >= 0)
			return -1;
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
}

static const struct way {
	const char *name, *avoid;
	void (*add)(int i), (*drop)(int i);
	int (*wait)(int timeout);
	bool sets_up; /* with each wait, for which it takes its time */
	int most;     /* 0: as many as are asked for */
} ways[] = {
	{ "poll(2)", "", add_poll, drop_poll, wait_poll, false },
	{ "native", "", add_poll, drop_poll, wait_pidfd_poll, false },
	{ "perf", ALL_BUT_PERF, add_poll, drop_poll, wait_pidfd_poll, true },
	{ "timer", "all", add_poll, drop_poll, wait_pidfd_poll, true },
	{ "pollfd: native", "", add_epoll, drop_epoll, wait_epoll, false },
	/* A thread for each, which copies the descriptor table: so its cost grows with the square of the number. */
	{ "pollfd: perf", ALL_BUT_PERF, add_epoll, drop_epoll, wait_epoll, false, MOST / 10 },
	{ "pollfd: waitid", "all", add_epoll, drop_epoll, wait_epoll, false, MOST / 10 },
	{ "kill loop", "", nothing, nothing, wait_kill, false },
	{ "waitid threads", "", add_thread, nothing, wait_thread, false },
};

enum {
	FLOOR, /* the kernel's own, which the others are measured against */
	WAYS = sizeof(ways) / sizeof(ways[0])
};

/* Past the library, of which each worker has another opinion. */
static void close_fds_from(unsigned int first)
{
	syscall(__NR_close_range, first, UINT_MAX, 0);
}

static void start_child(int i)
{
	atomic_store(&ends[i].now, 0);
	pids[i] = fork();
	if (pids[i] < 0)
		fail("fork");
	if (pids[i] > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close_fds_from(3);
	while (!atomic_load(&ends[i].now))
		syscall(SYS_futex, &ends[i].now, FUTEX_WAIT, 0, NULL, NULL, 0);
	ends[i].at_ns = now_ns();
	_exit(0);
}

static void end_child(struct end *end)
{
	atomic_store(&end->now, 1);
	syscall(SYS_futex, &end->now, FUTEX_WAKE, 1, NULL, NULL, 0);
}

/* In ns. */
static double cost_of_zero(const struct way *way)
{
	static double times[101];
	int batch = count < 10 ? 100 : 1, rounds = count > 1000 ? 5 : 101;

	for (int round = 0; round < rounds; round++) {
		double began = now_ns();

		for (int i = 0; i < batch; i++)
			way->wait(0);
		times[round] = (now_ns() - began) / batch;
	}
	return median(times, (size_t)rounds);
}

enum order {
	WAIT, /* until a child has ended; answers how late that was known, and starts another in its place */
	ZERO
};

static double latency(const struct way *way)
{
	int i = way->wait(-1);
	double late = now_ns();

	if (i < 0)
		fail("wait");
	late -= ends[i].at_ns;
	way->drop(i);
	waitpid(pids[i], NULL, 0);
	start_child(i);
	way->add(i);
	return late;
}

struct worker {
	pid_t pid;
	int ask, answer;
	struct end *ends;
	double descriptors, resident, machine; /* before */
};

static _Noreturn void work(const struct way *way, int ask, int answer)
{
	unsigned char order;
	double ns = 0;

	if (setenv("LIBPIDFD_AVOID", way->avoid, 1) < 0 || (epoll = epoll_create1(0)) < 0 || pipe(thread_says) < 0)
		fail(way->name);
	if (way->wait == wait_kill)
		signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < count; i++)
		start_child(i);
	if (write(answer, &ns, sizeof(ns)) != sizeof(ns) || read(ask, &order, 1) != 1)
		_exit(1);
	for (int i = 0; i < count; i++)
		way->add(i);
	do {
		if (write(answer, &ns, sizeof(ns)) != sizeof(ns) || read(ask, &order, 1) != 1)
			break;
		ns = order == WAIT ? latency(way) : cost_of_zero(way);
	} while (true);
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < count; i++)
		end_child(&ends[i]);
	while (wait(NULL) > 0)
		;
	_exit(0);
}

static bool has_answered(const struct worker *worker, double *ns)
{
	return read(worker->answer, ns, sizeof(*ns)) == sizeof(*ns);
}

static double answer_of(const struct worker *worker)
{
	double ns;

	if (!has_answered(worker, &ns))
		fail("a worker");
	return ns;
}

static void tell(const struct worker *worker, enum order order)
{
	unsigned char byte = (unsigned char)order;

	if (write(worker->ask, &byte, 1) != 1)
		fail("a worker");
}

static int entries(pid_t pid, const char *name)
{
	char path[64];
	int found = -2;
	DIR *directory;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	directory = opendir(path);
	while (directory && readdir(directory))
		found++;
	if (directory)
		closedir(directory);
	return found;
}

/* In KiB. */
static double line_of(const char *path, const char *name)
{
	char line[256];
	FILE *file = fopen(path, "r");
	double value = 0;

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, name, strlen(name)) == 0)
			value = atof(line + strlen(name));
	if (file)
		fclose(file);
	return value;
}

static double resident(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	return line_of(path, "VmRSS:");
}

static double machine(void)
{
	return -line_of("/proc/meminfo", "MemAvailable:");
}

static void stop(const struct worker *worker)
{
	close(worker->ask);
	close(worker->answer);
	waitpid(worker->pid, NULL, 0);
	munmap(worker->ends, sizeof(*ends) * (size_t)count);
}

/* False where a limit forbids it. */
static bool start(const struct way *way, struct worker *worker)
{
	int ask[2], answer[2];
	double ns;

	worker->ends = ends =
		mmap(NULL, sizeof(*ends) * (size_t)count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (ends == MAP_FAILED || pipe2(ask, O_CLOEXEC) < 0 || pipe2(answer, O_CLOEXEC) < 0)
		fail(way->name);
	fflush(stdout);
	worker->pid = fork();
	if (worker->pid < 0)
		fail("fork");
	if (worker->pid == 0) {
		for (int fd = 3; fd < 256; fd++)
			if (fd != ask[0] && fd != answer[1])
				close(fd);
		work(way, ask[0], answer[1]);
	}
	close(ask[0]);
	close(answer[1]);
	worker->ask = ask[1];
	worker->answer = answer[0];
	if (has_answered(worker, &ns)) {
		worker->descriptors = entries(worker->pid, "fd");
		worker->resident = resident(worker->pid);
		worker->machine = machine();
		tell(worker, WAIT);
		if (has_answered(worker, &ns))
			return true;
	}
	stop(worker);
	fprintf(stderr, "%s: not of %d processes here\n", way->name, count);
	return false;
}

struct result {
	double late[SAMPLES], zero, busy, idle, descriptors, threads, resident, machine;
	double set_up_s; /* of processor time, before it sleeps */
	int samples;
};

static void sleep_s(double s)
{
	struct timespec pause = { .tv_sec = (time_t)s, .tv_nsec = (long)((s - (double)(time_t)s) * 1e9) };

	nanosleep(&pause, NULL);
}

static double cpu_s(pid_t pid)
{
	struct timespec used = { 0 };
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) == 0)
		clock_gettime(clock, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double sample(const struct worker *worker, double set_up_s)
{
	tell(worker, WAIT);
	sleep_s(set_up_s * 1.5 + 0.05 * rand() / RAND_MAX);
	end_child(&worker->ends[rand() % count]);
	return answer_of(worker);
}

/* The workers, MANY, wait for as long at the same time. */
static void watch_them_wait(const struct way *const chosen[], struct worker *workers, struct result *results, int many)
{
	double waited = quick ? 2 : 10, set_up = 0.5 + count * 2e-4, before[WAYS], ready[WAYS];

	for (int i = 0; i < many; i++) {
		before[i] = cpu_s(workers[i].pid);
		tell(&workers[i], WAIT);
	}
	sleep_s(set_up);
	for (int i = 0; i < many; i++) {
		ready[i] = cpu_s(workers[i].pid);
		results[i].set_up_s = chosen[i]->sets_up ? ready[i] - before[i] : 0;
		results[i].descriptors = (entries(workers[i].pid, "fd") - workers[i].descriptors) / count;
		results[i].threads = (double)(entries(workers[i].pid, "task") - 1) / count;
		results[i].resident = (resident(workers[i].pid) - workers[i].resident) / count;
		results[i].machine = (machine() - workers[i].machine) / count;
	}
	sleep_s(waited);
	for (int i = 0; i < many; i++) {
		results[i].idle = (cpu_s(workers[i].pid) - ready[i]) / waited * 100;
		results[i].busy = (cpu_s(workers[i].pid) - before[i]) / (waited + set_up) * 100;
		end_child(&workers[i].ends[0]);
		answer_of(&workers[i]);
	}
}

/* Those of CHOSEN that a limit forbids are left out of it; returns how many are left. */
static int measure(const struct way *chosen[], struct result *results, int many)
{
	struct worker workers[WAYS];
	int samples = quick ? 40 : SAMPLES, able = 0;

	for (int i = 0; i < many; i++) {
		chosen[able] = chosen[i];
		able += start(chosen[i], &workers[able]);
	}
	watch_them_wait(chosen, workers, results, able);
	for (int i = 0; i < able; i++) {
		tell(&workers[i], ZERO);
		results[i].zero = answer_of(&workers[i]);
	}
	for (int round = 0; round < samples; round++)
		for (int i = 0; i < able; i++) {
			struct result *result = &results[(i + round) % able];

			if (result->set_up_s < 0.5 || round < samples / 10)
				result->late[result->samples++] =
					sample(&workers[(i + round) % able], result->set_up_s);
		}
	for (int i = 0; i < able; i++)
		stop(&workers[i]);
	return able;
}

static double p99(const struct result *result) /* sorted */
{
	return result->late[(result->samples * 99 - 1) / 100];
}

static void row(const char *benchmark, const struct way *way, const char *unit, double value, double floor)
{
	char watched[16];

	snprintf(watched, sizeof(watched), "%d", count);
	csv_row(benchmark, watched, way->name, unit, (struct measured){ value, value, value }, ways[FLOOR].name, floor);
}

static void show(const struct way *way, struct result *result, struct result *floor)
{
	struct measured late = measured(result->late, (size_t)result->samples),
			floor_late = measured(floor->late, (size_t)floor->samples);
	char watched[16];

	if (!csv) {
		printf("%-15s %6d %10.1f %8.2f %10.1f %10.2f %8.3f %8.3f %8.3f %6.2f %6.2f %8.1f %8.1f\n", way->name,
		       count, late.median / 1e3, late.median / floor_late.median, p99(result) / 1e3, result->zero / 1e3,
		       result->zero / floor->zero, result->busy, result->idle, result->descriptors, result->threads,
		       result->resident, result->machine);
		fflush(stdout);
		return;
	}
	snprintf(watched, sizeof(watched), "%d", count);
	csv_row("exit_latency", watched, way->name, "ns", late, ways[FLOOR].name, floor_late.median);
	row("exit_latency_p99", way, "ns", p99(result), p99(floor));
	row("poll_with_timeout_0", way, "ns", result->zero, floor->zero);
	row("watching_busy", way, "%", result->busy, 0);
	row("watching_idle", way, "%", result->idle, 0);
	row("watching_descriptors", way, "each", result->descriptors, 0);
	row("watching_threads", way, "each", result->threads, 0);
	row("watching_resident", way, "KiB each", result->resident, 0);
}

static void measure_all(const struct way *const chosen[], int many)
{
	static struct result results[WAYS];
	const struct way *able[WAYS];
	int ways_able = 0;

	memset(results, 0, sizeof(results));
	for (int i = 0; i < many; i++) {
		able[ways_able] = chosen[i];
		if (chosen[i]->most && count > chosen[i]->most)
			fprintf(stderr, "%s: %d at most\n", chosen[i]->name, chosen[i]->most);
		else if (count > MOST / 10)
			ways_able += measure(able + ways_able, results + ways_able, 1);
		else
			ways_able++;
	}
	if (count <= MOST / 10)
		ways_able = measure(able, results, ways_able);
	if (ways_able == 0 || able[0] != &ways[FLOOR])
		return;
	for (int i = 0; i < ways_able; i++)
		show(able[i], &results[i], &results[FLOOR]);
}

/* With CAP_SYS_RESOURCE beyond the limit; returns how many may be watched with two descriptors for each. */
static int raise_limit(void)
{
	struct rlimit limit = { 4UL * MOST, 4UL * MOST };

	if (setrlimit(RLIMIT_NOFILE, &limit) < 0) {
		getrlimit(RLIMIT_NOFILE, &limit);
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	return (int)limit.rlim_cur / 2 - 16;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "csv", no_argument, NULL, 'c' },
		{ "quick", no_argument, NULL, 'q' },
		{ "watched", required_argument, NULL, 'w' },
		{ 0 },
	};
	const struct way *chosen[WAYS];
	int option, allowed, many = 0, only = 0, most;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == '?')
			return 2;
		csv = csv || option == 'c';
		quick = quick || option == 'q';
		if (option == 'w')
			only = atoi(optarg);
	}
	only = only < MOST ? only : MOST;
	most = only ? only : quick ? 100 : MOST;
	for (int i = 0; i < WAYS; i++) {
		bool named = i == FLOOR || !argv[optind];

		for (int j = optind; j < argc; j++)
			named = named || strcmp(argv[j], ways[i].name) == 0;
		if (named)
			chosen[many++] = &ways[i];
	}
	allowed = raise_limit();
	signal(SIGPIPE, SIG_IGN);
	puts(csv ? CSV_HEAD
		 : "way            watched  median us   /floor     p99 us    zero us   /floor   busy %   idle %    fds    thr  res KiB mach KiB");
	for (int watched = only ? only : 1; watched <= most; watched *= watched == 1 ? 100 : 10) {
		count = watched < allowed ? watched : allowed;
		if (count < watched)
			fprintf(stderr, "%d processes for %d: RLIMIT_NOFILE\n", count, watched);
		measure_all(chosen, many);
	}
	return 0;
}
