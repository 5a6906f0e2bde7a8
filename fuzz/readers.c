/*
 * identity, and proc below it, on files that hold whatever the input says: every answer is one of the list in identity.h, a
 * failure leaves no PID, and no descriptor stays open.
 */
#include "identity.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "answers.h"
#include "kernel.h"
#include "sys.h"

enum {
	PIDFD = 3,
	LOWEST = 4,
	FILES = 8
};

atomic_int kernel_verdicts[16];

static struct answers answers;
static int opened, reads;
static struct {
	bool open;
	size_t left; /* of its text */
} files[FILES];

/* 0, or one of those that these calls can give. */
static int error(void)
{
	static const int errors[] = { -ENOENT, -ESRCH, -EACCES, -EPERM, -ENOTDIR, -EBADF, -EMFILE, -ENFILE, -ENOMEM };
	uint8_t which = answers_byte(&answers);

	return which >= 0x10 && which < 0x10 + sizeof(errors) / sizeof(errors[0]) ? errors[which - 0x10] : 0;
}

int kernel_ask(enum libpidfd_call call)
{
	return kernel_verdicts[call];
}

int kernel_try(enum libpidfd_call call)
{
	return kernel_verdicts[call];
}

bool kernel_refused_by(enum libpidfd_call call, int result)
{
	(void)call;
	return result == -ENOSYS || result == -EPERM;
}

int64_t sys_filesystem(int fd)
{
	static const int64_t of[] = {
		UAPI_PROC_MAGIC, UAPI_PIDFS_MAGIC, UAPI_ANON_INODE_MAGIC, 0xef53, -ENOSYS, -EBADF
	};

	return of[fd == PIDFD ? answers_byte(&answers) % 6 : error() == 0 ? 0 : 4];
}

int sys_open(int dir, const char *path, int flags)
{
	int r = error();

	(void)dir, (void)flags;
	MUST(strlen(path) < 48);
	if (r < 0)
		return r;
	for (int i = 0; i < FILES; i++)
		if (!files[i].open) {
			files[i].open = true;
			files[i].left = (size_t)answers_byte(&answers) << 4;
			opened++;
			return LOWEST + i;
		}
	return -EMFILE;
}

/* As a kernel that has it, which says so of no directory. */
int sys_openat2(int dir, const char *path, const struct uapi_open_how *how)
{
	(void)how;
	if (dir == -1)
		return -EBADF;
	return answers_byte(&answers) == 1 ? -EXDEV : sys_open(dir, path, 0);
}

int64_t sys_filesystem_at(const char *path)
{
	(void)path;
	return error() == 0 ? UAPI_PROC_MAGIC : -ENOENT;
}

int sys_is_file_at(int fd, const char *path)
{
	int r = error();

	(void)fd, (void)path;
	return r < 0 ? r : answers_byte(&answers) % 2;
}

bool sys_shares_mount_of_proc(int dir)
{
	(void)dir;
	return error() == 0;
}

int sys_close(int fd)
{
	MUST(fd >= LOWEST && fd < LOWEST + FILES && files[fd - LOWEST].open);
	files[fd - LOWEST].open = false;
	opened--;
	return 0;
}

/* The input itself is the text, as much as was decided when it was opened. */
ssize_t sys_read(int fd, void *buffer, size_t size)
{
	size_t *left;
	int r;

	MUST(fd >= LOWEST && fd < LOWEST + FILES && files[fd - LOWEST].open && reads++ < 100);
	left = &files[fd - LOWEST].left;
	r = *left & 0x10 ? error() : 0;
	if (r < 0)
		return r;
	if (size > *left)
		size = *left;
	if (size > answers.left)
		size = answers.left;
	memcpy(buffer, answers.at, size);
	answers.at += size;
	answers.left -= size;
	*left -= size;
	return (ssize_t)size;
}

int sys_access(int dir, const char *path)
{
	(void)dir, (void)path;
	return error();
}

ssize_t sys_readlink(int dir, const char *path, char *buffer, size_t size)
{
	int r = error();

	(void)dir, (void)path;
	memset(buffer, 'x', size);
	return r < 0 ? r : (ssize_t)(answers_byte(&answers) % (size + 1));
}

int sys_fcntl(int fd, int command, long argument)
{
	(void)fd, (void)command, (void)argument;
	return answers_byte(&answers) == 1 ? O_PATH : error();
}

pid_t sys_getpid(void)
{
	return 7;
}

int sys_kill(pid_t pid, int sig)
{
	MUST(pid > 0 && sig == 0);
	return error();
}

int sys_yield(void)
{
	return 0;
}

int sys_ppoll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask)
{
	MUST(fds->fd == PIDFD && nfds == 1 && timeout_ns == 0 && !sigmask);
	return answers_byte(&answers) & 1;
}

int sys_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage)
{
	(void)idtype, (void)info, (void)options, (void)rusage;
	MUST(id == PIDFD);
	return error() < 0 ? -ECHILD : 0;
}

int sys_pidfd_send_signal(int pidfd, int sig, const siginfo_t *info, unsigned int flags)
{
	MUST(pidfd == PIDFD && sig == 0 && !info && flags == 0);
	return error();
}

int sys_pidfd_get_info(int pidfd, struct uapi_pidfd_info *info)
{
	int r = error();

	MUST(pidfd == PIDFD);
	info->tgid = answers_byte(&answers);
	return r;
}

static int is_listed(int r)
{
	static const int listed[] = { 0, -EBADF, -ESRCH, -EREMOTE, -EACCES, -ENOSYS, -EMFILE, -ENFILE, -ENOMEM };

	MUST(opened == 0);
	for (size_t i = 0; i < sizeof(listed) / sizeof(listed[0]); i++)
		if (r == listed[i])
			return r;
	fprintf(stderr, "not listed: %d\n", r);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct identity who;
	struct proc_stat stat;
	int r;

	answers = (struct answers){ data, size };
	opened = reads = 0;
	memset(files, 0, sizeof(files));
	for (size_t i = 0; i < sizeof(kernel_verdicts) / sizeof(kernel_verdicts[0]); i++)
		kernel_verdicts[i] = -ENOSYS;
	r = answers_byte(&answers);
	kernel_verdicts[LIBPIDFD_CALL_WAIT] = r & 1 ? KERNEL_HAS : -ENOSYS;
	kernel_verdicts[LIBPIDFD_CALL_SEND_SIGNAL] = r & 8 ? KERNEL_HAS : -ENOSYS;
	kernel_verdicts[LIBPIDFD_CALL_GET_INFO] = r & 2 ? KERNEL_HAS : -ECANCELED;
	memset(&who, 0, sizeof(who));
	if (r & 4) {
		r = identity_open(7, 0);
		MUST(opened == (r >= 0));
		if (r >= 0)
			sys_close(r);
		else
			MUST(r == -EINVAL || is_listed(r) != -EREMOTE);
		return 0;
	}
	r = is_listed(identity_read(PIDFD, &who));
	MUST(r == 0 ? who.pid > 0 : who.pid == 0);
	if (r < 0)
		return 0;
	is_listed(identity_check(PIDFD, &who));
	is_listed(identity_stat(PIDFD, &who, &stat));
	is_listed(identity_status(&who));
	return 0;
}
