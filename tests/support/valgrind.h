/* valgrind, which is a kernel of its own: what it makes of signals and of calls that it does not know is not tested. */
#ifndef TESTS_VALGRIND_H
#define TESTS_VALGRIND_H

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Without its own header it is known by the library that it preloads. */
static inline bool under_valgrind(void)
{
	const char *preloaded = getenv("LD_PRELOAD");

	return preloaded && strstr(preloaded, "vgpreload");
}

/* It takes the signal of a fault for a fault, whoever sent it, and has the last one for itself: kill(2) says EINVAL. */
static inline bool valgrind_keeps(int sig)
{
	const int kept[] = { SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGRTMAX };

	for (size_t i = 0; under_valgrind() && i < sizeof(kept) / sizeof(kept[0]); i++)
		if (sig == kept[i])
			return true;
	return false;
}

#endif
