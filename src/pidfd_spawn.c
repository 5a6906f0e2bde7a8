#include <errno.h>
#include <libpidfd/pidfd.h>
#include <sched.h>
#include <sys/wait.h>

#include "child_wait.h"
#include "export.h"
#include "identity.h"
#include "newborn.h"
#include "spawn_child.h"
#include "sys.h"

/*
 * Of the child's stack: on the caller's, where half of the least that a thread has will do for it, since to map one, and to
 * unmap it after another processor has used it, is a tenth of what the call costs; and for a path in search of the program, or
 * close_range's emulation, one of its own. A tenth of the first is what the library takes; a symbol of libc's that is bound in
 * the child takes 2 KiB, more where there are wider registers to be saved.
 */
#define LENT_SIZE 8192U
#define OWN_SIZE 65536U

/*
 * To AddressSanitizer the variables of a child that executes a program are there for ever: on the caller's stack it would find
 * them again.
 */
#ifdef __clang__
#define IS_REMEMBERED __has_feature(address_sanitizer)
#elif defined __SANITIZE_ADDRESS__
#define IS_REMEMBERED true
#else
#define IS_REMEMBERED false
#endif

/*
 * The child that has come to nothing, unless somebody else has reaped it. If no descriptor is left to ask its pidfd with, the
 * question is one that needs none.
 */
static void reap(int pidfd, pid_t pid)
{
	const struct identity child = {
		.is_directory = sys_filesystem(pidfd) == UAPI_PROC_MAGIC,
		.pid = pid,
		.status.namespaces = 1,
	};
	siginfo_t info;
	int r;

	do
		r = child_wait(pidfd, &info, WEXITED, NULL);
	while (r == -EINTR);
	if (r == 0)
		return;
	/*
	 * Not reaped, by whomever, it is about to end. To wait on its number could be to wait for another child; and to yield would
	 * not let it run, where the caller's priority is a real-time one.
	 */
	while (identity_check(pidfd, &child) != -ESRCH && sys_wait4(pid, NULL, WNOHANG, NULL) == 0)
		sys_ppoll(NULL, 0, 100000, NULL);
}

/* With CLONE_VFORK the caller goes on when the child is the program, or has ended. */
static int start(int *pidfd, struct spawn_child *child, char *stack)
{
	pid_t pid;
	int fd;

	sys_block_signals(&child->mask);
	pid = newborn_clone(spawn_child_run, stack, CLONE_VM | CLONE_VFORK | SIGCHLD, child, &fd);
	if (pid > 0 && child->error < 0) {
		reap(fd, pid);
		sys_close(fd);
		pid = child->error;
	}
	sys_sigmask(SIG_SETMASK, &child->mask, NULL);
	if (pid < 0)
		return pid;
	*pidfd = fd;
	return 0;
}

static int start_on_lent_stack(int *pidfd, struct spawn_child *child)
{
	char stack[LENT_SIZE] __attribute__((aligned(16)));

	return start(pidfd, child, stack + LENT_SIZE);
}

static int start_on_own_stack(int *pidfd, struct spawn_child *child)
{
	char *stack = sys_map(OWN_SIZE);
	int r;

	if (!stack)
		return -ENOMEM;
	r = start(pidfd, child, stack + OWN_SIZE);
	sys_unmap(stack, OWN_SIZE);
	return r;
}

static int spawn(int *pidfd, struct spawn_child child)
{
	int r = pidfd ? spawn_child_check(&child) : -EFAULT;

	if (r < 0)
		return -r;
	return -(r > 0 || IS_REMEMBERED ? start_on_own_stack : start_on_lent_stack)(pidfd, &child);
}

LIBPIDFD_API int libpidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
				const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	return spawn(pidfd, (struct spawn_child){ path, false, actions, attributes, argv, envp, .error = 0 });
}

LIBPIDFD_API int libpidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
				 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	return spawn(pidfd, (struct spawn_child){ file, true, actions, attributes, argv, envp, .error = 0 });
}
