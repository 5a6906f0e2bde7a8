#include "wait_status.h"

#include <string.h>
#include <sys/wait.h>

/* Of a trap, si_status has the ptrace event above the signal, as the status has. */
int wait_status_from_info(const siginfo_t *info)
{
	switch (info->si_code) {
	case CLD_EXITED:
		return (info->si_status & 0xff) << 8;
	case CLD_DUMPED:
		return (info->si_status & 0x7f) | 0x80;
	case CLD_STOPPED:
	case CLD_TRAPPED:
		return info->si_status << 8 | 0x7f;
	case CLD_CONTINUED:
		return 0xffff;
	default:
		return info->si_status & 0x7f;
	}
}

void wait_status_to_info(int status, pid_t pid, uid_t uid, siginfo_t *info)
{
	memset(info, 0, sizeof(*info));
	info->si_signo = SIGCHLD;
	info->si_pid = pid;
	info->si_uid = uid;
	if (WIFEXITED(status)) {
		info->si_code = CLD_EXITED;
		info->si_status = WEXITSTATUS(status);
	} else if (WIFCONTINUED(status)) {
		info->si_code = CLD_CONTINUED;
		info->si_status = SIGCONT;
	} else if (WIFSTOPPED(status)) {
		info->si_code = status >> 16 ? CLD_TRAPPED : CLD_STOPPED;
		info->si_status = status >> 8;
	} else {
		info->si_code = WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;
		info->si_status = WTERMSIG(status);
	}
}
