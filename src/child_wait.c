#include "child_wait.h"

#include <errno.h>
#include <string.h>

#include "exit_watch.h"
#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "sys.h"
#include "wait_status.h"

#define STATES (WEXITED | WSTOPPED | WCONTINUED)
#define OF_CLONES ((int)(__WALL | __WCLONE | __WNOTHREAD))

static int waitid_anew(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage)
{
	/* In case WNOHANG and nothing leaves them as they were. What else is in there is for nobody: see wait_status.h. */
	info->si_signo = info->si_errno = info->si_code = info->si_status = 0;
	info->si_pid = 0;
	info->si_uid = 0;
	return sys_waitid(idtype, id, info, options, rusage);
}

/*
 * Before 4.7 waitid refuses the flags for clones, and wait4 takes them; but that reaps whatever it reports. So the
 * process is looked at, and reaped at once when there is something, rather than slept on by its number.
 */
static int look_by_wait4(int pidfd, const struct identity *who, siginfo_t *info, int options, struct rusage *rusage,
			 const sigset_t *sigmask)
{
	struct exit_timer timer = { 0 };
	int r, status;

	for (;;) {
		int64_t look = sys_now_ns();

		if (identity_check(pidfd, who) == -ESRCH)
			return -ECHILD;
		r = sys_wait4(who->pid, &status, (options & ~WEXITED) | WNOHANG, rusage);
		if (r > 0)
			wait_status_to_info(status, r, who->status.real, info);
		if (r != 0)
			return r < 0 ? r : 0;
		if (options & WNOHANG)
			break;
		r = sys_ppoll(NULL, 0, exit_timer_pause(&timer, look), sigmask);
		if (r < 0)
			return r;
	}
	memset(info, 0, sizeof(*info));
	return 0;
}

/* Signals come in the pauses only: a handler that ran between them would go unnoticed. */
static int wait_by_wait4(int pidfd, const struct identity *who, siginfo_t *info, int options, struct rusage *rusage)
{
	sigset_t old;
	int r;

	if (!(options & WEXITED) || options & WNOWAIT)
		return -EINVAL;
	sys_block_signals(&old);
	r = look_by_wait4(pidfd, who, info, options, rusage, &old);
	sys_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

/*
 * The number can be another child's only after this one was reaped, which only this program can do. So: wait without
 * reaping, see that it is there still, reap. What is left is another thread that reaps between the last two, and a child
 * born to that very number, and dead, before the last.
 */
static int wait_by_number(int pidfd, siginfo_t *info, int options, struct rusage *rusage)
{
	struct identity who;
	int r = identity_read(pidfd, &who);

	if (r == -ESRCH || r == -EREMOTE)
		return -ECHILD;
	if (r < 0)
		return r;
	for (;;) {
		r = waitid_anew(P_PID, who.pid, info, options | WNOWAIT, rusage);
		if (r == -EINVAL && options & OF_CLONES)
			return wait_by_wait4(pidfd, &who, info, options, rusage);
		if (r < 0 || info->si_pid == 0)
			return r;
		r = identity_check(pidfd, &who);
		if (r < 0)
			return r == -ESRCH ? -ECHILD : r;
		if (options & WNOWAIT)
			return 0;
		r = waitid_anew(P_PID, who.pid, info, options | WNOHANG, rusage);
		/* 0 and nothing: another thread has taken the stop or the continuation. */
		if (r < 0 || info->si_pid != 0 || options & WNOHANG)
			return r;
	}
}

typedef int wait_way(int pidfd, siginfo_t *info, int options, struct rusage *rusage);

static int wait_natively(int pidfd, siginfo_t *info, int options, struct rusage *rusage)
{
	return waitid_anew(UAPI_P_PIDFD, pidfd, info, options, rusage);
}

/* PIDFD_NONBLOCK, of a pidfd whose kernel does not heed it. */
WITHOUT_KERNEL static int wait_as_flagged(wait_way *way, int pidfd, siginfo_t *info, int options, struct rusage *rusage)
{
	int r;

	if (options & WNOHANG)
		return way(pidfd, info, options, rusage);
	r = sys_fcntl(pidfd, F_GETFL, 0);
	if (r < 0 || !(r & O_NONBLOCK))
		return way(pidfd, info, options, rusage);
	r = way(pidfd, info, options | WNOHANG, rusage);
	return r == 0 && info->si_pid == 0 ? -EAGAIN : r;
}

int child_wait(int pidfd, siginfo_t *info, int options, struct rusage *rusage)
{
	int r;

	if (pidfd < 0 || !(options & STATES) || options & ~(STATES | WNOHANG | WNOWAIT | OF_CLONES))
		return -EINVAL;
	if (kernel_may(LIBPIDFD_CALL_WAIT)) {
		if (kernel_has(LIBPIDFD_CALL_OPEN_NONBLOCK))
			r = wait_natively(pidfd, info, options, rusage);
		else
			r = wait_as_flagged(wait_natively, pidfd, info, options, rusage);
		/* EBADF may be a directory. */
		if (r != -EBADF && !kernel_refused(LIBPIDFD_CALL_WAIT, r))
			return r;
	}
	return wait_as_flagged(wait_by_number, pidfd, info, options, rusage);
}
