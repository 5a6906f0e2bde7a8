/*
 * A process whose descriptor table is cleared, and what became of each of its descriptors. It tells by memory that it
 * shares with the test, so that all of them may be closed, and in places where none can be opened.
 */
#ifndef TESTS_CLEARING_H
#define TESTS_CLEARING_H

#include <stdbool.h>

enum {
	SLOTS = 1024, /* the numbers below it are looked at */
	CLOSED = -1,
	OPEN = 0,
	MARKED = 1 /* close-on-exec */
};

struct table {
	signed char slot[SLOTS];
};

struct clearing {
	unsigned int first, last;
	int flags;
	int (*call)(unsigned int first, unsigned int last, int flags);

	bool done;
	int result, error; /* errno, which is EXDEV before */
	struct table before, after;
};

void table_look(struct table *table);
void table_populate(void); /* descriptors of all kinds, dense, sparse and up to SLOTS - 1 */

/* The call, between two looks at the table. Async-signal-safe, on little stack. */
void clear(struct clearing *clearing);

/* A place for that: in a table with room for none. */
void clear_in_a_full_table(struct clearing *clearing);

/* WHAT is done in a process of its own: by PLACE, which calls clear() in the place that it makes. */
const struct clearing *cleared(struct clearing what, void (*place)(struct clearing *clearing));

void cleared_that_alone(const struct clearing *clearing);
void cleared_nothing(const struct clearing *clearing, int why);

#endif
