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

static enum libpidfd_path emulation_of(enum libpidfd_call call)
{
	bool possible;

	switch (call) {
	case LIBPIDFD_CALL_GET_INFO:
		possible = false;
		break;
	case LIBPIDFD_CALL_CLOSE_RANGE:
	case LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC:
		possible = true;
		break;
	case LIBPIDFD_CALL_OPEN_NONBLOCK:
		possible = kernel_has(LIBPIDFD_CALL_OPEN) || has_proc();
		break;
	default:
		possible = has_proc();
	}
	return possible ? LIBPIDFD_PATH_EMULATED : LIBPIDFD_PATH_NONE;
}

LIBPIDFD_API enum libpidfd_path libpidfd_path(enum libpidfd_call call, int *why)
{
	int verdict, reason = 0;
	enum libpidfd_path path;

	if ((unsigned int)call > LIBPIDFD_CALL_PERF_EVENT) {
		path = LIBPIDFD_PATH_NONE;
		reason = EINVAL;
	} else {
		verdict = kernel_try(call);
		path = verdict == KERNEL_HAS ? LIBPIDFD_PATH_KERNEL : emulation_of(call);
		if (verdict != KERNEL_HAS)
			reason = verdict < 0 ? -verdict : EAGAIN;
	}
	if (why)
		*why = reason;
	return path;
}
