/*
 * A child that is held at a system call of its choice to be the adversary's: it runs until it is about to make the call, or
 * has just made it, and stands still there for as long as the test likes.
 */
#ifndef TESTS_HELD_H
#define TESTS_HELD_H

#include <stdbool.h>
#include <sys/types.h>

struct held {
	pid_t pid; /* a child of the test's */
	pid_t helper; /* a child with its memory that it waits for (CLONE_VFORK) and that is held for it, until it is another program; or 0 */
	int stops; /* so far: two for each system call, before it and after */
	bool past; /* the second mark has come */
};

void must_be_able_to_hold(void); /* skips the test where the system calls of children are not there to be seen */

void held_mark(void); /* in the child, in its main thread: before and after what it is held in */

/* Traces the child, which has to come to its first mark. Its threads go on free. Skips where tracing is not permitted. */
struct held held_start(pid_t pid);

/* Runs it on to the stop of that number, counted from the first mark; false: the second mark came first. */
bool held_at(struct held *held, int stop);

/* Runs it from its first mark to its second, one instruction at a time: how many, with those of the second mark. */
int held_steps(struct held *held);

/* Lets it run to its end, or awaits that where it is ended otherwise: its wait status. */
int held_end(struct held *held);
int held_ends(struct held *held);

#endif
