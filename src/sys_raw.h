/*
 * The bare system call: -errno for failure, errno left alone. By libc's way to make any, on architectures that have no lines of
 * their own here, with compilers that do not take them, as tcc, and for clang's analyzer, which does not see what they write to.
 */
#pragma once

#if defined __x86_64__ && defined __GNUC__ && !defined __clang_analyzer__

static inline long sys_raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#elif defined __aarch64__ && defined __GNUC__ && !defined __clang_analyzer__

static inline long sys_raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = nr;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
	return x0;
}

#else

#define SYS_RAW_BY_LIBC
long sys_raw6(long nr, long a, long b, long c, long d, long e, long f); /* sys.c */

#endif

/* The number of the call and up to six arguments, integers or pointers. */
#define SYS_RAW(...) SYS_RAW_PADDED(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define SYS_RAW_PADDED(nr, a, b, c, d, e, f, ...) \
	sys_raw6(nr, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
