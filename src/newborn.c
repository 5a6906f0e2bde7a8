#include "newborn.h"

#include <errno.h>

#include "fd_message.h"
#include "identity.h"
#include "kernel.h"
#include "proc.h"
#include "sys.h"

int newborn_prepare(struct newborn *newborn, int flags)
{
	int ends[2], r = sys_socketpair(SOCK_SEQPACKET, ends);

	if (r < 0) /* EAFNOSUPPORT, EPERM: a sandbox without AF_UNIX */
		return sys_is_shortage(r) ? r : -ENOSYS;
	newborn->parents_end = ends[0];
	newborn->childs_end = ends[1];
	newborn->shares_table = flags & CLONE_FILES;
	newborn->runs_at_once = flags & CLONE_VFORK;
	newborn->is_sibling = flags & CLONE_PARENT;
	return 0;
}

void newborn_forget(const struct newborn *newborn)
{
	sys_close(newborn->parents_end);
	sys_close(newborn->childs_end);
}

/* By number natively, for that is the child's own namespace; by /proc/self otherwise, whose it is it need not know. */
static int open_self(void)
{
	int fd;

	if (kernel_may(LIBPIDFD_CALL_OPEN)) {
		fd = sys_pidfd_open(sys_getpid(), 0);
		if (!kernel_refused(LIBPIDFD_CALL_OPEN, fd))
			return fd;
	}
	fd = sys_open(AT_FDCWD, "/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 || sys_is_shortage(fd) ? fd : -ENOSYS;
}

/*
 * What /proc/self, by which FD was opened, names the caller; 0 if that is no number of a procfs. To be asked by the caller,
 * who may soon be a program that /proc hides.
 */
static int number_in(int fd)
{
	char text[12];
	ssize_t size;

	if (sys_filesystem(fd) != UAPI_PROC_MAGIC)
		return 0;
	size = sys_readlink(AT_FDCWD, "/proc/self", text, sizeof(text) - 1);
	if (size < 0)
		return sys_is_shortage((int)size) ? (int)size : 0;
	text[size] = '\0';
	size = proc_text_number(text);
	return size > 0 ? (int)size : 0;
}

int newborn_introduce(const struct newborn *newborn)
{
	const bool shared = newborn->shares_table;
	int fd, r, sent;

	if (!shared)
		sys_close(newborn->parents_end);
	fd = open_self();
	/* In a shared table the descriptor is the parent's as it is. */
	r = fd < 0 || shared ? fd : number_in(fd);
	sent = fd_message_send(newborn->childs_end, r, r < 0 || shared ? -1 : fd);
	if (fd >= 0 && (!shared || sent < 0))
		sys_close(fd);
	if (r >= 0)
		r = sent;
	if (r == 0 && !newborn->runs_at_once)
		r = fd_message_receive(newborn->childs_end, NULL, 0);
	if (shared)
		sys_finish(newborn->childs_end);
	else
		sys_close(newborn->childs_end);
	return r;
}

/* Whether what the child passed is the child: /proc/self may be of another namespace's /proc, or no procfs at all. */
static int check(int pidfd, pid_t pid)
{
	struct identity who;
	int r = identity_read(pidfd, &who);

	if (r == -EBADF || r == -EREMOTE || (r == -EACCES && who.is_directory))
		return -ENOSYS;
	if (!who.is_directory || r == -ESRCH)
		return 0;
	return r == 0 && who.pid != pid ? -ENOSYS : r;
}

/* A sibling's end is its parent's to be told; and that may be waiting for the caller. */
static bool has_ended(pid_t pid)
{
	char path[PROC_PATH_SIZE];
	struct proc_stat stat;

	return sys_kill(pid, 0) == -ESRCH ||
	       (proc_read_stat(AT_FDCWD, proc_path(path, "/proc/", pid, "/stat"), &stat) == 0 && stat.state == 'Z');
}

/*
 * What the child says: its number, or 0, and *FD, unless FD is NULL. Its end of the socket may be open elsewhere too, in a
 * shared table or a child of another thread's, so that its death would go unnoticed: -ECHILD, and it is reaped, if it was
 * the caller's. What it said before it died counts: where a vfork does not suspend, under qemu-user and valgrind, one that
 * runs at once can speak and die between two looks.
 */
static int hear_child(const struct newborn *newborn, pid_t pid, int *fd)
{
	struct pollfd end = { .fd = newborn->parents_end, .events = POLLIN };
	const bool passes_fd = fd && !newborn->shares_table;
	siginfo_t info = { .si_signo = 0 };
	bool gone = false;
	int r;

	while ((r = fd_message_receive(end.fd, passes_fd ? fd : NULL, MSG_DONTWAIT)) == -EAGAIN) {
		if (gone) {
			if (info.si_pid == pid)
				sys_wait4(pid, NULL, WNOHANG | (int)__WALL, NULL);
			return -ECHILD;
		}
		/* A handler, of this very child's SIGCHLD perhaps, is no message either. */
		if (sys_ppoll(&end, 1, 20000000, NULL) > 0)
			continue;
		info.si_pid = 0;
		r = sys_waitid(P_PID, pid, &info, WEXITED | WNOHANG | WNOWAIT | (int)__WALL, NULL);
		if (r == -EINVAL && (r = sys_wait4(pid, NULL, WNOHANG | (int)__WALL, NULL)) == pid) /* before 4.7 */
			return -ECHILD;
		/* A child that is none any more has been reaped, and its number may be a living stranger's. */
		gone = info.si_pid == pid || (r == -ECHILD && !newborn->is_sibling) || (r < 0 && has_ended(pid));
	}
	if (r < 0 || !fd || passes_fd)
		return r;
	*fd = r;
	return 0;
}

/* Ends the child, whose pidfd could not be had. One that waits for a word will get none; one that runs is killed. */
static void undo(const struct newborn *newborn, pid_t pid)
{
	if (newborn->runs_at_once) {
		if (sys_wait4(pid, NULL, WNOHANG | (int)__WALL, NULL) != 0)
			return;
		sys_kill(pid, SIGKILL);
	}
	while (sys_wait4(pid, NULL, (int)__WALL, NULL) == -EINTR)
		;
}

int newborn_accept(const struct newborn *newborn, pid_t pid, int *pidfd)
{
	int r, fd = -1;

	if (!newborn->shares_table)
		sys_close(newborn->childs_end);
	r = hear_child(newborn, pid, &fd);
	if (r >= 0)
		r = r == pid ? 0 : check(fd, pid);
	if (!newborn->runs_at_once && r != -ECHILD) {
		/* Any other error says that it has been killed: a child all the same. */
		if (r == 0 && fd_message_send(newborn->parents_end, 0, -1) == -ENOMEM)
			r = -ENOMEM;
		if (r < 0) /* a message may fail in turn, the end of all messages does not */
			sys_finish(newborn->parents_end);
		if (newborn->shares_table && hear_child(newborn, pid, NULL) == -ECHILD)
			r = -ECHILD;
	}
	sys_close(newborn->parents_end);
	if (newborn->shares_table)
		sys_close(newborn->childs_end);
	if (r == 0) {
		*pidfd = fd;
		return 0;
	}
	if (fd >= 0)
		sys_close(fd);
	if (r == -ECHILD)
		return -EAGAIN;
	undo(newborn, pid);
	return r == -EPIPE ? -EAGAIN : sys_is_shortage(r) ? r : -ENOSYS;
}

pid_t newborn_fork(unsigned long flags, int *parent_tid)
{
	int *tid = sys_tid_address();

	if (tid)
		flags |= CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID;
	return sys_clone(flags, parent_tid, tid);
}
