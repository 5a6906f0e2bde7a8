#include <errno.h>
#include <stdbool.h>

#include "exit_watch.h"
#include "export.h"
#include "kernel.h"
#include "sys.h"

/* The kernel's pidfd for a directory on the same process. -ENOSYS: not to be had, or EINVAL, which passes (see pidfd_open.c). */
static int exchange(const struct identity *who, int directory)
{
	int r, pidfd = sys_pidfd_open(who->pid, 0);

	if (kernel_refused(LIBPIDFD_CALL_OPEN, pidfd) || pidfd == -EINVAL)
		return -ENOSYS;
	r = identity_check(directory, who);
	if (r == 0)
		return pidfd;
	if (pidfd >= 0)
		sys_close(pidfd);
	return r;
}

WITHOUT_KERNEL static int watch(int pidfd)
{
	struct identity who = { .pid = 0 };
	int r = exit_watch_look(pidfd, &who, NULL);

	if (r == 0 && kernel_has(LIBPIDFD_CALL_POLL) && kernel_may(LIBPIDFD_CALL_OPEN) && who.pid > 0) {
		r = exchange(&who, pidfd);
		if (r != -ENOSYS && r != -ESRCH)
			return r;
		r = r == -ESRCH;
	}
	if (r < 0)
		return r;
	return r > 0 ? exit_watch_over() : exit_watch_thread(pidfd);
}

/* To 6.8 a pidfd of the kernel's looks like an eventfd, which send_signal and fdinfo tell apart. */
static bool is_kernels_pidfd(int pidfd, int64_t filesystem)
{
	struct identity who;
	int r;

	if (filesystem != UAPI_ANON_INODE_MAGIC)
		return filesystem == UAPI_PIDFS_MAGIC;
	if (kernel_may(LIBPIDFD_CALL_SEND_SIGNAL)) {
		r = sys_pidfd_send_signal(pidfd, 0, NULL, 0);
		if (!kernel_refused(LIBPIDFD_CALL_SEND_SIGNAL, r))
			return r != -EBADF;
	}
	return identity_read(pidfd, &who) != -EBADF;
}

LIBPIDFD_API int libpidfd_pollfd(int pidfd, unsigned int flags)
{
	int64_t filesystem;

	if (flags)
		return answer(-EINVAL);
	filesystem = sys_filesystem(pidfd);
	if (filesystem == UAPI_PROC_MAGIC || !kernel_has(LIBPIDFD_CALL_POLL))
		return answer(watch(pidfd));
	if (!is_kernels_pidfd(pidfd, filesystem))
		return answer(-EBADF);
	return answer(sys_fcntl(pidfd, F_DUPFD_CLOEXEC, 0));
}
