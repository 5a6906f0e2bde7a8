#include <limits.h>
#include <string.h>

#include "child_wait.h"
#include "export.h"
#include "foreign_wait.h"
#include "sys.h"
#include "wait_status.h"

#include <libpidfd/pidfd.h>

WITHOUT_KERNEL static pid_t wait_for_foreign(int pidfd, int *stat_addr, siginfo_t *info, int flags)
{
	int r, status;
	pid_t pid;

	r = sys_fcntl(pidfd, F_GETFL, 0);
	if (r < 0)
		return -EBADF;
	r = foreign_wait(pidfd, !(flags & WNOHANG || r & O_NONBLOCK), &pid, &status);
	if (r == -EAGAIN && flags & WNOHANG) {
		if (info)
			memset(info, 0, sizeof(*info));
		return 0;
	}
	if (r < 0)
		return r;
	if (stat_addr)
		*stat_addr = status;
	if (info)
		wait_status_to_info(status, pid, 0, info);
	return pid ? pid : INT_MAX;
}

static pid_t wait_for_child(int pidfd, int *stat_addr, siginfo_t *info, struct rusage *rusage, int options)
{
	struct rusage usage;
	siginfo_t report;
	int r = child_wait(pidfd, &report, options, rusage ? &usage : NULL);

	if (r < 0)
		return r;
	if (info)
		wait_status_copy(info, &report);
	if (report.si_pid == 0)
		return 0;
	if (stat_addr)
		*stat_addr = wait_status_from_info(&report);
	if (rusage)
		*rusage = usage;
	return report.si_pid;
}

LIBPIDFD_API pid_t libpidfd_wait(int pidfd, int *stat_addr, siginfo_t *info, struct rusage *rusage, int states,
				 int flags)
{
	const int all_states = WEXITED | WSTOPPED | WCONTINUED;

	if (pidfd < 0 || !(states & all_states) || states & ~all_states || flags & all_states)
		return answer(-EINVAL);
	if (!(flags & PIDFD_WFOREIGN))
		return answer(wait_for_child(pidfd, stat_addr, info, rusage, states | flags));
	if (states != WEXITED || flags & ~(PIDFD_WFOREIGN | WNOHANG))
		return answer(-EINVAL);
	return answer(wait_for_foreign(pidfd, stat_addr, info, flags));
}
