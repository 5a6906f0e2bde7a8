/* Seccomp filters of a test's own, for the rest of it and its children. A test that may not have one is skipped. */
#ifndef TESTS_SANDBOX_H
#define TESTS_SANDBOX_H

#include <stdint.h>
#include <sys/syscall.h>

/*
 * What fcntl(3), mmap(3) and stat(3) are on 32-bit architectures, the last with 64-bit times too, and statfs(3) and fstatfs(3)
 * on these, ppc64 and s390x.
 */
#ifdef SYS_fcntl64
#define USE_FCNTL SYS_fcntl64
#define USE_MMAP SYS_mmap2
#else
#define USE_FCNTL SYS_fcntl
#define USE_MMAP SYS_mmap
#endif
#if defined _TIME_BITS && _TIME_BITS == 64
#define USE_STAT SYS_statx
#elif defined SYS_newfstatat
#define USE_STAT SYS_newfstatat
#elif defined SYS_fstatat64
#define USE_STAT SYS_fstatat64
#else
#define USE_STAT SYS_statx
#endif
#ifdef SYS_fstatfs64
#define USE_STATFS SYS_statfs64
#define USE_FSTATFS SYS_fstatfs64
#else
#define USE_STATFS SYS_statfs
#define USE_FSTATFS SYS_fstatfs
#endif

/* A system call whose (argument & mask) is VALUE; any, where MASK is 0. */
struct use {
	long call;
	unsigned int argument;
	uint32_t mask, value;
};

void sandbox_refuses(const struct use *use, int error);
void sandbox_kills(const struct use *use); /* by SIGSYS */

#endif
