/*
 * A pidfd of a process that has no number here, or that /proc does not show, is EREMOTE, EACCES or ENOSYS to pidfd_getpid
 * and to an emulated pidfd_send_signal: what can't be known for sure is not guessed.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "environment.h"
#include "kinds.h"
#include "naming.h"
#include "raw.h"
#include "run.h"

static bool sends_natively(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

/* Whether the kernel itself tells the PID of this pidfd, with no need of /proc, and may be asked. */
static bool kernel_tells(int pidfd)
{
	struct raw_pidfd_info info = { .mask = 1 };
	int why;

	libpidfd_path(LIBPIDFD_CALL_GET_INFO, &why);
	return why != ECANCELED && raw_pidfd_get_info(pidfd, &info) == 0;
}

static bool is_kernels(int pidfd)
{
	struct stat stat;

	return fstat(pidfd, &stat) == 0 && !S_ISDIR(stat.st_mode);
}

static int (*const both[])(pid_t pid) = { open_pidfd, open_directory };
static int kind;

static void refuses_to_signal(int pidfd, int why)
{
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), -1);
	ck_assert_int_eq(errno, why);
}

static int outside, why_not;

/* Of a process that has no number here. The kernel's own pidfd_send_signal calls that EINVAL. */
static void has_no_number(void)
{
	refuses(outside, why_not);
	refuses_to_signal(outside, sends_natively() ? EINVAL : why_not);
}

START_TEST(a_process_outside_the_namespace)
{
	must_have(both[_i]);
	outside = both[_i](getpid());
	why_not = EREMOTE;
	in_pid_namespace(has_no_number);
	close(outside);
}
END_TEST

/* A directory tells by itself that it is another's, the kernel's pidfd through the /proc that is mounted. */
START_TEST(a_process_outside_the_namespace_with_its_proc)
{
	must_have(both[_i]);
	outside = both[_i](getpid());
	why_not = is_kernels(outside) ? ENOSYS : EREMOTE;
	in_pid_namespace_with_outer_proc(has_no_number);
	close(outside);
}
END_TEST

START_TEST(a_directory_of_a_foreign_proc)
{
	struct child child = with_foreign_proc();
	int pidfd = open_directory(1);

	ck_assert_int_ge(pidfd, 0);
	refuses(pidfd, EREMOTE);
	if (!sends_natively())
		refuses_to_signal(pidfd, EREMOTE);
	child_end(&child);
	close(pidfd);
}
END_TEST

START_TEST(a_kernels_pidfd_without_proc)
{
	int pidfd = raw_pidfd_open(getpid(), 0);

	if (pidfd < 0)
		skip_because("no pidfds here");
	without_proc();
	if (kernel_tells(pidfd))
		names(pidfd, getpid());
	else
		refuses(pidfd, ENOSYS);
	close(pidfd);
}
END_TEST

/* A directory goes on working: it is the /proc that it was opened in. */
START_TEST(a_directory_without_proc)
{
	int pidfd = open_directory(getpid());

	must_have(open_directory);
	without_proc();
	names(pidfd, getpid());
	close(pidfd);
}
END_TEST

/* hidepid hides it through a descriptor of before, too. */
static void is_hidden(void)
{
	struct child child = child_waiting();
	int pidfd;

	if (mount("proc", "/proc", "proc", 0, "hidepid=2") < 0)
		skip_because("hidepid=2");
	pidfd = kinds[kind](child.pid);
	names(pidfd, child.pid);
	become_user(NOBODY);
	if (is_kernels(pidfd)) {
		names(pidfd, child.pid);
		refuses_to_signal(pidfd, EPERM);
	} else {
		refuses(pidfd, EACCES);
		refuses_to_signal(pidfd, sends_natively() ? EPERM : EACCES);
	}
	child_end(&child);
	close(pidfd);
}

START_TEST(a_hidden_process)
{
	must_be_root();
	kind = _i;
	in_pid_namespace(is_hidden);
}
END_TEST

TESTS(TEST_EACH(a_process_outside_the_namespace, both), TEST_EACH(a_process_outside_the_namespace_with_its_proc, both),
      TEST(a_directory_of_a_foreign_proc), TEST(a_kernels_pidfd_without_proc), TEST(a_directory_without_proc),
      TEST_EACH(a_hidden_process, both))
