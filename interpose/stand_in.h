/*
 * A directory on /proc/PID cannot be added to an epoll set (EPERM). What pidfd_pollfd(3) makes of it can, and stands in
 * for it there: one for each descriptor, from the first EPOLL_CTL_ADD until close(2).
 */
#pragma once

#include <sys/epoll.h>

/* epoll_ctl(2) on what stands in for PIDFD: 0 or -errno; -EBADF for what is no such directory. */
int stand_in_epoll_ctl(int set, int operation, int pidfd, struct epoll_event *event);

/* Closes what stands in for FD, if FD is a descriptor on a directory. Leaves errno alone. */
void stand_in_close(int fd);
