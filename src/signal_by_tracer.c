#include "signal_by_tracer.h"

#include <errno.h>
#include <sched.h>
#include <sys/wait.h>

#include "proc.h"
#include "sys.h"

#define HELPER_STACK 32768

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

/*
 * The helper has no exit signal, and no handler of the program's runs in it. valgrind makes a vfork of it, which does not
 * share memory, and knows no CLONE_FILES there: its status tells.
 */
static int run_helper(struct order *order)
{
	sigset_t old;
	pid_t helper, reaped;
	char *stack;
	int status;

	if (!proc_children_are_ours())
		return -EPERM;
	stack = sys_map(HELPER_STACK); /* not the caller's, which may be a small one for signals */
	if (!stack)
		return -ENOMEM;
	sys_block_signals(&old);
	helper = sys_clone_on(seize_and_kill, stack + HELPER_STACK, CLONE_VM | CLONE_VFORK, order, NULL);
	do /* again after EINTR: libc keeps its own signals from being blocked */
		reaped = helper < 0 ? helper : sys_wait4(helper, &status, (int)__WCLONE, NULL);
	while (reaped == -EINTR);
	if (reaped > 0 && WIFEXITED(status))
		order->result = -WEXITSTATUS(status);
	sys_sigmask(SIG_SETMASK, &old, NULL);
	sys_unmap(stack, HELPER_STACK);
	return helper < 0 ? helper : order->result;
}

int signal_by_tracer(int pidfd, const struct identity *who, int sig, const siginfo_t *info)
{
	/* A helper that a sandbox kills says nothing: then nothing was sent. */
	struct order order = { .pidfd = pidfd, .sig = sig, .result = -EPERM, .who = who, .info = info };
	struct proc_stat stat;
	int right, r = run_helper(&order);

	switch (r) {
	case -ENOSYS:
	case -EACCES:
		return -EPERM;
	case -EPERM: /* also of a zombie, which takes any signal that it may be sent and is none the worse */
		right = sys_kill(who->pid, 0);
		r = identity_stat(pidfd, who, &stat);
		return r < 0 ? r : stat.state == 'Z' && stat.threads <= 1 ? right : -EPERM;
	}
	return r;
}
