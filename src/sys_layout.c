/* The calls of sys.h whose arguments are the kernel's to lay out, not as libc has them. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "sys.h"

/* The timespec of __NR_ppoll and __NR_pselect6; architectures born after 2038 was thought of have only the 64-bit ones. */
#ifdef __NR_ppoll
struct kernel_timespec {
	long tv_sec, tv_nsec;
};
#else
struct kernel_timespec {
	int64_t tv_sec, tv_nsec;
};
#define __NR_ppoll __NR_ppoll_time64
#define __NR_pselect6 __NR_pselect6_time64
#endif

int sys_ppoll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask)
{
	const int64_t longest = INT32_MAX * INT64_C(1000000000);
	struct kernel_timespec timeout;

	if (timeout_ns > longest)
		timeout_ns = longest;
	timeout.tv_sec = (__typeof__(timeout.tv_sec))(timeout_ns / 1000000000);
	timeout.tv_nsec = (__typeof__(timeout.tv_nsec))(timeout_ns % 1000000000);
	return (int)SYS_RAW(__NR_ppoll, fds, nfds, timeout_ns < 0 ? NULL : &timeout, sigmask, _NSIG / 8);
}

int64_t sys_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int sys_select_is_inside(int fd, unsigned long *bits)
{
	const int word = 8 * (int)sizeof(long);
	struct kernel_timespec zero;
	int r;

	do {
		zero = (struct kernel_timespec){ 0 };
		bits[fd / word] = 1UL << fd % word;
		r = (int)SYS_RAW(__NR_pselect6, fd + 1, bits, NULL, NULL, &zero, NULL);
		bits[fd / word] = 0;
	} while (r == -EINTR);
	if (r == -EINVAL && fd >= 1 << 20)
		return 0; /* gVisor, which does not cut, takes no more than it has room for */
	return r == -EBADF || r > 0 ? 1 : r;
}

/* waitid and wait4 fill in longs, whatever libc's time_t: two times, then the counts. */
struct kernel_rusage {
	long utime[2], stime[2], counts[14];
};

static void rusage_from_kernel(struct rusage *to, const struct kernel_rusage *from)
{
	to->ru_utime = (struct timeval){ .tv_sec = from->utime[0], .tv_usec = from->utime[1] };
	to->ru_stime = (struct timeval){ .tv_sec = from->stime[0], .tv_usec = from->stime[1] };
	memcpy(&to->ru_maxrss, from->counts, sizeof(from->counts));
}

int sys_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage)
{
	struct kernel_rusage usage;
	int r;

	usage.utime[0] = -1;
	r = (int)SYS_RAW(__NR_waitid, idtype, id, info, options, rusage ? &usage : NULL);
	if (rusage && usage.utime[0] != -1)
		rusage_from_kernel(rusage, &usage);
	return r;
}

pid_t sys_wait4(pid_t pid, int *status, int options, struct rusage *rusage)
{
	struct kernel_rusage usage;
	pid_t r = (pid_t)SYS_RAW(__NR_wait4, pid, status, options, rusage ? &usage : NULL);

	if (rusage && r > 0)
		rusage_from_kernel(rusage, &usage);
	return r;
}

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
