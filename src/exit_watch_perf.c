/*
 * A perf event that counts nothing hangs up when its task ends, on every kernel from 4.4 on (kernel/events/core.c,
 * perf_event_exit_task), for children and others. It is a hint, never more: it hangs up too when the main thread ends
 * alone, when another thread execs, when a set-user-ID program is executed before one who may not trace it; and up
 * to milliseconds before the process can be waited for. It cannot be opened on a task that is ending (ESRCH).
 */
#include <errno.h>
#include <sys/resource.h>

#include "exit_watch.h"
#include "kernel.h"
#include "sys.h"
#include "uapi.h"

/* The last quarter of the table is left to other threads, and to looking at /proc. */
static bool has_room(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 || (rlim_t)fd < limit.rlim_cur / 4 * 3;
}

/* Its page must stay mapped, or it hangs up at once; what users may map so is limited (perf_event_mlock_kb). */
int exit_ear_open(struct exit_ear *ear, int pidfd, const struct identity *who)
{
	struct uapi_perf_event_attr attr = UAPI_PERF_DUMMY;
	int r;

	/* 0 would be this task. */
	if (who->pid <= 0 || !kernel_has(LIBPIDFD_CALL_PERF_EVENT))
		return -ENOSYS;
	ear->fd = sys_perf_event_open(&attr, who->pid);
	if (ear->fd < 0)
		return ear->fd;
	ear->page = has_room(ear->fd) ? sys_map_page(ear->fd) : NULL;
	if (!ear->page) {
		sys_close(ear->fd);
		return -ENOMEM;
	}
	/* The number was the process' own when it was opened if it is now. */
	r = identity_check(pidfd, who);
	if (r < 0)
		exit_ear_close(ear);
	return r;
}

void exit_ear_close(struct exit_ear *ear)
{
	sys_close(ear->fd);
	sys_unmap(ear->page, 1);
	ear->fd = -1;
}
