#include "stand_in.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"
#include "next.h"
#include "sys.h"

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

/*
 * Nothing is remembered here of descriptors. The directory's own position, which nobody else uses, is the inode number of the
 * pipe that stands in for it: as much of it as a position in /proc may be. In which sets that pipe is only the kernel
 * knows, and is asked.
 */
static off_t mark_of(const struct stat *pipe)
{
	return (off_t)(pipe->st_ino & INT32_MAX);
}

/* The device of all pipes without a name; 0 until the first stand-in is made, so that others pay nothing for close(2). */
static atomic_uint pipes;

struct search {
	off_t mark;
	unsigned int pipes;
	int found;
};

static int is_it(void *data, int fd)
{
	struct search *search = data;
	struct stat status;

	if (fstat(fd, &status) < 0 || (unsigned int)status.st_dev != search->pipes || mark_of(&status) != search->mark)
		return 0;
	search->found = fd;
	return 1;
}

/* -ENOENT: there is none. */
static int find(int directory)
{
	struct search search = {
		.mark = lseek(directory, 0, SEEK_CUR),
		.pipes = atomic_load_explicit(&pipes, memory_order_relaxed),
		.found = -ENOENT,
	};

	if (search.mark > 0 && search.pipes)
		fdwalk(is_it, &search);
	return search.found;
}

static int make(int directory)
{
	struct stat status;
	int fd = pidfd_pollfd(directory, 0);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || lseek(directory, mark_of(&status), SEEK_SET) < 0) {
		sys_close(fd);
		return -EPERM;
	}
	atomic_store_explicit(&pipes, (unsigned int)status.st_dev, memory_order_relaxed);
	return fd;
}

int stand_in_epoll_ctl(int set, int operation, int pidfd, struct epoll_event *event)
{
	struct identity who;
	int fd;

	if (identity_read(pidfd, &who) == -EBADF || !who.is_directory)
		return -EBADF;
	fd = find(pidfd);
	if (fd == -ENOENT && operation == EPOLL_CTL_ADD)
		fd = make(pidfd);
	if (fd < 0)
		return fd;
	return next()->epoll_ctl(set, operation, fd, event) < 0 ? -errno : 0;
}

void stand_in_close(int fd)
{
	struct identity who;
	int stand_in = -ENOENT, saved = errno;

	if (!atomic_load_explicit(&pipes, memory_order_relaxed))
		return;
	/* Any file of /proc has a position, and that may be any pipe's number. */
	if (sys_filesystem(fd) == UAPI_PROC_MAGIC && identity_read(fd, &who) != -EBADF && who.is_directory)
		stand_in = find(fd);
	if (stand_in >= 0)
		sys_close(stand_in);
	errno = saved;
}
