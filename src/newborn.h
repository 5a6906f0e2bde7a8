/*
 * A child that introduces itself: before anything else runs in it, it opens itself, which nothing can make wrong, and
 * passes that descriptor to its parent over a socket. The parent holds it back until it has the descriptor, so that a
 * failure leaves no child that has run.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

struct newborn {
	int parents_end, childs_end;
	bool shares_table; /* CLONE_FILES: only the parent closes the ends, when the child is through with them */
	bool runs_at_once; /* CLONE_VFORK: the parent stands still, so the child does not wait for it */
	bool is_sibling;   /* CLONE_PARENT: the caller cannot wait for it */
};

/* FLAGS of clone(2). 0, or -EMFILE, -ENFILE, -ENOMEM. */
int newborn_prepare(struct newborn *newborn, int flags);

/* The child that never came: clone or fork has failed. */
void newborn_forget(const struct newborn *newborn);

/* In the child: 0 to run on, or -errno: it must exit at once. */
int newborn_introduce(const struct newborn *newborn);

/* In the parent: 0 and the pidfd of child PID, or -errno, and the child is ended and, if it is the caller's, reaped. */
int newborn_accept(const struct newborn *newborn, pid_t pid, int *pidfd);

/*
 * As clone(2) of libc; STACK NULL, without CLONE_VM, is a copy of the caller's. The child's PID, and its pidfd, by the kernel
 * where it can, introduced otherwise; or -errno and no child.
 */
pid_t newborn_clone(int (*fn)(void *), void *stack, int flags, void *argument, int *pidfd);

/* As fork(2) of the kernel's, with libc's idea of the child's TID mended where that can be done. */
pid_t newborn_fork(unsigned long flags, int *parent_tid);
