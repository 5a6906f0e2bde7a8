#include "range_clear.h"

#include <errno.h>
#include <stdbool.h>

#include "export.h"
#include "fd_table.h"
#include "kernel.h"
#include "sys.h"
#include "uapi.h"

/* Linux has let go of the descriptor whatever close(2) says, but where it was none or a sandbox forbids to. */
static int close_one(int fd, void *count)
{
	int r = sys_close(fd);

	*(unsigned int *)count += 1;
	return r == -EPERM || r == -EACCES || r == -ENOSYS ? -ENOSYS : 0;
}

static int mark_one(int fd, void *count)
{
	int flags = sys_fcntl(fd, F_GETFD, 0);

	if (flags < 0)
		return flags == -EBADF ? 0 : -ENOSYS;
	if (flags & FD_CLOEXEC)
		return 0;
	*(unsigned int *)count += 1;
	flags = sys_fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
	return flags == -EPERM || flags == -EACCES || flags == -ENOSYS ? -ENOSYS : 0;
}

/*
 * Until a look at the whole range finds nothing left to do: that is what makes 0 sure where a list that is changed while it
 * is read may pass one over. Against threads that open as fast as this closes, it ends where the kernel's call would:
 * what was open at the start is closed long since.
 */
#define ENOUGH_PASSES 16

WITHOUT_KERNEL static int clear_by_visits(unsigned int first, unsigned int last, int flags)
{
	int (*act)(int, void *) = flags & (int)CLOSE_RANGE_CLOEXEC ? mark_one : close_one;
	unsigned int count;
	int r;

	if (flags & (int)CLOSE_RANGE_UNSHARE) {
		r = sys_unshare(CLONE_FILES);
		if (r < 0)
			return r == -EMFILE || r == -ENOMEM ? r : -ENOSYS;
	}
	for (int pass = 0; pass < ENOUGH_PASSES; pass++) {
		count = 0;
		r = fd_table_visit(first, last, act, &count);
		if (r < 0 || count == 0)
			return r;
	}
	return 0;
}

int range_clear(unsigned int first, unsigned int last, int flags)
{
	bool mark = flags & (int)CLOSE_RANGE_CLOEXEC;

	if (kernel_may(LIBPIDFD_CALL_CLOSE_RANGE) && (!mark || kernel_may(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC))) {
		int r = sys_close_range(first, last, flags);

		if (!kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE, r) &&
		    !(mark && kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, r)))
			return r;
	}
	return clear_by_visits(first, last, flags);
}
