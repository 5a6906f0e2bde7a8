/*
 * An event loop of epoll(7) with children in it: pidfd_pollfd makes a descriptor for each that is readable once the child has
 * ended, on every kernel, so no SIGCHLD handler and no thread of the program's is needed. Three children end in the
 * order of their sleep, and a fourth that would never end is killed when the loop's timer says so.
 */
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILDREN = 4,
	TIMER = CHILDREN /* in the place of a child's number */
};

static struct child {
	int pidfd, end;
} children[CHILDREN];

static int epoll, running;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void add(int fd, unsigned int number)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = number };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		fail("epoll_ctl");
}

static void start(unsigned int number)
{
	struct child *child = &children[number];
	pid_t pid = pidfd_fork(&child->pidfd, 0);

	if (pid < 0)
		fail("pidfd_fork");
	if (pid == 0) {
		if (number == 3)
			for (;;)
				pause();
		usleep(20000 * (3 - number));
		_exit((int)number);
	}
	child->end = pidfd_pollfd(child->pidfd, 0);
	if (child->end < 0)
		fail("pidfd_pollfd");
	add(child->end, number);
	running++;
}

static void reap(unsigned int number)
{
	struct child *child = &children[number];
	int status;

	if (pidfd_wait(child->pidfd, &status, NULL, NULL, WEXITED, 0) < 0)
		fail("pidfd_wait");
	if (WIFEXITED(status))
		printf("child %u exited with %d\n", number, WEXITSTATUS(status));
	else
		printf("child %u was ended by signal %d\n", number, WTERMSIG(status));
	/* Another child may have inherited the descriptor, so that closing it would not take it out of epoll. */
	epoll_ctl(epoll, EPOLL_CTL_DEL, child->end, NULL);
	close(child->end);
	close(child->pidfd);
	running--;
}

int main(void)
{
	struct itimerspec patience = { .it_value.tv_nsec = 200000000 };
	int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);

	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll < 0 || timer < 0 || timerfd_settime(timer, 0, &patience, NULL) < 0)
		fail("epoll");
	for (unsigned int number = 0; number < CHILDREN; number++)
		start(number);
	add(timer, TIMER);
	while (running > 0) {
		struct epoll_event event;

		if (epoll_wait(epoll, &event, 1, -1) < 0) {
			if (errno == EINTR)
				continue;
			fail("epoll_wait");
		}
		if (event.data.u32 == TIMER) {
			pidfd_send_signal(children[3].pidfd, SIGKILL, NULL, 0);
			epoll_ctl(epoll, EPOLL_CTL_DEL, timer, NULL);
		} else {
			reap(event.data.u32);
		}
	}
	return 0;
}
