/*
 * pidfd_pollfd gives a descriptor that is readable once the process has ended, and not before; nothing of it outlives its
 * process or its last duplicate.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "child.h"
#include "fds.h"
#include "run.h"
#include "valgrind.h"

static bool is_readable(int fd, int timeout)
{
	struct pollfd polled = { .fd = fd, .events = POLLIN };

	ck_assert_int_ge(poll(&polled, 1, timeout), 0);
	return polled.revents & POLLIN;
}

static int threads(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int count = -2; /* . and .. */

	must_have_proc();
	ck_assert_ptr_nonnull(tasks);
	while (readdir(tasks))
		count++;
	closedir(tasks);
	return count;
}

/* Ends of threads are not to be waited for otherwise. */
static void threads_come_down_to(int count)
{
	while (threads() > count)
		sched_yield();
}

START_TEST(until_its_process_ends)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0), fd, before = threads();

	errno = EXDEV;
	fd = pidfd_pollfd(pidfd, 0);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(pidfd);
	ck_assert(!is_readable(fd, 50));
	kill(child.pid, SIGSTOP);
	ck_assert(!is_readable(fd, 50));
	kill(child.pid, SIGCONT);
	ck_assert(!is_readable(fd, 50));
	kill(child.pid, SIGKILL);
	ck_assert(is_readable(fd, -1));
	child_reap(&child);
	ck_assert(is_readable(fd, 0));
	threads_come_down_to(before);
	ck_assert(is_readable(fd, 0));
	close(fd);
}
END_TEST

START_TEST(of_what_has_ended)
{
	struct child child = child_zombie(0);
	int pidfd = pidfd_open(child.pid, 0), before = threads(), fds[2];

	fds[0] = pidfd_pollfd(pidfd, 0);
	ck_assert(is_readable(fds[0], 0));
	child_reap(&child);
	fds[1] = pidfd_pollfd(pidfd, 0);
	ck_assert(is_readable(fds[1], 0));
	ck_assert_int_eq(threads(), before);
	close(fds[0]);
	close(fds[1]);
	close(pidfd);
}
END_TEST

/* Whoever reaps it, and where nobody has to. */
START_TEST(of_a_child_that_leaves_nothing)
{
	signal(SIGCHLD, SIG_IGN);

	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0), fd = pidfd_pollfd(pidfd, 0);

	talk_say(child.talk, 0);
	ck_assert(is_readable(fd, -1));
	ck_assert_int_lt(waitpid(child.pid, NULL, 0), 0);
	close(child.talk);
	close(fd);
	close(pidfd);
	signal(SIGCHLD, SIG_DFL);
}
END_TEST

/* A stranger's, so that no thread sleeps in waitid. */
START_TEST(until_nobody_holds_it)
{
	int pidfd = pidfd_open(getppid(), 0), fd, again, before = threads();

	fd = pidfd_pollfd(pidfd, 0);
	ck_assert_int_ge(fd, 0);
	again = dup(fd);
	close(fd);
	ck_assert(!is_readable(again, 50));
	close(again);
	threads_come_down_to(before);
	close(pidfd);
}
END_TEST

/* Bit N - 1 for signal N. */
static unsigned long long blocked_in(const char *task)
{
	char path[64], line[256];
	unsigned long long blocked = 0;
	bool told = false;
	FILE *status;

	snprintf(path, sizeof(path), "/proc/self/task/%s/status", task);
	status = fopen(path, "r");
	while (status && fgets(line, sizeof(line), status))
		told = sscanf(line, "SigBlk: %llx", &blocked) == 1 || told;
	if (status)
		fclose(status);
	if (!told)
		skip_because("/proc does not tell which signals a thread blocks");
	return blocked;
}

/* So that the program's handlers run where they did before. Libc needs the two below SIGRTMIN itself. */
START_TEST(without_taking_a_signal)
{
	int pidfd = pidfd_open(getppid(), 0), before = threads(), fd = pidfd_pollfd(pidfd, 0);
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *task;

	ck_assert_ptr_nonnull(tasks);
	while ((task = readdir(tasks))) {
		if (atoi(task->d_name) <= 0 || atoi(task->d_name) == getpid())
			continue;
		for (int sig = 1; sig <= SIGRTMAX; sig++)
			if (sig != SIGKILL && sig != SIGSTOP && (sig < 32 || sig >= SIGRTMIN) && !valgrind_keeps(sig))
				ck_assert_msg(blocked_in(task->d_name) >> (sig - 1) & 1, "signal %d", sig);
	}
	closedir(tasks);
	close(fd);
	close(pidfd);
	threads_come_down_to(before);
}
END_TEST

struct kept {
	int fds[100];
	size_t count;
};

static int keep(void *data, int fd)
{
	struct kept *kept = data;

	ck_assert_uint_lt(kept->count, 99);
	kept->fds[kept->count++] = fd;
	return 0;
}

