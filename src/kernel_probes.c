#include <errno.h>
#include <limits.h>

#include "helper.h"
#include "kernel.h"
#include "sys.h"

/* What a call that the kernel never heard of, or that a sandbox forbids, comes back with. Anything else proves nothing. */
static int verdict_of(int result)
{
	switch (result) {
	case -ENOSYS:
	case -EPERM:
	case -EACCES:
	case -EINVAL:
	case -ENOTTY:
	case -ECANCELED: /* LIBPIDFD_AVOID, of a call that the probe needs */
		return result;
	}
	return KERNEL_UNKNOWN;
}

/* PROOF is what nothing but the call itself answers. */
static int judge(int result, int proof)
{
	return result == proof ? KERNEL_HAS : verdict_of(result);
}

/* A pidfd of one's own rather than a bad argument: SELinux may refuse pidfds themselves (EACCES). */
static int own_pidfd(void)
{
	int verdict = kernel_ask(LIBPIDFD_CALL_OPEN);

	return verdict < 0 ? verdict : sys_pidfd_open(sys_getpid(), 0);
}

static int probe_open(void)
{
	int fd = own_pidfd();

	if (fd < 0)
		return verdict_of(fd);
	sys_close(fd);
	return KERNEL_HAS;
}

/* The flags are looked at before the PID, and pid_max is at most 4194304. */
static int probe_open_nonblock(void)
{
	int verdict = kernel_try(LIBPIDFD_CALL_OPEN);

	if (verdict != KERNEL_HAS)
		return verdict;
	return judge(sys_pidfd_open(INT_MAX, O_NONBLOCK), -ESRCH);
}

static int probe_send_signal(void)
{
	return judge(sys_pidfd_send_signal(-1, 0, NULL, 0), -EBADF);
}

static int leave(void *nothing)
{
	(void)nothing;
	return 0;
}

/* The pidfd of a child that came and went; -1 before 5.2. */
static int passing_child(int *pidfd)
{
	*pidfd = -1;
	return helper_run(leave, NULL, pidfd, NULL);
}

static int probe_clone(void)
{
	int pidfd, r = passing_child(&pidfd);

	if (r < 0)
		return verdict_of(r);
	if (pidfd < 0)
		return -ENOSYS;
	sys_close(pidfd);
	return KERNEL_HAS;
}

/* A pidfd that is readable while its process lives: 5.2, directories, RHEL 8.5. */
static int probe_poll(void)
{
	struct pollfd self = { .fd = own_pidfd(), .events = POLLIN };
	int r;

	if (self.fd < 0)
		return verdict_of(self.fd);
	r = sys_ppoll(&self, 1, 0, NULL);
	sys_close(self.fd);
	if (r > 0)
		return -EOPNOTSUPP;
	return r == 0 ? KERNEL_HAS : KERNEL_UNKNOWN;
}

/* P_PIDFD with -1 is EINVAL everywhere; INT_MAX is no descriptor anywhere. */
static int probe_wait(void)
{
	siginfo_t info = { 0 };

	return judge(sys_waitid(UAPI_P_PIDFD, INT_MAX, &info, WEXITED | WNOHANG, NULL), -EBADF);
}

/* Kernels 6.13 and 6.14 know PIDFD_GET_INFO, but not the exit code. */
static int probe_get_info(void)
{
	struct uapi_pidfd_info info = { .mask = UAPI_PIDFD_INFO_EXIT };
	int pidfd, r = kernel_ask(LIBPIDFD_CALL_CLONE);

	if (r >= 0)
		r = passing_child(&pidfd);
	if (r < 0)
		return verdict_of(r);
	if (pidfd < 0)
		return -ENOSYS;
	r = sys_pidfd_get_info(pidfd, &info);
	sys_close(pidfd);
	if (r < 0)
		return r == -ESRCH ? -ENODATA : verdict_of(r);
	return info.mask & UAPI_PIDFD_INFO_EXIT ? KERNEL_HAS : -ENODATA;
}

/*
 * A valid range with nothing in it: an invalid one is EINVAL whether the flag is known or not, and what is above INT_MAX is
 * invalid in gVisor.
 */
static int probe_close_range(void)
{
	return judge(sys_close_range(INT_MAX, INT_MAX, 0), 0);
}

static int probe_close_range_cloexec(void)
{
	int verdict = kernel_try(LIBPIDFD_CALL_CLOSE_RANGE);

	if (verdict != KERNEL_HAS)
		return verdict;
	return judge(sys_close_range(INT_MAX, INT_MAX, CLOSE_RANGE_CLOEXEC), 0);
}

/* On oneself, which any perf_event_paranoid allows that allows anything. What else fails is a lack too: gVisor's ENODEV. */
static int probe_perf_event(void)
{
	static const struct uapi_perf_event_attr attr = UAPI_PERF_DUMMY;
	int fd = sys_perf_event_open(&attr, 0, 0);

	if (fd < 0)
		return sys_is_shortage(fd) || fd == -EINTR ? KERNEL_UNKNOWN : fd;
	sys_close(fd);
	return KERNEL_HAS;
}

int (*const kernel_probes[])(void) = {
	[LIBPIDFD_CALL_OPEN] = probe_open,
	[LIBPIDFD_CALL_OPEN_NONBLOCK] = probe_open_nonblock,
	[LIBPIDFD_CALL_SEND_SIGNAL] = probe_send_signal,
	[LIBPIDFD_CALL_CLONE] = probe_clone,
	[LIBPIDFD_CALL_POLL] = probe_poll,
	[LIBPIDFD_CALL_WAIT] = probe_wait,
	[LIBPIDFD_CALL_GET_INFO] = probe_get_info,
	[LIBPIDFD_CALL_CLOSE_RANGE] = probe_close_range,
	[LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC] = probe_close_range_cloexec,
	[LIBPIDFD_CALL_PERF_EVENT] = probe_perf_event,
};
