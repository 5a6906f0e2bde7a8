#include <errno.h>
#include <stdbool.h>

#include "export.h"
#include "identity.h"
#include "proc.h"
#include "sys.h"

/* What "no /proc/PID to open" means: ERROR came of opening it. */
static int why_no_directory(pid_t pid, int error)
{
	bool none = sys_kill(pid, 0) == -ESRCH;
	struct proc_status self;
	int r = sys_is_shortage(error) ? error : proc_is_ours(&self);

	/* With a shortage as the kernel's call, which looks for the process first. */
	if (r < 0)
		return !sys_is_shortage(r) ? -ENOSYS : none ? -ESRCH : r;
	return none && (error == -ENOENT || error == -ESRCH) ? -ESRCH : -EACCES;
}

WITHOUT_KERNEL int identity_open(pid_t pid, unsigned int flags)
{
	char path[PROC_PATH_SIZE];
	struct identity who;
	int r, dir;

	if (flags & ~(unsigned int)O_NONBLOCK)
		return -EINVAL;
	dir = sys_open(AT_FDCWD, proc_path(path, "/proc/", pid, ""), O_RDONLY | O_DIRECTORY | O_CLOEXEC | (int)flags);
	if (dir < 0)
		return why_no_directory(pid, dir);
	r = sys_filesystem(dir) == UAPI_PROC_MAGIC ? identity_read(dir, &who) : -EREMOTE;
	if (r == 0)
		return dir;
	sys_close(dir);
	if (r == -EREMOTE)
		return -ENOSYS;
	return r == -EBADF ? -EINVAL : r; /* /proc/TID, which opens although it is not listed */
}
