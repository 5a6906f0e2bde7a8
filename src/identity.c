#include "identity.h"

#include <errno.h>
#include <stdbool.h>

#include "kernel.h"
#include "proc.h"
#include "sys.h"

/* A sandbox's, of a call that Linux answers otherwise. */
static bool is_refusal(int64_t error)
{
	return error == -EPERM || error == -ENOSYS;
}

/*
 * Through a directory whose process is hidden (hidepid) nothing can be looked up, not even ".."; through one that is not a
 * process', ".." can.
 */
int identity_why_not(int dir, int error)
{
	int parent;

	if (sys_is_shortage(error) || error == -ESRCH || error == -EBADF || error == -EACCES)
		return error;
	if (error == -ENOTDIR)
		return -EBADF;
	if (error == -EXDEV)
		return -EREMOTE;
	parent = sys_access(dir, "..");
	if (parent == -ESRCH)
		return parent;
	return parent < 0 ? -EACCES : is_refusal(error) ? -ENOSYS : -EBADF;
}

static int read_directory(int dir, struct identity *who)
{
	struct proc_status *status = &who->status;
	int r = sys_fcntl(dir, F_GETFL, 0);

	if (r < 0 || r & O_PATH)
		return is_refusal(r) ? -ENOSYS : -EBADF; /* the kernel's calls do not take O_PATH either */
	r = proc_read_status(dir, "status", status);
	if (r < 0)
		return identity_why_not(dir, r);
	if (status->state == 'X' || status->tgid == 0)
		return -ESRCH; /* gVisor lets one read what is reaped */
	if (status->tgid < 0 || status->tgid != status->pid)
		return -EBADF;
	who->pid = status->pid;
	return 0;
}

/* Whether the process of a kernel's pidfd is unreaped, by its own call: 0 or -ESRCH; -ENOSYS without that, 5.1. */
static int check_by_signal(int pidfd)
{
	int r;

	if (!kernel_may(LIBPIDFD_CALL_SEND_SIGNAL))
		return -ENOSYS;
	r = sys_pidfd_send_signal(pidfd, 0, NULL, 0);
	if (kernel_refused(LIBPIDFD_CALL_SEND_SIGNAL, r))
		return -ENOSYS;
	return r == -ESRCH ? r : 0;
}

/*
 * The same where fdinfo does not tell: before 5.5 it shows the number even afterwards. A pidfd that is not readable has not
 * ended; on 5.2 it is always readable.
 */
static int check_old_pidfd(int pidfd)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	siginfo_t info;
	int r = check_by_signal(pidfd);

	if (r != -ENOSYS)
		return r;
	if (sys_ppoll(&end, 1, 0, NULL) == 0)
		return 0;
	if (!kernel_has(LIBPIDFD_CALL_WAIT))
		return -ENOSYS;
	r = sys_waitid(UAPI_P_PIDFD, pidfd, &info, WEXITED | WNOHANG | WNOWAIT | __WALL, NULL);
	return r == 0 ? 0 : -ESRCH;
}

/* Without fdinfo: the kernel's own call, 5.1, knows what is reaped, and a pidfd from an eventfd or epoll's descriptor. */
static int why_no_fdinfo(int pidfd, int error)
{
	int r = kernel_may(LIBPIDFD_CALL_SEND_SIGNAL) ? sys_pidfd_send_signal(pidfd, 0, NULL, 0) : 0;

	if (r == -EBADF || r == -ESRCH)
		return r;
	return sys_is_shortage(error) || error == -EACCES ? error : -ENOSYS;
}

static int read_fdinfo(int pidfd, struct identity *who)
{
	char path[PROC_PATH_SIZE];
	int r = who->self.tgid ? 0 : proc_is_ours(&who->self);

	if (r == 0)
		r = proc_read_status(AT_FDCWD, proc_path(path, "/proc/thread-self/fdinfo/", pidfd, ""), &who->status);
	/* To 5.13, fdinfo is root's in a process that is not dumpable, as after setuid(2). */
	if (r < 0)
		return why_no_fdinfo(pidfd, r);
	if (who->status.pid == PROC_NO_PID)
		return -EBADF;
	if (who->status.pid <= 0)
		return who->status.pid == 0 ? -EREMOTE : -ESRCH;
	r = who->status.namespaces > 0 ? 0 : check_old_pidfd(pidfd);
	if (r == 0)
		who->pid = who->status.pid;
	return r;
}

/* The PID where the kernel tells it of itself, 6.13, two releases before it tells the exit code that the verdict is on. */
static bool read_info(int pidfd, struct identity *who)
{
	struct uapi_pidfd_info info = { .mask = UAPI_PIDFD_INFO_PID };

	who->status = (struct proc_status){ 0 };
	if (kernel_ask(LIBPIDFD_CALL_GET_INFO) == -ECANCELED || sys_pidfd_get_info(pidfd, &info) < 0)
		return false;
	who->pid = (pid_t)info.tgid; /* not the pid: a thread that execs, or a thread's pidfd (6.9), has another */
	return who->pid > 0;
}

int identity_look(int pidfd, struct identity *who)
{
	int64_t filesystem = sys_filesystem(pidfd);

	who->is_directory = false;
	who->pid = who->self.tgid = 0;
	switch (filesystem) {
	case UAPI_PROC_MAGIC:
		who->is_directory = true;
		return read_directory(pidfd, who);
	case UAPI_PIDFS_MAGIC:
		return read_info(pidfd, who) ? 0 : read_fdinfo(pidfd, who);
	case UAPI_ANON_INODE_MAGIC:
		return read_fdinfo(pidfd, who);
	}
	/* ENOSYS is gVisor's too, of a file in /proc that is no directory. */
	return filesystem == -EPERM ? -ENOSYS : -EBADF;
}

int identity_stat(int pidfd, const struct identity *who, struct proc_stat *stat)
{
	char path[PROC_PATH_SIZE];
	int r, checked;

	if (who->is_directory) {
		r = proc_read_stat(pidfd, "stat", stat);
		if (r < 0)
			return identity_why_not(pidfd, r);
		return stat->state == 'X' || stat->pid == 0 ? -ESRCH : 0;
	}
	r = proc_read_stat(AT_FDCWD, proc_path(path, "/proc/", who->pid, "/stat"), stat);
	if (r < 0 && sys_is_shortage(r))
		return r;
	/* Whosever that was: it counts if the number is the process' still. */
	checked = identity_check(pidfd, who);
	if (checked < 0)
		return checked;
	return r < 0 ? -EACCES : 0;
}

/*
 * One look-up through the directory tells, but in gVisor; it, and Linux before 4.1, show no NSpid:, and are asked for stat.
 */
int identity_check(int pidfd, const struct identity *who)
{
	struct identity again = *who;
	struct proc_stat stat;
	int r;

	if (who->is_directory) {
		if (who->status.namespaces == 0)
			return identity_stat(pidfd, who, &stat);
		r = sys_access(pidfd, "stat");
		return r < 0 ? identity_why_not(pidfd, r) : 0;
	}
	r = check_by_signal(pidfd);
	if (r != -ENOSYS)
		return r;
	r = read_info(pidfd, &again) ? 0 : read_fdinfo(pidfd, &again);
	if (r < 0)
		return r;
	return again.pid == who->pid ? 0 : -ESRCH;
}
