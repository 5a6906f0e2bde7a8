/* The edge of the library: what it exports, and the one place where an internal -errno becomes -1 and errno. */
#pragma once

#include <errno.h>

#define LIBPIDFD_API __attribute__((visibility("default")))

/* Kept out of line, so that a call which the kernel answers does not pay for the way without it. */
#define WITHOUT_KERNEL __attribute__((noinline, cold))

/* Of a child that shares its caller's memory and leaves by exec: AddressSanitizer would go on guarding its stack. */
#define LEFT_BY_EXEC __attribute__((no_sanitize_address))

static inline int answer(int result)
{
	if (result >= 0)
		return result;
	errno = -result;
	return -1;
}
