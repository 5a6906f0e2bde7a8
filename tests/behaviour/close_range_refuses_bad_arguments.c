/* close_range refuses an inverted range and unknown flags with EINVAL, and then has closed nothing. */
#include <errno.h>
#include <limits.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "run.h"

static const struct {
	unsigned int first, last;
	int flags;
} bad[] = {
	{ 1, 0, 0 },
	{ 64, 63, 0 },
	{ UINT_MAX, 0, 0 },
	{ UINT_MAX, UINT_MAX - 1, 0 },
	{ 64, 63, CLOSE_RANGE_UNSHARE },
	{ 64, 63, CLOSE_RANGE_CLOEXEC },
	{ 20, UINT_MAX, 1 },
	{ 20, UINT_MAX, 8 },
	{ 20, UINT_MAX, (int)CLOSE_RANGE_CLOEXEC | 8 },
	{ 20, UINT_MAX, CLOSE_RANGE_UNSHARE | 1 },
	{ 20, UINT_MAX, INT_MIN },
	{ 20, UINT_MAX, INT_MIN | (int)CLOSE_RANGE_CLOEXEC },
	{ 20, UINT_MAX, INT_MAX },
	{ 20, UINT_MAX, -1 },
	{ UINT_MAX, UINT_MAX, 1 },
	{ 64, 63, -1 },
};

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

START_TEST(each)
{
	struct clearing what = { bad[_i].first, bad[_i].last, bad[_i].flags, close_range };

	cleared_nothing(cleared(what, simply), EINVAL);
}
END_TEST

TESTS(TEST_EACH(each, bad))
