/*
 * The bare system calls, and the numbers and constants that the build machine's headers may lack: for what has to ask
 * the kernel itself, past the library and past libc. Returns and errno as syscall(2); where they kill, they are not made,
 * and fail as calls that are not known.
 */
#ifndef TESTS_RAW_H
#define TESTS_RAW_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* The same everywhere but on Alpha and MIPS, whose headers have to be new enough. */
#if !defined __alpha__ && !defined __mips__
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#endif

/* clone(2) takes the stack first there. */
#if defined __s390__ || defined __CRIS__ || defined __MICROBLAZE__
#define RAW_CLONE_FLAGS 1
#else
#define RAW_CLONE_FLAGS 0
#endif

enum {
	RAW_CLONE_PIDFD = 0x1000,     /* 5.2 */
	RAW_P_PIDFD = 3,	      /* 5.4 */
	RAW_CLOSE_RANGE_CLOEXEC = 4,  /* 5.11 */
	RAW_PIDFD_INFO_EXIT = 1 << 3, /* 6.15 */
};

/* struct pidfd_info in its first size, 6.13, which later kernels go on taking. */
struct raw_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid;
	uint32_t ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};

#define RAW_PIDFD_GET_INFO _IOWR(0xff, 11, struct raw_pidfd_info)

static inline bool raw_kills(void)
{
	const char *profile = getenv("UNDER_KERNEL");
	bool kills = profile && strcmp(profile, "kill") == 0;

	if (kills)
		errno = ENOSYS;
	return kills;
}

static inline int raw_pidfd_open(pid_t pid, unsigned int flags)
{
	return raw_kills() ? -1 : (int)syscall(SYS_pidfd_open, pid, flags);
}

static inline int raw_pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags)
{
	return raw_kills() ? -1 : (int)syscall(SYS_pidfd_send_signal, pidfd, sig, info, flags);
}

/* The kernel's times are longs, those in RUSAGE may be 64 bits on a 32-bit architecture. */
static inline int raw_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage)
{
	long usage[18] = { 0 };
	bool kills = idtype == RAW_P_PIDFD && raw_kills();
	int r = kills ? -1 : (int)syscall(SYS_waitid, idtype, id, info, options, rusage ? usage : NULL);

	if (r < 0 || !rusage)
		return r;
	rusage->ru_utime = (struct timeval){ .tv_sec = usage[0], .tv_usec = usage[1] };
	rusage->ru_stime = (struct timeval){ .tv_sec = usage[2], .tv_usec = usage[3] };
	memcpy(&rusage->ru_maxrss, usage + 4, sizeof(usage) - 4 * sizeof(usage[0]));
	return r;
}

/* Past ioctl(3), whose request is an int in musl. */
static inline int raw_pidfd_get_info(int pidfd, struct raw_pidfd_info *info)
{
	return raw_kills() ? -1 : (int)syscall(SYS_ioctl, pidfd, RAW_PIDFD_GET_INFO, info);
}

static inline int raw_close_range(unsigned int first, unsigned int last, unsigned int flags)
{
	return raw_kills() ? -1 : (int)syscall(SYS_close_range, first, last, flags);
}

/* An event that counts nothing (PERF_COUNT_SW_DUMMY, not the kernel's part nor a hypervisor's), on task PID; 0: the caller. */
static inline int raw_perf_event_open(pid_t pid, int cpu)
{
	struct {
		uint32_t type, size;
		uint64_t config, sample[3];
		uint64_t disabled : 1, others : 4, exclude_kernel : 1, exclude_hv : 1, more : 57;
		uint64_t rest[2];
	} attr = { .type = 1, .size = sizeof(attr), .config = 9, .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 };

	return raw_kills() ? -1 : (int)syscall(SYS_perf_event_open, &attr, pid, cpu, -1, 8UL);
}

/* As fork(2), while another thread may be in libc's. The child may only make system calls. */
static inline pid_t raw_fork(void)
{
	long flags = SIGCHLD;

	return RAW_CLONE_FLAGS ? (pid_t)syscall(SYS_clone, 0L, flags, 0L, 0L, 0L)
			       : (pid_t)syscall(SYS_clone, flags, 0L, 0L, 0L, 0L);
}

/* As fork(2), with CLONE_PIDFD. The child may only make system calls: libc does not know of it. */
static inline pid_t raw_fork_pidfd(int *pidfd)
{
	long flags = RAW_CLONE_PIDFD | SIGCHLD;

	if (raw_kills())
		return -1;
	return RAW_CLONE_FLAGS ? (pid_t)syscall(SYS_clone, 0L, flags, pidfd, 0L, 0L)
			       : (pid_t)syscall(SYS_clone, flags, 0L, pidfd, 0L, 0L);
}

#endif
