#include "signal_by_tracer.h"

#include <errno.h>
#include <sys/wait.h>

#include "helper.h"
#include "sys.h"

struct order {
	int pidfd, sig, result;
	const struct identity *who;
	const siginfo_t *info;
};

/* In the helper, which shares this memory and has the caller stand still; its exit lets go of the process. */
static int seize_and_kill(void *data)
{
	struct order *order = data;
	pid_t pid = order->who->pid;
	/* A helper of another PID namespace, whose numbers are others, does not see its parent. */
	int r = sys_getppid() == 0 ? -EPERM : sys_seize(pid);

	if (r == 0)
		r = identity_check(order->pidfd, order->who);
	if (r == 0)
		r = order->info ? sys_sigqueueinfo(pid, order->sig, order->info) : sys_kill(pid, order->sig);
	order->result = r;
	return -r;
}

int signal_by_tracer(int pidfd, const struct identity *who, int sig, const siginfo_t *info)
{
	/* A helper that a sandbox kills says nothing: then nothing was sent. */
	struct order order = { .pidfd = pidfd, .sig = sig, .result = -EPERM, .who = who, .info = info };
	struct proc_stat stat;
	int right, status = -1, r = helper_run(seize_and_kill, &order, NULL, &status);

	if (r == 0) /* valgrind makes a vfork of it, which does not share memory: its status tells */
		r = WIFEXITED(status) ? -WEXITSTATUS(status) : order.result;
	switch (r) {
	case -ECHILD:
	case -ENOSYS:
	case -EACCES:
	case -EINVAL: /* qemu-user makes no such helper */
		return -EPERM;
	case -EPERM: /* also of a zombie, which takes any signal that it may be sent and is none the worse */
		right = sys_kill(who->pid, 0);
		r = identity_stat(pidfd, who, &stat);
		return r < 0 ? r : stat.state == 'Z' && stat.threads <= 1 ? right : -EPERM;
	}
	return r;
}
