/*
 * The ends of many processes, awaited in the poll of other descriptors: by perf events in the places of the pidfds, or of a
 * crowd by the logs of all processors, where those are to be had; else by the timer.
 */
#include <errno.h>

#include "exit_watch.h"
#include "proc.h"
#include "sys.h"

/* Of that many, events of their own are dearer than the logs. */
#define CROWD 64

static bool has_ear(const struct exit_mix *mix, nfds_t i)
{
	return mix->entries[i].is_watched && mix->others[i].fd >= 0;
}

/* How many of the suspects, of the WHOLE that nothing tells of, or of ALL have something to report; -errno: not to be seen. */
static int look(struct exit_mix *mix, bool whole, bool all)
{
	int found = 0, shortage = 0;

	mix->missed = mix->missed && !all;
	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];
		bool is_heard = mix->logs ? exit_logs_tell_of(e) : has_ear(mix, i), is_ending = false;
		int r;

		if (!e->is_watched || !(e->is_suspected || all || (whole && !is_heard)))
			continue;
		/* With logs that proves too little: what is ending was logged before its program is gone, and is not again. */
		if (!mix->logs && !e->has_none && exit_watch_has_program(mix->asked[i].fd))
			continue;
		e->has_none |= !mix->logs;
		r = exit_watch_look(mix->asked[i].fd, &e->who, &is_ending);
		if (mix->logs)
			e->is_suspected = r != 0 || is_ending;
		e->revents = r == -EBADF ? POLLNVAL : r > 0 ? mix->asked[i].events & EXIT_EVENTS : 0;
		found += e->revents != 0;
		if (sys_is_shortage(r))
			shortage = r;
		exit_logs_hear(mix); /* before they are full */
	}
	exit_logs_count(mix);
	return found ? found : shortage;
}

static void close_ears(struct exit_mix *mix)
{
	exit_logs_close(mix);
	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];

		if (!has_ear(mix, i))
			continue;
		sys_close(mix->others[i].fd);
		mix->others[i] = exit_without_ear(e);
		e->wants_ear = true;
	}
	exit_ears_end(&mix->ears);
	mix->heard = 0;
}

/* True: there are more now, and what is left is to be looked at for its own. */
static bool get_ears(struct exit_mix *mix)
{
	nfds_t heard = mix->heard;

	if (mix->watched >= CROWD && exit_logs_open(mix))
		return false;
	for (nfds_t i = 0; i < mix->count && !mix->deaf; i++) {
		struct exit_entry *e = &mix->entries[i];
		int ear;

		if (!e->wants_ear)
			continue;
		ear = exit_ear_open(&mix->ears, mix->asked[i].fd, &e->who);
		if (ear >= 0) {
			mix->others[i].fd = ear;
			mix->heard++;
		}
		mix->deaf = ear == -ENOSYS || sys_is_shortage(ear);
		/* It has ended, or is about to, since it was looked at. */
		e->is_suspected = ear == -ESRCH;
		if (e->is_suspected)
			exit_timer_at_hand(&mix->timer);
		e->wants_ear = false;
	}
	return mix->heard > heard;
}

/* Of READY, how many are neither ears nor logs. */
static int hear(struct exit_mix *mix, int ready)
{
	int others = ready;
	bool hung_up = false;

	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];

		if (!has_ear(mix, i))
			continue;
		others -= mix->others[i].revents != 0;
		if (!e->log && mix->others[i].revents)
			e->is_suspected = hung_up = true;
	}
	exit_logs_hear(mix);
	/* Most often that is an end, before which they have to be closed, and which takes its time to be seen in /proc. */
	if (hung_up) {
		exit_timer_at_hand(&mix->timer);
		close_ears(mix);
	}
	return others;
}

/* Negative is for ever. */
static int64_t shorter(int64_t a, int64_t b)
{
	return (uint64_t)a < (uint64_t)b ? a : b;
}

static int64_t time_left(int64_t timeout_ns, int64_t began)
{
	int64_t left = timeout_ns - (sys_now_ns() - began);

	return timeout_ns < 0 ? -1 : left > 0 ? left : 0;
}

static int64_t until(int64_t ns)
{
	return time_left(ns, 0);
}

struct rest {
	int64_t next_ns; /* look */
	int64_t all_ns;	 /* at all, at the earliest */
};

/*
 * What there is to look at is looked at: the suspects while an end is at hand, otherwise what nothing tells of, when its time has
 * come, since strangers may wake a reader of logs at any rate; and all after some may have been missed. How long to pause
 * then, in PAUSE.
 */
static int look_and_rest(struct exit_mix *mix, struct rest *rest, int64_t *pause)
{
	int64_t now = sys_now_ns();
	bool all = mix->missed && now >= rest->all_ns;
	bool looks = all || mix->timer.at_hand || (mix->heard < mix->watched && now >= rest->next_ns);
	int found = looks ? look(mix, all || !mix->timer.at_hand, all) : 0;

	if (all)
		rest->all_ns = exit_timer_rest(now);
	*pause = mix->logs ? until(mix->logs_until_ns) : -1;
	if (mix->heard == mix->watched)
		mix->timer.at_hand = false;
	else if (looks)
		rest->next_ns = sys_now_ns() + exit_timer_pause(&mix->timer, now);
	if (mix->heard < mix->watched)
		*pause = until(rest->next_ns);
	if (mix->missed)
		*pause = shorter(*pause, until(rest->all_ns));
	return found;
}

int exit_watch_any(struct exit_mix *mix, int64_t timeout_ns, const sigset_t *sigmask, int *others)
{
	struct rest rest = { 0 };
	int64_t began = sys_now_ns(), left, pause;
	int found;

	for (bool first = true;; first = false) {
		/* First without ears: they take numbers that may be asked about, and are closed. */
		if (!first && !mix->timer.at_hand && get_ears(mix))
			rest.next_ns = 0;
		found = look_and_rest(mix, &rest, &pause);
		if (found != 0 || (first && mix->watched))
			pause = rest.all_ns = 0;
		left = time_left(timeout_ns, began);
		/* In gVisor a handler runs in a ppoll that takes no time, and goes unmentioned: none is let in before a wait. */
		*others = sys_ppoll(mix->others, mix->count, shorter(pause, left),
				    pause == 0 && left != 0 ? NULL : sigmask);
		if (*others > 0) {
			*others = hear(mix, *others);
			/* A descriptor that is ready keeps signals out, and a log may be at any time. */
			if (*others == 0 && pause != 0 && sys_ppoll(NULL, 0, 0, sigmask) < 0)
				*others = -EINTR;
		}
		if (found != 0 || *others != 0 || left == 0)
			break;
	}
	/* What ended in time is told, though this process was kept from running until after. */
	if (found == 0 && *others == 0 && timeout_ns != 0) {
		mix->timer.at_hand = false;
		rest = (struct rest){ 0 };
		found = look_and_rest(mix, &rest, &pause);
	}
	close_ears(mix);
	return found;
}
