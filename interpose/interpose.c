/*
 * libpidfd-interpose.so, for LD_PRELOAD: libc's names, for programs that know nothing of this library. What this kernel
 * does by itself is left to libc and the kernel, whatever they answer; the rest is the library's to do.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "export.h"
#include "kernel.h"
#include "next.h"
#include "stand_in.h"
#include "sys.h"

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

/* Exported as NAME, which headers have declared in their own ways, or as a macro, or not at all. */
#define INTERPOSED(type, name, parameters)                             \
	LIBPIDFD_API type interposed_##name parameters __asm__(#name); \
	type interposed_##name parameters

/* A directory on /proc/PID; or a pidfd of the kernel's, where it does not poll those. */
static bool is_pidfd(int fd)
{
	switch (sys_filesystem(fd)) {
	case UAPI_PROC_MAGIC:
		return sys_access(fd, "stat") != -ENOTDIR;
	case UAPI_ANON_INODE_MAGIC:
		return kernel_has(LIBPIDFD_CALL_SEND_SIGNAL) && sys_pidfd_send_signal(fd, 0, NULL, 0) != -EBADF;
	}
	return false;
}

/* Whether the library has to poll: libc's are cancellation points, so whatever can be is theirs. */
static bool is_ours_to_poll(const struct pollfd *fds, nfds_t nfds)
{
	if (kernel_has(LIBPIDFD_CALL_POLL) || !fds)
		return false;
	for (nfds_t i = 0; i < nfds; i++)
		if (fds[i].fd >= 0 && is_pidfd(fds[i].fd))
			return true;
	return false;
}

static bool is_ours_to_wait(idtype_t idtype)
{
	return idtype == P_PIDFD && !(kernel_has(LIBPIDFD_CALL_OPEN) && kernel_has(LIBPIDFD_CALL_WAIT));
}

/*
 * Before main(), and sooner only if another library's constructor calls: not in a signal handler, and not once the program
 * has forbidden itself system calls on pain of death, which a probe is as well as any.
 */
__attribute__((constructor)) static void prepare(void)
{
	next();
	kernel_has(LIBPIDFD_CALL_POLL);
}

INTERPOSED(int, pidfd_open, (pid_t pid, unsigned int flags))
{
	if (kernel_has(flags & PIDFD_NONBLOCK ? LIBPIDFD_CALL_OPEN_NONBLOCK : LIBPIDFD_CALL_OPEN))
		return answer(sys_pidfd_open(pid, flags));
	return pidfd_open(pid, flags);
}

INTERPOSED(int, pidfd_send_signal, (int pidfd, int sig, siginfo_t *info, unsigned int flags))
{
	return pidfd_send_signal(pidfd, sig, info, flags);
}

INTERPOSED(pid_t, pidfd_getpid, (int pidfd))
{
	return pidfd_getpid(pidfd);
}

/* Flags that this library has not heard of are the kernel's. */
INTERPOSED(int, close_range, (unsigned int first, unsigned int last, int flags))
{
	if (flags & ~(int)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) && kernel_has(LIBPIDFD_CALL_CLOSE_RANGE))
		return answer(sys_close_range(first, last, flags));
	return close_range(first, last, flags);
}

INTERPOSED(void, closefrom, (int first))
{
	closefrom(first);
}

INTERPOSED(int, waitid, (idtype_t idtype, id_t id, siginfo_t *info, int options))
{
	if (is_ours_to_wait(idtype))
		return pidfd_waitid(idtype, id, info, options);
	return next()->waitid(idtype, id, info, options);
}

INTERPOSED(int, poll, (struct pollfd * fds, nfds_t nfds, int timeout))
{
	if (is_ours_to_poll(fds, nfds))
		return pidfd_poll(fds, nfds, timeout);
	return next()->poll(fds, nfds, timeout);
}

INTERPOSED(int, ppoll, (struct pollfd * fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask))
{
	if (is_ours_to_poll(fds, nfds))
		return pidfd_ppoll(fds, nfds, timeout, mask);
	return next()->ppoll(fds, nfds, timeout, mask);
}

