#include <errno.h>
#include <libpidfd/pidfd.h>
#include <limits.h>
#include <string.h>

#include "child_wait.h"
#include "exit_watch.h"
#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "proc.h"
#include "sys.h"
#include "wait_status.h"

/* The kernel keeps the exit code of what was reaped, 6.15, for as long as a pidfd is open. */
static int status_from_info(int pidfd, int *status)
{
	struct uapi_pidfd_info info = { .mask = UAPI_PIDFD_INFO_EXIT };
	int64_t filesystem = sys_filesystem(pidfd);

	if (filesystem != UAPI_PIDFS_MAGIC || !kernel_may(LIBPIDFD_CALL_GET_INFO))
		return -ENODATA;
	if (sys_pidfd_get_info(pidfd, &info) < 0 || !(info.mask & UAPI_PIDFD_INFO_EXIT))
		return -ENODATA;
	*status = info.exit_code;
	return 0;
}

/*
 * The exit code of a zombie, in its stat. Kernels that keep exit codes show the process' there; older ones the main
 * thread's own, which is another thing if that ended by itself, and gVisor always 0. And it is 0 for a reader who may not
 * know it: then exe, which a zombie no more has, is EACCES rather than ENOENT.
 */
static int status_from_stat(int pidfd, const struct identity *who, int *status)
{
	char path[PROC_PATH_SIZE], target[1];
	struct proc_stat stat;
	int r;

	if (!kernel_has(LIBPIDFD_CALL_GET_INFO))
		return -ENODATA;
	r = identity_stat(pidfd, who, &stat);
	if (r < 0 || stat.state != 'Z')
		return r < 0 && sys_is_shortage(r) ? r : -ENODATA;
	if (stat.exit_code == 0) {
		proc_path(path, "/proc/", who->pid, "/exe");
		if (sys_readlink(AT_FDCWD, path, target, sizeof(target)) != -ENOENT || identity_check(pidfd, who) < 0)
			return -ENODATA;
	}
	*status = stat.exit_code;
	return 0;
}

/* Time for a parent to reap, after which the kernel tells; a parent that never does is not waited for. */
#define GRACE_NS INT64_C(100000000)

/* The pidfd hangs up when its process is reaped, 6.9. */
static int status_after_reaping(int pidfd, int *status)
{
	struct pollfd reaped = { .fd = pidfd };

	if (!kernel_has(LIBPIDFD_CALL_GET_INFO))
		return -ENODATA;
	sys_ppoll(&reaped, 1, GRACE_NS, NULL);
	return status_from_info(pidfd, status);
}

/*
 * 0: *PID and *STATUS, as from wait4(2), are its; *PID is 0 if it was reaped before this was asked. -EAGAIN: MAY_BLOCK is
 * false and it has not ended; -ENODATA: it has, and nobody says how; -EINTR, -EBADF, and as identity_read.
 */
static int foreign_status(int pidfd, bool may_block, pid_t *pid, int *status)
{
	struct identity who;
	int r = identity_read(pidfd, &who);

	if (r == -EBADF)
		return r;
	*pid = who.pid; /* 0 of a process that has no number here; its end can be waited for all the same */
	if (r != -ESRCH) {
		int ended = exit_watch(pidfd, may_block ? -1 : 0);

		if (ended <= 0)
			return ended < 0 ? ended : -EAGAIN;
	}
	if (status_from_info(pidfd, status) == 0)
		return 0;
	if (r == 0) {
		int told = status_from_stat(pidfd, &who, status);

		if (told != -ENODATA)
			return told;
	}
	return r == -ESRCH || !may_block ? -ENODATA : status_after_reaping(pidfd, status);
}

WITHOUT_KERNEL static pid_t wait_for_foreign(int pidfd, int *stat_addr, siginfo_t *info, int flags)
{
	int r, status = 0; /* for gcc's analyzer, which loses sight of it */
	pid_t pid;

	r = sys_fcntl(pidfd, F_GETFL, 0);
	if (r < 0)
		return -EBADF;
	r = foreign_status(pidfd, !(flags & WNOHANG || r & O_NONBLOCK), &pid, &status);
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
