/*
 * What this kernel, under this sandbox, lacks. Each call is judged by itself, by what it does and never by version, when it
 * is first asked about; a verdict is kept only when it is certain, so never on EMFILE, ENFILE, ENOMEM or EINTR.
 * No locks: two threads that look at the same time find the same.
 */
#pragma once

#include <libpidfd/pidfd.h>
#include <stdatomic.h>
#include <stdbool.h>

enum {
	KERNEL_UNASKED = 0,
	KERNEL_UNKNOWN = 1, /* may be tried */
	KERNEL_HAS = 2
	/* negative: lacks, for the reason -errno; -ECANCELED is LIBPIDFD_AVOID */
};

extern atomic_int kernel_verdicts[];

int kernel_ask(enum libpidfd_call call); /* the verdict, LIBPIDFD_AVOID heeded, nothing tried */
int kernel_try(enum libpidfd_call call); /* the verdict after the probe; KERNEL_UNKNOWN if even that did not tell */
bool kernel_refused_by(enum libpidfd_call call, int result);

/*
 * kernel_probes.c, for kernel.c: KERNEL_HAS, KERNEL_UNKNOWN, or the -errno that says the call is not there. Harmless: leaves
 * no descriptor behind, sends no SIGCHLD, runs no handler of the program's in a child.
 */
extern int (*const kernel_probes[])(void);

/* Whether the native way may be tried: it is not known to be lacking, nor to be avoided. */
static inline bool kernel_may(enum libpidfd_call call)
{
	int verdict = atomic_load_explicit(&kernel_verdicts[call], memory_order_relaxed);

	return (verdict != KERNEL_UNASKED ? verdict : kernel_ask(call)) > 0;
}

/* Whether the native way is there for certain. */
static inline bool kernel_has(enum libpidfd_call call)
{
	int verdict = atomic_load_explicit(&kernel_verdicts[call], memory_order_relaxed);

	return (verdict == KERNEL_HAS || verdict < 0 ? verdict : kernel_try(call)) == KERNEL_HAS;
}

/*
 * Whether RESULT, of a native call that was tried, means that the call is lacking or forbidden here rather than being an
 * answer. The errnos that can mean either have the probe decide.
 */
static inline bool kernel_refused(enum libpidfd_call call, int result)
{
	return result < 0 && kernel_refused_by(call, result);
}