/* What poll(2) and ppoll(2) are with _FORTIFY_SOURCE; FDS has SIZE bytes. Too few, and libc's end the program. */
INTERPOSED(int, __poll_chk, (struct pollfd * fds, nfds_t nfds, int timeout, size_t size))
{
	if (size / sizeof(*fds) >= nfds && is_ours_to_poll(fds, nfds))
		return pidfd_poll(fds, nfds, timeout);
	return next()->poll_chk(fds, nfds, timeout, size);
}

INTERPOSED(int, __ppoll_chk,
	   (struct pollfd * fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *mask, size_t size))
{
	if (size / sizeof(*fds) >= nfds && is_ours_to_poll(fds, nfds))
		return pidfd_ppoll(fds, nfds, timeout, mask);
	return next()->ppoll_chk(fds, nfds, timeout, mask, size);
}

INTERPOSED(int, epoll_ctl, (int set, int operation, int fd, struct epoll_event *event))
{
	int saved = errno, refused, r = next()->epoll_ctl(set, operation, fd, event);

	/* ENOENT: gVisor, when it is asked to change what it did not let in. */
	if (r == 0 || (errno != EPERM && errno != ENOENT) ||
	    (kernel_has(LIBPIDFD_CALL_OPEN) && kernel_has(LIBPIDFD_CALL_POLL)))
		return r;
	refused = -errno;
	r = stand_in_epoll_ctl(set, operation, fd, event);
	errno = saved;
	return answer(r == -EBADF ? refused : r);
}

INTERPOSED(int, close, (int fd))
{
	stand_in_close(fd);
	return next()->close(fd);
}

static long wait_by_number(int pidfd, siginfo_t *info, int options, struct rusage *rusage)
{
	const int states = WEXITED | WSTOPPED | WCONTINUED;

	return pidfd_wait(pidfd, NULL, info, rusage, options & states, options & ~states) < 0 ? -1 : 0;
}

#ifdef __LP64__ /* elsewhere the times may be others than libc's */
static long ppoll_by_number(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const void *mask)
{
	sigset_t set;

	sigemptyset(&set);
	if (mask)
		memcpy(&set, mask, _NSIG / 8);
	return pidfd_ppoll(fds, nfds, timeout, mask ? &set : NULL);
}
#endif

/*
 * Not variadic: integers and pointers are passed all the same, and compiled with optimisation what is not of interest goes on
 * to libc's by a jump, with the stack as it came, for calls that return twice.
 */
INTERPOSED(long, syscall, (long number, long a, long b, long c, long d, long e, long f))
{
	switch (number) {
	case __NR_pidfd_open:
		return interposed_pidfd_open((pid_t)a, (unsigned int)b);
	case __NR_pidfd_send_signal:
		return pidfd_send_signal((int)a, (int)b, (siginfo_t *)c, (unsigned int)d);
	case __NR_close_range:
		return interposed_close_range((unsigned int)a, (unsigned int)b, (int)c);
	case __NR_epoll_ctl:
		return interposed_epoll_ctl((int)a, (int)b, (int)c, (struct epoll_event *)d);
	case __NR_close:
		return interposed_close((int)a);
	case __NR_waitid:
		if (is_ours_to_wait((idtype_t)a))
			return wait_by_number((int)b, (siginfo_t *)c, (int)d, (struct rusage *)e);
		break;
#ifdef __NR_poll
	case __NR_poll:
		if (is_ours_to_poll((struct pollfd *)a, (nfds_t)b))
			return pidfd_poll((struct pollfd *)a, (nfds_t)b, (int)c);
		break;
#endif
#ifdef __LP64__
	case __NR_ppoll:
		if (e == _NSIG / 8 && is_ours_to_poll((struct pollfd *)a, (nfds_t)b))
			return ppoll_by_number((struct pollfd *)a, (nfds_t)b, (struct timespec *)c, (void *)d);
		break;
#endif
	}
	return next()->syscall(number, a, b, c, d, e, f);
}

/* By -Wl,--wrap: the library's own system calls, where they go by syscall(3), are not for the one above. */
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	return next()->syscall(number, a, b, c, d, e, f);
}
