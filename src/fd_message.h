/* A result, and with it a descriptor, from one process to another over a socket of messages. */
#pragma once

/*
 * RESULT is -errno if it is negative; FD < 0: none. 0, or -errno; -ENOMEM also for want of buffers, or of room for
 * descriptors on their way. Never raises SIGPIPE, never EINTR.
 */
int fd_message_send(int to, int result, int fd);

/*
 * The result that came; unless it is negative, or FD is NULL, *FD is the descriptor. -EPIPE: the other end went away;
 * -EMFILE; -EAGAIN: nothing came yet, if FLAGS is MSG_DONTWAIT and not 0.
 */
int fd_message_receive(int from, int *fd, int flags);
