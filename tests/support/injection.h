/*
 * System calls that fail from outside: a process and its children, of which the test decides in the kernel's stead
 * (SECCOMP_RET_USER_NOTIF) whether a call is made or fails, so that what runs is what ships, on any pretended kernel.
 */
#ifndef TESTS_INJECTION_H
#define TESTS_INJECTION_H

#include <stdbool.h>

/* What is done at one system call: the error that it fails with, or 0: the process, a child of BODY's, is killed there. */
struct injection {
	int process, call; /* BODY's own is 0, others as they come; its calls that can fail are counted from 0 */
	int error;
	bool lasting;	  /* every later call that can fail so does, as with a full table */
	const char *name; /* of the system call */
};

/*
 * Runs BODY again and again, each time in a process of its own: once with each failure of each system call that it and its
 * children make between its two marks. BODY says what is wrong, or NULL; it must not use check's assertions. INJECTED is
 * what was done to it, which it knows after its second mark. Returns how many failures there were. Skips where the kernel
 * does not let one.
 */
unsigned int inject_each(const char *what, const char *(*body)(const struct injection *injected));

void injection_mark(void);

#endif
