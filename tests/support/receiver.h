/* A process that tells which signals it got, in numbers: none is lost to a handler, none ends it but SIGKILL. */
#ifndef TESTS_RECEIVER_H
#define TESTS_RECEIVER_H

#include <signal.h>

#include "child.h"

/* A child with all signals blocked that libc lets one block. It obeys child_exit_with, with codes below 255. */
struct child receiver_start(void);
int receiver_body(int talk, void *unused); /* what it runs: says 0 when it is ready */
struct child receiver_with_pid(pid_t pid); /* as child_with_pid */

/*
 * What it has got and not told of yet, one a call: the signal and its INFO, unless NULL; 0 for nothing left. A signal that
 * a call sent is there when the call has returned.
 */
int receiver_next(const struct child *receiver, siginfo_t *info);

#endif
