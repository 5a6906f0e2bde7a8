/*
 * What only another process can do, or only to another process: a child that shares the caller's memory, while the caller
 * stands still. It has no exit signal, so that only a wait with __WALL or __WCLONE can see it, and no handler of the
 * program's runs in it.
 */
#pragma once

/*
 * Runs FN(ARGUMENT) in one. 0: it came and went, and *STATUS is as wait4(2) gave it, or, reaped by somebody else, as it was;
 * or -errno and there was none: -ECHILD because its PID would be of another namespace. With PIDFD, that is its pidfd; before
 * 5.2 it is not written.
 */
int helper_run(int (*fn)(void *), void *argument, int *pidfd, int *status);
