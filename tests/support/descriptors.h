/* Descriptors on /proc/PID, which are pidfds on every kernel, and descriptors that are none. */
#ifndef TESTS_DESCRIPTORS_H
#define TESTS_DESCRIPTORS_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

static inline int open_proc_of(pid_t pid, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
}

static inline bool is_of_proc(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == 0x9fa0;
}

/* A path of NULL is a pipe. */
static const struct no_pidfd {
	const char *path;
	int flags;
} no_pidfds[] = {
	{ NULL, 0 },
	{ "/dev/null", O_RDONLY },
	{ "/", O_RDONLY | O_DIRECTORY },
	{ "/proc", O_RDONLY | O_DIRECTORY },
	{ "/proc/self/fd", O_RDONLY | O_DIRECTORY },
	{ "/proc/self/task", O_RDONLY | O_DIRECTORY },
	{ "/proc/thread-self", O_RDONLY | O_DIRECTORY }, /* /proc/PID/task/TID */
	{ "/proc/self/stat", O_RDONLY },
	{ "/proc/self", O_PATH | O_DIRECTORY },
};

static inline int open_no_pidfd(const struct no_pidfd *which)
{
	int ends[2];

	if (which->path)
		return open(which->path, which->flags | O_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	close(ends[1]);
	return ends[0];
}

#endif
