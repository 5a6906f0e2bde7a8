/* Tests that behave as a test should not, for harness_catches_leaks_and_hangs, which runs them one by one. */
#include <stdlib.h>
#include <unistd.h>

#include "child.h"
#include "environment.h"
#include "run.h"

START_TEST(behaves)
{
	struct child child = child_zombie(0);

	child_reap(&child);
}
END_TEST

START_TEST(leaks_a_descriptor)
{
	ck_assert_int_ge(dup(STDERR_FILENO), 0);
}
END_TEST

START_TEST(leaks_a_descriptor_without_proc)
{
	without_proc();
	ck_assert_int_ge(dup(STDERR_FILENO), 0);
}
END_TEST

/* check kills the test's process group. */
static int stay(int talk, void *unused)
{
	(void)talk, (void)unused;
	while (pause() < 0)
		;
	return 0;
}

START_TEST(leaves_a_child)
{
	close(child_start(stay, NULL).talk);
}
END_TEST

START_TEST(leaves_a_zombie)
{
	close(child_zombie(0).talk);
}
END_TEST

START_TEST(hangs)
{
	for (;;)
		pause();
}
END_TEST

START_TEST(dies)
{
	abort();
}
END_TEST

START_TEST(fails)
{
	ck_assert_int_eq(1, 2);
}
END_TEST

static void assert_wrong(void)
{
	ck_assert_int_eq(1, 2);
}

START_TEST(fails_in_a_namespace)
{
	in_pid_namespace(assert_wrong);
}
END_TEST

START_TEST(skips)
{
	skip_because("of %s", "nothing");
}
END_TEST

TESTS(TEST(behaves), TEST(leaks_a_descriptor), TEST(leaks_a_descriptor_without_proc), TEST(leaves_a_child),
      TEST(leaves_a_zombie), TEST(hangs), TEST(dies), TEST(fails), TEST(fails_in_a_namespace), TEST(skips))
