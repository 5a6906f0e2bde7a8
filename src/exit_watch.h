/*
 * From a pidfd, a descriptor or a moment that tells of its process' end: all its threads gone; a zombie has ended, a
 * stopped process and an ended main thread with live threads have not.
 */
#pragma once

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "identity.h"

/*
 * exit_watch_timer.c: /proc is looked at, in growing pauses. WHO is read here unless it was; before, its pid is 0. IS_ENDING
 * (or NULL): not ended, but its main thread is ending or has.
 */
int exit_watch_look(int pidfd, struct identity *who, bool *is_ending);

/*
 * A glance, at a third of the cost: what has a program has not ended. Nothing is said by false, to who may not trace the
 * process most of all, and security modules may log that.
 */
bool exit_watch_has_program(int pidfd);

struct exit_timer {
	int64_t began_ns; /* 0 at first */
	bool at_hand;	  /* an end is expected in milliseconds: short pauses until then */
};

void exit_timer_at_hand(struct exit_timer *timer);

/* How long to pause after looking, since LOOK_NS, in vain. */
int64_t exit_timer_pause(struct exit_timer *timer, int64_t look_ns);

int64_t exit_timer_rest(int64_t look_ns); /* when next, at the earliest */

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
bool exit_ear_has_room(int fd);		    /* the last quarter of the table is others', and /proc's */

/* exit_watch_any.c: many, by ears and timer, in one poll with other descriptors. Zero at first, but for what is asked. */
#define EXIT_EVENTS (POLLIN | POLLRDNORM) /* of a process that has ended */

struct exit_entry {
	struct identity who;
	bool is_pidfd;
	bool is_watched;   /* and is asked about */
	bool wants_ear;	   /* none has been tried since the last hung up */
	bool is_suspected; /* of having ended: its ear hung up, or could not be opened, or it was logged */
	bool has_none;	   /* no program that is shown: it takes a whole look */
	short revents;	   /* of a pidfd */
	void *log;	   /* a processor's, in the place of an ear */
};

/*
 * The caller's array, and the same with each pidfd's ear in its place, or its PID, negative: that is the kernel's to poll. Of
 * a crowd the logs of all processors take some of the places instead.
 */
struct exit_mix {
	struct pollfd *asked, *others;
	struct exit_entry *entries;
	nfds_t count, watched, heard; /* of WATCHED pidfds, HEARD take no look until something is heard of them */
	struct exit_ears ears;
	bool deaf; /* no more are to be had */
	nfds_t logs;
	int64_t logs_until_ns;
	bool refuses_logs;	 /* none are to be had */
	bool missed;		 /* ends may have been, which no log tells of */
	struct exit_timer timer; /* for those without */
};

/*
 * exit_watch_log.c: instead of ears, for all of a crowd, each processor's log of what ends there. True if there are any, in the
 * places of some that are watched; all are to be looked at once then, as now and again: to open is to open anew after a while.
 */
bool exit_logs_open(struct exit_mix *mix);
void exit_logs_close(struct exit_mix *mix);
void exit_logs_hear(struct exit_mix *mix);  /* some are suspected then */
void exit_logs_count(struct exit_mix *mix); /* what is heard, again */

/* What is not known by number cannot be told of, and what is ending was told of before. */
static inline bool exit_logs_tell_of(const struct exit_entry *e)
{
	return e->who.pid > 0 && !e->is_suspected;
}

/* What is in a place without an ear is negative, which poll(2) passes over. */
#define EXIT_UNKNOWN INT_MIN
static inline struct pollfd exit_without_ear(const struct exit_entry *e)
{
	return (struct pollfd){ .fd = e->who.pid > 0 ? -e->who.pid : EXIT_UNKNOWN };
}

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
