#include "poll_mixed.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include "exit_watch.h"
#include "sys.h"

/* A descriptor like a pidfd of the kernel's, and no /proc to say more, is far likelier an eventfd: the kernel's too. */
static bool is_pidfd(int fd, struct identity *who)
{
	int r = identity_read(fd, who);

	return r != -EBADF && !(r == -ENOSYS && !who->is_directory);
}

/* What is no pidfd, closed numbers too, is left to the kernel. */
static void sort_out(struct exit_mix *mix)
{
	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];

		mix->others[i] = mix->asked[i];
		e->is_pidfd = mix->asked[i].fd >= 0 && is_pidfd(mix->asked[i].fd, &e->who);
		e->is_watched = e->wants_ear = e->is_pidfd && mix->asked[i].events & EXIT_EVENTS;
		mix->watched += e->is_watched;
		if (e->is_pidfd)
			mix->others[i] = exit_without_ear(e);
	}
}

/* FOUND pidfds, or why that could not be seen; OTHERS by the kernel, which leaves revents alone when it fails. */
static int report(struct exit_mix *mix, int found, int others)
{
	if (found <= 0 && others < 0)
		return others;
	if (found < 0 && others == 0)
		return found;
	for (nfds_t i = 0; i < mix->count; i++) {
		short revents = others > 0 ? mix->others[i].revents : 0;

		mix->asked[i].revents = mix->entries[i].is_pidfd ? mix->entries[i].revents : revents;
	}
	return (found > 0 ? found : 0) + (others > 0 ? others : 0);
}

/*
 * No handler runs but while the kernel waits: a signal that comes as the pidfds are looked at is pending still when it
 * waits again, so none is slept through, and one that SIGMASK blocks comes after the call.
 */
static int wait_undisturbed(struct exit_mix *mix, int64_t timeout_ns, const sigset_t *sigmask)
{
	sigset_t old;
	int found, others;

	if (mix->watched > 0)
		sys_block_signals(&old);
	found = exit_watch_any(mix, timeout_ns, sigmask || mix->watched == 0 ? sigmask : &old, &others);
	if (mix->watched > 0)
		sys_sigmask(SIG_SETMASK, &old, NULL);
	return report(mix, found, others);
}

int poll_mixed(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask)
{
	struct exit_mix mix = { .asked = fds, .count = nfds };
	size_t size = (nfds + 1) * (sizeof(*mix.others) + sizeof(*mix.entries));
	int r;

	/* As the kernel does, before anything is read. */
	if (nfds > sys_most_descriptors() || nfds > INT_MAX / 256)
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
