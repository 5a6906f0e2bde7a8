/* clone_pidfd and pidfd_fork refuse what makes no sense and what clone refuses, and run nothing. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "creation.h"
#include "raw.h"
#include "run.h"

#ifndef CLONE_DETACHED
#define CLONE_DETACHED 0x00400000
#endif

/* In memory that a child shares, whatever its flags. */
static int *ran;

static int run(void *unused)
{
	(void)unused;
	*ran = 1;
	return 0;
}

static const struct {
	int (*fn)(void *);
	void *stack;
	int flags, why;
	bool by_kernel;
} cases[] = {
	{ NULL, NULL, SIGCHLD, EINVAL, false },
	{ NULL, STACK, SIGCHLD, EINVAL, false },
	{ run, NULL, SIGCHLD, EFAULT, false },
	{ run, STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, EFAULT, false },
	{ run, NULL, CLONE_VM | SIGCHLD, EINVAL, false },
	{ run, NULL, CLONE_VM | CLONE_VFORK | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, EINVAL, false },
	{ run, STACK, CLONE_THREAD, EINVAL, false },
	{ run, STACK, CLONE_DETACHED | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_PARENT_SETTID | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_CHILD_SETTID | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_CHILD_CLEARTID | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_SETTLS | SIGCHLD, EINVAL, false },
	{ run, NULL, RAW_CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, EINVAL, false },
	{ run, NULL, CLONE_PARENT | CLONE_VFORK | SIGCHLD, EINVAL, false },
	{ run, STACK, CLONE_PARENT | CLONE_VM | CLONE_VFORK | SIGCHLD, EINVAL, false },
	{ run, STACK, -1, EINVAL, false },
	{ run, STACK, INT_MIN | CLONE_THREAD, EINVAL, false },
	{ run, STACK, CLONE_SIGHAND | SIGCHLD, EINVAL, true },
	{ run, NULL, CLONE_SIGHAND | SIGCHLD, EINVAL, true },
	{ run, NULL, CLONE_NEWNS | CLONE_FS | SIGCHLD, EINVAL, true },
	{ run, STACK, CLONE_NEWNS | CLONE_FS | SIGCHLD, EINVAL, true },
	{ run, NULL, CLONE_NEWUSER | CLONE_FS | SIGCHLD, EINVAL, true },
	{ run, NULL, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, EINVAL, true },
	{ run, STACK, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, EINVAL, true },
};

static void refuses(int (*fn)(void *), void *stack, int clone_flags, bool pidfd, int why)
{
	int fd = -7;

	ran = mmap(NULL, sizeof(*ran), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	errno = 0;
	ck_assert_int_eq(clone_pidfd(fn, stack, clone_flags, NULL, pidfd ? &fd : NULL), -1);
	ck_assert_int_eq(errno, why);
	ck_assert_int_eq(fd, -7);
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_int_eq(*ran, 0);
}

/* gVisor does not. */
static void clone_must_refuse(int flags)
{
	valgrind_must_know(flags, STACK);
	if (clone(end_at_once, STACK, flags, NULL) > 0)
		skip_because("clone takes flags %#x", (unsigned int)flags);
	if (errno == EPERM)
		skip_because("clone asks for the right to flags %#x first", (unsigned int)flags);
}

START_TEST(clone_with)
{
	if (cases[_i].by_kernel)
		clone_must_refuse(cases[_i].flags);
	refuses(cases[_i].fn, cases[_i].stack, cases[_i].flags, cases[_i].why != EFAULT, cases[_i].why);
}
END_TEST

/* EPERM is an answer here, and no sandbox's. */
START_TEST(namespaces_that_are_not_permitted)
{
	valgrind_must_know(CLONE_NEWUTS, NULL);
	if (geteuid() == 0)
		become_user(NOBODY);
	drop_all_capabilities();
	refuses(run, NULL, CLONE_NEWUTS | SIGCHLD, true, EPERM);
	refuses(run, STACK, CLONE_NEWPID | SIGCHLD, true, EPERM);
}
END_TEST

START_TEST(more_namespaces_than_the_limit)
{
	int limit;

	valgrind_must_know(CLONE_NEWUTS, NULL);
	if (unshare(CLONE_NEWUSER) < 0)
		skip_because("user namespace: %s", strerror(errno));
	limit = open("/proc/sys/user/max_uts_namespaces", O_WRONLY | O_CLOEXEC);
	if (limit < 0 || write(limit, "0", 1) != 1)
		skip_because("no limit of a user namespace's own: %s", strerror(errno));
	close(limit);
	refuses(run, NULL, CLONE_NEWUTS | SIGCHLD, true, ENOSPC);
	refuses(run, STACK, CLONE_NEWUTS | SIGCHLD, true, ENOSPC);
}
END_TEST

static const unsigned int fork_flags[] = { 2, 3, PIDFD_NONBLOCK, 1U << 31, UINT_MAX };

START_TEST(fork_with_unknown_flags)
{
	int pidfd = -7;

	ck_assert_int_eq(pidfd_fork(&pidfd, fork_flags[_i]), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(pidfd, -7);
}
END_TEST

START_TEST(fork_without_a_place_for_the_pidfd)
{
	ck_assert_int_eq(pidfd_fork(NULL, 0), -1);
	ck_assert_int_eq(errno, EFAULT);
	errno = 0;
	ck_assert_int_eq(pidfd_fork(NULL, PIDFD_FORK_HIDDEN), -1);
	ck_assert_int_eq(errno, EFAULT);
}
END_TEST

TESTS(TEST_EACH(clone_with, cases), TEST(namespaces_that_are_not_permitted), TEST(more_namespaces_than_the_limit),
      TEST_EACH(fork_with_unknown_flags, fork_flags), TEST(fork_without_a_place_for_the_pidfd))
