#include "helper.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#include "sys.h"

#define STACK_SIZE 32768

/*
 * Whether children are born into the caller's own PID namespace: not after unshare(2) or setns(2) with CLONE_NEWPID, where
 * numbers mean others, and a new namespace ends with the first of them. Before 4.12 nothing tells.
 */
static bool children_are_ours(void)
{
	char own[32], childrens[32];
	ssize_t a = sys_readlink(AT_FDCWD, "/proc/thread-self/ns/pid", own, sizeof(own));
	ssize_t b = sys_readlink(AT_FDCWD, "/proc/thread-self/ns/pid_for_children", childrens, sizeof(childrens));
	int there;

	if (b >= 0)
		return a == b && memcmp(own, childrens, (size_t)a) == 0;
	/* A namespace without its first process has no name yet. */
	there = sys_open(AT_FDCWD, "/proc/thread-self/ns/pid_for_children", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (there >= 0)
		sys_close(there);
	return there < 0;
}

int helper_run(int (*fn)(void *), void *argument, int *pidfd, int *status)
{
	int flags = CLONE_VM | CLONE_VFORK | (pidfd ? CLONE_PIDFD : 0);
	sigset_t old;
	pid_t pid;
	char *stack;

	if (!children_are_ours())
		return -ECHILD;
	stack = sys_map(STACK_SIZE); /* not the caller's, which may be a small one for signals */
	if (!stack)
		return -ENOMEM;
	sys_block_signals(&old);
	pid = sys_clone_on(fn, stack + STACK_SIZE, flags, argument, pidfd);
	if (pid >= 0) /* again after EINTR: libc keeps its own signals from being blocked */
		while (sys_wait4(pid, status, (int)__WCLONE, NULL) == -EINTR)
			;
	sys_sigmask(SIG_SETMASK, &old, NULL);
	sys_unmap(stack, STACK_SIZE);
	return pid < 0 ? pid : 0;
}
