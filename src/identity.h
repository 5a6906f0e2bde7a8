/*
 * Who a pidfd is. A pidfd is the kernel's own descriptor, or a directory descriptor on /proc/PID; either refers to one
 * process for ever, but the number that it shows is that process' only while it is not reaped. So whoever uses the number
 * asks again afterwards: if the process is there still, the number was its own all along.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "proc_text.h"

struct identity {
	bool is_directory;	   /* not the kernel's own */
	pid_t pid;		   /* in the caller's PID namespace; 0 if it could not be read */
	struct proc_status status; /* of the process; of a kernel's pidfd only what its fdinfo tells */
	struct proc_status self;   /* the calling thread's, once /proc is seen to be its namespace's; else tgid is 0 */
};

/*
 * 0, or -EBADF not a pidfd; -ESRCH reaped; -EREMOTE not of this PID namespace; -EACCES hidden; -ENOSYS no usable /proc, or
 * a sandbox; -EMFILE, -ENFILE, -ENOMEM.
 */
int identity_read(int pidfd, struct identity *who);

/* 0: WHO, read before, is not reaped now. Errors as above, -ESRCH most of all. */
int identity_check(int pidfd, const struct identity *who);

/*
 * The two halves of identity_read, for what wants to use the number in between: what the pidfd shows, a number that may be
 * another PID namespace's; then identity_check, and that the number is this namespace's. The second has at least the tgid in
 * WHO's self. Errors as above.
 */
int identity_look(int pidfd, struct identity *who);
int identity_confirm(int pidfd, struct identity *who);

/* What of the list above ERROR, of a look-up through directory DIR, means. */
int identity_why_not(int dir, int error);

/*
 * Has all of WHO's status there: of a kernel's pidfd, the others leave what only /proc/PID tells. It is WHO's if
 * identity_confirm says so afterwards.
 */
int identity_status(struct identity *who);

/* A directory on /proc/PID. -EINVAL: a thread that leads no process. */
int identity_open(pid_t pid, unsigned int flags);

/* What has become of WHO, read before: its stat, or -ESRCH when reaped. */
int identity_stat(int pidfd, const struct identity *who, struct proc_stat *stat);
