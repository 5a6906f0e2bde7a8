#include "fd_table.h"

#include <errno.h>
#include <limits.h>

#include "proc_text.h"
#include "sys.h"

struct visits {
	unsigned int next, last; /* all below NEXT are done */
	int dir;		 /* our own descriptor, or -1 */
	int (*visit)(int fd, void *data);
	void *data;
};

/* The highest number there can be: fs.nr_open is at most INT_MAX & -64. */
#define HIGHEST (unsigned int)(INT_MAX - 64)

/* The list cannot be had, and what is from NEXT on is not known: positive, as no -errno and no visit's end is. */
#define NO_LIST INT_MAX

static int visit_next(struct visits *visits)
{
	int fd = (int)visits->next++;

	return fd == visits->dir ? FD_WAS_OPEN : visits->visit(fd, visits->data);
}

/* Up to the first gap of more than GAP closed numbers, and with its beginning. */
static int visit_run(struct visits *visits, int gap)
{
	int r, closed = 0;

	while (closed <= gap && visits->next <= visits->last) {
		r = visit_next(visits);
		if (r < 0)
			return r;
		closed = r == FD_WAS_OPEN ? 0 : closed + 1;
	}
	return 0;
}

/*
 * The kernel takes longer to list a descriptor than to be asked for two closed ones: after as many as A_RUN without a gap of
 * more than A_GAP, nothing is listed up to the next such gap.
 */
#define A_GAP 2
#define A_RUN 8

/*
 * In procfs's list the position of descriptor N is N + 2, and it ascends (proc_readfd_common in fs/proc/fd.c, the same
 * since Linux 2.0): what is behind the position need not be looked at again, whatever was closed or opened there, and
 * the list may be entered anywhere. A list that does not ascend so is another system's, and not used.
 */
static int visit_entries(struct visits *visits)
{
	_Alignas(struct uapi_dirent64) char buffer[4096];
	const struct uapi_dirent64 *entry;
	size_t room = 16 * sizeof(*entry); /* until it is known that no run follows */
	ssize_t size;
	unsigned int run = 0;
	int fd, r;

	if (sys_seek(visits->dir, (long)visits->next + 2) < 0)
		return NO_LIST;
	while ((size = sys_getdents64(visits->dir, buffer, room)) > 0) {
		for (ssize_t at = 0; at < size; at += entry->d_reclen) {
			entry = (const void *)(buffer + at);
			fd = proc_text_number(entry->d_name);
			if (fd < 0 || (unsigned int)fd < visits->next || entry->d_off <= (int64_t)fd + 2)
				return NO_LIST;
			if ((unsigned int)fd > visits->last)
				return 0;
			run = (unsigned int)fd - visits->next <= A_GAP ? run + 1 : 1;
			visits->next = (unsigned int)fd;
			r = visit_next(visits);
			if (r < 0)
				return r;
		}
		room = sizeof(buffer);
		if (run < A_RUN)
			continue;
		r = visit_run(visits, A_GAP);
		if (r < 0)
			return r;
		if (sys_seek(visits->dir, (long)visits->next + 2) < 0)
			return NO_LIST;
		run = 0;
		room = 16 * sizeof(*entry);
	}
	return size < 0 ? NO_LIST : 0;
}

/* The main thread's name is shorter, and found twice as fast in a process that is new. */
static int visit_listed(struct visits *visits)
{
	pid_t tid = sys_gettid();
	const char *list = tid > 0 && tid == sys_getpid() ? "/proc/self/fd" : "/proc/thread-self/fd";
	int r;

	visits->dir = sys_open(AT_FDCWD, list, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (visits->dir < 0)
		return NO_LIST;
	/* /proc itself: where that is none, its self may be a mount of another process's directory. */
	r = sys_filesystem_at("/proc") == UAPI_PROC_MAGIC ? visit_entries(visits) : NO_LIST;
	sys_close(visits->dir);
	visits->dir = -1;
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
		int r = sys_fcntl(size, F_GETFD, 0), inside = r >= 0;

		if (r < 0 && r != -EBADF) {
			size = -ENOSYS;
			break;
		}
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
	return size > INT_MAX / 2 ? INT_MAX : size;
}

static int visit_numbers(struct visits *visits)
{
	int r, size = table_size(visits->last);

	if (size < 0)
		return size;
	while (visits->next < (unsigned int)size && visits->next <= visits->last) {
		r = visit_next(visits);
		if (r < 0)
			return r;
	}
	return 0;
}

int fd_table_visit(unsigned int first, unsigned int last, int (*visit)(int fd, void *data), void *data)
{
	struct visits visits = { first, last < HIGHEST ? last : HIGHEST, -1, visit, data };
	int r = visit_run(&visits, 0);

	if (r < 0 || visits.next > visits.last)
		return r;
	r = visit_listed(&visits);
	return r == NO_LIST ? visit_numbers(&visits) : r;
}
