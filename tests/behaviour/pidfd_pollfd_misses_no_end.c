/*
 * Of short children, ten thousand unless CHILDREN says another number, each end is told through epoll and pidfd_pollfd, once,
 * and nothing of all that stays.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "fds.h"
#include "quirks.h"
#include "run.h"

enum {
	CHILDREN = 10000,
	AT_ONCE = 50
};

static int in_status(const char *name)
{
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");
	int value = -1;

	must_have_proc();
	ck_assert_ptr_nonnull(status);
	while (fgets(line, sizeof(line), status))
		if (strncmp(line, name, strlen(name)) == 0)
			value = atoi(line + strlen(name));
	fclose(status);
	return value;
}

static int lines_of_maps(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	int c, lines = 0;

	ck_assert_ptr_nonnull(maps);
	while ((c = getc(maps)) != EOF)
		lines += c == '\n';
	fclose(maps);
	return lines;
}

struct watched {
	pid_t pid;
	int pidfd, fd;
};

static struct watched watched[AT_ONCE];
static int epoll;
static int threads; /* the program's own, among which may be one of a sanitizer's */

static void start(uint32_t place)
{
	struct watched *w = &watched[place];
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = place };

	w->pid = fork();
	if (w->pid == 0)
		_exit(0);
	ck_assert_int_gt(w->pid, 0);
	w->pidfd = pidfd_open(w->pid, 0);
	ck_assert_int_ge(w->pidfd, 0);
	w->fd = pidfd_pollfd(w->pidfd, 0);
	ck_assert_int_ge(w->fd, 0);
	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, w->fd, &event), 0);
}

/* What has been told cannot be told again: it is waited for and closed. */
static void reap(struct watched *w)
{
	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_DEL, w->fd, NULL), 0); /* a fork may have it open still */
	ck_assert_int_eq(pidfd_wait(w->pidfd, NULL, NULL, NULL, WEXITED, 0), w->pid);
	close(w->fd);
	close(w->pidfd);
}

static void run_children(int all)
{
	int started = 0, ended = 0;

	while (started < AT_ONCE)
		start((uint32_t)started++);
	while (ended < all) {
		struct epoll_event events[AT_ONCE];
		int ready = epoll_wait(epoll, events, AT_ONCE, -1);

		ck_assert(ready > 0 || errno == EINTR);
		for (int i = 0; i < ready; i++) {
			reap(&watched[events[i].data.u32]);
			ended++;
			if (started < all) {
				start(events[i].data.u32);
				started++;
			}
		}
	}
	ck_assert_int_eq(epoll_wait(epoll, (struct epoll_event[1]){ 0 }, 1, 0), 0);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), -1);
	while (in_status("Threads:") > threads)
		sched_yield();
}

/* Each in a process of its own, with its own time. */
static const char quarters[4] = { 0 };

START_TEST(of_short_children)
{
	const char *children = getenv("CHILDREN");
	int maps, all = (children ? atoi(children) : CHILDREN) / (int)sizeof(quarters);
	unsigned int fds;

	ck_assert_int_ge(all, AT_ONCE);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	threads = in_status("Threads:");
	run_children(4 * AT_ONCE); /* libc keeps some stacks for threads to come */
	fds = count_open();
	maps = lines_of_maps();
	run_children(under_valgrind() ? 2 * AT_ONCE : all);
	ck_assert_uint_eq(count_open(), fds);
	ck_assert_int_le(lines_of_maps(), maps + 2 * AT_ONCE);
	close(epoll);
}
END_TEST

TESTS(TEST_EACH(of_short_children, quarters))
