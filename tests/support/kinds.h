/* The kinds of pidfd: whatever pidfd_open gives here, a directory on /proc/PID, and the kernel's own. */
#ifndef TESTS_KINDS_H
#define TESTS_KINDS_H

#include <errno.h>
#include <sys/types.h>

#include <libpidfd/pidfd.h>

#include "descriptors.h"
#include "raw.h"
#include "run.h"

static inline int open_pidfd(pid_t pid)
{
	return pidfd_open(pid, 0);
}

static inline int open_directory(pid_t pid)
{
	return open_proc_of(pid, 0);
}

/* -1 where the kernel, or the one that is pretended, has none. */
static inline int open_kernels_pidfd(pid_t pid)
{
	return raw_pidfd_open(pid, 0);
}

static inline void must_have(int (*kind)(pid_t pid))
{
	if (kind == open_kernels_pidfd && raw_pidfd_open(-1, 0) < 0 && errno != EINVAL)
		skip_because("no such pidfds here");
	if (kind == open_directory)
		must_have_proc();
}

static int (*const kinds[])(pid_t pid) = { open_pidfd, open_directory, open_kernels_pidfd };
static const char *const kind_names[] = { "pidfd_open", "/proc directory", "kernel's pidfd" };

#endif
