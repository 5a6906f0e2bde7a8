#include "poll_mixed.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/resource.h>

#include "exit_watch.h"
#include "proc.h"
#include "sys.h"

#define ON_STACK 32

struct entry {
	struct identity who;
	bool is_pidfd;
	short revents; /* of a pidfd */
};

/* The caller's array, and the same without its pidfds: those are looked at, the others are the kernel's to poll. */
struct mix {
	struct pollfd *asked, *others;
	struct entry *entries;
	nfds_t count, pidfds;
};

/* A descriptor like a pidfd of the kernel's, and no /proc to say more, is far likelier an eventfd: the kernel's too. */
static bool is_pidfd(int fd, struct identity *who)
{
	int r = identity_read(fd, who);

	return r != -EBADF && !(r == -ENOSYS && who->kind == IDENTITY_KERNEL);
}

/* What is no pidfd, closed numbers too, is left to the kernel. */
static void sort_out(struct mix *mix)
{
	mix->pidfds = 0;
	for (nfds_t i = 0; i < mix->count; i++) {
		struct entry *e = &mix->entries[i];

		mix->others[i] = mix->asked[i];
		e->is_pidfd = mix->asked[i].fd >= 0 && is_pidfd(mix->asked[i].fd, &e->who);
		if (e->is_pidfd) {
			mix->others[i].fd = -1;
			mix->pidfds++;
		}
	}
}

/* How many pidfds have something to report, or -errno if it could not be seen whether any has. */
static int look(struct mix *mix)
{
	int found = 0, shortage = 0;

	for (nfds_t i = 0; i < mix->count; i++) {
		struct entry *e = &mix->entries[i];
		int r;

		e->revents = 0;
		if (!e->is_pidfd)
			continue;
		r = exit_watch_look(mix->asked[i].fd, &e->who);
		if (r == -EBADF)
			e->revents = POLLNVAL;
		else if (r > 0)
			e->revents = mix->asked[i].events & (POLLIN | POLLRDNORM);
		else if (proc_is_shortage(r))
			shortage = r;
		found += e->revents != 0;
	}
	return found ? found : shortage;
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
	struct exit_timer timer = { 0 };
	int64_t began = sys_now_ns(), now, pause;
	int found = 0, others;

	for (;;) {
		now = sys_now_ns();
		pause = timeout_ns < 0 ? -1 : timeout_ns - (now - began) > 0 ? timeout_ns - (now - began) : 0;
		if (mix->pidfds > 0) {
			int64_t next;

			found = look(mix);
			next = found != 0 ? 0 : exit_timer_pause(&timer, now);
			if (pause < 0 || next < pause)
				pause = next;
		}
		others = sys_ppoll(mix->others, mix->count, pause, sigmask);
		if (found != 0 || others != 0 || mix->pidfds == 0)
			break;
		if (timeout_ns >= 0 && sys_now_ns() - began >= timeout_ns && pause == 0)
			break;
	}
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
	sigset_t all, old;
	int r;

	if (mix->pidfds == 0)
		return wait_for_any(mix, timeout_ns, sigmask);
	sigfillset(&all);
	sys_sigmask(SIG_BLOCK, &all, &old);
	r = wait_for_any(mix, timeout_ns, sigmask ? sigmask : &old);
	sys_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int poll_mixed(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask)
{
	struct pollfd few_others[ON_STACK];
	struct entry few_entries[ON_STACK];
	struct mix mix = { .asked = fds, .others = few_others, .entries = few_entries, .count = nfds };
	struct rlimit limit;
	size_t size = 0;
	int r;

	/* As the kernel does, before anything is read. */
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || nfds > limit.rlim_cur || nfds > INT_MAX / 256)
		return -EINVAL;
	if (!fds && nfds > 0)
		return -EFAULT;
	if (nfds > ON_STACK) {
		size = nfds * (sizeof(*mix.others) + sizeof(*mix.entries));
		mix.entries = sys_map(size);
		if (!mix.entries)
			return -ENOMEM;
		mix.others = (struct pollfd *)(mix.entries + nfds);
	}
	sort_out(&mix);
	r = wait_undisturbed(&mix, timeout_ns, sigmask);
	if (size)
		sys_unmap(mix.entries, size);
	return r;
}
