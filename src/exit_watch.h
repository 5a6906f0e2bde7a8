/*
 * From a pidfd, a descriptor or a moment that tells of its process' end: all its threads gone; a zombie has ended, a
 * stopped process and an ended main thread with live threads have not.
 */
#ifndef LIBPIDFD_SRC_EXIT_WATCH_H
#define LIBPIDFD_SRC_EXIT_WATCH_H

#include <stdint.h>

#include "identity.h"

/* A strategy gives -ENOSYS for a pidfd that it cannot serve. */

/* exit_watch_kernel.c: the kernel polls this pidfd. TIMEOUT_NS as for sys_ppoll; 1 ended, 0 not, -EINTR, or -errno. */
int exit_watch_kernel(int pidfd, int64_t timeout_ns);

/* exit_watch_timer.c: /proc is looked at, in growing pauses. WHO is read here unless it was; before, its pid is 0. */
int exit_watch_look(int pidfd, struct identity *who);

struct exit_timer {
	int64_t began_ns;
};

/* How long to pause after looking, since LOOK_NS, in vain. */
int64_t exit_timer_pause(struct exit_timer *timer, int64_t look_ns);

/* exit_watch.c: by the first strategy that can. Blocks for TIMEOUT_NS (negative: for ever): 1, 0, -EINTR, or -errno. */
int exit_watch(int pidfd, int64_t timeout_ns);

#endif
