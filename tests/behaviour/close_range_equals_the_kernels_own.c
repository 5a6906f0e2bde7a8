/*
 * On random tables, ranges and lists of what to keep, close_range and close_range_except leave what they have to, and so
 * does the kernel's own call, gap by gap, wherever that is to be had, so that they are the same. SEED in the environment
 * repeats a run, ROUNDS says how many rounds for each flag; where one is emulated and the other there, it is 100000 in all.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "clearing.h"
#include "quirks.h"
#include "raw.h"
#include "run.h"

enum {
	A_FEW_ROUNDS = 3000,
	MANY_ROUNDS = 25000,
	LONGEST_LIST = 300
};

static const int all_flags[] = {
	0,
	CLOSE_RANGE_UNSHARE,
	CLOSE_RANGE_CLOEXEC,
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC,
};

/* One table and one range, all of it made of the seed. */
struct round {
	uint64_t seed;
	unsigned int size, first, last; /* of the table, where nothing is open at SIZE and above; of the range */
	int flags;
	int kind; /* of the file that is open */
	signed char before[SLOTS], after[SLOTS];
	int keep[LONGEST_LIST];
	unsigned int kept; /* how many; 0: close_range */
	int result, error;
};

/* By the process that clears, for the one that tells. */
struct report {
	bool failed;
	bool of_the_kernel;
	struct round round;
	unsigned int fd; /* SIZE + 1 if what is wrong is not a descriptor */
	int is, result, error;
};

/* splitmix64 */
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static unsigned int below(uint64_t *state, unsigned int bound)
{
	return (unsigned int)(next(state) % bound);
}

static unsigned int random_end(uint64_t *state, unsigned int size)
{
	static const unsigned int corners[] = { 0, 63, 64, 127, 128, 255, 256, SLOTS, INT_MAX, INT_MAX + 1U, UINT_MAX };

	switch (below(state, 8)) {
	case 0:
		return corners[below(state, sizeof(corners) / sizeof(corners[0]))];
	case 1:
		return (unsigned int)next(state);
	case 2:
		return UINT_MAX;
	}
	return below(state, size + 2);
}

/* Runs of open numbers and gaps, short and long. */
static void random_table(struct round *round, uint64_t *state)
{
	unsigned int longest_run = 1 + below(state, 40), longest_gap = 1 + below(state, 40);

	memset(round->before, CLOSED, sizeof(round->before));
	for (unsigned int fd = below(state, 4); fd < round->size;) {
		for (unsigned int run = 1 + below(state, longest_run); run > 0 && fd < round->size; run--)
			round->before[fd++] = below(state, 3) ? OPEN : MARKED;
		fd += 1 + below(state, longest_gap);
	}
}

/* Near the table for the most part, in no order; some twice. */
static void random_list(struct round *round, uint64_t *state)
{
	static const unsigned int lengths[] = { 0, 0, 1, 3, 20, LONGEST_LIST };

	round->kept = lengths[below(state, sizeof(lengths) / sizeof(lengths[0]))];
	for (unsigned int i = 0; i < round->kept; i++)
		round->keep[i] = below(state, 16) ? (int)below(state, round->size + 2) : (int)next(state);
}

static bool is_kept(const struct round *round, unsigned int fd)
{
	for (unsigned int i = 0; i < round->kept; i++)
		if (round->keep[i] == (int)fd)
			return true;
	return false;
}

static void expect(struct round *round)
{
	bool valid = round->first <= round->last;

	memcpy(round->after, round->before, sizeof(round->after));
	round->result = valid ? 0 : -1;
	round->error = valid ? EXDEV : EINVAL;
	for (unsigned int fd = round->first; valid && fd < round->size && fd <= round->last; fd++)
		if (round->before[fd] != CLOSED && !is_kept(round, fd))
			round->after[fd] = round->flags & (int)CLOSE_RANGE_CLOEXEC ? MARKED : CLOSED;
}

static struct round random_round(uint64_t seed, int flags)
{
	static const unsigned int sizes[] = { 1, 4, 16, 64, 65, 130, 300, SLOTS - 24 };
	uint64_t state = seed;
	struct round round = { .seed = seed, .flags = flags };

	round.size = sizes[below(&state, sizeof(sizes) / sizeof(sizes[0]))];
	round.kind = (int)below(&state, 3);
	random_table(&round, &state);
	random_list(&round, &state);
	round.first = random_end(&state, round.size);
	round.last = random_end(&state, round.size);
	if (round.first > round.last && below(&state, 8)) {
		unsigned int last = round.first;

		round.first = round.last;
		round.last = last;
	}
	expect(&round);
	return round;
}

