/* The kernel's constants and structures that are newer than the headers this may be built with. */
#pragma once

#include <endian.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>

#if defined __x86_64__ && defined __ILP32__
#error "x32: the kernel's long is not the compiler's"
#endif

/* Since 5.0 a new call has one number everywhere, offset on the architectures whose tables are not shared. */
#if defined __alpha__
#define UAPI_NR(n) ((n) + 110)
#elif defined __mips__ && _MIPS_SIM == _ABIO32
#define UAPI_NR(n) ((n) + 4000)
#elif defined __mips__ && _MIPS_SIM == _ABI64
#define UAPI_NR(n) ((n) + 5000)
#elif defined __mips__ && _MIPS_SIM == _ABIN32
#define UAPI_NR(n) ((n) + 6000)
#else
#define UAPI_NR(n) (n)
#endif

#ifndef __NR_pidfd_send_signal
#define __NR_pidfd_send_signal UAPI_NR(424) /* 5.1 */
#endif
#ifndef __NR_pidfd_open
#define __NR_pidfd_open UAPI_NR(434) /* 5.3 */
#endif
#ifndef __NR_close_range
#define __NR_close_range UAPI_NR(436) /* 5.9 */
#endif
#ifndef __NR_openat2
#define __NR_openat2 UAPI_NR(437) /* 5.6 */
#endif

/* 32-bit architectures have one for 64-bit files. */
#ifdef __NR_fcntl64
#define UAPI_NR_FCNTL __NR_fcntl64
#else
#define UAPI_NR_FCNTL __NR_fcntl
#endif

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x00001000 /* 5.2 */
#endif
#ifndef CLONE_DETACHED
#define CLONE_DETACHED 0x00400000 /* ignored since 2.6, refused with CLONE_PIDFD since 5.2 */
#endif

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1) /* 5.9 */
#endif
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* 5.11 */
#endif

#define UAPI_P_PIDFD 3 /* 5.4; an enumerator in some libcs, a macro in others */

/* statfs(2) f_type, from linux/magic.h, which musl does not bring. */
#define UAPI_PROC_MAGIC 0x9fa0
#define UAPI_ANON_INODE_MAGIC 0x09041934 /* pidfds to 6.8 */
#define UAPI_PIDFS_MAGIC 0x50494446	 /* pidfds since 6.9 */

#define UAPI_F_SETSIG 10 /* fcntl.h shows these only with _GNU_SOURCE, some libcs never */
#define UAPI_F_SETOWN_EX 15
#define UAPI_F_OWNER_PID 1

struct uapi_owner {
	int type;
	int pid;
};

struct uapi_open_how {
	uint64_t flags, mode, resolve;
};
#define UAPI_RESOLVE_NO_XDEV 1

struct uapi_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

/* PIDFD_GET_INFO: 6.13, its exit code 6.15. The size is part of the number; this is the first one. */
struct uapi_pidfd_info {
	uint64_t mask;
	uint64_t cgroupid;
	uint32_t pid, tgid, ppid, ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
	int32_t exit_code;
};
#define UAPI_PIDFD_INFO_PID 0x1
#define UAPI_PIDFD_INFO_EXIT 0x8
#define UAPI_PIDFD_GET_INFO _IOWR(0xFF, 11, struct uapi_pidfd_info)

#define UAPI_PF_EXITING 4 /* include/linux/sched.h */

/* perf_event_open(2), 2.6.31, whose header not every libc's compiler finds. In its first size. */
struct uapi_perf_event_attr {
	uint32_t type, size;
	uint64_t config, sample_period, sample_type, read_format;
	uint64_t disabled : 1, inherit : 1, pinned : 1, exclusive : 1, exclude_user : 1, exclude_kernel : 1,
		exclude_hv : 1, exclude_idle : 1, mmap : 1, comm : 1, freq : 1, inherit_stat : 1, enable_on_exec : 1,
		task : 1, watermark : 1, other_flags : 49;
	uint32_t wakeup_watermark, bp_type;
	uint64_t config1;
};
#define UAPI_PERF_TYPE_SOFTWARE 1
#define UAPI_PERF_COUNT_SW_DUMMY 9
#define UAPI_PERF_FLAG_FD_CLOEXEC 8 /* 3.14 */
#define UAPI_PERF_EVENT_IOC_SET_OUTPUT _IO('$', 5)

/* Counts nothing; there to hang up when its task ends. What it excludes is what perf_event_paranoid 2 asks for. */
#define UAPI_PERF_DUMMY                                                                                 \
	{                                                                                               \
		.type = UAPI_PERF_TYPE_SOFTWARE, .size = sizeof(struct uapi_perf_event_attr),           \
		.config = UAPI_PERF_COUNT_SW_DUMMY, .disabled = 1, .exclude_kernel = 1, .exclude_hv = 1 \
	}

/*
 * The first page of what is mapped, before the data: the kernel moves the head, the reader the tail, by 64 bits each, of which
 * the lower half does for data of less than 4 GiB.
 */
struct uapi_perf_event_mmap_page {
	uint64_t other[128];
	atomic_uint data_head[2], data_tail[2];
};
#define UAPI_LOWER_HALF (BYTE_ORDER == BIG_ENDIAN)
#define UAPI_PERF_RECORD_EXIT 4
struct uapi_perf_task_record {
	uint32_t type;
	uint16_t misc, size;
	uint32_t pid, ppid, tid, ptid; /* and the time; of other types something else */
};
