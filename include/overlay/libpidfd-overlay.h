/* What the headers of this directory share: how a declaration of libc's is bound to this library's symbol. */
#ifndef LIBPIDFD_OVERLAY_H
#define LIBPIDFD_OVERLAY_H

/* Found by -I too these are as libc's own: #include_next is no warning. */
#pragma GCC system_header

#include <sys/types.h>

/*
 * A declaration that follows libc's and gives the name another symbol. Unlike a macro it leaves alone what else is called
 * so: a structure's member, a method, a variable.
 */
#define LIBPIDFD_OVERLAY_BOUND(symbol) __asm__("libpidfd_" #symbol)

/* The same of what libc says does not throw. C++ wants it said again, in front. */
#if defined __cplusplus && defined __THROW
#define LIBPIDFD_OVERLAY_BOUND_NOTHROW(symbol) __THROW LIBPIDFD_OVERLAY_BOUND(symbol)
#else
#define LIBPIDFD_OVERLAY_BOUND_NOTHROW(symbol) LIBPIDFD_OVERLAY_BOUND(symbol)
#endif

#ifdef __cplusplus
#define LIBPIDFD_OVERLAY_BEGIN extern "C" {
#define LIBPIDFD_OVERLAY_END }
#else
#define LIBPIDFD_OVERLAY_BEGIN
#define LIBPIDFD_OVERLAY_END
#endif

/* What libc's headers show: by glibc's idea of it, or musl's. */
#if defined __USE_MISC || (!defined __GLIBC__ && (defined _GNU_SOURCE || defined _BSD_SOURCE))
#define LIBPIDFD_OVERLAY_MISC
#endif
#if defined __USE_GNU || (!defined __GLIBC__ && defined _GNU_SOURCE)
#define LIBPIDFD_OVERLAY_GNU
#endif

#endif
