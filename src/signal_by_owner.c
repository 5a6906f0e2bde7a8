#include "signal_by_owner.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"
#include "sys.h"

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

/* 1 if PATH names the initial user namespace, which has this number on every kernel (3.8), 0 for another, or -errno. */
static int is_initial_namespace(const char *path)
{
	static const char initial[] = "user:[4026531837]";
	char name[sizeof(initial)];
	ssize_t size = sys_readlink(AT_FDCWD, path, name, sizeof(name));

	if (size < 0)
		return (int)size;
	return size == sizeof(initial) - 1 && memcmp(name, initial, sizeof(initial) - 1) == 0;
}

/* None at all is a kernel without user namespaces, or /proc itself is wanting. */
static bool in_initial_user_namespace(void)
{
	int r = is_initial_namespace("/proc/self/ns/user");

	return r == -ENOENT ? sys_access(AT_FDCWD, "/proc/self/ns") == 0 : r > 0;
}

/* Since 5.14 a user namespace has a limit of its own, all its users together, which SigQ: does not show. */
static bool queue_is_namespaced(pid_t pid)
{
	char path[PROC_PATH_SIZE];
	int r = is_initial_namespace(proc_path(path, "/proc/", pid, "/ns/user"));

	return r < 0 ? !in_initial_user_namespace() : r == 0;
}

/*
 * The kernel judges the owner's right by uid alone, at the signal, in silence: the real or effective uid of whoever set the
 * owner is the real or saved one of the target, or root of the initial namespace set it; no capability counts (sigio_perm,
 * fs/fcntl.c). 65534 may stand for any uid that has no number here.
 */
static bool is_permitted(const struct proc_status *status, const struct proc_status *self)
{
	uid_t match = (uid_t)-1;

	if (!self->has_uids)
		return false;
	if (status->has_uids && (self->real == status->real || self->real == status->saved))
		match = self->real;
	if (status->has_uids && (self->effective == status->real || self->effective == status->saved))
		match = self->effective;
	if (match != (uid_t)-1 && match != 65534)
		return true;
	return (match == 65534 || self->effective == 0) && in_initial_user_namespace();
}

/* A PID namespace's init takes neither from a descriptor, whoever set the owner; it takes them from kill(2) from outside. */
static bool is_shielded(const struct proc_status *status, int sig)
{
	return (sig == SIGKILL || sig == SIGSTOP) && status->namespaces > 1 && status->innermost == 1;
}

/*
 * Datagrams: neither the end of the writing one, nor that of a copy in a child forked meanwhile, signals once more, as a
 * pipe's does or a stream's. What is sent stays unread: reading would signal the writing end.
 */
int owner_hold(int ends[2], pid_t pid, int sig)
{
	struct uapi_owner owner = { UAPI_F_OWNER_PID, pid };
	int r = sys_socketpair(SOCK_DGRAM, ends);

	if (r < 0) /* EAFNOSUPPORT, EPERM: a sandbox without AF_UNIX */
		return sys_is_shortage(r) ? r : -EPERM;
	r = sys_set_owner(ends[0], &owner);
	if (r == 0)
		r = sys_fcntl(ends[0], UAPI_F_SETSIG, sig);
	if (r == 0)
		return 0;
	owner_release(ends);
	return r == -ESRCH || sys_is_shortage(r) ? r : -EPERM;
}

void owner_release(const int ends[2])
{
	sys_close(ends[0]);
	sys_close(ends[1]);
}

int owner_signal(const int ends[2], const struct identity *who, int sig)
{
	ssize_t sent;

	if (!is_permitted(&who->status, &who->self) || is_shielded(&who->status, sig))
		return -EPERM;
	if (sig >= FIRST_REALTIME && (queue_may_overflow(&who->status) || queue_is_namespaced(who->pid)))
		return -EAGAIN;
	if (sys_fcntl(ends[0], F_SETFL, O_ASYNC) < 0)
		return -EPERM;
	sent = sys_write(ends[1], "", 1);
	/* In gVisor, which has no NSpid:, closing signals again. */
	if (who->status.namespaces == 0)
		sys_fcntl(ends[0], F_SETFL, 0);
	return sent == 1 ? 0 : sent == -ENOBUFS || sent == -ENOMEM ? -ENOMEM : -EPERM;
}
