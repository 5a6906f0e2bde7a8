/*
 * A signal by kill(2) to a process that a helper traces meanwhile. What is traced so that it stops as it ends cannot be
 * reaped, nor its main thread be dropped for a thread that execs: once it is seized, and is seen through the pidfd to be
 * there still, its number is its own until the helper lets go.
 *
 * It is for what a descriptor's owner cannot be sent, a siginfo of the caller's above all. The price: the caller needs the
 * right to ptrace(2) the process, which is under no tracer yet; the process is a tracee for some microseconds, and the
 * receiver sees a PID in si_pid that is gone.
 */
#pragma once

#include <signal.h>

#include "identity.h"

/* INFO may be NULL. 0, or -EPERM: not by this way; -ESRCH, -EAGAIN, -ENOMEM, and as identity_check. */
int signal_by_tracer(int pidfd, const struct identity *who, int sig, const siginfo_t *info);
