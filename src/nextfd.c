#include <libpidfd/close_range.h>
#include <limits.h>

#include "export.h"
#include "fd_table.h"
#include "sys.h"

enum {
	FOUND = INT_MIN /* no -errno */
};

static int look_at(int fd, void *found)
{
	int r = sys_fcntl(fd, F_GETFD, 0);

	if (r < 0)
		return r == -EBADF ? FD_IS_CLOSED : -ENOSYS;
	*(int *)found = fd;
	return FOUND;
}

LIBPIDFD_API int libpidfd_nextfd(int fd)
{
	int found, r = fd_table_visit(fd < 0 ? 0 : (unsigned int)fd, UINT_MAX, look_at, &found);

	return answer(r == FOUND ? found : r == 0 ? -ESRCH : r);
}
