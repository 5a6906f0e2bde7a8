/* waitid(2) with P_PIDFD, for either kind of pidfd on every kernel. */
#pragma once

#include <signal.h>
#include <sys/resource.h>

/*
 * 0, with those fields of *INFO set that wait_status_copy knows, to 0 if WNOHANG found nothing; or -errno, with *INFO and
 * *RUSAGE as may be. RUSAGE may be NULL. -EINVAL: pidfd < 0, options that are not waitid's, or none of its states.
 */
int child_wait(int pidfd, siginfo_t *info, int options, struct rusage *rusage);
