#include "fd_message.h"

#include <errno.h>
#include <string.h>

#include "sys.h"

/* What passes: an int, and unless it is -errno one descriptor. */
struct message {
	int result;
	struct iovec bytes;
	struct msghdr header;
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
};

static void message_begin(struct message *m)
{
	memset(m, 0, sizeof(*m));
	m->bytes = (struct iovec){ .iov_base = &m->result, .iov_len = sizeof(m->result) };
	m->header.msg_iov = &m->bytes;
	m->header.msg_iovlen = 1;
}

int fd_message_send(int to, int result, int fd)
{
	struct message m;
	ssize_t r;

	message_begin(&m);
	m.result = result;
	if (fd >= 0) {
		m.header.msg_control = m.control.space;
		m.header.msg_controllen = sizeof(m.control.space);
		m.control.align.cmsg_level = SOL_SOCKET;
		m.control.align.cmsg_type = SCM_RIGHTS;
		m.control.align.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&m.control.align), &fd, sizeof(fd));
	}
	do
		r = sys_sendmsg(to, &m.header);
	while (r == -EINTR);
	if (r == -ENOBUFS || r == -ETOOMANYREFS)
		return -ENOMEM;
	return r < 0 ? (int)r : 0;
}

int fd_message_receive(int from, int *fd, int flags)
{
	struct message m;
	ssize_t r;

	message_begin(&m);
	if (fd) { /* without room for it the kernel drops a descriptor */
		m.header.msg_control = m.control.space;
		m.header.msg_controllen = sizeof(m.control.space);
	}
	do
		r = sys_recvmsg(from, &m.header, flags);
	while (r == -EINTR);
	if (r < 0)
		return (int)r;
	if (r != sizeof(m.result))
		return -EPIPE;
	if (m.result < 0 || !fd)
		return m.result;
	/* No room for it in the table: the kernel drops the descriptor. */
	if (m.header.msg_flags & MSG_CTRUNC || m.header.msg_controllen < CMSG_LEN(sizeof(int)))
		return -EMFILE;
	memcpy(fd, CMSG_DATA(&m.control.align), sizeof(*fd));
	return m.result;
}
