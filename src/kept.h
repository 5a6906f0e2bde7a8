/* Which numbers a caller's list holds, asked in ascending order: any list, of any length, without sorting or copying it. */
#pragma once

#include <limits.h>
#include <stddef.h>

enum {
	KEPT_LONG = CHAR_BIT * sizeof(long),
	KEPT_WINDOW = 256 * KEPT_LONG
};

#define KEPT_NONE UINT_MAX

/*
 * The list is read once for every KEPT_WINDOW numbers that hold some of it. Nothing is kept from KNOWN to BASE, and then what
 * BITS say.
 */
struct kept {
	const int *list;
	size_t count;
	unsigned int known, base;
	unsigned long bits[KEPT_WINDOW / KEPT_LONG];
};

void kept_begin(struct kept *kept, const int list[], size_t count);

/* The lowest number in the list that is not below FROM, or KEPT_NONE. */
unsigned int kept_from(struct kept *kept, unsigned int from);
