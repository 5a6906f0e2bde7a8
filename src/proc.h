/* Reading the small files of /proc. What their contents mean for a pidfd is identity.h's to say. */
#ifndef LIBPIDFD_SRC_PROC_H
#define LIBPIDFD_SRC_PROC_H

#include <errno.h>
#include <stdbool.h>

#include "proc_text.h"

/* The errnos that say nothing of a process, only that it could not be looked at just now. */
static inline bool proc_is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* 0, or -errno of open or read; -EBADF for a file that is not what it should be. PATH is relative to DIR. */
int proc_read_stat(int dir, const char *path, struct proc_stat *stat);
int proc_read_status(int dir, const char *path, struct proc_status *status);

/*
 * 0 if the PIDs in the /proc that SELF_STATUS, its self/status, belongs to are those of the caller's PID namespace, else
 * -EREMOTE; -ENOENT if there is no such file or it is no procfs's.
 */
int proc_is_ours(int dir, const char *self_status);

/* "/proc/thread-self/fdinfo/" and an int, with room to spare. */
#define PROC_PATH_SIZE 48

/* BEFORE, the number, AFTER; returns PATH. */
const char *proc_path(char path[PROC_PATH_SIZE], const char *before, int number, const char *after);

#endif
