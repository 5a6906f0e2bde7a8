/* Time limits that a change of the wall clock leaves alone. */
#include "pidfdctl.h"

#define SECOND INT64_C(1000000000)

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

int64_t deadline_after(int64_t nanoseconds)
{
	int64_t start = now();

	return nanoseconds < NEVER - start ? start + nanoseconds : NEVER;
}

const struct timespec *deadline_left(int64_t deadline, struct timespec *left)
{
	int64_t nanoseconds;

	if (deadline == NEVER)
		return NULL;
	nanoseconds = deadline - now();
	if (nanoseconds < 0)
		nanoseconds = 0;
	left->tv_sec = (time_t)(nanoseconds / SECOND);
	left->tv_nsec = (long)(nanoseconds % SECOND);
	return left;
}
