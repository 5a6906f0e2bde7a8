/* Both ways to learn of an end, pidfd_poll and pidfd_pollfd, with either kind of pidfd: what is claimed of one holds of all. */
#ifndef TESTS_WATCHING_H
#define TESTS_WATCHING_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "descriptors.h"
#include "run.h"

static const struct watching {
	bool by_pollfd, directory;
} watchings[] = { { false, false }, { false, true }, { true, false }, { true, true } };

struct watch {
	bool by_pollfd;
	int pidfd, fd;
};

/* Of the kernel's poll a directory is always readable. */
static inline struct watch watch_begin(const struct watching *watching, pid_t pid)
{
	struct watch watch = { .by_pollfd = watching->by_pollfd };

	if (watching->directory && !watching->by_pollfd &&
	    libpidfd_path(LIBPIDFD_CALL_POLL, NULL) == LIBPIDFD_PATH_KERNEL)
		skip_because("the kernel polls");
	watch.pidfd = watch.fd = watching->directory ? open_proc_of(pid, 0) : pidfd_open(pid, 0);
	ck_assert_int_ge(watch.pidfd, 0);
	if (watch.by_pollfd)
		watch.fd = pidfd_pollfd(watch.pidfd, 0);
	ck_assert_int_ge(watch.fd, 0);
	return watch;
}

static inline bool watch_is_over(const struct watch *watch, int timeout)
{
	struct pollfd end = { .fd = watch->fd, .events = POLLIN, .revents = 0x7fff };
	int r;

	do
		r = watch->by_pollfd ? poll(&end, 1, timeout) : pidfd_poll(&end, 1, timeout);
	while (r < 0 && errno == EINTR); /* SIGCHLD, of which check has a handler */
	ck_assert_int_eq(r, end.revents != 0);
	ck_assert_int_eq(end.revents & ~(POLLIN | POLLHUP), 0);
	return end.revents & POLLIN;
}

/* A helper's false word may come a moment late, so it is given one. */
static inline bool watch_lives(const struct watch *watch)
{
	return !watch_is_over(watch, watch->by_pollfd ? 10 : 0);
}

/* And goes on to tell. */
static inline bool watch_ends(const struct watch *watch)
{
	return watch_is_over(watch, -1) && watch_is_over(watch, 0);
}

static inline void watch_end(struct watch *watch)
{
	if (watch->by_pollfd)
		close(watch->fd);
	close(watch->pidfd);
}

#endif
