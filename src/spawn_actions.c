#include "spawn_actions.h"

#include <errno.h>
#include <stdbool.h>

#ifdef __GLIBC__

/* An array. */
struct libc_action {
	int kind;
	union {
		int fd;
		const char *path;
		struct {
			int from, to;
		} dup2;
		struct {
			int fd;
			const char *path;
			int flags;
			mode_t mode;
		} open;
	};
};

static bool read_action(const struct libc_action *from, struct spawn_action *action)
{
	*action = (struct spawn_action){ .kind = (enum spawn_action_kind)from->kind };
	switch (from->kind) {
	case SPAWN_DUP2:
		action->fd = from->dup2.to;
		action->from = from->dup2.from;
		return true;
	case SPAWN_OPEN:
		action->fd = from->open.fd;
		action->path = from->open.path;
		action->flags = from->open.flags;
		action->mode = from->open.mode;
		return true;
	case SPAWN_CHDIR:
		action->path = from->path;
		return true;
	case SPAWN_CLOSE:
	case SPAWN_FCHDIR:
	case SPAWN_CLOSEFROM:
	case SPAWN_TCSETPGRP:
		action->fd = from->fd;
		return true;
	}
	return false;
}

static const struct libc_action *first(const posix_spawn_file_actions_t *list)
{
	return list->__used > 0 ? (const struct libc_action *)list->__actions : NULL;
}

static const struct libc_action *next(const posix_spawn_file_actions_t *list, const struct libc_action *action)
{
	return ++action < (const struct libc_action *)list->__actions + list->__used ? action : NULL;
}

#else

/* musl: linked, the last one first, and numbered from 1 on. */
struct libc_action {
	const struct libc_action *next, *prev;
	int kind, fd, from, flags;
	mode_t mode;
	char path[];
};

static bool read_action(const struct libc_action *from, struct spawn_action *action)
{
	int kind = from->kind - 1;

	if (kind < SPAWN_CLOSE || kind > SPAWN_FCHDIR)
		return false;
	*action = (struct spawn_action){ .kind = (enum spawn_action_kind)kind };
	if (kind != SPAWN_CHDIR)
		action->fd = from->fd;
	if (kind == SPAWN_DUP2)
		action->from = from->from;
	if (kind == SPAWN_OPEN || kind == SPAWN_CHDIR)
		action->path = from->path;
	if (kind == SPAWN_OPEN) {
		action->flags = from->flags;
		action->mode = from->mode;
	}
	return true;
}

static const struct libc_action *first(const posix_spawn_file_actions_t *list)
{
	const struct libc_action *action = list->__actions;

	while (action && action->next)
		action = action->next;
	return action;
}

static const struct libc_action *next(const posix_spawn_file_actions_t *list, const struct libc_action *action)
{
	(void)list;
	return action->prev;
}

#endif

int spawn_actions_visit(const posix_spawn_file_actions_t *list, int (*visit)(const struct spawn_action *, void *),
			void *data)
{
	const struct libc_action *at;
	struct spawn_action action;
	int r = 0;

	for (at = first(list); at && r == 0; at = next(list, at))
		r = read_action(at, &action) ? visit(&action, data) : -ENOSYS;
	return r;
}
