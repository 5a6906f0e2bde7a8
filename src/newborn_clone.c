#include <errno.h>

#include "export.h"
#include "kernel.h"
#include "newborn.h"
#include "sys.h"

struct call {
	int (*fn)(void *);
	void *argument;
	struct newborn newborn;
};

LEFT_BY_EXEC static int introduced(void *data)
{
	const struct call call = *(struct call *)data; /* with CLONE_VM, the parent's stack frame goes away */

	return newborn_introduce(&call.newborn) < 0 ? 127 : call.fn(call.argument);
}

/* libc's clone(2) wants a stack; without one, and without CLONE_VM, the child has a copy of this one to run on. */
static pid_t clone_child(int (*fn)(void *), void *stack, int flags, void *argument, int *parent_tid)
{
	pid_t pid;

	if (stack)
		return sys_clone_on(fn, stack, flags, argument, parent_tid);
	pid = newborn_fork((unsigned int)flags, parent_tid);
	if (pid == 0)
		sys_exit(fn(argument));
	return pid;
}

/* A security module's word for EPERM, of CLONE_NEWUSER. */
static pid_t why_no_child(pid_t error)
{
	return error == -EACCES ? -EPERM : error;
}

/* -ENOSYS: not here. A kernel before 5.2 ignores the flag and lets the child run, so this is tried only where it is known. */
static pid_t clone_natively(const struct call *call, void *stack, int flags, int *pidfd)
{
	int fd;
	pid_t pid;

	if (!kernel_has(LIBPIDFD_CALL_CLONE))
		return -ENOSYS;
	pid = clone_child(call->fn, stack, flags | CLONE_PIDFD, call->argument, &fd);
	if (pid < 0)
		return kernel_refused(LIBPIDFD_CALL_CLONE, pid) ? -ENOSYS : why_no_child(pid);
	*pidfd = fd;
	return pid;
}

pid_t newborn_clone(int (*fn)(void *), void *stack, int flags, void *argument, int *pidfd)
{
	struct call call = { .fn = fn, .argument = argument };
	pid_t pid = clone_natively(&call, stack, flags, pidfd);
	int r;

	if (pid != -ENOSYS)
		return pid;
	r = newborn_prepare(&call.newborn, flags);
	if (r < 0)
		return r;
	pid = clone_child(introduced, stack, flags, &call, NULL);
	if (pid < 0) {
		newborn_forget(&call.newborn);
		return why_no_child(pid);
	}
	r = newborn_accept(&call.newborn, pid, pidfd);
	return r < 0 ? r : pid;
}
