/* Prints, a line for each feature of profiles.h in its order, the errno of a call that uses it; 0 where it is there. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "profiles.h"
#include "raw.h"

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static int ask_clone(void)
{
	int fd = -1;
	pid_t child = raw_fork_pidfd(&fd);

	if (child == 0)
		_exit(0);
	if (child < 0)
		return errno;
	waitpid(child, NULL, 0);
	return fd == -1 ? IGNORED : 0;
}

int main(void)
{
	struct raw_pidfd_info info = { 0 };
	siginfo_t none;
	int fd = unsetenv("UNDER_KERNEL") < 0 ? -1 : raw_pidfd_open(getpid(), 0); /* raw_kills */
	int no_pidfd = open("/dev/null", O_RDONLY);
	int errors[FEATURES];

	/* Good calls where they have no effect, else bad ones whose errno only the call itself gives. */
	errors[PIDFD_OPEN] = error_of(fd);
	errors[PIDFD_OPEN_FLAGS] = error_of(raw_pidfd_open(getpid(), O_NONBLOCK));
	errors[PIDFD_SEND_SIGNAL] = error_of(raw_pidfd_send_signal(-1, 0, NULL, 0));
	errors[PIDFD_SEND_SIGNAL_FLAGS] = error_of(raw_pidfd_send_signal(-1, 0, NULL, 1));
	errors[CLONE_WITH_PIDFD] = ask_clone();
	errors[CLONE3] = error_of(syscall(SYS_clone3, NULL, (size_t)64));
	errors[PIDFD_GETFD] = error_of(syscall(SYS_pidfd_getfd, -1, 0, 0));
	errors[WAITID_PIDFD] = error_of(raw_waitid(RAW_P_PIDFD, INT32_MAX, &none, WEXITED, NULL));
	errors[WAITID_WALL] = error_of(raw_waitid(P_ALL, 0, &none, WEXITED | __WALL, NULL));
	errors[GET_INFO] = error_of(raw_pidfd_get_info(fd < 0 ? no_pidfd : fd, &info));
	errors[CLOSE_RANGE] = error_of(raw_close_range(INT32_MAX, INT32_MAX, 0));
	errors[OPENAT2] =
		error_of(syscall(SYS_openat2, AT_FDCWD, "/", (uint64_t[3]){ O_RDONLY | O_CLOEXEC }, (size_t)24));
	errors[PERF_EVENT_OPEN] = error_of(raw_perf_event_open(0, -1));
	errors[CLOSE_RANGE_WITH_CLOEXEC] = error_of(raw_close_range(INT32_MAX, INT32_MAX, RAW_CLOSE_RANGE_CLOEXEC));
	for (int i = 0; i < FEATURES; i++)
		printf("%d\n", errors[i]);
	return 0;
}
