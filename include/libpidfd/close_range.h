/*
 * Closing many descriptors at once, and finding the open ones, on every Linux.
 *
 * All of these are thread-safe, async-signal-safe and usable in a vfork(2) child: no malloc, no locks, at most 10 KiB of
 * stack. They take time that grows with the open descriptors, or without /proc with the size of the descriptor table, and
 * never with RLIMIT_NOFILE. libc's own header comes first: see <libpidfd/pidfd.h>.
 */
#ifndef LIBPIDFD_CLOSE_RANGE_H
#define LIBPIDFD_CLOSE_RANGE_H

#include <stddef.h>
#include <unistd.h>

/* Give the caller a descriptor table of its own first. Linux 5.9; emulated below. */
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif

/* Set close-on-exec instead of closing. Linux 5.11; emulated below. */
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Closes every open descriptor from FIRST to LAST, both included. 0 only when all of them are closed (or marked); else
 * -1 with errno. EINVAL: first > last, flags. ENOMEM. Flag CLOSE_RANGE_UNSHARE also EMFILE; where that fails nothing is closed.
 * ENOSYS: a sandbox that forbids close_range(2) and what would stand in for it. Native since Linux 5.9.
 */
int libpidfd_close_range(unsigned int first, unsigned int last, int flags);

/*
 * The same, but leaves alone the COUNT numbers of KEEP: in any order, any number of times, closed, negative or outside of
 * the range. Also EFAULT: KEEP is NULL and COUNT is not 0.
 */
int libpidfd_close_range_except(unsigned int first, unsigned int last, const int keep[], size_t count, int flags);

/* Closes every open descriptor from LOWFD on; a negative LOWFD is 0. Leaves errno alone. As on Solaris and glibc 2.34. */
void libpidfd_closefrom(int lowfd);

/*
 * Calls FUNC with DATA and each descriptor that is open now, ascending, whatever FUNC opens or closes; ends with the first
 * result of FUNC that is not 0, and returns it. Else 0, or -1 with errno before any call of FUNC: ENOMEM; ENOSYS, a sandbox
 * that lets the table not be seen. As on Solaris.
 */
int libpidfd_fdwalk(int (*func)(void *data, int fd), void *data);

/* The lowest open descriptor that is not below FD; a negative FD is 0. -1 with errno: ESRCH, none; ENOMEM, ENOSYS as above. */
int libpidfd_nextfd(int fd);

#ifdef __cplusplus
}
#endif

#undef close_range
#undef close_range_except
#undef closefrom
#undef fdwalk
#undef nextfd
#define close_range libpidfd_close_range
#define close_range_except libpidfd_close_range_except
#define closefrom libpidfd_closefrom
#define fdwalk libpidfd_fdwalk
#define nextfd libpidfd_nextfd

#endif
