/* The calls of sys.h with which a child makes itself what its program is to find. */
#include <sys/ioctl.h>

#include "sys.h"
#include "sys_raw.h"
#include "uapi.h"

THIN(int, sys_setsid, (void), __NR_setsid)
THIN(int, sys_setpgid, (pid_t group), __NR_setpgid, 0, group)
THIN(pid_t, sys_getpgid, (void), __NR_getpgid, 0)
THIN(int, sys_set_foreground, (int terminal, pid_t group), __NR_ioctl, terminal, TIOCSPGRP, &group)
THIN(int, sys_set_priority, (const struct sched_param *priority), __NR_sched_setparam, 0, priority)
THIN(int, sys_set_scheduler, (int policy, const struct sched_param *priority), __NR_sched_setscheduler, 0, policy,
     priority)
THIN(int, sys_chdir, (const char *path), __NR_chdir, path)
THIN(int, sys_fchdir, (int fd), __NR_fchdir, fd)
THIN(int, sys_create, (const char *path, int flags, mode_t mode), __NR_openat, AT_FDCWD, path, flags, mode)
THIN(int, sys_dup_to, (int fd, int to), __NR_dup3, fd, to, 0)
THIN(int, sys_exec, (const char *path, char *const argv[], char *const envp[]), __NR_execve, path, argv, envp)

/* Where the first ones have 16-bit IDs. */
#ifdef __NR_setresuid32
#define NR_ID(name) __NR_##name##32
#else
#define NR_ID(name) __NR_##name
#endif

int sys_reset_ids(void)
{
	int r = (int)SYS_RAW(NR_ID(setresuid), -1, SYS_RAW(NR_ID(getuid)), -1);

	return r < 0 ? r : (int)SYS_RAW(NR_ID(setresgid), -1, SYS_RAW(NR_ID(getgid)), -1);
}

/* What rt_sigaction(2) takes: libc's has no way to its own signals. */
struct kernel_sigaction {
#ifdef __mips__
	unsigned int flags;
#endif
	void (*handler)(int);
	unsigned long rest[8]; /* flags, restorer, mask, in an order that depends on the architecture */
};

bool sys_has_handler(int sig)
{
	struct kernel_sigaction action = { .handler = SIG_DFL };

	SYS_RAW(__NR_rt_sigaction, sig, NULL, &action, _NSIG / 8);
	return action.handler != SIG_DFL && action.handler != SIG_IGN;
}

void sys_reset_signal(int sig)
{
	struct kernel_sigaction action = { .handler = SIG_DFL };

	SYS_RAW(__NR_rt_sigaction, sig, &action, NULL, _NSIG / 8);
}
