/* As of glibc 2.34: close_range and closefrom. */
#ifndef LIBPIDFD_OVERLAY_UNISTD_H
#define LIBPIDFD_OVERLAY_UNISTD_H

#include <libpidfd-overlay.h>
#pragma GCC system_header
#include_next <unistd.h>

LIBPIDFD_OVERLAY_BEGIN

#ifdef LIBPIDFD_OVERLAY_MISC
extern void closefrom(int __lowfd) LIBPIDFD_OVERLAY_BOUND_NOTHROW(closefrom);
#endif

#ifdef LIBPIDFD_OVERLAY_GNU
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif
extern int close_range(unsigned int __first, unsigned int __last, int __flags)
	LIBPIDFD_OVERLAY_BOUND_NOTHROW(close_range);
#endif

LIBPIDFD_OVERLAY_END

#endif
