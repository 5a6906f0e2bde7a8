#include "proc.h"

#include <errno.h>
#include <string.h>

#include "sys.h"
#include "uapi.h"

const char *proc_path(char path[PROC_PATH_SIZE], const char *before, int number, const char *after)
{
	char digits[12], *first = digits + sizeof(digits) - 1;

	*first = '\0';
	do
		*--first = (char)('0' + number % 10);
	while (number /= 10);
	stpcpy(stpcpy(stpcpy(path, before), first), after);
	return path;
}

int proc_read_stat(int dir, const char *path, struct proc_stat *stat)
{
	char text[1024];
	ssize_t size;
	int fd = sys_open(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	size = sys_read(fd, text, sizeof(text));
	sys_close(fd);
	if (size < 0)
		return (int)size;
	return proc_text_stat(text, (size_t)size, stat) ? 0 : -EBADF;
}

/* One open file yields one consistent text, however many reads it takes. */
static int read_status(int fd, struct proc_status *status)
{
	struct proc_line line;
	char text[2048];
	ssize_t size;

	proc_text_begin(status, &line);
	while ((size = sys_read(fd, text, sizeof(text))) > 0)
		proc_text_feed(status, &line, text, (size_t)size);
	return (int)size;
}

int proc_read_status(int dir, const char *path, struct proc_status *status)
{
	int r, fd = sys_open(dir, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	r = read_status(fd, status);
	sys_close(fd);
	return r;
}

/*
 * Seen through the /proc of an outer namespace, self is there and NSpid: has two numbers or more; through that of an inner
 * or unrelated one there is no self. Before 4.1 and in gVisor, which have no NSpid:, the PID alone has to do.
 */
int proc_is_ours(int dir, const char *self_status)
{
	struct proc_status self;
	int64_t filesystem;
	int r, fd = sys_open(dir, self_status, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	filesystem = sys_filesystem(fd);
	/* gVisor has no fstatfs for the files in its /proc, only for the directories. */
	r = filesystem == UAPI_PROC_MAGIC || filesystem == -ENOSYS ? read_status(fd, &self) : -ENOENT;
	sys_close(fd);
	if (r < 0)
		return r;
	return self.tgid == sys_getpid() && self.namespaces <= 1 ? 0 : -EREMOTE;
}
