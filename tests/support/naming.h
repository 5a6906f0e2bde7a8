/* What pidfd_getpid says of a pidfd: a number, and errno as it was; or -1, and why. */
#ifndef TESTS_NAMING_H
#define TESTS_NAMING_H

#include <errno.h>
#include <sys/types.h>

#include <libpidfd/pidfd.h>

#include "run.h"

static inline void names(int pidfd, pid_t pid)
{
	errno = ELOOP;
	ck_assert_int_eq(pidfd_getpid(pidfd), pid);
	ck_assert_int_eq(errno, ELOOP);
}

static inline void refuses(int pidfd, int why)
{
	errno = 0;
	ck_assert_int_eq(pidfd_getpid(pidfd), -1);
	ck_assert_int_eq(errno, why);
}

#endif
