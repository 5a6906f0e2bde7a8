#include "range_clear.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "export.h"
#include "fd_table.h"
#include "kept.h"
#include "kernel.h"
#include "sys.h"

static bool is_kept(struct kept *kept, int fd)
{
	return kept && kept_from(kept, (unsigned int)fd) == (unsigned int)fd;
}

/*
 * Linux has let go of the descriptor whatever close(2) says, but where it was none or a sandbox forbids to. The file's flush
 * may have failed with any errno (NFS, FUSE: EACCES, EPERM too); so what is no descriptor tells which.
 */
static int close_one(int fd, void *kept)
{
	int r = is_kept(kept, fd) ? 0 : sys_close(fd);

	if (r == -EBADF)
		return FD_IS_CLOSED;
	return r == 0 || sys_close(-1) == -EBADF ? FD_WAS_OPEN : -ENOSYS;
}

/* FD_CLOEXEC is all that F_SETFD sets, so there is nothing to read first. */
static int mark_one(int fd, void *kept)
{
	int r = is_kept(kept, fd) ? 0 : sys_fcntl(fd, F_SETFD, FD_CLOEXEC);

	if (r == -EBADF)
		return FD_IS_CLOSED;
	return r == 0 ? FD_WAS_OPEN : -ENOSYS;
}

WITHOUT_KERNEL static int clear_by_visits(unsigned int first, unsigned int last, struct kept *kept, int flags)
{
	if (flags & (int)CLOSE_RANGE_UNSHARE) {
		int r = sys_unshare(CLONE_FILES);

		if (r < 0)
			return r == -EMFILE || r == -ENOMEM ? r : -ENOSYS;
	}
	return fd_table_visit(first, last, flags & (int)CLOSE_RANGE_CLOEXEC ? mark_one : close_one, kept);
}

/* Positive, as no result of the call is. */
#define NOT_BY_KERNEL 1

static inline int clear_by_kernel(unsigned int first, unsigned int last, int flags)
{
	bool mark = flags & (int)CLOSE_RANGE_CLOEXEC;
	int r;

	if (!kernel_may(LIBPIDFD_CALL_CLOSE_RANGE) || (mark && !kernel_may(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC)))
		return NOT_BY_KERNEL;
	/* gVisor refuses what is above INT_MAX, where no descriptor is. */
	r = sys_close_range(first < INT_MAX ? first : INT_MAX, last < INT_MAX ? last : INT_MAX, flags);
	if (kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE, r) ||
	    (mark && kernel_refused(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, r)))
		return NOT_BY_KERNEL;
	/* The arguments are good; so what else it says is a sandbox's, which may look at them. */
	return r == 0 || r == -EMFILE || r == -ENOMEM ? r : NOT_BY_KERNEL;
}

int range_clear(unsigned int first, unsigned int last, int flags)
{
	int r = clear_by_kernel(first, last, flags);

	return r == NOT_BY_KERNEL ? clear_by_visits(first, last, NULL, flags) : r;
}

/* Gap by gap. Between kept numbers that follow each other there is none, and the kernel refuses an empty range. */
int range_clear_except(unsigned int first, unsigned int last, struct kept *kept, int flags)
{
	unsigned int spared;
	int r = 0;

	do {
		spared = kept_from(kept, first);
		if (spared != first) {
			r = clear_by_kernel(first, spared - 1 < last ? spared - 1 : last, flags);
			if (r == NOT_BY_KERNEL)
				return clear_by_visits(first, last, kept, flags);
			flags &= ~(int)CLOSE_RANGE_UNSHARE;
		}
		first = spared + 1;
	} while (r == 0 && spared < last);
	/* All of the range is kept; the table is to be the caller's own all the same. */
	if (flags & (int)CLOSE_RANGE_UNSHARE)
		return range_clear(UINT_MAX, UINT_MAX, flags);
	return r;
}
