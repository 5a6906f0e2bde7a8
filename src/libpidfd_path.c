#include "export.h"
#include "identity.h"
#include "kernel.h"
#include "sys.h"

/* Whether directories on /proc/PID can stand in for pidfds here. */
static bool has_proc(void)
{
	int dir = identity_open(sys_getpid(), 0);

	if (dir >= 0)
		sys_close(dir);
	return dir != -ENOSYS;
}

static bool can_be_emulated(enum libpidfd_call call)
{
	switch (call) {
	case LIBPIDFD_CALL_CLOSE_RANGE:
	case LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC:
		return true;
	case LIBPIDFD_CALL_OPEN_NONBLOCK:
		return kernel_has(LIBPIDFD_CALL_OPEN) || has_proc();
	case LIBPIDFD_CALL_GET_INFO:
		return false;
	default:
		return has_proc();
	}
}

LIBPIDFD_API enum libpidfd_path libpidfd_path(enum libpidfd_call call, int *why)
{
	bool is_call = (unsigned int)call <= LIBPIDFD_CALL_PERF_EVENT;
	int verdict = is_call ? kernel_try(call) : -EINVAL;

	if (why)
		*why = verdict == KERNEL_HAS ? 0 : verdict < 0 ? -verdict : EAGAIN;
	if (verdict == KERNEL_HAS)
		return LIBPIDFD_PATH_KERNEL;
	return is_call && can_be_emulated(call) ? LIBPIDFD_PATH_EMULATED : LIBPIDFD_PATH_NONE;
}
