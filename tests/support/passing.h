/* A descriptor in a message of a UNIX socket (SCM_RIGHTS). */
#ifndef TESTS_PASSING_H
#define TESTS_PASSING_H

#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

union passing_control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
};

static inline bool fd_pass(int talk, int fd)
{
	union passing_control control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	struct msghdr message = { .msg_iov = &(struct iovec){ &(char){ 0 }, 1 },
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = CMSG_SPACE(sizeof(int)) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(talk, &message, MSG_NOSIGNAL) == 1;
}

/* -1 if none came. In *SENDER, unless NULL, who sent it, by the number that it has here. */
static inline int fd_receive(int talk, pid_t *sender)
{
	union passing_control control;
	struct msghdr message = { .msg_iov = &(struct iovec){ &(char){ 0 }, 1 },
				  .msg_iovlen = 1,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	struct ucred who;
	int fd = -1;

	if (sender && setsockopt(talk, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)) < 0)
		return -1;
	if (recvmsg(talk, &message, MSG_CMSG_CLOEXEC) != 1)
		return -1;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion" /* in musl's CMSG_NXTHDR */
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part; part = CMSG_NXTHDR(&message, part)) {
#pragma GCC diagnostic pop
		if (part->cmsg_type == SCM_RIGHTS)
			memcpy(&fd, CMSG_DATA(part), sizeof(fd));
		if (part->cmsg_type == SCM_CREDENTIALS && sender) {
			memcpy(&who, CMSG_DATA(part), sizeof(who));
			*sender = who.pid;
		}
	}
	return fd;
}

#endif
