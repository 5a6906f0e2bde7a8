/*
 * A test program is one file whose name is a claim. It defines its tests with START_TEST, lists them with TESTS, and
 * gets its main from run.c:
 *
 *	START_TEST(zero) { ck_assert_int_eq(pidfd_open(0, 0), -1); } END_TEST
 *
 *	TESTS(TEST(zero), TEST_EACH(refuses, rows))
 *
 * Each test is a process of its own, with 60 seconds times CK_TIMEOUT_MULTIPLIER, and fails if it leaves a descriptor
 * open or a child behind. The program takes the name of a test, to run that one, or --list. It exits 0, 1 when a test
 * failed or none ran, 77 when all of them were skipped.
 */
#ifndef TESTS_RUN_H
#define TESTS_RUN_H

#include <check.h>
#include <stdbool.h>

struct test {
	const TTest *const *test;
	int rows;
};

/* clang-format off */
#define TEST(name) { &name, 1 }
#define TEST_EACH(name, table) { &name, sizeof(table) / sizeof((table)[0]) } /* once a row; its number is _i */
#define TESTS(...) const struct test tests[] = { __VA_ARGS__, { NULL, 0 } };
/* clang-format on */

extern const struct test tests[];

/*
 * Ends the test here, counted as skipped, for a reason that the program prints. In a process that the test forked it
 * ends that process only: the test then has to end_if_skipped.
 */
_Noreturn void skip_because(const char *reason, ...) __attribute__((format(printf, 1, 2)));

void end_if_skipped(void);

void must_have_proc(void); /* skips where nothing is on /proc */

/* Whether the pretended kernel is made by a tracer, so that the test's processes can't be traced by anyone else. */
bool tracer_is_under_kernel(void);

/* What each test begins and ends with; for a process in which a test goes on elsewhere. */
void note_what_is_open(void);
void nothing_may_be_left(void);

#endif
