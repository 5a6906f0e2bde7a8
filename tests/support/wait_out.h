/* pidfd_wait into memory of which it is known what was in there. */
#ifndef TESTS_WAIT_OUT_H
#define TESTS_WAIT_OUT_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include <libpidfd/pidfd.h>

#include "run.h"

static struct {
	int status;
	siginfo_t info;
	struct rusage rusage;
} out, untouched;

static inline pid_t wait_out(int pidfd, int states, int flags)
{
	memset(&out, 0x5a, sizeof(out));
	memset(&untouched, 0x5a, sizeof(untouched));
	errno = EXDEV;
	return pidfd_wait(pidfd, &out.status, &out.info, &out.rusage, states, flags);
}

static inline void fails(int pidfd, int states, int flags, int why)
{
	ck_assert_int_eq(wait_out(pidfd, states, flags), -1);
	ck_assert_int_eq(errno, why);
	ck_assert_mem_eq(&out, &untouched, sizeof(out));
}

/* As does pidfd_waitid, whose options are STATES and FLAGS together. */
static inline void both_fail(int pidfd, int states, int flags, int why)
{
	fails(pidfd, states, flags, why);
	errno = EXDEV;
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, (id_t)pidfd, &out.info, states | flags), -1);
	ck_assert_int_eq(errno, why);
	ck_assert_mem_eq(&out, &untouched, sizeof(out));
}

#endif
