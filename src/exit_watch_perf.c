/*
 * A perf event that counts nothing hangs up when its task ends, on every kernel from 4.4 on (kernel/events/core.c,
 * perf_event_exit_task), for children and others. It is a hint, never more: it hangs up too when the main thread ends
 * alone, when another thread execs, when a set-user-ID program is executed before one who may not trace it; and up
 * to milliseconds before the process can be waited for. It cannot be opened on a task that is ending (ESRCH).
 */
#include <errno.h>

#include "exit_watch.h"
#include "kernel.h"
#include "sys.h"

bool exit_ear_has_room(int fd)
{
	return (uint64_t)fd < sys_most_descriptors() / 4 * 3;
}

/*
 * Without a buffer that is mapped it hangs up at once; what users may map so is limited (perf_event_mlock_kb). Events of one
 * processor may share one, whatever their tasks, so all are the first processor's, where none of them ever runs.
 */
static int have_page(struct exit_ears *ears, int ear)
{
	if (ears->page)
		return sys_perf_event_share(ear, ears->first);
	ears->page = sys_map_event(ear, 1);
	ears->first = ear;
	return ears->page ? 0 : -ENOMEM;
}

int exit_ear_open(struct exit_ears *ears, int pidfd, const struct identity *who)
{
	static const struct uapi_perf_event_attr attr = UAPI_PERF_DUMMY;
	int r, ear;

	if (!kernel_has(LIBPIDFD_CALL_PERF_EVENT))
		return -ENOSYS;
	if (who->pid <= 0) /* 0 would be this task */
		return -EPERM;
	ear = sys_perf_event_open(&attr, who->pid, 0);
	if (ear < 0)
		return ear;
	/* The number was the process' own when it was opened if it is now. */
	r = exit_ear_has_room(ear) ? identity_check(pidfd, who) : -EMFILE;
	if (r == 0)
		r = have_page(ears, ear);
	if (r == 0)
		return ear;
	sys_close(ear);
	return r;
}

void exit_ears_end(struct exit_ears *ears)
{
	if (ears->page)
		sys_unmap(ears->page, 1);
	ears->page = NULL;
}
