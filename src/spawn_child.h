/*
 * What posix_spawn(3) does in the child, in the order in which glibc does it. libc's own cannot be had without the rest of
 * posix_spawn, which either has no pidfd to give or finds out about the child when others may have reaped it.
 */
#pragma once

#include <signal.h>
#include <spawn.h>
#include <stdbool.h>

/* The child runs in the caller's memory while the caller stands still. */
struct spawn_child {
	const char *program;
	bool search; /* PATH, for a program without a slash */
	const posix_spawn_file_actions_t *actions;
	const posix_spawnattr_t *attributes;
	char *const *argv, *const *envp;
	sigset_t mask; /* of the program's, unless there is an attribute for it */
	int error;     /* -errno, of the first step that failed; else as it was */
};

/*
 * 0; 1 if it takes more stack than 4 KiB, though not more than 16; or -ENOSYS: attributes or actions that only a later library
 * knows; -ENOMEM, -EMFILE.
 */
int spawn_child_check(const struct spawn_child *child);

/* For clone(2), with all signals blocked. Returns if it fails. */
int spawn_child_run(void *child);
