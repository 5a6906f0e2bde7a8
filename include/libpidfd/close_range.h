/*
 * Closing many descriptors at once, on every Linux.
 *
 * Both calls are thread-safe, async-signal-safe and usable in a vfork(2) child: no malloc, no locks, a bounded stack.
 * They take time that grows with the open descriptors, or without /proc with the size of the descriptor table, and never
 * with RLIMIT_NOFILE. libc's own header comes first: see <libpidfd/pidfd.h>.
 */
#ifndef LIBPIDFD_CLOSE_RANGE_H
#define LIBPIDFD_CLOSE_RANGE_H

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

/* Closes every open descriptor from LOWFD on; a negative LOWFD is 0. Leaves errno alone. As on Solaris and glibc 2.34. */
void libpidfd_closefrom(int lowfd);

#ifdef __cplusplus
}
#endif

#undef close_range
#undef closefrom
#define close_range libpidfd_close_range
#define closefrom libpidfd_closefrom

#endif
