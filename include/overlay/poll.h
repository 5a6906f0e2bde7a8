/* As of Linux 5.3: poll and ppoll take pidfds. */
#ifndef LIBPIDFD_OVERLAY_POLL_H
#define LIBPIDFD_OVERLAY_POLL_H

#include <libpidfd-overlay.h>
#pragma GCC system_header

/* Without glibc's inline functions, whose insides call libc's own. */
#pragma push_macro("__USE_FORTIFY_LEVEL")
#undef __USE_FORTIFY_LEVEL
#define __USE_FORTIFY_LEVEL 0
#include_next <poll.h>
#pragma pop_macro("__USE_FORTIFY_LEVEL")

/* 32-bit architectures on which libc has bound ppoll to one of its own with a 64-bit time_t keep that. */
#if defined LIBPIDFD_OVERLAY_GNU && \
	(defined __LP64__ || !(defined __USE_TIME_BITS64 || (defined _REDIR_TIME64 && _REDIR_TIME64)))
#define LIBPIDFD_OVERLAY_PPOLL
#endif

LIBPIDFD_OVERLAY_BEGIN

extern int poll(struct pollfd *__fds, nfds_t __nfds, int __timeout) LIBPIDFD_OVERLAY_BOUND(poll);
#ifdef LIBPIDFD_OVERLAY_PPOLL
extern int ppoll(struct pollfd *__fds, nfds_t __nfds, const struct timespec *__timeout, const sigset_t *__mask)
	LIBPIDFD_OVERLAY_BOUND(ppoll);
#endif

/* The check that those functions make: libc's ends the program where FDS is shorter than NFDS. */
#if defined __USE_FORTIFY_LEVEL && __USE_FORTIFY_LEVEL > 0 && defined __fortify_function && defined __glibc_objsize
extern int __poll_chk(struct pollfd *__fds, nfds_t __nfds, int __timeout, __SIZE_TYPE__ __size);
extern int __libpidfd_poll(struct pollfd *__fds, nfds_t __nfds, int __timeout) LIBPIDFD_OVERLAY_BOUND(poll);

__fortify_function int poll(struct pollfd *__fds, nfds_t __nfds, int __timeout)
{
	if (__glibc_objsize(__fds) / sizeof(*__fds) < __nfds)
		return __poll_chk(__fds, __nfds, __timeout, __glibc_objsize(__fds));
	return __libpidfd_poll(__fds, __nfds, __timeout);
}

#ifdef LIBPIDFD_OVERLAY_PPOLL
extern int __ppoll_chk(struct pollfd *__fds, nfds_t __nfds, const struct timespec *__timeout, const sigset_t *__mask,
		       __SIZE_TYPE__ __size);
extern int __libpidfd_ppoll(struct pollfd *__fds, nfds_t __nfds, const struct timespec *__timeout,
			    const sigset_t *__mask) LIBPIDFD_OVERLAY_BOUND(ppoll);

__fortify_function int ppoll(struct pollfd *__fds, nfds_t __nfds, const struct timespec *__timeout,
			     const sigset_t *__mask)
{
	if (__glibc_objsize(__fds) / sizeof(*__fds) < __nfds)
		return __ppoll_chk(__fds, __nfds, __timeout, __mask, __glibc_objsize(__fds));
	return __libpidfd_ppoll(__fds, __nfds, __timeout, __mask);
}
#endif
#endif

LIBPIDFD_OVERLAY_END

#endif
