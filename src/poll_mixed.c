#include "poll_mixed.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "exit_watch.h"
#include "proc.h"
#include "sys.h"

struct entry {
	struct identity who;
	struct exit_ear ear;
	bool is_pidfd;
	bool is_watched; /* and is asked about */
	bool wants_ear;	 /* none has been tried since it hung up */
	short revents;	 /* of a pidfd */
};

/* The caller's array, and the same with each pidfd's ear in its place, or nothing: that is the kernel's to poll. */
struct mix {
	struct pollfd *asked, *others;
	struct entry *entries;
	nfds_t count, watched, heard; /* of WATCHED pidfds, HEARD have an ear */
	bool deaf;		      /* no more are to be had */
	struct exit_timer timer;      /* for those without */
};

#define ENDED (POLLIN | POLLRDNORM)

/* A descriptor like a pidfd of the kernel's, and no /proc to say more, is far likelier an eventfd: the kernel's too. */
static bool is_pidfd(int fd, struct identity *who)
{
	int r = identity_read(fd, who);

	return r != -EBADF && !(r == -ENOSYS && who->kind == IDENTITY_KERNEL);
}

/* What is no pidfd, closed numbers too, is left to the kernel. */
static void sort_out(struct mix *mix)
{
	for (nfds_t i = 0; i < mix->count; i++) {
		struct entry *e = &mix->entries[i];

		mix->others[i] = mix->asked[i];
		e->is_pidfd = mix->asked[i].fd >= 0 && is_pidfd(mix->asked[i].fd, &e->who);
		e->is_watched = e->wants_ear = e->is_pidfd && mix->asked[i].events & ENDED;
		mix->watched += e->is_watched;
		if (e->is_pidfd)
			mix->others[i] = (struct pollfd){ .fd = -1 };
	}
}

/* How many of those without an ear have something to report, or -errno if it could not be seen whether any has. */
static int look(struct mix *mix)
{
	int found = 0, shortage = 0;

	for (nfds_t i = 0; i < mix->count; i++) {
		struct entry *e = &mix->entries[i];
		int r;

		if (!e->is_watched || mix->others[i].fd >= 0)
			continue;
		r = exit_watch_look(mix->asked[i].fd, &e->who);
		e->revents = r == -EBADF ? POLLNVAL : r > 0 ? mix->asked[i].events & ENDED : 0;
		found += e->revents != 0;
		if (proc_is_shortage(r))
			shortage = r;
	}
	return found ? found : shortage;
}

/* False: something has ended, or is about to, since it was looked at. */
static bool get_ears(struct mix *mix)
{
	bool all_live = true;

	for (nfds_t i = 0; i < mix->count && !mix->deaf; i++) {
		struct entry *e = &mix->entries[i];
		int r;

		if (!e->wants_ear)
			continue;
		e->wants_ear = false;
		r = exit_ear_open(&e->ear, mix->asked[i].fd, &e->who);
		if (r == 0) {
			mix->others[i].fd = e->ear.fd;
			mix->heard++;
		}
		mix->deaf = r == -ENOSYS || proc_is_shortage(r);
		all_live = all_live && r != -ESRCH;
	}
	if (!all_live)
		exit_timer_restart(&mix->timer);
	return all_live;
}

/* Closes ALL ears, or those that have hung up, so that these are looked at. Of READY, how many are none. */
static int close_ears(struct mix *mix, int ready, bool all)
{
	for (nfds_t i = 0; i < mix->count && mix->heard > 0; i++) {
		struct entry *e = &mix->entries[i];

		if (!e->is_watched || mix->others[i].fd < 0 || !(all || mix->others[i].revents))
			continue;
		exit_ear_close(&e->ear);
		mix->others[i] = (struct pollfd){ .fd = -1 };
		mix->heard--;
		e->wants_ear = true;
		ready--;
	}
	return ready;
}

/* FOUND pidfds by look(); OTHERS by the kernel, which leaves revents alone when it fails. */
static int report(struct mix *mix, int found, int others)
{
	if (found == 0 && others < 0)
		return others;
	for (nfds_t i = 0; i < mix->count; i++) {
		short revents = others > 0 ? mix->others[i].revents : 0;

		mix->asked[i].revents = mix->entries[i].is_pidfd ? mix->entries[i].revents : revents;
	}
	return found + (others > 0 ? others : 0);
}

/* SIGMASK is in force while the kernel waits. */
static int wait_for_any(struct mix *mix, int64_t timeout_ns, const sigset_t *sigmask)
{
	int64_t began = sys_now_ns(), now, left, pause, next;
	int found = 0, others;

	for (bool first = true;; first = false) {
		now = sys_now_ns();
		left = timeout_ns - (now - began);
		pause = left = timeout_ns < 0 ? -1 : left > 0 ? left : 0;
		if (mix->heard < mix->watched) {
			/* First without ears: they take numbers that may be asked about, and are closed. */
			found = look(mix);
			if (found == 0 && !first && !get_ears(mix)) {
				now = sys_now_ns();
				found = look(mix);
			}
			next = found != 0 || first ? 0 : exit_timer_pause(&mix->timer, now);
			if (mix->heard < mix->watched && (pause < 0 || next < pause))
				pause = next;
		}
		others = sys_ppoll(mix->others, mix->count, pause, sigmask);
		if (others > 0 && mix->heard > 0)
			others = close_ears(mix, others, false);
		if (found != 0 || others != 0 || left == 0)
			break;
	}
	close_ears(mix, 0, true);
	if (found < 0)
		return others != 0 ? report(mix, 0, others) : found;
	return report(mix, found, others);
}

/*
 * No handler runs but while the kernel waits: a signal that comes as the pidfds are looked at is pending still when it
 * waits again, so none is slept through, and one that SIGMASK blocks comes after the call.
 */
static int wait_undisturbed(struct mix *mix, int64_t timeout_ns, const sigset_t *sigmask)
{
	sigset_t old;
	int r;

	if (mix->watched == 0)
		return wait_for_any(mix, timeout_ns, sigmask);
	sys_block_signals(&old);
	r = wait_for_any(mix, timeout_ns, sigmask ? sigmask : &old);
	sys_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int poll_mixed(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask)
{
	struct mix mix = { .asked = fds, .count = nfds };
	struct rlimit limit;
	size_t size = (nfds + 1) * (sizeof(*mix.others) + sizeof(*mix.entries));
	int r;

	/* As the kernel does, before anything is read. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || nfds > limit.rlim_cur || nfds > INT_MAX / 256)
		return -EINVAL;
	if (!fds && nfds > 0)
		return -EFAULT;
	mix.entries = sys_map(size); /* zero */
	if (!mix.entries)
		return -ENOMEM;
	mix.others = (struct pollfd *)(mix.entries + nfds);
	sort_out(&mix);
	r = wait_undisturbed(&mix, timeout_ns, sigmask);
	sys_unmap(mix.entries, size);
	return r;
}
