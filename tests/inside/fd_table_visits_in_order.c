/* fd_table_visit visits all that is open in a range, ascending, and stops when told to; with /proc and without. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "clearing.h"
#include "environment.h"
#include "fd_table.h"
#include "fds.h"
#include "run.h"

struct visits {
	int last, stop_at;
	bool closes;
	struct table seen;
};

enum {
	STOPPED = -12345
};

static int visit(int fd, void *data)
{
	struct visits *visits = data;
	int error = errno;
	bool open = is_open(fd);

	errno = error;
	ck_assert_int_gt(fd, visits->last);
	visits->last = fd;
	if (!open)
		return FD_IS_CLOSED;
	if (fd < SLOTS)
		visits->seen.slot[fd] = OPEN;
	if (visits->closes)
		close(fd);
	return fd == visits->stop_at ? STOPPED : FD_WAS_OPEN;
}

static struct visits no_visits(void)
{
	struct visits visits = { .last = -1, .stop_at = -1 };

	memset(&visits.seen, CLOSED, sizeof(visits.seen));
	return visits;
}

/* Whether all that was open in the range is visited, and nothing else. */
static int visit_all(unsigned int first, unsigned int last, bool closes)
{
	struct visits visits = no_visits();
	struct table before;
	int error = errno;

	table_look(&before);
	errno = error;
	visits.closes = closes;
	ck_assert_int_eq(fd_table_visit(first, last, visit, &visits), 0);
	for (unsigned int fd = 0; fd < SLOTS; fd++)
		ck_assert_msg((visits.seen.slot[fd] == OPEN) ==
				      (before.slot[fd] != CLOSED && fd >= first && fd <= last),
			      "%u to %u: descriptor %u", first, last, fd);
	return 0;
}

static int visit_and_leave(unsigned int first, unsigned int last, int flags)
{
	(void)flags;
	return visit_all(first, last, false);
}

static int visit_and_close(unsigned int first, unsigned int last, int flags)
{
	(void)flags;
	return visit_all(first, last, true);
}

/* At each number that is open in turn; visited is what lies below it, and it. */
static int visit_and_stop(unsigned int first, unsigned int last, int flags)
{
	struct table before;

	(void)flags;
	table_look(&before);
	for (unsigned int stop = first; stop <= last && stop < SLOTS; stop++) {
		struct visits visits = no_visits();

		visits.stop_at = (int)stop;
		ck_assert_int_eq(fd_table_visit(first, last, visit, &visits),
				 before.slot[stop] == CLOSED ? 0 : STOPPED);
		ck_assert(before.slot[stop] == CLOSED || visits.last == visits.stop_at);
	}
	return 0;
}

static const struct {
	unsigned int first, last;
} ranges[] = {
	{ 20, UINT_MAX },
	{ 20, 29 },
	{ 25, 25 },
	{ 30, 39 },
	{ 64, 128 },
	{ SLOTS - 1, UINT_MAX },
	{ SLOTS, UINT_MAX },
	{ INT_MAX, UINT_MAX },
	{ INT_MAX + 1U, UINT_MAX },
	{ UINT_MAX, UINT_MAX },
};

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

static void no_proc(struct clearing *clearing)
{
	without_proc();
	table_populate();
	clear(clearing);
}

static void full_table(struct clearing *clearing)
{
	struct full_table full;

	table_populate();
	table_fill(&full);
	clear(clearing);
}

static void (*const places[])(struct clearing *clearing) = { simply, no_proc, full_table };

static const struct clearing *visited(int (*how)(unsigned int, unsigned int, int), int range, int place)
{
	return cleared((struct clearing){ ranges[range].first, ranges[range].last, 0, how }, places[place]);
}

START_TEST(and_leaves_them_open)
{
	for (int place = 0; place < 3; place++) {
		const struct clearing *clearing = visited(visit_and_leave, _i, place);

		ck_assert_int_eq(memcmp(&clearing->before, &clearing->after, sizeof(clearing->before)), 0);
	}
}
END_TEST

START_TEST(and_may_close_them)
{
	for (int place = 0; place < 3; place++)
		cleared_that_alone(visited(visit_and_close, _i, place));
}
END_TEST

START_TEST(and_may_stop)
{
	for (int place = 0; place < 3; place++)
		visited(visit_and_stop, 0, place);
}
END_TEST

TESTS(TEST_EACH(and_leaves_them_open, ranges), TEST_EACH(and_may_close_them, ranges), TEST(and_may_stop))
