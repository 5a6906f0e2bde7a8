/* The order of the strategies, and nothing else. */
#include "exit_watch.h"

#include <errno.h>

#include "poll_mixed.h"

/* By perf event and by timer, in turns as they can: poll_mixed.c. */
static int watch_from_outside(int pidfd, int64_t timeout_ns)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	struct identity who = { .pid = 0 };
	int r = exit_watch_look(pidfd, &who);

	if (r != 0 || timeout_ns == 0)
		return r;
	r = poll_mixed(&end, 1, timeout_ns, NULL);
	return r > 0 && end.revents & POLLNVAL ? -EBADF : r;
}

int exit_watch(int pidfd, int64_t timeout_ns)
{
	int r = exit_watch_kernel(pidfd, timeout_ns);

	return r != -ENOSYS ? r : watch_from_outside(pidfd, timeout_ns);
}
