#include <errno.h>

#include "export.h"
#include "kernel.h"
#include "newborn.h"
#include "sys.h"
#include "uapi.h"

/* What makes a thread, goes unheeded since 2.6, or takes an argument that this call does not have. */
#define UNSUITABLE \
	(CLONE_THREAD | CLONE_DETACHED | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_SETTLS)

struct call {
	int (*fn)(void *);
	void *argument;
	struct newborn newborn;
};

static int introduced(void *data)
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

LIBPIDFD_API pid_t libpidfd_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *pidfd)
{
	struct call call = { .fn = fn, .argument = arg };
	pid_t pid;
	int r;

	if (!fn || flags & UNSUITABLE || (!stack && flags & CLONE_VM))
		return answer(-EINVAL);
	if (!pidfd)
		return answer(-EFAULT);
	flags &= ~CLONE_PIDFD;
	pid = clone_natively(&call, stack, flags, pidfd);
	if (pid != -ENOSYS)
		return answer(pid);
	/* A child that has run on already, and is not the caller's to kill and reap, could not be taken back. */
	if (flags & CLONE_PARENT && flags & CLONE_VFORK)
		return answer(-EINVAL);
	r = newborn_prepare(&call.newborn, flags);
	if (r < 0)
		return answer(r);
	pid = clone_child(introduced, stack, flags, &call, NULL);
	if (pid < 0) {
		newborn_forget(&call.newborn);
		return answer(why_no_child(pid));
	}
	r = newborn_accept(&call.newborn, pid, pidfd);
	return answer(r < 0 ? r : pid);
}
