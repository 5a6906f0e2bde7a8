/* The calls of sys.h that take a time, and the clock. */
#include <errno.h>
#include <time.h>

#include "sys.h"
#include "sys_raw.h"
#include "uapi.h"

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
