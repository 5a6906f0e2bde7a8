/* Reading the small files of /proc. What their contents mean for a pidfd is identity.h's to say. */
#pragma once

#include <stdbool.h>

#include "proc_text.h"

/*
 * 0, or -errno of open or read; -EBADF for a file that is not what it should be; -EXDEV: something is mounted over it. PATH is
 * relative to DIR.
 */
int proc_read_stat(int dir, const char *path, struct proc_stat *stat);
int proc_read_status(int dir, const char *path, struct proc_status *status);

/*
 * The calling thread's own status, from the /proc that PROCESS, a directory on one of its processes, is in. 0 if the PIDs
 * there are those of the caller's PID namespace, else -EREMOTE, and SELF's tgid is 0; -ENOENT if there is no such file, and
 * -ESRCH if the process has been reaped: nothing can be looked up through its directory then, not even "..", but in gVisor.
 */
int proc_read_self(int process, struct proc_status *self);

/* The same of /proc, with -ENOENT also if it is no procfs. */
int proc_is_ours(struct proc_status *self);

/* Whether all that was read through directories was of their own mounts, so that nobody's mounts had a say in it. */
bool proc_stays_within(void);

/* "/proc/thread-self/fdinfo/" and an int, with room to spare. */
#define PROC_PATH_SIZE 48

/* BEFORE, the number, AFTER; returns PATH. */
const char *proc_path(char path[PROC_PATH_SIZE], const char *before, int number, const char *after);
