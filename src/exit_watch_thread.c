/*
 * A thread that waits for one end and then writes a byte into a pipe, whose other end is for any event loop. It holds
 * nothing of the program's: all signals are blocked, and its descriptor table is its own, so that no closefrom(3) of the
 * program takes the pipe from it. It ends with the process, or when nobody holds the other end any more; only where it
 * sleeps in waitid(2), which is for children where there are no perf events, it does not notice the latter.
 */
#include <errno.h>
#include <limits.h>
#include <sys/wait.h>

#include "exit_watch.h"
#include "kept.h"
#include "poll_mixed.h"
#include "range_clear.h"
#include "sys.h"

#define STACK_SIZE (128UL * 1024)

/* After a shortage of memory or open files, or of a limit lowered below what it takes. */
#define RETRY_NS INT64_C(10000000)

/* On the stack of the caller, who waits until the thread has read it and has a table of its own. */
struct watch {
	int pidfd, writer;
};

/* Of this process: beyond what a user may have of them, or of what he may not trace, there is none. */
static bool can_have_ear(int pidfd, const struct identity *who)
{
	struct exit_ears ears = { .page = NULL };
	int ear = exit_ear_open(&ears, pidfd, who);

	if (ear >= 0)
		sys_close(ear);
	exit_ears_end(&ears);
	return ear >= 0;
}

/*
 * For a child, exactly and for nothing, asleep in the kernel. By number: a child that is reaped, and another that gets its
 * number between the check and the call, would be slept on instead.
 */
static void sleep_for_child(int pidfd)
{
	struct identity who;
	siginfo_t info;
	int r;

	if (identity_read(pidfd, &who) < 0 || can_have_ear(pidfd, &who))
		return;
	do
		r = identity_check(pidfd, &who) == 0 ? sys_waitid(P_PID, who.pid, &info, WEXITED | WNOWAIT, NULL) : 0;
	while (r == -EINTR);
}

static void tell(int pidfd, int writer)
{
	struct pollfd polls[] = { { .fd = pidfd, .events = POLLIN }, { .fd = writer } };
	int r;

	sleep_for_child(pidfd);
	do
		r = poll_mixed(polls, 2, -1, NULL);
	while (r == -EINTR || (r < 0 && sys_ppoll(NULL, 0, RETRY_NS, NULL) <= 0));
	if (polls[0].revents)
		sys_write(writer, "", 1);
}

/* The first byte is for the caller: 0, or errno. */
static void *serve(void *argument)
{
	struct watch watch = *(struct watch *)argument;
	struct kept kept;
	int r = sys_unshare(CLONE_FILES);
	unsigned char error;

	kept_begin(&kept, (int[]){ watch.pidfd, watch.writer }, 2);
	if (r == 0)
		r = range_clear_except(0, UINT_MAX, &kept, 0);
	error = (unsigned char)-r;
	sys_write(watch.writer, &error, 1);
	if (r == 0)
		tell(watch.pidfd, watch.writer);
	return NULL;
}

static int start_thread(struct watch *watch, int reader)
{
	unsigned char error;
	sigset_t old;
	int r;

	sys_block_signals(&old);
	r = sys_thread(serve, watch, STACK_SIZE);
	if (r == 0)
		r = sys_read(reader, &error, 1) == 1 ? -error : -EAGAIN;
	sys_sigmask(SIG_SETMASK, &old, NULL);
	return r == -EPERM || r == -EACCES ? -ENOSYS : r;
}

int exit_watch_thread(int pidfd)
{
	int ends[2], r = sys_pipe(ends);
	struct watch watch = { .pidfd = pidfd };

	if (r < 0)
		return r;
	watch.writer = ends[1];
	r = start_thread(&watch, ends[0]);
	sys_close(ends[1]);
	if (r == 0)
		return ends[0];
	sys_close(ends[0]);
	return r;
}

int exit_watch_over(void)
{
	int ends[2], r = sys_pipe(ends);

	if (r < 0)
		return r;
	sys_write(ends[1], "", 1);
	sys_close(ends[1]);
	return ends[0];
}
