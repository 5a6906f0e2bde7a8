/*
 * From a pidfd, a descriptor or a moment that tells of its process' end: all its threads gone; a zombie has ended, a
 * stopped process and an ended main thread with live threads have not.
 */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "identity.h"

/* exit_watch_timer.c: /proc is looked at, in growing pauses. WHO is read here unless it was; before, its pid is 0. */
int exit_watch_look(int pidfd, struct identity *who);

/*
 * A glance, at a third of the cost: what has a program has not ended. Nothing is said by false, to who may not trace the
 * process most of all, and security modules may log that.
 */
bool exit_watch_has_program(int pidfd);

struct exit_timer {
	int64_t began_ns; /* 0 at first */
	bool at_hand;	  /* an end is: milliseconds with short pauses */
};

void exit_timer_at_hand(struct exit_timer *timer);

/* How long to pause after looking, since LOOK_NS, in vain. */
int64_t exit_timer_pause(struct exit_timer *timer, int64_t look_ns);

/* exit_watch_perf.c: descriptors that hang up when there is reason to look, each the caller's to close. */
struct exit_ears {
	int first;  /* open as long as any is */
	void *page; /* NULL at first */
};

/*
 * A descriptor; -ESRCH: ended, or its main thread has, or is about to; -ENOSYS not to be had here; else not for this
 * process, or no more of them: -EACCES, -EPERM, -EMFILE, -ENFILE, -ENOMEM.
 */
int exit_ear_open(struct exit_ears *ears, int pidfd, const struct identity *who);
void exit_ears_end(struct exit_ears *ears); /* when all are closed */

/* exit_watch_any.c: many, by ears and timer, in one poll with other descriptors. Zero at first, but for what is asked. */
#define EXIT_EVENTS (POLLIN | POLLRDNORM) /* of a process that has ended */

struct exit_entry {
	struct identity who;
	bool is_pidfd;
	bool is_watched;   /* and is asked about */
	bool wants_ear;	   /* none has been tried since the last hung up */
	bool is_suspected; /* of having ended: its ear hung up, or could not be opened */
	bool has_none;	   /* no program, or none that is shown: it takes a look */
	short revents;	   /* of a pidfd */
};

/* The caller's array, and the same with each pidfd's ear in its place, or nothing: that is the kernel's to poll. */
struct exit_mix {
	struct pollfd *asked, *others;
	struct exit_entry *entries;
	nfds_t count, watched, heard; /* of WATCHED pidfds, HEARD have an ear */
	struct exit_ears ears;
	bool deaf;		 /* no more are to be had */
	struct exit_timer timer; /* for those without */
};

/*
 * How many pidfds have something to report, or -errno if it could not be seen whether any has; in OTHERS what ppoll(2), with
 * SIGMASK, gave for the other descriptors.
 */
int exit_watch_any(struct exit_mix *mix, int64_t timeout_ns, const sigset_t *sigmask, int *others);

/*
 * exit_watch_thread.c: a descriptor that is readable once the process has ended, close-on-exec, the caller's. -EAGAIN no
 * thread; -EMFILE, -ENFILE, -ENOMEM; -ENOSYS a sandbox forbids the thread a descriptor table of its own.
 */
int exit_watch_thread(int pidfd);
int exit_watch_over(void); /* such a one for what has ended already */

/* exit_watch.c: by the first strategy that can. Blocks for TIMEOUT_NS (negative: for ever): 1, 0, -EINTR, or -errno. */
int exit_watch(int pidfd, int64_t timeout_ns);
