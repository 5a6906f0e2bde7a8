/* Waiting for a process that is no child, and how it ended, as far as the kernel tells. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

/*
 * 0: *PID and *STATUS, as from wait4(2), are its; *PID is 0 if it was reaped before this was asked. -EAGAIN: MAY_BLOCK is
 * false and it has not ended; -ENODATA: it has, and nobody says how; -EINTR, -EBADF, and as identity_read.
 */
int foreign_wait(int pidfd, bool may_block, pid_t *pid, int *status);
