/* libc's functions, or those of another library that is preloaded, behind the ones of this. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <time.h>

struct next {
	int (*close)(int fd);
	int (*epoll_ctl)(int set, int operation, int fd, struct epoll_event *event);
	int (*poll)(struct pollfd *fds, nfds_t nfds, int timeout);
	int (*poll_chk)(struct pollfd *fds, nfds_t nfds, int timeout, size_t size);
	int (*ppoll)(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask);
	int (*ppoll_chk)(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask,
			 size_t size);
	long (*syscall)(long number, long a, long b, long c, long d, long e, long f);
	int (*waitid)(idtype_t idtype, id_t id, siginfo_t *info, int options);
};

/* dlsym(3), the first time: not for signal handlers and children of vfork(2). */
const struct next *next(void);
