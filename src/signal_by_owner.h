/*
 * A signal to the process that owns a socket. F_SETOWN_EX turns a number into a reference to the process once, and keeps
 * that, as a pidfd does (2.6.32). So the order is: hold, then see through the pidfd that its process is there still. If
 * it is, the number was its own throughout, and the owner is that process for ever; what is signalled is that process or
 * none. The other way round the process may be reaped, and its number given away, between the two.
 * tests/model/signal_by_owner.pml has both orders.
 */
#pragma once

#include "identity.h"

/* 0: the owner is whoever has the number PID now. -ESRCH: nobody; -EPERM: no sockets here; -EMFILE, -ENFILE, -ENOMEM. */
int owner_hold(int ends[2], pid_t pid, int sig);

/*
 * 0, or -EPERM: not by this way, although kill(2) may be permitted; -EAGAIN (the queue for real-time signals is full),
 * -ENOMEM. The owner is WHO, as identity_confirm has it. The receiver sees si_code POLL_IN.
 */
int owner_signal(const int ends[2], const struct identity *who, int sig);

void owner_release(const int ends[2]);
