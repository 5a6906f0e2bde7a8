/* One pidfd: by the kernel's poll where that tells, else by what exit_watch_any.c has, through poll_mixed. */
#include "exit_watch.h"

#include <errno.h>

#include "kernel.h"
#include "poll_mixed.h"
#include "sys.h"

/*
 * The kernel's poll of its own pidfds, since 5.3. A directory is readable at once on every kernel, so it is not for this
 * strategy; nor is any pidfd where a live one was seen readable.
 */
static int watch_by_kernel(int pidfd, int64_t timeout_ns)
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

/* By perf event and by timer, in turns as they can: poll_mixed.c. */
static int watch_from_outside(int pidfd, int64_t timeout_ns)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	struct identity who = { .pid = 0 };
	int r = exit_watch_look(pidfd, &who, NULL);

	if (r != 0 || timeout_ns == 0)
		return r;
	r = poll_mixed(&end, 1, timeout_ns, NULL);
	return r > 0 && end.revents & POLLNVAL ? -EBADF : r;
}

int exit_watch(int pidfd, int64_t timeout_ns)
{
	int r = watch_by_kernel(pidfd, timeout_ns);

	return r != -ENOSYS ? r : watch_from_outside(pidfd, timeout_ns);
}
