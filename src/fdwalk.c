#include <libpidfd/close_range.h>
#include <limits.h>
#include <string.h>

#include "export.h"
#include "fd_table.h"
#include "sys.h"

/* In memory of its own, which malloc(3) knows nothing of, when it gets long. */
struct list {
	int *fds;
	size_t count, room;
	int few[512];
};

static void forget(const struct list *list)
{
	if (list->fds != list->few)
		sys_unmap(list->fds, list->room * sizeof(int));
}

static int append(int fd, void *data)
{
	struct list *list = data;
	int *more, r = sys_fcntl(fd, F_GETFD, 0);

	if (r < 0)
		return r == -EBADF ? FD_IS_CLOSED : -ENOSYS;
	if (list->count == list->room) {
		more = sys_map(2 * list->room * sizeof(int));
		if (!more)
			return -ENOMEM;
		memcpy(more, list->fds, list->count * sizeof(int));
		forget(list);
		list->fds = more;
		list->room *= 2;
	}
	list->fds[list->count++] = fd;
	return FD_WAS_OPEN;
}

LIBPIDFD_API int libpidfd_fdwalk(int (*func)(void *, int), void *data)
{
	struct list list = { .fds = list.few, .room = sizeof(list.few) / sizeof(list.few[0]) };
	int r = fd_table_visit(0, UINT_MAX, append, &list);

	if (r < 0)
		r = answer(r);
	else
		for (size_t i = 0; i < list.count && r == 0; i++)
			r = func(data, list.fds[i]);
	forget(&list);
	return r;
}
