/* fdwalk calls its function with each descriptor that is open when it begins, ascending, until one result is not 0. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "fds.h"
#include "quirks.h"
#include "run.h"

struct walk {
	struct table before, seen;
	int last, stop_at;
	bool closes, opens;
	unsigned int calls;
};

static int step(void *data, int fd)
{
	struct walk *walk = data;
	int error = errno;

	if (fd <= walk->last)
		_exit(1);
	walk->last = fd;
	walk->calls++;
	if (fd < SLOTS)
		walk->seen.slot[fd] = OPEN;
	if (walk->closes)
		close(fd + 1);
	if (walk->opens)
		dup2(fd, fd + 1);
	errno = error;
	return fd == walk->stop_at ? -7 : 0;
}

static void walk(struct walk *walk)
{
	memset(&walk->seen, CLOSED, sizeof(walk->seen));
	table_look(&walk->before);
	walk->last = -1;
	walk->calls = 0;
	errno = EXDEV;
	if (fdwalk(step, walk) != (walk->stop_at < 0 ? 0 : -7) || errno != EXDEV)
		_exit(2);
}

static void has_seen_all(const struct walk *walk)
{
	for (int fd = 0; fd < SLOTS; fd++)
		if ((walk->before.slot[fd] != CLOSED) != (walk->seen.slot[fd] == OPEN))
			_exit(3);
}

static void simply(void)
{
	table_populate();
}

static void in_a_full_table(void)
{
	struct full_table full;

	table_populate();
	table_fill(&full);
}

static void in_one_without_proc(void)
{
	without_proc();
	table_populate();
}

/* More than the list has room for on the stack, in one run. */
static void in_a_dense_table(void)
{
	for (int fd = 3; fd < SLOTS; fd++)
		if (dup2(0, fd) != fd)
			skip_because("no descriptor %d: %s", fd, strerror(errno));
}

static void in_an_empty_table(void)
{
	for (int fd = 0; fd < SLOTS; fd++)
		close(fd);
}

static void (*const places[])(void) = {
	simply, in_a_full_table, in_one_without_proc, in_a_dense_table, in_an_empty_table,
};

static void in_a_child(void (*place)(void), void (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		place();
		body();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 0);
}

static void sees_all(void)
{
	struct walk all = { .stop_at = -1 };
	struct table after;

	walk(&all);
	has_seen_all(&all);
	table_look(&after);
	if (memcmp(&after, &all.before, sizeof(after)) != 0)
		_exit(4);
}

START_TEST(all_of_it)
{
	in_a_child(places[_i], sees_all);
}
END_TEST

static void sees_what_was(void)
{
	struct walk closing = { .stop_at = -1, .closes = true }, opening = { .stop_at = -1, .opens = true };

	walk(&opening);
	has_seen_all(&opening);
	walk(&closing);
	has_seen_all(&closing);
}

START_TEST(whatever_the_function_does_to_it)
{
	in_a_child(places[_i], sees_what_was);
}
END_TEST

static void stops(void)
{
	struct walk some = { .stop_at = 64 };

	walk(&some);
	if (some.last != 64)
		_exit(5);
	for (int fd = 0; fd < SLOTS; fd++)
		if ((fd <= 64 && some.before.slot[fd] != CLOSED) != (some.seen.slot[fd] == OPEN))
			_exit(6);
}

START_TEST(until_told_to_stop)
{
	in_a_child(simply, stops);
	in_a_child(in_one_without_proc, stops);
}
END_TEST

TESTS(TEST_EACH(all_of_it, places), TEST_EACH(whatever_the_function_does_to_it, places), TEST(until_told_to_stop))
