/* As of glibc 2.39: pidfd_open, pidfd_send_signal and pidfd_getpid; what else libc's own has. */
#ifndef LIBPIDFD_OVERLAY_SYS_PIDFD_H
#define LIBPIDFD_OVERLAY_SYS_PIDFD_H

#include <libpidfd-overlay.h>
#pragma GCC system_header
#include <fcntl.h>
#include <signal.h>
#ifdef __GLIBC__
#include <bits/types/siginfo_t.h>
#endif

LIBPIDFD_OVERLAY_BEGIN

/* glibc 2.36's says neither extern "C" nor, read once more, that it has been read. */
#if defined __has_include_next
#if __has_include_next(<sys/pidfd.h>)
#include_next <sys/pidfd.h>
#ifndef _PIDFD_H
#define _PIDFD_H 1
#endif
#endif
#endif

#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

extern int pidfd_open(pid_t __pid, unsigned int __flags) LIBPIDFD_OVERLAY_BOUND_NOTHROW(open);
extern pid_t pidfd_getpid(int __pidfd) LIBPIDFD_OVERLAY_BOUND_NOTHROW(getpid);
/* musl hides siginfo_t from strict ISO C. */
#if defined __GLIBC__ || defined SI_USER
extern int pidfd_send_signal(int __pidfd, int __sig, siginfo_t *__info, unsigned int __flags)
	LIBPIDFD_OVERLAY_BOUND_NOTHROW(send_signal);
#else
extern int pidfd_send_signal(int __pidfd, int __sig, void *__info, unsigned int __flags)
	LIBPIDFD_OVERLAY_BOUND_NOTHROW(send_signal);
#endif

LIBPIDFD_OVERLAY_END

#endif
