#include "range_clear.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "export.h"
#include "fd_table.h"
#include "kernel.h"
#include "sys.h"
#include "uapi.h"

static int told_by(int r)
{
	if (r == -EBADF)
		return FD_IS_CLOSED;
	return r == -EPERM || r == -EACCES || r == -ENOSYS ? -ENOSYS : FD_WAS_OPEN;
}

/* Linux has let go of the descriptor whatever close(2) says, but where it was none or a sandbox forbids to. */
static int close_one(int fd, void *unused)
{
	(void)unused;
	return told_by(sys_close(fd));
}

/* FD_CLOEXEC is all that F_SETFD sets, so there is nothing to read first. */
static int mark_one(int fd, void *unused)
{
	(void)unused;
	return told_by(sys_fcntl(fd, F_SETFD, FD_CLOEXEC));
}

WITHOUT_KERNEL static int clear_by_visits(unsigned int first, unsigned int last, int flags)
{
	if (flags & (int)CLOSE_RANGE_UNSHARE) {
		int r = sys_unshare(CLONE_FILES);

		if (r < 0)
			return r == -EMFILE || r == -ENOMEM ? r : -ENOSYS;
	}
	return fd_table_visit(first, last, flags & (int)CLOSE_RANGE_CLOEXEC ? mark_one : close_one, NULL);
}

/* Positive, as no result of the call is. */
#define NOT_BY_KERNEL 1

static inline int clear_by_kernel(unsigned int first, unsigned int last, int flags)
{
	bool mark = flags & (int)CLOSE_RANGE_CLOEXEC;
	int r;

	if (!kernel_may(LIBPIDFD_CALL_CLOSE_RANGE) || (mark && !kernel_may(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC)))
		return NOT_BY_KERNEL;
	r = sys_close_range(first, last, flags);
	if (kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE, r) ||
	    (mark && kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, r)))
		return NOT_BY_KERNEL;
	return r;
}

int range_clear(unsigned int first, unsigned int last, int flags)
{
	int r = clear_by_kernel(first, last, flags);

	return r == NOT_BY_KERNEL ? clear_by_visits(first, last, flags) : r;
}