static int open_kind(int kind)
{
	switch (kind) {
	case 0:
		return open("/dev/null", O_RDWR);
	case 1:
		return open("/", O_PATH);
	}
	return socket(AF_UNIX, SOCK_STREAM, 0);
}

/* From that of the round before, or the one that this process was born with, to the table of ROUND. */
static int open_below = SLOTS;

static bool make_table(const struct round *round)
{
	for (int fd = 0; fd <= open_below; fd++)
		close(fd);
	open_below = (int)round->size;

	int source = open_kind(round->kind); /* number 0 */

	for (unsigned int fd = 1; fd < round->size; fd++)
		if (round->before[fd] != CLOSED &&
		    dup3(source, (int)fd, round->before[fd] == MARKED ? O_CLOEXEC : 0) < 0)
			return false;
	if (round->before[0] == CLOSED)
		return close(source) == 0;
	return fcntl(source, F_SETFD, round->before[0] == MARKED ? FD_CLOEXEC : 0) == 0;
}

static int state_of(unsigned int fd)
{
	int flags = fcntl((int)fd, F_GETFD);

	return flags < 0 ? CLOSED : flags & FD_CLOEXEC ? MARKED : OPEN;
}

static int by_library(const struct round *round)
{
	if (round->kept == 0)
		return close_range(round->first, round->last, round->flags);
	return close_range_except(round->first, round->last, round->keep, round->kept, round->flags);
}

static int by_kernel(const struct round *round)
{
	unsigned int flags = (unsigned int)round->flags, first = round->first;

	for (unsigned int fd = first; fd <= round->last && fd < round->size; fd++) {
		if (!is_kept(round, fd))
			continue;
		if (fd > first && raw_close_range(first, fd - 1, flags) < 0)
			return -1;
		first = fd + 1;
	}
	return first > round->last && first > round->first ? 0 : raw_close_range(first, round->last, flags);
}

/* Whether all is as expected; if not, REPORT tells. */
static bool plays(struct report *report, const struct round *round, bool of_the_kernel)
{
	if (!make_table(round))
		_exit(2);
	errno = EXDEV;
	report->result = of_the_kernel ? by_kernel(round) : by_library(round);
	report->error = errno;
	for (report->fd = 0; report->fd <= round->size; report->fd++) {
		report->is = state_of(report->fd);
		if (report->is != (report->fd < round->size ? round->after[report->fd] : CLOSED))
			break;
	}
	report->failed = report->result != round->result || report->error != round->error || report->fd <= round->size;
	report->of_the_kernel = of_the_kernel;
	return !report->failed;
}

static bool has_kernels(int flags)
{
	return raw_close_range(UINT_MAX, UINT_MAX, (unsigned int)flags) == 0;
}

static uint64_t default_rounds(int flags)
{
	bool emulated = libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE, NULL) == LIBPIDFD_PATH_EMULATED;

	return emulated && has_kernels(flags) && !under_valgrind() ? MANY_ROUNDS : A_FEW_ROUNDS;
}

static _Noreturn void play(struct report *report, uint64_t seed, uint64_t rounds, int flags)
{
	bool both = has_kernels(flags);
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < SLOTS)
		skip_because("the limit of descriptors is below %d", SLOTS);
	for (; rounds > 0; rounds--, seed++) {
		report->round = random_round(seed, flags);
		if (!plays(report, &report->round, false) || (both && !plays(report, &report->round, true)))
			break;
	}
	_exit(0);
}

static uint64_t number_in(const char *variable, uint64_t otherwise)
{
	const char *value = getenv(variable);

	return value ? strtoull(value, NULL, 0) : otherwise;
}

START_TEST(on_random_tables)
{
	struct report *report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t rounds = number_in("ROUNDS", default_rounds(all_flags[_i]));
	struct timespec now;
	int status;

	ck_assert_ptr_ne(report, MAP_FAILED);
	clock_gettime(CLOCK_REALTIME, &now);

	uint64_t seed = number_in("SEED", (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec);

	printf("flags %d: SEED=%" PRIu64 " ROUNDS=%" PRIu64 "\n", all_flags[_i], seed, rounds);
	fflush(stdout);

	pid_t pid = fork();

	if (pid == 0)
		play(report, seed, rounds, all_flags[_i]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 0);

	const struct round *round = &report->round;

	ck_assert_msg(!report->failed,
		      "SEED=%" PRIu64
		      " ROUNDS=1: %s(%u, %u, %d), %u kept, in a table of %u = %d, %s; descriptor %u is %d",
		      round->seed, report->of_the_kernel ? "the kernel's close_range" : "close_range", round->first,
		      round->last, round->flags, round->kept, round->size, report->result, strerror(report->error),
		      report->fd, report->is);
}
END_TEST

TESTS(TEST_EACH(on_random_tables, all_flags))
