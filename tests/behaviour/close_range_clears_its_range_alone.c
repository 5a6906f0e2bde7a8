/* close_range closes, or marks close-on-exec, all that is open in its range, whatever its ends, and nothing beside. */
#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "fds.h"
#include "run.h"

static const struct {
	unsigned int first, last;
} ranges[] = {
	{ 0, UINT_MAX }, /* all */
	{ 3, UINT_MAX }, /* the usual */
	{ 20, 29 },	 /* dense */
	{ 25, 25 },	 /* one */
	{ 30, 39 },	 /* none */
	{ 63, 64 },	 /* across a word, and the smallest table */
	{ 64, 64 },
	{ 65, 127 },
	{ 128, 511 }, /* sparse */
	{ 0, 0 },
	{ 0, INT_MAX },
	{ SLOTS - 1, SLOTS - 1 }, /* the last of the table */
	{ SLOTS - 1, SLOTS + 1 },
	{ SLOTS, UINT_MAX }, /* above the table */
	{ INT_MAX, INT_MAX },
	{ INT_MAX, UINT_MAX },
	{ INT_MAX + 1U, UINT_MAX }, /* no descriptor has such a number */
	{ UINT_MAX, UINT_MAX },
};

static const int all_flags[] = {
	0,
	CLOSE_RANGE_UNSHARE,
	CLOSE_RANGE_CLOEXEC,
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC,
};

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

static void each_range(void (*place)(struct clearing *clearing), int flags)
{
	for (unsigned int i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		cleared_that_alone(
			cleared((struct clearing){ ranges[i].first, ranges[i].last, flags, close_range }, place));
}

START_TEST(in_an_ordinary_process)
{
	each_range(simply, all_flags[_i]);
}
END_TEST

static void above_the_limit(struct clearing *clearing)
{
	struct rlimit limit;

	table_populate();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = 16;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	clear(clearing);
}

START_TEST(above_a_lowered_limit)
{
	each_range(above_the_limit, all_flags[_i]);
}
END_TEST

START_TEST(of_a_full_table)
{
	each_range(clear_in_a_full_table, all_flags[_i]);
}
END_TEST

enum {
	HIGHEST = 100000
};

/* Above what is looked at; so this tells by itself. */
static void lonely(struct clearing *clearing)
{
	struct rlimit limit;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);

	int high = (int)(limit.rlim_max > HIGHEST ? HIGHEST : limit.rlim_max) - 1;

	if (high < 2 * SLOTS)
		skip_because("no descriptor above %d can be opened", SLOTS);
	ck_assert_int_eq(dup2(0, high), high);
	clear(clearing);
	ck_assert_int_eq(is_open(high), (clearing->flags & (int)CLOSE_RANGE_CLOEXEC) != 0);
	if (is_open(high))
		ck_assert_int_eq(fcntl(high, F_GETFD), FD_CLOEXEC);
}

START_TEST(with_a_lonely_high_descriptor)
{
	cleared_that_alone(cleared((struct clearing){ SLOTS, UINT_MAX, all_flags[_i], close_range }, lonely));
}
END_TEST

/* As high as it goes, up to the 1073741816 of many containers: what walks up to it does not come to an end here. */
static void under_a_high_limit(struct clearing *clearing)
{
	struct rlimit limit = { 1073741816, 1073741816 };

	while (setrlimit(RLIMIT_NOFILE, &limit) < 0 && limit.rlim_max > SLOTS)
		limit.rlim_cur = limit.rlim_max = limit.rlim_max / 2;
	simply(clearing);
}

START_TEST(whatever_the_limit)
{
	each_range(under_a_high_limit, all_flags[_i]);
}
END_TEST

TESTS(TEST_EACH(whatever_the_limit, all_flags), TEST_EACH(in_an_ordinary_process, all_flags),
      TEST_EACH(above_a_lowered_limit, all_flags), TEST_EACH(of_a_full_table, all_flags),
      TEST_EACH(with_a_lonely_high_descriptor, all_flags))
