/*
 * The kernel's poll of its own pidfds, since 5.3. A directory is readable at once on every kernel, so it is not for this
 * strategy; nor is any pidfd where a live one was seen readable.
 */
#include <errno.h>

#include "exit_watch.h"
#include "kernel.h"
#include "sys.h"

int exit_watch_kernel(int pidfd, int64_t timeout_ns)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	int64_t filesystem;
	int r;

	if (!kernel_has(LIBPIDFD_CALL_POLL))
		return -ENOSYS;
	filesystem = sys_filesystem(pidfd);
	if (filesystem != UAPI_PIDFS_MAGIC && filesystem != UAPI_ANON_INODE_MAGIC)
		return filesystem == UAPI_PROC_MAGIC ? -ENOSYS : -EBADF;
	r = sys_ppoll(&end, 1, timeout_ns, NULL);
	if (r > 0 && end.revents & POLLNVAL)
		return -EBADF;
	return r > 0 ? 1 : r;
}
