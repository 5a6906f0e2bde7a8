/*
 * What a list of file actions holds. libc lets one add to its lists but not read them. How it lays them out is no part of
 * its interface, though it has only ever been added to: glibc's is that of 2.2, musl's that of its first. So before
 * anything is made of a list, one of all actions that this libc knows is read and has to come out right.
 */
#pragma once

#include <spawn.h>
#include <sys/types.h>

/* In the order in which both have numbered them. */
enum spawn_action_kind {
	SPAWN_CLOSE,
	SPAWN_DUP2,
	SPAWN_OPEN,
	SPAWN_CHDIR,	 /* glibc 2.29, musl 1.1.24 */
	SPAWN_FCHDIR,	 /* the same */
	SPAWN_CLOSEFROM, /* glibc 2.34 */
	SPAWN_TCSETPGRP	 /* glibc 2.35 */
};

struct spawn_action {
	enum spawn_action_kind kind;
	int fd;	  /* what is acted on; of SPAWN_DUP2 and SPAWN_OPEN the new one */
	int from; /* of SPAWN_DUP2 */
	int flags;
	mode_t mode;
	const char *path;
};

/* Calls VISIT with each in turn until that returns other than 0, and returns it. -ENOSYS: an action of an unknown kind. */
int spawn_actions_visit(const posix_spawn_file_actions_t *list, int (*visit)(const struct spawn_action *, void *),
			void *data);

/*
 * Whether LIST, which may be NULL, can be read: 0, 1 with a SPAWN_CLOSEFROM in it, -ENOSYS, or -ENOMEM or -EMFILE, which leave
 * that open. May allocate.
 */
int spawn_actions_check(const posix_spawn_file_actions_t *list);
