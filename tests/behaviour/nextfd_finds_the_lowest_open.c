/* nextfd gives the lowest open descriptor that is not below its argument, and ESRCH where there is none. */
#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "fds.h"
#include "run.h"
#include "valgrind.h"

static void is_right_for(const struct table *table, int fd)
{
	int expected = fd < 0 ? 0 : fd, found;

	while (expected < SLOTS && table->slot[expected] == CLOSED)
		expected++;
	errno = EXDEV;
	found = nextfd(fd);
	if (found > SLOTS && under_valgrind())
		return; /* its own, which it hides but for fcntl */
	if (expected < SLOTS ? found != expected || errno != EXDEV : found != -1 || errno != ESRCH)
		_exit(fd < 0 ? 2 : 3);
}

static void finds_all(void)
{
	static const int others[] = { -1, -20, INT_MIN, SLOTS + 1, INT_MAX - 64, INT_MAX - 1, INT_MAX };
	struct table table;

	table_look(&table);
	for (int fd = 0; fd <= SLOTS; fd++)
		is_right_for(&table, fd);
	for (unsigned int i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_right_for(&table, others[i]);
}

static void in_a_child(void (*place)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		table_populate();
		place();
		finds_all();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 0);
}

static void as_it_is(void)
{
}

static void fill_it(void)
{
	struct full_table full;

	table_fill(&full);
}

static void empty_it(void)
{
	for (int fd = 0; fd < SLOTS; fd++)
		close(fd);
}

static void (*const places[])(void) = { as_it_is, fill_it, without_proc, empty_it };

START_TEST(each)
{
	in_a_child(places[_i]);
}
END_TEST

TESTS(TEST_EACH(each, places))
