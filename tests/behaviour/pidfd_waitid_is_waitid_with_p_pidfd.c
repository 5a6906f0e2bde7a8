/* pidfd_waitid waits by pidfd on every kernel, and is waitid for everything else. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "run.h"

static void is_reaped(struct child *child)
{
	ck_assert_int_eq(waitpid(child->pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	close(child->talk);
}

START_TEST(by_pidfd)
{
	waitid_must_tell_stops();

	struct child child = child_waiting();
	id_t pidfd = (id_t)pidfd_open(child.pid, 0);
	const siginfo_t zero = { 0 };
	siginfo_t info;

	memset(&info, 0x5a, sizeof(info));
	errno = EXDEV;
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, &info, WEXITED | WSTOPPED | WNOHANG), 0);
	ck_assert_mem_eq(&info, &zero, sizeof(info));

	kill(child.pid, SIGSTOP);
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, &info, WEXITED | WSTOPPED), 0);
	ck_assert_int_eq(info.si_code, CLD_STOPPED);
	ck_assert_int_eq(info.si_status, SIGSTOP);

	kill(child.pid, SIGCONT);
	talk_say(child.talk, 3);
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, &info, WEXITED | WNOWAIT), 0);
	memset(&info, 0x5a, sizeof(info));
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, &info, WEXITED), 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	ck_assert_int_eq(info.si_pid, child.pid);
	ck_assert_uint_eq(info.si_uid, getuid());
	ck_assert_int_eq(info.si_status, 3);
	is_reaped(&child);
	close((int)pidfd);
}
END_TEST

START_TEST(into_no_info)
{
	struct child child = child_waiting();
	id_t pidfd = (id_t)pidfd_open(child.pid, 0);

	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, NULL, WEXITED | WNOHANG), 0);
	talk_say(child.talk, 3);
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, pidfd, NULL, WEXITED), 0);
	is_reaped(&child);
	close((int)pidfd);
}
END_TEST

/* Of a child that has ended, so that a bad argument can't pass for a wait in vain. */
static const struct {
	id_t more; /* than the pidfd */
	int options, why;
} bad[] = {
	{ 0, 0, EINVAL },
	{ 0, WNOHANG, EINVAL },
	{ 0, WNOWAIT, EINVAL },
	{ 0, -1, EINVAL },
	{ 0, WEXITED | 1 << 8, EINVAL },
	{ 0, WEXITED | PIDFD_WFOREIGN, EINVAL },
	{ 1U << 31, WEXITED, EINVAL },
	{ 1U << 31, 0, EINVAL },
	{ INT_MAX / 2, WEXITED, EBADF },
};

START_TEST(bad_arguments)
{
	struct child child = child_zombie(3);
	int pidfd = pidfd_open(child.pid, 0);
	siginfo_t info, untouched;

	memset(&info, 0x5a, sizeof(info));
	memset(&untouched, 0x5a, sizeof(untouched));
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, (id_t)pidfd + bad[_i].more, &info, bad[_i].options), -1);
	ck_assert_int_eq(errno, bad[_i].why);
	ck_assert_mem_eq(&info, &untouched, sizeof(info));
	ck_assert_int_eq(child_reap(&child), 3 << 8);
	close(pidfd);
}
END_TEST

START_TEST(everything_else_passes)
{
	struct child one = child_zombie(1), other = child_zombie(2), third = child_zombie(3);
	siginfo_t info;

	ck_assert_int_eq(pidfd_waitid(P_PID, (id_t)one.pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(info.si_status, 1);
	ck_assert_int_eq(pidfd_waitid(P_PID, (id_t)other.pid, &info, WEXITED), 0);
	ck_assert_int_eq(info.si_status, 2);
	is_reaped(&other);
	ck_assert_int_eq(pidfd_waitid(P_PGID, (id_t)getpgrp(), &info, WEXITED), 0);
	ck_assert_int_eq(pidfd_waitid(P_ALL, 0, &info, WEXITED), 0);
	is_reaped(&one);
	is_reaped(&third);
	ck_assert_int_eq(pidfd_waitid(P_ALL, 0, &info, WEXITED), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(pidfd_waitid(P_ALL, 0, &info, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(pidfd_waitid(P_ALL, 0, &info, WEXITED | 1 << 8), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(pidfd_waitid((idtype_t)77, 1, &info, WEXITED), -1);
	ck_assert_int_eq(errno, EINVAL);
}
END_TEST

TESTS(TEST(by_pidfd), TEST(into_no_info), TEST_EACH(bad_arguments, bad), TEST(everything_else_passes))
