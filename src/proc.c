#include "proc.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "kernel.h"
#include "sys.h"

/* openat2(2) is not to be had. Who avoids pidfd_open(2), of 5.3, may have a filter that kills for what is later. */
static atomic_bool cannot_stay;

bool proc_stays_within(void)
{
	return !atomic_load_explicit(&cannot_stay, memory_order_relaxed);
}

/* Whether a sandbox said ERROR, or a kernel before 5.6. Nobody's directory decides that: the kernel's own answer is EBADF. */
static bool is_lacking(int error, const struct uapi_open_how *how)
{
	return (error == -ENOSYS || error == -EPERM || error == -EACCES || error == -EINVAL) &&
	       sys_openat2(-1, ".", how) != -EBADF;
}

static int open_within(int dir, const char *path)
{
	const struct uapi_open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = UAPI_RESOLVE_NO_XDEV };
	int fd = kernel_ask(LIBPIDFD_CALL_OPEN) == -ECANCELED ? -ECANCELED : sys_openat2(dir, path, &how);

	if (fd == -ECANCELED || is_lacking(fd, &how))
		atomic_store_explicit(&cannot_stay, true, memory_order_relaxed);
	return fd;
}

/*
 * From a directory on a process, which somebody else may have opened: never what that one's mounts put there, where the
 * kernel can be told so; else it may be anything, but neither blocks nor becomes the terminal.
 */
static int open_file(int dir, const char *path)
{
	if (dir == AT_FDCWD)
		return sys_open(dir, path, O_RDONLY | O_CLOEXEC);
	if (proc_stays_within()) {
		int fd = open_within(dir, path);

		if (proc_stays_within())
			return fd;
	}
	return sys_open(dir, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

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

/*
 * A thread other than the first that executes a program is given the first one's PID, and that one is dropped: who looked
 * the process up just before reads of a dead task. Looked up again, the process is the new one; what is dead indeed is gone
 * then, but in gVisor. Each exec can spoil one reading, and more where it is held up in the middle.
 */
#define READINGS 4

static int read_stat(int dir, const char *path, struct proc_stat *stat)
{
	char text[1024];
	ssize_t size;
	int fd = open_file(dir, path);

	if (fd < 0)
		return fd;
	size = sys_read(fd, text, sizeof(text));
	sys_close(fd);
	if (size < 0)
		return (int)size;
	return proc_text_stat(text, (size_t)size, stat) ? 0 : -EBADF;
}

int proc_read_stat(int dir, const char *path, struct proc_stat *stat)
{
	int r = 0;

	for (int readings = 0; readings < READINGS; readings++) {
		r = read_stat(dir, path, stat);
		/* A task that was dropped while it was read has no thread, not even itself. */
		if (r < 0 || (stat->state != 'X' && stat->pid != 0 && stat->threads > 0))
			break;
		sys_yield();
	}
	return r;
}

/* One open file yields one consistent text, however many reads it takes; the kernel gives less than asked for at its end only. */
static int read_status(int fd, struct proc_status *status)
{
	struct proc_line line;
	char text[2048];
	ssize_t size;

	proc_text_begin(status, &line);
	do {
		size = sys_read(fd, text, sizeof(text));
		if (size < 0)
			return (int)size;
		proc_text_feed(status, &line, text, (size_t)size);
	} while (size == sizeof(text));
	return 0;
}

static int read_status_once(int dir, const char *path, struct proc_status *status)
{
	int r, fd = open_file(dir, path);

	if (fd < 0)
		return fd;
	r = read_status(fd, status);
	sys_close(fd);
	return r;
}

int proc_read_status(int dir, const char *path, struct proc_status *status)
{
	int r = 0;

	for (int readings = 0; readings < READINGS; readings++) {
		r = read_status_once(dir, path, status);
		/* Or it has got the PID of the thread that took its own: in fdinfo there is no Tgid. */
		if (r < 0 || (status->state != 'X' && (status->tgid == status->pid || status->tgid == PROC_NO_PID)))
			break;
		sys_yield();
	}
	return r;
}

/*
 * Seen through the /proc of an outer namespace, self is there and NSpid: has two numbers or more; through that of an inner
 * or unrelated one there is no self. Before 4.1 and in gVisor, which have no NSpid:, the PID alone has to do.
 */
static int judge_self(struct proc_status *self)
{
	if (self->namespaces == 0 ? self->tgid == sys_getpid() : self->namespaces == 1)
		return 0;
	self->tgid = 0;
	return -EREMOTE;
}

int proc_read_self(int process, struct proc_status *self)
{
	int r = read_status_once(process, "../thread-self/status", self);

	return r < 0 ? r : judge_self(self);
}

int proc_is_ours(struct proc_status *self)
{
	int64_t filesystem;
	int r, fd = sys_open(AT_FDCWD, "/proc/thread-self/status", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return fd;
	filesystem = sys_filesystem(fd);
	/* gVisor has no fstatfs for the files in its /proc, only for the directories. */
	r = filesystem == UAPI_PROC_MAGIC || filesystem == -ENOSYS ? read_status(fd, self) : -ENOENT;
	sys_close(fd);
	return r < 0 ? r : judge_self(self);
}
