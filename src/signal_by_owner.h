/*
 * A signal to the process that owns a pipe. F_SETOWN_EX turns a number into a reference to the process once, and keeps
 * that, as a pidfd does (2.6.32): so set the owner, then see through the pidfd that its process is there still. If it is,
 * the number was its own throughout, and the owner is that process for ever; what is signalled is that process or none.
 */
#ifndef LIBPIDFD_SRC_SIGNAL_BY_OWNER_H
#define LIBPIDFD_SRC_SIGNAL_BY_OWNER_H

#include "identity.h"

/*
 * 0, or -EPERM: not by this way, although kill(2) may be permitted; -ESRCH, -EAGAIN (the queue for real-time signals is
 * full), and as identity_check. SIG is not 0. The receiver sees si_code POLL_IN.
 */
int signal_by_owner(int pidfd, const struct identity *who, int sig);

#endif