/* What the program does to its table does not reach what serves it. */
START_TEST(whatever_else_is_closed)
{
	struct child child = child_waiting();
	struct kept kept = { .count = 0 };
	int pidfd, fd;

	ck_assert_int_eq(fdwalk(keep, &kept), 0);
	pidfd = pidfd_open(child.pid, 0);
	fd = pidfd_pollfd(pidfd, 0);
	ck_assert_int_ge(fd, 0);
	keep(&kept, fd);
	ck_assert_int_eq(close_range_except(3, UINT_MAX, kept.fds, kept.count, 0), 0);
	ck_assert(!is_open(pidfd));
	ck_assert(!is_readable(fd, 50));
	talk_say(child.talk, 0);
	ck_assert(is_readable(fd, -1));
	child_reap(&child);
	close(fd);
}
END_TEST

static int await_readable(int talk, void *fd)
{
	struct pollfd polled = { .fd = *(int *)fd, .events = POLLIN };

	talk_hear(talk);
	while (poll(&polled, 1, -1) < 0)
		;
	return polled.revents & POLLIN ? 7 : 8;
}

/* Inherited by a child, after the one who asked for it has closed it. */
START_TEST(in_a_child)
{
	struct child child = child_waiting(), heir;
	int pidfd = pidfd_open(child.pid, 0), fd = pidfd_pollfd(pidfd, 0);

	heir = child_start(await_readable, &fd);
	close(fd);
	talk_say(heir.talk, 0);
	talk_say(child.talk, 0);
	ck_assert_int_eq(child_reap(&heir), 7 << 8);
	child_reap(&child);
	close(pidfd);
}
END_TEST

static int await_what_comes(int talk, void *unused)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char byte;
	struct iovec text = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	int fd;

	(void)unused;
	if (recvmsg(talk, &message, 0) != 1 || !CMSG_FIRSTHDR(&message))
		return 1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return await_readable(talk, &fd);
}

static void send_fd(int talk, int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec text = { (char[]){ 0 }, 1 };
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};

	*CMSG_FIRSTHDR(&message) = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
						     .cmsg_level = SOL_SOCKET,
						     .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof(fd));
	ck_assert_int_eq(sendmsg(talk, &message, 0), 1);
}

START_TEST(over_a_socket)
{
	struct child child = child_waiting(), receiver = child_start(await_what_comes, NULL);
	int pidfd = pidfd_open(child.pid, 0), fd = pidfd_pollfd(pidfd, 0);

	send_fd(receiver.talk, fd);
	close(fd);
	talk_say(receiver.talk, 0);
	talk_say(child.talk, 0);
	ck_assert_int_eq(child_reap(&receiver), 7 << 8);
	child_reap(&child);
	close(pidfd);
}
END_TEST

START_TEST(in_epoll)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0), fd = pidfd_pollfd(pidfd, 0), epoll = epoll_create1(EPOLL_CLOEXEC);
	int ready;
	struct epoll_event event = { .events = EPOLLIN, .data.fd = 77 };

	ck_assert_int_eq(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), 0);
	ck_assert_int_eq(epoll_wait(epoll, &event, 1, 50), 0);
	talk_say(child.talk, 0);
	for (int i = 0; i < 3; i++) {
		while ((ready = epoll_wait(epoll, &event, 1, -1)) < 0)
			ck_assert_int_eq(errno, EINTR); /* SIGCHLD, of which check has a handler */
		ck_assert_int_eq(ready, 1);
		ck_assert_int_eq(event.data.fd, 77);
		ck_assert(event.events & EPOLLIN);
	}
	child_reap(&child);
	close(epoll);
	close(fd);
	close(pidfd);
}
END_TEST

START_TEST(and_refuses_what_is_no_pidfd)
{
	int pidfd = pidfd_open(getpid(), 0), file = open("/dev/null", O_RDONLY), epoll = epoll_create1(0);
	int dir = open("/proc", O_RDONLY | O_DIRECTORY);
	const int no_pidfds[] = { -1, 1000, file, epoll, dir };

	for (unsigned int i = 0; i < sizeof(no_pidfds) / sizeof(no_pidfds[0]); i++) {
		ck_assert_int_eq(pidfd_pollfd(no_pidfds[i], 0), -1);
		ck_assert_msg(errno == EBADF, "%d: %d", no_pidfds[i], errno);
	}
	ck_assert_int_eq(pidfd_pollfd(pidfd, 1), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(dir);
	close(epoll);
	close(file);
	close(pidfd);
}
END_TEST

START_TEST(nor_leaves_anything_in_a_full_table)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);
	struct full_table full;

	table_fill(&full);
	ck_assert_int_eq(pidfd_pollfd(pidfd, 0), -1);
	ck_assert_int_eq(errno, EMFILE);
	table_empty(&full);
	close(pidfd);
	child_end(&child);
}
END_TEST

TESTS(TEST(until_its_process_ends), TEST(of_what_has_ended), TEST(of_a_child_that_leaves_nothing),
      TEST(until_nobody_holds_it), TEST(without_taking_a_signal), TEST(whatever_else_is_closed), TEST(in_a_child),
      TEST(over_a_socket), TEST(in_epoll), TEST(and_refuses_what_is_no_pidfd),
      TEST(nor_leaves_anything_in_a_full_table))
