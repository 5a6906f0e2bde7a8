#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "signal_by_owner.h"
#include "signal_by_tracer.h"
#include "sys.h"

/* What kill(2) would say, asked of a number that is seen to be the process' own afterwards. */
static int check_right(int pidfd, const struct identity *who)
{
	int right = sys_kill(who->pid, 0), r = identity_check(pidfd, who);

	return r < 0 ? r : right;
}

WITHOUT_KERNEL static int send_without_kernel(int pidfd, int sig, const siginfo_t *info, unsigned int flags)
{
	struct identity who;
	int r, way;

	if (flags)
		return -EINVAL;
	r = identity_read(pidfd, &who);
	if ((r == 0 || r == -ESRCH) && info && info->si_signo != sig)
		return -EINVAL;
	if (r < 0)
		return r;
	if (sig < 0 || sig >= _NSIG)
		return -EINVAL;
	/* Oneself: nobody else can be given that number. */
	if (who.pid == sys_getpid())
		return info ? sys_sigqueueinfo(who.pid, sig, info) : sys_kill(who.pid, sig);
	r = check_right(pidfd, &who);
	if (r == -ESRCH)
		return r;
	/* No race-free way takes a siginfo: the process may be reaped, and its number given away, after the check above. */
	if (info)
		return sys_sigqueueinfo(who.pid, sig, info);
	if (sig == 0)
		return r;
	if (r < 0 && sig != SIGCONT)
		return r;
	r = identity_status(pidfd, &who);
	if (r < 0)
		return r;
	way = signal_by_owner(pidfd, &who, sig);
	if (way != -EPERM && way != -EAGAIN)
		return way;
	r = signal_by_tracer(pidfd, &who, sig);
	return r == -EPERM ? way : r;
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
