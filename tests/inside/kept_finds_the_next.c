/* kept_from finds the lowest number of a list that is not below another, for any list and ascending questions. */
#include <stdlib.h>

#include "kept.h"
#include "run.h"

static unsigned int lowest(const int list[], size_t count, unsigned int from)
{
	unsigned int found = KEPT_NONE;

	for (size_t i = 0; i < count; i++)
		if (list[i] >= 0 && (unsigned int)list[i] >= from && (unsigned int)list[i] < found)
			found = (unsigned int)list[i];
	return found;
}

static void agree(const int list[], size_t count, unsigned int step)
{
	struct kept kept;

	kept_begin(&kept, list, count);
	for (unsigned int from = 0; from < 5 * KEPT_WINDOW; from += 1 + (unsigned int)rand() % step)
		ck_assert_uint_eq(kept_from(&kept, from), lowest(list, count, from));
	for (unsigned int back = 0; back < 3; back++)
		ck_assert_uint_eq(kept_from(&kept, INT_MAX - 2 + back), lowest(list, count, INT_MAX - 2 + back));
	ck_assert_uint_eq(kept_from(&kept, UINT_MAX - 1), KEPT_NONE);
	ck_assert_uint_eq(kept_from(&kept, UINT_MAX), KEPT_NONE);
}

START_TEST(in_random_lists)
{
	int list[40];

	srand((unsigned int)_i);
	for (int round = 0; round < 200; round++) {
		size_t count = (size_t)rand() % 41;
		int spread = 1 << rand() % 18;

		for (size_t i = 0; i < count; i++)
			list[i] = rand() % 10 ? rand() % spread : rand() % 2 ? -rand() : INT_MAX - rand() % 3;
		agree(list, count, 1 + (unsigned int)rand() % 4000);
	}
}
END_TEST

START_TEST(at_the_edges_of_a_window)
{
	const int list[] = {
		7,	7 + KEPT_WINDOW - 1, 7 + KEPT_WINDOW, 7 + 2 * KEPT_WINDOW, 7 + 2 * KEPT_WINDOW + KEPT_LONG - 1,
		INT_MAX
	};

	agree(list, sizeof(list) / sizeof(list[0]), 1);
	agree(list, 1, 1);
	agree(list, 0, 1);
}
END_TEST

static const int rows[4];

TESTS(TEST_EACH(in_random_lists, rows), TEST(at_the_edges_of_a_window))
