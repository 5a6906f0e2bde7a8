#include <sys/wait.h>

#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "proc.h"
#include "signal_by_owner.h"
#include "signal_by_tracer.h"
#include "sys.h"

/* A sandbox's answers are no answers. */
static int right_to(pid_t pid)
{
	int r = sys_kill(pid, 0);

	return r == 0 || r == -ESRCH ? r : -EPERM;
}

/* What kill(2) would say, asked of a number that is seen to be the process' own afterwards. */
static int check_right(int pidfd, struct identity *who)
{
	int right = right_to(who->pid), r = identity_confirm(pidfd, who);

	return r < 0 ? r : right;
}

/* Whether PID is a child, whose number is nobody else's until this program reaps it. */
static bool is_child(pid_t pid)
{
	siginfo_t info;
	int r = sys_waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL);

	if (r == -EINVAL) /* before 4.7, __WALL */
		r = sys_waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT, NULL);
	return r == 0;
}

/* A descriptor's owner is sent no siginfo: a number is, one that cannot be given away meanwhile. */
static int queue_info(int pidfd, struct identity *who, int sig, const siginfo_t *info)
{
	int r = check_right(pidfd, who);

	if (r < 0 && (r != -EPERM || sig != SIGCONT))
		return r;
	if (sig == 0 || who->pid == who->self.tgid)
		return sys_sigqueueinfo(who->pid, sig, info);
	r = signal_by_tracer(pidfd, who, sig, info);
	if (r != -EPERM || !is_child(who->pid))
		return r;
	r = identity_check(pidfd, who);
	return r < 0 ? r : sys_sigqueueinfo(who->pid, sig, info);
}

/*
 * The number is held on to, and asked about, before it is seen to be the process' own: swap the two, and a stranger can be
 * signalled. See signal_by_owner.h.
 */
static int send_plain(int pidfd, struct identity *who, int sig)
{
	int ends[2], way = owner_hold(ends, who->pid, sig), right, r;
	bool is_held = way == 0;

	if (sys_is_shortage(way))
		return way;
	right = right_to(who->pid);
	r = identity_confirm(pidfd, who);
	if (r == 0 && right < 0 && sig != SIGCONT)
		r = right;
	/* SIGCONT is permitted within a session too, which a socket does not know, and root by a socket always. */
	if (right < 0)
		way = -EPERM;
	else if (r == 0 && is_held && who->pid != who->self.tgid)
		way = owner_signal(ends, who, sig);
	if (is_held)
		owner_release(ends);
	if (r < 0)
		return r;
	/* Oneself: nobody else can be given that number. */
	if (who->pid == who->self.tgid)
		return sys_kill(who->pid, sig);
	if (way != -EPERM && way != -EAGAIN)
		return way;
	r = signal_by_tracer(pidfd, who, sig, NULL);
	return r == -EPERM ? way : r;
}

WITHOUT_KERNEL static int send_without_kernel(int pidfd, int sig, const siginfo_t *info, unsigned int flags)
{
	bool mismatched = info && info->si_signo != sig, unknown = sig < 0 || sig >= _NSIG;
	bool forged = info && (info->si_code >= 0 || info->si_code == SI_TKILL); /* to others than oneself */
	struct identity who;
	int r;

	if (flags)
		return -EINVAL;
	r = mismatched || forged || unknown ? identity_read(pidfd, &who) : identity_look(pidfd, &who);
	if (mismatched && (r == 0 || r == -ESRCH))
		return -EINVAL;
	if (forged && (r == -ESRCH || (r == 0 && who.pid != sys_getpid())))
		return -EPERM;
	if (r < 0)
		return r;
	if (unknown)
		return -EINVAL;
	if (info)
		return queue_info(pidfd, &who, sig, info);
	if (sig == 0)
		return check_right(pidfd, &who);
	r = identity_status(&who);
	return r < 0 ? r : send_plain(pidfd, &who, sig);
}

LIBPIDFD_API int libpidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
{
	if (kernel_may(LIBPIDFD_CALL_SEND_SIGNAL)) {
		int r = sys_pidfd_send_signal(pidfd, sig, info, flags);

		if (!kernel_refused(LIBPIDFD_CALL_SEND_SIGNAL, r))
			return answer(r);
	}
	return answer(send_without_kernel(pidfd, sig, info, flags));
}
