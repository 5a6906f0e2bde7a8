#include <errno.h>
#include <libpidfd/pidfd.h>

#include "export.h"
#include "newborn.h"
#include "uapi.h"

/* What makes a thread, goes unheeded since 2.6, or takes an argument that this call does not have. */
#define UNSUITABLE \
	(CLONE_THREAD | CLONE_DETACHED | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | CLONE_SETTLS)

LIBPIDFD_API pid_t libpidfd_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *pidfd)
{
	if (!fn || flags & UNSUITABLE || (!stack && flags & CLONE_VM))
		return answer(-EINVAL);
	/* Emulated, a child that has run on already, and is not the caller's to reap, could not be taken back. */
	if (flags & CLONE_PARENT && flags & CLONE_VFORK)
		return answer(-EINVAL);
	if (!pidfd)
		return answer(-EFAULT);
	return answer(newborn_clone(fn, stack, flags & ~CLONE_PIDFD, arg, pidfd));
}
