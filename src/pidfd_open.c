#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "sys.h"

/*
 * A leader that is being reaped is EINVAL to 6.14 because its thread group is gone already, and by then kill(2) does not
 * find it either. A thread that leads no process is ENOENT from 6.16 on.
 */
static int leader_or_not(pid_t pid, unsigned int flags, int result)
{
	if (result == -ENOENT)
		return -EINVAL;
	if (result != -EINVAL || flags & ~(unsigned int)O_NONBLOCK)
		return result;
	if (sys_kill(pid, 0) == -ESRCH)
		return -ESRCH;
	return sys_pidfd_open(pid, flags); /* a number given to somebody else meanwhile can be opened now */
}

static int open_natively(pid_t pid, unsigned int flags)
{
	unsigned int nonblock = flags & (unsigned int)O_NONBLOCK;
	int fd;

	if (!nonblock || kernel_has(LIBPIDFD_CALL_OPEN_NONBLOCK))
		return leader_or_not(pid, flags, sys_pidfd_open(pid, flags));
	fd = leader_or_not(pid, flags & ~nonblock, sys_pidfd_open(pid, flags & ~nonblock));
	if (fd >= 0)
		sys_fcntl(fd, F_SETFL, O_NONBLOCK); /* 5.3 to 5.9: it means nothing to the kernel, but to pidfd_wait */
	return fd;
}

static bool is_answer(int result)
{
	if (result >= 0)
		return true;
	/* The kernel's pidfd_open gives neither: a sandbox, which the probe sees too, or SELinux on this one process. */
	return !kernel_refused(LIBPIDFD_CALL_OPEN, result) && result != -EPERM && result != -EACCES;
}

LIBPIDFD_API int libpidfd_open(pid_t pid, unsigned int flags)
{
	if (pid <= 0)
		return answer(-EINVAL);
	if (kernel_may(LIBPIDFD_CALL_OPEN)) {
		int fd = open_natively(pid, flags);

		if (is_answer(fd))
			return answer(fd);
	}
	return answer(identity_open(pid, flags));
}
