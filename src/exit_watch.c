/* The order of the strategies, and nothing else. */
#include "exit_watch.h"

#include <errno.h>

#include "sys.h"

static int watch_by_timer(int pidfd, int64_t timeout_ns)
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
		r = sys_ppoll(NULL, 0, timeout_ns >= 0 && left < pause ? left : pause, NULL);
		if (r < 0)
			return r;
	}
}

int exit_watch(int pidfd, int64_t timeout_ns)
{
	int r = exit_watch_kernel(pidfd, timeout_ns);

	return r != -ENOSYS ? r : watch_by_timer(pidfd, timeout_ns);
}
