#include <errno.h>
#include <libpidfd/pidfd.h>
#include <sched.h>
#include <sys/wait.h>

#include "child_wait.h"
#include "export.h"
#include "identity.h"
#include "newborn.h"
#include "spawn_child.h"
#include "sys.h"

/* A path in search of the program, and what close_range's emulation has on it; nothing of it is there until it is used. */
#define STACK_SIZE (64UL * 1024)

/*
 * The child that has come to nothing, unless somebody else has reaped it. If no descriptor is left to ask its pidfd with, the
 * question is one that needs none.
 */
static void reap(int pidfd, pid_t pid)
{
	const struct identity child = {
		.is_directory = sys_filesystem(pidfd) == UAPI_PROC_MAGIC,
		.pid = pid,
		.status.namespaces = 1,
	};
	siginfo_t info;
	int r;

	do
		r = child_wait(pidfd, &info, WEXITED, NULL);
	while (r == -EINTR);
	if (r == 0)
		return;
	/* Not reaped, by whomever, it is about to end. To sleep on its number could be to sleep on another child's. */
	while (identity_check(pidfd, &child) != -ESRCH && sys_wait4(pid, NULL, WNOHANG, NULL) == 0)
		sys_yield();
}

/* With CLONE_VFORK the caller goes on when the child is the program, or has ended. */
static int start(int *pidfd, struct spawn_child *child)
{
	char *stack = sys_map(STACK_SIZE);
	pid_t pid;
	int fd;

	if (!stack)
		return -ENOMEM;
	sys_block_signals(&child->mask);
	pid = newborn_clone(spawn_child_run, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, child, &fd);
	if (pid > 0 && child->error < 0) {
		reap(fd, pid);
		sys_close(fd);
		pid = child->error;
	}
	sys_sigmask(SIG_SETMASK, &child->mask, NULL);
	sys_unmap(stack, STACK_SIZE);
	if (pid < 0)
		return pid;
	*pidfd = fd;
	return 0;
}

static int spawn(int *pidfd, struct spawn_child child)
{
	int r = pidfd ? spawn_child_check(&child) : -EFAULT;

	return r < 0 ? -r : -start(pidfd, &child);
}

LIBPIDFD_API int libpidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
				const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	return spawn(pidfd, (struct spawn_child){ path, false, actions, attributes, argv, envp, .error = 0 });
}

LIBPIDFD_API int libpidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
				 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	return spawn(pidfd, (struct spawn_child){ file, true, actions, attributes, argv, envp, .error = 0 });
}
