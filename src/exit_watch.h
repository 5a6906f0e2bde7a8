/*
 * From a pidfd, a descriptor or a moment that tells of its process' end: all its threads gone; a zombie has ended, a
 * stopped process and an ended main thread with live threads have not.
 */
#ifndef LIBPIDFD_SRC_EXIT_WATCH_H
#define LIBPIDFD_SRC_EXIT_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "identity.h"

/* A strategy gives -ENOSYS for a pidfd that it cannot serve. */

/* exit_watch_kernel.c: the kernel polls this pidfd. TIMEOUT_NS as for sys_ppoll; 1 ended, 0 not, -EINTR, or -errno. */
int exit_watch_kernel(int pidfd, int64_t timeout_ns);

/* exit_watch_timer.c: /proc is looked at, in growing pauses. WHO is read here unless it was; before, its pid is 0. */
int exit_watch_look(int pidfd, struct identity *who);

struct exit_timer {
	int64_t began_ns; /* 0 at first */
	bool at_hand;
};

/* From now on with short pauses again: an end is at hand. */
void exit_timer_restart(struct exit_timer *timer);

/* How long to pause after looking, since LOOK_NS, in vain. */
int64_t exit_timer_pause(struct exit_timer *timer, int64_t look_ns);

/* exit_watch_perf.c: a descriptor that hangs up when there is reason to look. */
struct exit_ear {
	int fd;
	void *page;
};

/*
 * 0; -ESRCH: ended, or its main thread has, or is about to; -ENOSYS not to be had here; else not for this process, or
 * no more of them: -EACCES, -EPERM, -EMFILE, -ENFILE, -ENOMEM.
 */
int exit_ear_open(struct exit_ear *ear, int pidfd, const struct identity *who);
void exit_ear_close(struct exit_ear *ear);

/*
 * exit_watch_thread.c: a descriptor that is readable once the process has ended, close-on-exec, the caller's. -EAGAIN no
 * thread; -EMFILE, -ENFILE, -ENOMEM; -ENOSYS a sandbox forbids the thread a descriptor table of its own.
 */
int exit_watch_thread(int pidfd);
int exit_watch_over(void); /* such a one for what has ended already */

/* exit_watch.c: by the first strategy that can. Blocks for TIMEOUT_NS (negative: for ever): 1, 0, -EINTR, or -errno. */
int exit_watch(int pidfd, int64_t timeout_ns);

#endif
