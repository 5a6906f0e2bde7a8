#include "signal_by_owner.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"
#include "uapi.h"

/*
 * A real-time signal that finds the queue full becomes SIGIO, which kills. The queue is shared by all processes of a user,
 * so others may add to it between this look and the signal: they would need to add this many.
 */
#define ROOM_FOR_REALTIME 64

#define FIRST_REALTIME 32 /* the kernel's; SIGRTMIN leaves out what libc keeps for itself */

static bool queue_may_overflow(const struct proc_status *status)
{
	return status->has_queue && status->queue_limit < status->queued + ROOM_FOR_REALTIME;
}

/* The initial user namespace has this number on every kernel (3.8); none at all is a kernel without user namespaces. */
static bool in_initial_user_namespace(void)
{
	static const char initial[] = "user:[4026531837]";
	char name[sizeof(initial)];
	ssize_t size = sys_readlink(AT_FDCWD, "/proc/self/ns/user", name, sizeof(name));

	if (size == -ENOENT)
		return sys_access(AT_FDCWD, "/proc/self/ns") == 0; /* or /proc itself is wanting */
	return size == sizeof(initial) - 1 && memcmp(name, initial, sizeof(initial) - 1) == 0;
}

/*
 * The kernel judges the owner's right by uid alone, at the signal, in silence: root of the initial namespace, or the real
 * or effective uid of whoever set the owner is the real or saved one of the target; no capability counts (sigio_perm,
 * fs/fcntl.c). 65534 may stand for any uid that has no number here.
 */
static bool is_permitted(const struct proc_status *status)
{
	uid_t real = getuid(), effective = geteuid(), match = (uid_t)-1;

	if (effective == 0 && in_initial_user_namespace())
		return true;
	if (!status->has_uids)
		return false;
	if (real == status->real || real == status->saved)
		match = real;
	if (effective == status->real || effective == status->saved)
		match = effective;
	return match != (uid_t)-1 && (match != 65534 || in_initial_user_namespace());
}

/* A PID namespace's init takes neither from a descriptor, whoever set the owner; it takes them from kill(2) from outside. */
static bool is_shielded(const struct proc_status *status, int sig)
{
	return (sig == SIGKILL || sig == SIGSTOP) && status->namespaces > 1 && status->innermost == 1;
}

/*
 * The read end signals. It is the higher number, so that the kernel lets go of it first when this process dies or execs in
 * the middle, and it goes first below too: a write end that goes first signals once more.
 */
static int open_pipe(int ends[2])
{
	int low[2], r = sys_pipe(low);

	if (r < 0)
		return r;
	ends[1] = low[1];
	ends[0] = sys_fcntl(low[0], F_DUPFD_CLOEXEC, low[1] + 1);
	sys_close(low[0]);
	if (ends[0] < 0)
		sys_close(ends[1]);
	/* EINVAL: low[1] was the last number there is. */
	return ends[0] == -EINVAL ? -EMFILE : ends[0] < 0 ? ends[0] : 0;
}

static int signal_owner(const int ends[2], int pidfd, const struct identity *who, int sig)
{
	struct uapi_owner owner = { UAPI_F_OWNER_PID, who->pid };
	int r = sys_set_owner(ends[0], &owner);

	if (r == 0)
		r = sys_fcntl(ends[0], UAPI_F_SETSIG, sig);
	if (r == 0)
		r = identity_check(pidfd, who); /* not a step earlier: see signal_by_owner.h */
	if (r == 0)
		r = sys_fcntl(ends[0], F_SETFL, O_ASYNC);
	if (r == 0 && sys_write(ends[1], "", 1) != 1)
		r = -ENOMEM;
	sys_fcntl(ends[0], F_SETFL,
		  0); /* a child forked meanwhile has both ends, and would signal again on closing them */
	return r;
}

int signal_by_owner(int pidfd, const struct identity *who, int sig)
{
	int ends[2], r;

	if (!is_permitted(&who->status) || is_shielded(&who->status, sig))
		return -EPERM;
	if (sig >= FIRST_REALTIME && queue_may_overflow(&who->status))
		return -EAGAIN;
	r = open_pipe(ends);
	if (r < 0)
		return r;
	r = signal_owner(ends, pidfd, who, sig);
	sys_close(ends[0]);
	sys_close(ends[1]);
	return r;
}
