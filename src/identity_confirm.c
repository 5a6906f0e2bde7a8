#include <errno.h>

#include "identity.h"
#include "proc.h"
#include "sys.h"

/* No self beside it: another namespace's /proc, or /proc/PID/task/TID, in which there is no task. */
static int confirm_directory(int dir, struct proc_status *self)
{
	int r = proc_read_self(dir, self);

	if (r == 0 || r == -EREMOTE)
		return r;
	return r == -ENOENT && sys_access(dir, "task") == 0 ? -EREMOTE : identity_why_not(dir, r);
}

/*
 * Whoever opened the directory may have mounted another process' file over its status, or it itself where ".." is a /proc that
 * it is not of. What was read through it is proven if it was opened by the mount of the program's own /proc, or if that shows
 * this very directory by that number; then who the caller is has to be read there, too. Without a /proc, as after chroot(2), it
 * can only be believed.
 */
static int prove(int dir, struct identity *who)
{
	char path[PROC_PATH_SIZE];
	int64_t filesystem;
	int r;

	if (sys_shares_mount_of_proc(dir))
		return 0;
	filesystem = sys_filesystem_at("/proc");
	if (filesystem == -ENOENT || (filesystem >= 0 && filesystem != UAPI_PROC_MAGIC))
		return 0;
	r = sys_is_file_at(dir, proc_path(path, "/proc/", who->pid, ""));
	if (r > 0)
		r = proc_is_ours(&who->self);
	else if (!sys_is_shortage(r))
		r = sys_access(dir, ".") == -ESRCH ? -ESRCH : -ENOSYS;
	return r == 0 || r == -ESRCH || sys_is_shortage(r) ? r : -ENOSYS;
}

int identity_confirm(int pidfd, struct identity *who)
{
	int r, gone = 0;

	if (who->is_directory) {
		r = confirm_directory(pidfd, &who->self);
		if (r == 0 && !proc_stays_within())
			r = prove(pidfd, who);
		/* In gVisor the directory of what is reaped can be walked through still. */
		if ((r == 0 || r == -ENOSYS) && who->status.namespaces == 0)
			gone = identity_check(pidfd, who);
		return r == 0 || gone == -ESRCH ? gone : r;
	}
	r = identity_check(pidfd, who);
	if (who->self.tgid == 0)
		who->self = (struct proc_status){ .tgid = sys_getpid() };
	return r;
}

int identity_read(int pidfd, struct identity *who)
{
	int r = identity_look(pidfd, who);

	if (r < 0 || !who->is_directory)
		return r;
	r = identity_confirm(pidfd, who);
	if (r < 0)
		who->pid = 0;
	return r;
}

int identity_status(struct identity *who)
{
	char path[PROC_PATH_SIZE];
	int r;

	if (who->is_directory)
		return 0;
	r = who->self.tgid ? 0 : proc_is_ours(&who->self);
	if (r == 0)
		r = proc_read_status(AT_FDCWD, proc_path(path, "/proc/", who->pid, "/status"), &who->status);
	if (r == 0 || r == -ENOENT || r == -ESRCH)
		return 0;
	return sys_is_shortage(r) ? r : -EACCES;
}
