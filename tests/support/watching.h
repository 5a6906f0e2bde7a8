/*
 * The ways to learn of an end, pidfd_poll of one process, or of a crowd that lives on, and pidfd_pollfd, with either kind of pidfd,
 * in the test's own process and in one that is no parent of what is watched: what is claimed of one holds of all.
 */
#ifndef TESTS_WATCHING_H
#define TESTS_WATCHING_H

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "run.h"

static const struct watching {
	bool by_pollfd, directory, by_other, in_crowd;
} watchings[] = {
	{ false, false, false, false }, { false, true, false, false }, { true, false, false, false },
	{ true, true, false, false },	{ false, false, false, true }, { false, true, false, true },
	{ false, false, true, false },	{ false, true, true, false },  { true, false, true, false },
	{ true, true, true, false },	{ false, false, true, true },  { false, true, true, true },
};

enum {
	BY_ONESELF = 6, /* of those, the first, and BY_OTHERS the others */
	BY_OTHERS = 6,
	OF_CROWDS = 2, /* the last of each */
	CROWD = 64
};

struct watch {
	bool by_pollfd;
	int pidfd, fd, crowd; /* a pidfd of the test itself, if it is watched too, many times */
	struct child other;   /* who watches; 0 for oneself */
};

enum {
	LIVES,
	IS_OVER,
	GOES_WRONG
};

static inline int watch_ask(const struct watch *watch, int timeout)
{
	struct pollfd fds[CROWD + 1], *end = &fds[CROWD / 2];
	int r;

	for (int i = 0; i <= CROWD; i++)
		fds[i] = (struct pollfd){ .fd = watch->crowd, .events = POLLIN };
	*end = (struct pollfd){ .fd = watch->fd, .events = POLLIN, .revents = 0x7fff };
	do
		r = watch->by_pollfd	? poll(end, 1, timeout)
		    : watch->crowd >= 0 ? pidfd_poll(fds, CROWD + 1, timeout)
					: pidfd_poll(end, 1, timeout);
	while (r < 0 && errno == EINTR); /* SIGCHLD, of which check has a handler */
	if (r != (end->revents != 0) || end->revents & ~(POLLIN | POLLHUP)) {
		fprintf(stderr, "%d with revents 0x%x: %s\n", r, (unsigned int)end->revents, strerror(errno));
		return GOES_WRONG;
	}
	return end->revents & POLLIN ? IS_OVER : LIVES;
}

static inline bool watch_get_fd(struct watch *watch)
{
	watch->fd = watch->by_pollfd ? pidfd_pollfd(watch->pidfd, 0) : watch->pidfd;
	return watch->fd >= 0;
}

enum {
	A_WHILE = 255 /* 8 seconds */
};

/* Is asked with the timeout and 1, so that 0 is for ever. Holds nothing that others wait to see closed. */
static inline int watch_for_other(int talk, void *argument)
{
	struct watch *watch = argument;
	bool can;
	int asked;

	for (int fd = STDERR_FILENO + 1; fd < 1024; fd++)
		if (fd != talk && fd != watch->pidfd && fd != watch->crowd)
			close(fd);
	can = watch_get_fd(watch);
	while ((asked = talk_hear(talk)) >= 0)
		talk_say(talk,
			 (unsigned char)(can ? watch_ask(watch, asked == A_WHILE ? 8000 : asked - 1) : GOES_WRONG));
	return 0;
}

/* Of the kernel's poll a directory is always readable. */
static inline struct watch watch_begin(const struct watching *watching, pid_t pid)
{
	struct watch watch = { .by_pollfd = watching->by_pollfd, .crowd = -1 };

	if (watching->directory && !watching->by_pollfd &&
	    libpidfd_path(LIBPIDFD_CALL_POLL, NULL) == LIBPIDFD_PATH_KERNEL)
		skip_because("the kernel polls");
	if (watching->directory)
		must_have_proc();
	watch.pidfd = watching->directory ? open_proc_of(pid, 0) : pidfd_open(pid, 0);
	ck_assert_int_ge(watch.pidfd, 0);
	if (watching->in_crowd) {
		watch.crowd = watching->directory ? open_proc_of(getpid(), 0) : pidfd_open(getpid(), 0);
		ck_assert_int_ge(watch.crowd, 0);
	}
	if (watching->by_other)
		watch.other = child_start(watch_for_other, &watch);
	else
		ck_assert(watch_get_fd(&watch));
	return watch;
}

static inline bool watch_is_over(const struct watch *watch, int timeout)
{
	int answer;

	if (watch->other.pid) {
		talk_say(watch->other.talk, (unsigned char)(timeout + 1));
		answer = talk_hear(watch->other.talk);
	} else {
		answer = watch_ask(watch, timeout);
	}
	ck_assert_int_ge(answer, LIVES);
	ck_assert_int_ne(answer, GOES_WRONG);
	return answer == IS_OVER;
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
	if (watch->other.pid)
		child_end(&watch->other);
	else if (watch->by_pollfd)
		close(watch->fd);
	if (watch->crowd >= 0)
		close(watch->crowd);
	close(watch->pidfd);
}

#endif
