/* closefrom closes every descriptor from its argument on, all of them for a negative one, and leaves errno alone. */
#include <limits.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "run.h"

static const int lowest[] = { 0, 3, 20, 25, 64, 65, SLOTS - 1, SLOTS, INT_MAX, -1, -20, INT_MIN };

static int lowfd;

static int call(unsigned int first, unsigned int last, int flags)
{
	(void)first, (void)last, (void)flags;
	closefrom(lowfd);
	return 0;
}

static void each(void (*place)(struct clearing *clearing))
{
	for (unsigned int i = 0; i < sizeof(lowest) / sizeof(lowest[0]); i++) {
		lowfd = lowest[i];
		cleared_that_alone(
			cleared((struct clearing){ lowfd < 0 ? 0 : (unsigned int)lowfd, UINT_MAX, 0, call }, place));
	}
}

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

START_TEST(in_an_ordinary_process)
{
	each(simply);
}
END_TEST

START_TEST(of_a_full_table)
{
	each(clear_in_a_full_table);
}
END_TEST

static void no_proc(struct clearing *clearing)
{
	without_proc();
	table_populate();
	clear(clearing);
}

START_TEST(without_proc_too)
{
	each(no_proc);
}
END_TEST

TESTS(TEST(in_an_ordinary_process), TEST(of_a_full_table), TEST(without_proc_too))
