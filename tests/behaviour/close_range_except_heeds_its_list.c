/* close_range_except spares the numbers in its list, whatever else is in it and in whatever order, and nothing beside. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "fds.h"
#include "quirks.h"
#include "run.h"

static const int all_flags[] = {
	0,
	CLOSE_RANGE_UNSHARE,
	CLOSE_RANGE_CLOEXEC,
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC,
};

static const int *list;
static size_t length;

static int call(unsigned int first, unsigned int last, int flags)
{
	return close_range_except(first, last, list, length, flags);
}

static bool is_listed(int fd)
{
	for (size_t i = 0; i < length; i++)
		if (list[i] == fd)
			return true;
	return false;
}

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

static void without_a_list_of_descriptors(struct clearing *clearing)
{
	without_proc();
	simply(clearing);
}

/* What is spared must be as before; what cleared_that_alone is then told is that it was cleared. */
static void clears_all_but_the_list(unsigned int first, unsigned int last, int flags, void (*place)(struct clearing *))
{
	struct clearing done = *cleared((struct clearing){ first, last, flags, call }, place);
	int cleared_is = flags & (int)CLOSE_RANGE_CLOEXEC ? MARKED : CLOSED;

	for (int fd = 0; fd < SLOTS; fd++)
		if (is_listed(fd) && done.before.slot[fd] != CLOSED && (unsigned int)fd >= first &&
		    (unsigned int)fd <= last) {
			ck_assert_msg(done.after.slot[fd] == done.before.slot[fd], "descriptor %d is kept", fd);
			done.after.slot[fd] = (signed char)cleared_is;
		}
	cleared_that_alone(&done);
}

static const int none[] = { 0 };
static const int one[] = { 25 };
static const int in_no_order[] = { 512, 64, 20, 1, 700 };
static const int some_twice[] = { 100, 25, 100, 25, 25, 100 };
static const int closed_ones[] = { 30, 31, 24, 50, SLOTS + 5 };
static const int no_descriptors[] = { -1, INT_MIN, -20, 64, INT_MAX, INT_MAX - 1, INT_MAX - 64 };
static const int neighbours[] = { 22, 21, 20, 23, 24 }; /* no gap between them, nor before 20 */
static const int the_ends[] = { 20, 1022, SLOTS - 1 };
static const int outside[] = { 0, 1, 2, 3, 19 };

#define LIST(numbers)                                           \
	{                                                       \
		numbers, sizeof(numbers) / sizeof((numbers)[0]) \
	}

static const struct {
	const int *numbers;
	size_t count;
} lists[] = {
	{ NULL, 0 },	   { none, 0 },		 LIST(one),	   LIST(in_no_order), LIST(some_twice),
	LIST(closed_ones), LIST(no_descriptors), LIST(neighbours), LIST(the_ends),    LIST(outside),
};

static const struct {
	unsigned int first, last;
} ranges[] = {
	{ 0, UINT_MAX }, { 20, UINT_MAX },	   { 20, 24 },	   { 25, 25 },
	{ 21, 1022 },	 { SLOTS - 1, SLOTS - 1 }, { 3, INT_MAX },
};

static void each_list(void (*place)(struct clearing *clearing), int flags)
{
	for (unsigned int i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		list = lists[i].numbers;
		length = lists[i].count;
		for (unsigned int j = 0; j < sizeof(ranges) / sizeof(ranges[0]); j++)
			clears_all_but_the_list(ranges[j].first, ranges[j].last, flags, place);
	}
}

START_TEST(in_an_ordinary_process)
{
	each_list(simply, all_flags[_i]);
}
END_TEST

START_TEST(without_proc_too)
{
	each_list(without_a_list_of_descriptors, all_flags[_i]);
}
END_TEST

enum {
	THOUSANDS = 5000
};

/* All odd numbers, from the highest down, far above where the table ends. */
START_TEST(of_thousands)
{
	int *odd = calloc(THOUSANDS, sizeof(*odd));

	ck_assert_ptr_nonnull(odd);
	for (int i = 0; i < THOUSANDS; i++)
		odd[i] = 2 * (THOUSANDS - i) - 1;
	list = odd;
	length = THOUSANDS;
	clears_all_but_the_list(0, UINT_MAX, all_flags[_i], simply);
	free(odd);
}
END_TEST

/* Numbers that no small window over the table holds together. */
static void spread(struct clearing *clearing)
{
	struct rlimit limit;
	int far[3];

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (int i = 0; i < 3; i++) {
		far[i] = (int)(limit.rlim_max > 100000 ? 100000 : limit.rlim_max) / 4 * (i + 1);
		if (dup2(0, far[i]) < 0)
			skip_because("no descriptor %d: %s", far[i], strerror(errno));
	}
	list = (const int[]){ far[2], 2, 1, 0, far[0] };
	length = 5;
	clear(clearing);
	if (!is_open(far[0]) || is_open(far[1]) || !is_open(far[2]))
		_exit(1);
}

START_TEST(of_numbers_far_from_each_other)
{
	const struct clearing *clearing = cleared((struct clearing){ 0, UINT_MAX, 0, call }, spread);

	ck_assert_int_eq(clearing->result, 0);
	for (int fd = 0; fd < SLOTS; fd++)
		ck_assert_int_eq(clearing->after.slot[fd], fd < 3 ? clearing->before.slot[fd] : CLOSED);
}
END_TEST

static const struct {
	unsigned int first, last;
	size_t count;
	int flags, error;
} bad[] = {
	{ 64, 63, 0, 0, EINVAL },
	{ UINT_MAX, 0, 0, CLOSE_RANGE_CLOEXEC, EINVAL },
	{ 20, UINT_MAX, 0, 1, EINVAL },
	{ 20, UINT_MAX, 0, INT_MIN, EINVAL },
	{ 64, 63, 5, 0, EINVAL },
	{ 20, UINT_MAX, 1, 0, EFAULT },
	{ 20, UINT_MAX, 5, CLOSE_RANGE_UNSHARE, EFAULT },
};

START_TEST(and_refuses_bad_arguments)
{
	list = NULL;
	length = bad[_i].count;
	cleared_nothing(cleared((struct clearing){ bad[_i].first, bad[_i].last, bad[_i].flags, call }, simply),
			bad[_i].error);
}
END_TEST

static int close_all_but_one(void *unused)
{
	(void)unused;
	length = 1;
	list = (const int[]){ 25 };
	return close_range_except(25, 25, list, length, CLOSE_RANGE_UNSHARE) == 0 && close(25) == 0 ? 0 : 1;
}

/* Nothing is left to close, but the table is to be the caller's own. */
START_TEST(and_unshares_though_all_is_kept)
{
	static _Alignas(16) char stack[65536];
	int status;

	valgrind_must_know(CLONE_FILES | SIGCHLD, NULL);
	ck_assert_int_eq(dup2(0, 25), 25);

	pid_t pid = clone(close_all_but_one, stack + sizeof(stack), CLONE_FILES | SIGCHLD, NULL);

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	ck_assert(is_open(25));
	close(25);
}
END_TEST

TESTS(TEST_EACH(in_an_ordinary_process, all_flags), TEST_EACH(without_proc_too, all_flags),
      TEST_EACH(of_thousands, all_flags), TEST(of_numbers_far_from_each_other),
      TEST_EACH(and_refuses_bad_arguments, bad), TEST(and_unshares_though_all_is_kept))
