/* Whether this libc's lists are laid out as spawn_actions.c reads them. */
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "spawn_actions.h"

/* Not in every libc, nor in every header. */
#define MAYBE(name, ...) int posix_spawn_file_actions_##name(__VA_ARGS__) __attribute__((weak))
MAYBE(addchdir_np, posix_spawn_file_actions_t *restrict, const char *restrict);
MAYBE(addfchdir_np, posix_spawn_file_actions_t *, int);
MAYBE(addclosefrom_np, posix_spawn_file_actions_t *, int);
MAYBE(addtcsetpgrp_np, posix_spawn_file_actions_t *, int);

/* Descriptors that all but the lowest limits allow: libc looks at that. */
static const struct spawn_action samples[] = {
	{ .kind = SPAWN_OPEN, .fd = 2, .flags = 0x12345, .mode = 0567, .path = "/open" },
	{ .kind = SPAWN_DUP2, .fd = 1, .from = 2 },
	{ .kind = SPAWN_CLOSE, .fd = 2 },
	{ .kind = SPAWN_CHDIR, .path = "/chdir" },
	{ .kind = SPAWN_FCHDIR, .fd = 1 },
	{ .kind = SPAWN_CLOSEFROM, .fd = 2 },
	{ .kind = SPAWN_TCSETPGRP, .fd = 1 },
};

enum {
	SAMPLES = sizeof(samples) / sizeof(samples[0])
};

/* An error number; ENOSYS: this libc has none such. */
static int add(posix_spawn_file_actions_t *list, const struct spawn_action *action)
{
#define ADD(name, ...) (posix_spawn_file_actions_##name ? posix_spawn_file_actions_##name(list, __VA_ARGS__) : ENOSYS)
	switch (action->kind) {
	case SPAWN_CLOSE:
		return posix_spawn_file_actions_addclose(list, action->fd);
	case SPAWN_DUP2:
		return posix_spawn_file_actions_adddup2(list, action->from, action->fd);
	case SPAWN_OPEN:
		return posix_spawn_file_actions_addopen(list, action->fd, action->path, action->flags, action->mode);
	case SPAWN_CHDIR:
		return ADD(addchdir_np, action->path);
	case SPAWN_FCHDIR:
		return ADD(addfchdir_np, action->fd);
	case SPAWN_CLOSEFROM:
		return ADD(addclosefrom_np, action->fd);
	case SPAWN_TCSETPGRP:
		return ADD(addtcsetpgrp_np, action->fd);
	}
	return ENOSYS;
#undef ADD
}

/* The path last: in another layout it is no pointer. */
static int compare(const struct spawn_action *action, void *data)
{
	const struct spawn_action ***next = data, *expected = *(*next)++;

	if (!expected || action->kind != expected->kind || action->fd != expected->fd ||
	    action->from != expected->from || action->flags != expected->flags || action->mode != expected->mode ||
	    !action->path != !expected->path || (action->path && strcmp(action->path, expected->path) != 0))
		return -ENOSYS;
	return 0;
}

static int learn_layout(void)
{
	const struct spawn_action *expected[SAMPLES + 1] = { NULL }, **end = expected, **at = expected;
	posix_spawn_file_actions_t list;
	int error, r = 0;

	error = posix_spawn_file_actions_init(&list);
	if (error)
		return -error;
	for (int i = 0; i < SAMPLES && r == 0; i++) {
		error = add(&list, &samples[i]);
		if (error == 0)
			*end++ = &samples[i];
		else if (error != ENOSYS)
			r = error == EBADF ? -EMFILE : -error;
	}
	if (r == 0)
		r = spawn_actions_visit(&list, compare, &at);
	if (r == 0 && at != end)
		r = -ENOSYS;
	posix_spawn_file_actions_destroy(&list);
	return r;
}

static int check_action(const struct spawn_action *action, void *closes_from)
{
	*(bool *)closes_from |= action->kind == SPAWN_CLOSEFROM;
	return 0;
}

int spawn_actions_check(const posix_spawn_file_actions_t *list)
{
	static atomic_bool learnt;
	bool closes_from = false;
	int r;

	if (!list)
		return 0;
	r = atomic_load_explicit(&learnt, memory_order_relaxed) ? 0 : learn_layout();
	if (r < 0)
		return r;
	atomic_store_explicit(&learnt, true, memory_order_relaxed);
	r = spawn_actions_visit(list, check_action, &closes_from);
	return r == 0 ? closes_from : r;
}
