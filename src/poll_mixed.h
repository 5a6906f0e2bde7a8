/* poll(2) where the kernel does not poll pidfds: any mix of them, of either kind, and of other descriptors. */
#pragma once

#include <poll.h>
#include <signal.h>
#include <stdint.h>

/* As ppoll(2); TIMEOUT_NS < 0 is for ever. -errno. */
int poll_mixed(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask);
