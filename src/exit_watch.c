/* The order of the strategies, and nothing else. */
#include "exit_watch.h"

#include <errno.h>

#include "sys.h"

static int look_until(int pidfd, int64_t timeout_ns, const sigset_t *sigmask)
{
	struct exit_timer timer = { 0 };
	struct identity who = { .pid = 0 };
	int64_t began = sys_now_ns(), look, pause, left;
	int r;

	for (;;) {
		look = sys_now_ns();
		r = exit_watch_look(pidfd, &who);
		left = timeout_ns - (look - began);
		if (r != 0 || (timeout_ns >= 0 && left <= 0))
			return r;
		pause = exit_timer_pause(&timer, look);
		r = sys_ppoll(NULL, 0, timeout_ns >= 0 && left < pause ? left : pause, sigmask);
		if (r < 0)
			return r;
	}
}

/* Signals come in the pauses only: a handler that ran between them would go unnoticed. */
static int watch_by_timer(int pidfd, int64_t timeout_ns)
{
	sigset_t all, old;
	int r;

	if (timeout_ns == 0)
		return look_until(pidfd, 0, NULL);
	sigfillset(&all);
	sys_sigmask(SIG_BLOCK, &all, &old);
	r = look_until(pidfd, timeout_ns, &old);
	sys_sigmask(SIG_SETMASK, &old, NULL);
	return r;
}

int exit_watch(int pidfd, int64_t timeout_ns)
{
	int r = exit_watch_kernel(pidfd, timeout_ns);

	return r != -ENOSYS ? r : watch_by_timer(pidfd, timeout_ns);
}
