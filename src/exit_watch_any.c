/*
 * The ends of many processes, awaited in the poll of other descriptors: each by a perf event in the place of its pidfd, where
 * one is to be had, and the others by the timer.
 */
#include <errno.h>

#include "exit_watch.h"
#include "proc.h"
#include "sys.h"

static bool has_ear(const struct exit_mix *mix, nfds_t i)
{
	return mix->entries[i].is_watched && mix->others[i].fd >= 0;
}

/*
 * How many of those without an ear have something to report, or -errno if it could not be seen whether any has. While an
 * end is at hand the suspects alone are looked at.
 */
static int look(struct exit_mix *mix)
{
	int found = 0, shortage = 0;

	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];
		int r;

		if (!e->is_watched || has_ear(mix, i) || (mix->timer.at_hand && !e->is_suspected))
			continue;
		if (!e->has_none && exit_watch_has_program(mix->asked[i].fd))
			continue;
		e->has_none = true;
		r = exit_watch_look(mix->asked[i].fd, &e->who);
		e->revents = r == -EBADF ? POLLNVAL : r > 0 ? mix->asked[i].events & EXIT_EVENTS : 0;
		found += e->revents != 0;
		if (sys_is_shortage(r))
			shortage = r;
	}
	return found ? found : shortage;
}

static void get_ears(struct exit_mix *mix)
{
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
}

static void close_ears(struct exit_mix *mix)
{
	for (nfds_t i = 0; i < mix->count && mix->heard > 0; i++) {
		if (!has_ear(mix, i))
			continue;
		sys_close(mix->others[i].fd);
		mix->others[i] = (struct pollfd){ .fd = -1 };
		mix->entries[i].wants_ear = true;
		mix->heard--;
	}
	exit_ears_end(&mix->ears);
}

/*
 * Of READY, how many are no ears. When one hangs up all are closed: most often that is an end, before which they have to be,
 * and which takes its time to be seen in /proc.
 */
static int hear(struct exit_mix *mix, int ready)
{
	int others = ready;

	for (nfds_t i = 0; i < mix->count; i++) {
		if (has_ear(mix, i) && mix->others[i].revents) {
			mix->entries[i].is_suspected = true;
			others--;
		}
	}
	if (others < ready) {
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

int exit_watch_any(struct exit_mix *mix, int64_t timeout_ns, const sigset_t *sigmask, int *others)
{
	int64_t began = sys_now_ns(), look_ns, left, pause;
	int found = 0;

	for (bool first = true;; first = false) {
		/* First without ears: they take numbers that may be asked about, and are closed. */
		if (!first && !mix->timer.at_hand)
			get_ears(mix);
		pause = -1;
		if (mix->heard < mix->watched) {
			look_ns = sys_now_ns();
			found = look(mix);
			pause = found != 0 || first ? 0 : exit_timer_pause(&mix->timer, look_ns);
		}
		left = time_left(timeout_ns, began);
		/* In gVisor a handler runs in a ppoll that takes no time, and goes unmentioned: none is let in before a wait. */
		*others = sys_ppoll(mix->others, mix->count, shorter(pause, left),
				    pause == 0 && left != 0 ? NULL : sigmask);
		if (*others > 0 && mix->heard > 0)
			*others = hear(mix, *others);
		if (found != 0 || *others != 0 || left == 0)
			break;
	}
	close_ears(mix);
	return found;
}
