#include <errno.h>
#include <unistd.h>

#include "export.h"
#include "newborn.h"
#include "sys.h"

#include <libpidfd/pidfd.h>

/* A fork with an exit signal is libc's to do; one without, only the kernel can. */
static pid_t fork_child(unsigned int flags)
{
	pid_t pid;

	if (flags & PIDFD_FORK_HIDDEN)
		return newborn_fork(0, NULL);
	pid = fork();
	return pid < 0 ? -errno : pid;
}

LIBPIDFD_API pid_t libpidfd_fork(int *pidfd, unsigned int flags)
{
	struct newborn newborn;
	pid_t pid;
	int r;

	if (flags & ~PIDFD_FORK_HIDDEN)
		return answer(-EINVAL);
	if (!pidfd)
		return answer(-EFAULT);
	r = newborn_prepare(&newborn, 0);
	if (r < 0)
		return answer(r);
	pid = fork_child(flags);
	if (pid == 0) {
		if (newborn_introduce(&newborn) < 0)
			sys_exit(127);
		return 0;
	}
	if (pid < 0) {
		newborn_forget(&newborn);
		return answer(pid);
	}
	r = newborn_accept(&newborn, pid, pidfd);
	return answer(r < 0 ? r : pid);
}
