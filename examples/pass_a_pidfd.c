/*
 * A supervisor passes the pidfd of its child to a monitor, another process, over a UNIX socket. The monitor, which is no
 * parent of the child, signals it, hears of its end, and learns how it ended where the kernel keeps that (Linux 6.15); all
 * by the descriptor, so that no PID need be told, and none can be mistaken. The monitor can have the pidfd alone: it needs
 * no other right to the child than the kernel asks for the signal.
 */
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* Room for one descriptor beside the byte that a message has to have. */
union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void pass(int socket, int pidfd)
{
	struct iovec byte = { .iov_base = &(char){ 0 }, .iov_len = 1 };
	union control control = { .header = { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS } };
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	memcpy(CMSG_DATA(&control.header), &pidfd, sizeof(pidfd));
	if (sendmsg(socket, &message, MSG_NOSIGNAL) != 1)
		fail("sendmsg");
}

static int receive(int socket)
{
	struct iovec byte = { .iov_base = &(char){ 0 }, .iov_len = 1 };
	union control control;
	struct msghdr message = {
		.msg_iov = &byte, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	int pidfd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1)
		fail("recvmsg");
	if (message.msg_controllen < CMSG_LEN(sizeof(int))) {
		fputs("no descriptor came\n", stderr);
		exit(1);
	}
	memcpy(&pidfd, CMSG_DATA(&control.header), sizeof(pidfd));
	return pidfd;
}

static void monitor(int socket)
{
	int status, pidfd = receive(socket);
	/* By pidfd_pollfd, for a pidfd from a supervisor that has no pidfds of the kernel's is a /proc directory. */
	struct pollfd end = { .fd = pidfd_pollfd(pidfd, 0), .events = POLLIN };

	if (end.fd < 0)
		fail("pidfd_pollfd");
	printf("monitor: a pidfd has come; its process %s\n", poll(&end, 1, 100) == 0 ? "lives" : "has ended");
	if (pidfd_send_signal(pidfd, SIGTERM, NULL, 0) < 0)
		fail("pidfd_send_signal");
	while (poll(&end, 1, -1) < 0)
		if (errno != EINTR)
			fail("poll");
	puts("monitor: it has ended");
	if (pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, PIDFD_WFOREIGN) >= 0)
		printf("monitor: by signal %d\n", WTERMSIG(status));
	else if (errno == ENODATA)
		puts("monitor: how, this kernel tells its parent only");
	else
		fail("pidfd_wait");
	exit(0);
}

int main(void)
{
	int sockets[2], child, watcher, status;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) < 0)
		fail("socketpair");
	switch (pidfd_fork(&watcher, 0)) {
	case -1:
		fail("pidfd_fork");
		break;
	case 0:
		close(sockets[0]);
		monitor(sockets[1]);
	}
	close(sockets[1]);
	switch (pidfd_fork(&child, 0)) {
	case -1:
		fail("pidfd_fork");
		break;
	case 0:
		close(sockets[0]);
		for (;;)
			pause();
	}
	pass(sockets[0], child);
	if (pidfd_wait(child, &status, NULL, NULL, WEXITED, 0) < 0)
		fail("pidfd_wait");
	printf("supervisor: the child was ended by signal %d\n", WTERMSIG(status));
	if (pidfd_wait(watcher, &status, NULL, NULL, WEXITED, 0) < 0)
		fail("pidfd_wait");
	return WEXITSTATUS(status);
}
