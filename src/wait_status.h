/* A process' ending, stop or continuation, as wait4(2) says it and as waitid(2) does. */
#pragma once

#include <signal.h>
#include <sys/types.h>

/* The fields that waitid(2) sets; the others are 0. */
static inline void wait_status_copy(siginfo_t *to, const siginfo_t *from)
{
	static const siginfo_t blank; /* copied faster than memset clears */

	*to = blank;
	to->si_signo = from->si_signo;
	to->si_errno = from->si_errno;
	to->si_code = from->si_code;
	to->si_pid = from->si_pid;
	to->si_uid = from->si_uid;
	to->si_status = from->si_status;
}

int wait_status_from_info(const siginfo_t *info);
void wait_status_to_info(int status, pid_t pid, uid_t uid, siginfo_t *info);
