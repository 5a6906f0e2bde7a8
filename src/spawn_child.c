#include "spawn_child.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>

#include "exec_search.h"
#include "export.h"
#include "range_clear.h"
#include "spawn_actions.h"
#include "sys.h"

#ifndef POSIX_SPAWN_SETCGROUP
#define POSIX_SPAWN_SETCGROUP 0x100 /* glibc 2.39 */
#endif

#define KNOWN                                                                                               \
	(POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |    \
	 POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_USEVFORK | POSIX_SPAWN_SETSID | \
	 POSIX_SPAWN_SETCGROUP)

static short flags_of(const posix_spawnattr_t *attributes)
{
	short flags = 0;

	if (attributes)
		posix_spawnattr_getflags(attributes, &flags);
	return flags;
}

int spawn_child_check(const struct spawn_child *child)
{
	int r = flags_of(child->attributes) & ~KNOWN ? -ENOSYS : spawn_actions_check(child->actions);

	return r == 0 ? child->search : r;
}

/* exec would do it too, but signals are unblocked before. */
static void reset_signals(const posix_spawnattr_t *attributes, short flags)
{
	sigset_t set;

	sigemptyset(&set);
	if (flags & POSIX_SPAWN_SETSIGDEF)
		posix_spawnattr_getsigdefault(attributes, &set);
	for (int sig = 1; sig < _NSIG; sig++)
		if (sigismember(&set, sig) == 1 || sys_has_handler(sig))
			sys_reset_signal(sig);
}

/* glibc 2.39. */
int posix_spawnattr_getcgroup_np(const posix_spawnattr_t *restrict, int *restrict) __attribute__((weak));

static int join_cgroup(const posix_spawnattr_t *attributes)
{
	int r, fd, cgroup;

	if (!posix_spawnattr_getcgroup_np)
		return -ENOSYS;
	posix_spawnattr_getcgroup_np(attributes, &cgroup);
	fd = sys_open(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return fd;
	r = (int)sys_write(fd, "0", 1);
	sys_close(fd);
	return r < 0 ? r : 0;
}

/* musl has no such attributes: it lets the flags be set and says so only here. */
static int set_scheduler(const posix_spawnattr_t *attributes, short flags)
{
	struct sched_param priority;
	int policy;

	if (posix_spawnattr_getschedparam(attributes, &priority) != 0)
		return 0;
	if (!(flags & POSIX_SPAWN_SETSCHEDULER))
		return sys_set_priority(&priority);
	posix_spawnattr_getschedpolicy(attributes, &policy);
	return sys_set_scheduler(policy, &priority);
}

static int set_attributes(const posix_spawnattr_t *attributes, short flags)
{
	pid_t group;
	int r = 0;

	if (flags & POSIX_SPAWN_SETCGROUP)
		r = join_cgroup(attributes);
	if (r >= 0 && flags & (POSIX_SPAWN_SETSCHEDPARAM | POSIX_SPAWN_SETSCHEDULER))
		r = set_scheduler(attributes, flags);
	if (r >= 0 && flags & POSIX_SPAWN_SETSID)
		r = sys_setsid();
	if (r >= 0 && flags & POSIX_SPAWN_SETPGROUP) {
		posix_spawnattr_getpgroup(attributes, &group);
		r = sys_setpgid(group);
	}
	if (r >= 0 && flags & POSIX_SPAWN_RESETIDS)
		r = sys_reset_ids();
	return r;
}

/* What is closed already is no error, what could never be open is one. */
static int close_number(int fd)
{
	return sys_close(fd) == -EBADF && (fd < 0 || (uint64_t)fd >= sys_most_descriptors()) ? -EBADF : 0;
}

/* The number is freed first, as POSIX wants: what is open there may be all that the table, or a device, has room for. */
static int open_as(const struct spawn_action *action)
{
	int r, fd;

	sys_close(action->fd);
	fd = sys_create(action->path, action->flags | O_LARGEFILE, action->mode);
	if (fd < 0 || fd == action->fd)
		return fd;
	r = sys_dup_to(fd, action->fd);
	sys_close(fd);
	return r;
}

static int act(const struct spawn_action *action, void *unused)
{
	int r;

	(void)unused;
	switch (action->kind) {
	case SPAWN_CLOSE:
		r = close_number(action->fd);
		break;
	case SPAWN_DUP2: /* to itself: close-on-exec no more */
		r = action->from == action->fd ? sys_fcntl(action->fd, F_SETFD, 0)
					       : sys_dup_to(action->from, action->fd);
		break;
	case SPAWN_OPEN:
		r = open_as(action);
		break;
	case SPAWN_CHDIR:
		r = sys_chdir(action->path);
		break;
	case SPAWN_FCHDIR:
		r = sys_fchdir(action->fd);
		break;
	case SPAWN_CLOSEFROM:
		r = range_clear((unsigned int)action->fd, UINT_MAX, 0);
		break;
	case SPAWN_TCSETPGRP:
		r = sys_set_foreground(action->fd, sys_getpgid());
		break;
	default:
		r = -ENOSYS;
	}
	return r < 0 ? r : 0;
}

LEFT_BY_EXEC int spawn_child_run(void *data)
{
	struct spawn_child *child = data;
	short flags = flags_of(child->attributes);
	sigset_t mask = child->mask;
	int r;

	reset_signals(child->attributes, flags);
	r = set_attributes(child->attributes, flags);
	if (r >= 0 && child->actions)
		r = spawn_actions_visit(child->actions, act, NULL);
	if (r >= 0) {
		if (flags & POSIX_SPAWN_SETSIGMASK)
			posix_spawnattr_getsigmask(child->attributes, &mask);
		sigprocmask(SIG_SETMASK, &mask, NULL); /* libc's, which leaves out signals of its own */
		r = (child->search ? exec_search : sys_exec)(child->program, child->argv, child->envp);
	}
	child->error = r;
	return 127;
}
