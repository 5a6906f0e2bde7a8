#include "fd_table.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "proc_text.h"
#include "sys.h"
#include "uapi.h"

struct range {
	unsigned int first, last;
	int (*visit)(int fd, void *data);
	void *data;
};

/* The list could not be made, and nothing is known of what was visited: positive, as no -errno and no visit's result is. */
#define NO_LIST INT_MAX

static int visit_entries(const struct range *range, int dir)
{
	_Alignas(struct uapi_dirent64) char buffer[4096];
	const struct uapi_dirent64 *entry;
	ssize_t size;
	int r, fd;

	while ((size = sys_getdents64(dir, buffer, sizeof(buffer))) > 0) {
		for (ssize_t at = 0; at < size; at += entry->d_reclen) {
			entry = (const void *)(buffer + at);
			fd = proc_text_number(entry->d_name);
			if (fd < 0 || fd == dir || (unsigned int)fd < range->first || (unsigned int)fd > range->last)
				continue;
			r = range->visit(fd, range->data);
			if (r != 0)
				return r;
		}
	}
	return size < 0 ? NO_LIST : 0;
}

static int visit_listed(const struct range *range)
{
	int r, dir = sys_open(AT_FDCWD, "/proc/thread-self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0)
		return NO_LIST;
	r = sys_filesystem(dir) == UAPI_PROC_MAGIC ? visit_entries(range, dir) : NO_LIST;
	sys_close(dir);
	return r;
}

/*
 * The size of the table is where select(2) begins to cut what it is asked: it looks only at numbers inside, and there tells
 * the closed ones apart. It is a power of two from 64 on, and no file is polled: an open number is inside anyway.
 */
static int table_size(unsigned int enough)
{
	unsigned long few[4096 / sizeof(long)] = { 0 }, *bits = few;
	size_t mapped = 0;
	int size = 64;

	while (size <= INT_MAX / 2 && (unsigned int)size <= enough) {
		size_t needed = (size_t)size / 8 + sizeof(long);
		int inside = sys_fcntl(size, F_GETFD, 0) >= 0;

		if (!inside && needed > sizeof(few) && needed > mapped) {
			if (mapped)
				sys_unmap(bits, mapped);
			mapped = needed;
			bits = sys_map(mapped);
			if (!bits)
				return -ENOMEM;
		}
		if (!inside)
			inside = sys_select_is_inside(size, bits);
		/* Another thread may have opened it between the two. */
		if (inside == 0 && sys_fcntl(size, F_GETFD, 0) < 0)
			break;
		if (inside < 0) {
			size = inside == -ENOMEM ? -ENOMEM : -ENOSYS;
			break;
		}
		size *= 2;
	}
	if (mapped)
		sys_unmap(bits, mapped);
	return size;
}

static int visit_numbers(const struct range *range)
{
	int r, size = table_size(range->last);

	if (size < 0)
		return size;
	for (unsigned int fd = range->first; fd < (unsigned int)size && fd <= range->last; fd++) {
		r = sys_fcntl((int)fd, F_GETFD, 0);
		if (r == -EBADF)
			continue;
		if (r < 0)
			return -ENOSYS;
		r = range->visit((int)fd, range->data);
		if (r != 0)
			return r;
	}
	return 0;
}

int fd_table_visit(unsigned int first, unsigned int last, int (*visit)(int fd, void *data), void *data)
{
	struct range range = { first, last, visit, data };
	int r = visit_listed(&range);

	return r == NO_LIST ? visit_numbers(&range) : r;
}
