/*
 * pidfd_open needs a free descriptor, and where it is emulated a /proc of its own PID namespace that shows the process.
 * What of that is missing it tells, and works again once it is there.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "fds.h"
#include "raw.h"
#include "run.h"
#include "sandbox.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) == LIBPIDFD_PATH_KERNEL;
}

static void refuses(pid_t pid, int why)
{
	errno = 0;
	ck_assert_int_eq(pidfd_open(pid, 0), -1);
	ck_assert_int_eq(errno, why);
}

static void opens(pid_t pid)
{
	int pidfd = pidfd_open(pid, 0);

	ck_assert_msg(pidfd >= 0, "pidfd_open: errno %d", errno);
	close(pidfd);
}

static void opens_natively_only(pid_t pid, int why)
{
	if (native())
		opens(pid);
	else
		refuses(pid, why);
}

START_TEST(a_full_table)
{
	struct full_table table;

	table_fill(&table);
	refuses(getpid(), EMFILE);
	table_empty(&table);
	opens(getpid());
}
END_TEST

START_TEST(a_full_table_for_what_is_no_process)
{
	struct full_table table;
	pid_t reaped = child_reaped();

	table_fill(&table);
	refuses(0, EINVAL);
	refuses(reaped, ESRCH);
	refuses(INT_MAX, ESRCH);
	table_empty(&table);
}
END_TEST

START_TEST(a_table_once_full_decides_nothing)
{
	struct full_table table;
	enum libpidfd_path path;
	int why;

	table_fill(&table);
	refuses(getpid(), EMFILE);
	table_empty(&table);
	path = libpidfd_path(LIBPIDFD_CALL_OPEN, &why);
	ck_assert_int_eq(why == 0, path == LIBPIDFD_PATH_KERNEL);
	ck_assert_int_ne(why, EMFILE);
	ck_assert_int_ne(why, EAGAIN);
}
END_TEST

static const int shortages[] = { EMFILE, ENFILE, ENOMEM };

START_TEST(a_shortage)
{
	const struct use open = { SYS_openat }, kernels_open = { SYS_pidfd_open };

	if (native())
		sandbox_refuses(&kernels_open, shortages[_i]);
	sandbox_refuses(&open, shortages[_i]);
	refuses(getpid(), shortages[_i]);
}
END_TEST

START_TEST(no_proc)
{
	without_proc();
	opens_natively_only(getpid(), ENOSYS);
	refuses(0, EINVAL);
	ck_assert_int_eq(libpidfd_path(LIBPIDFD_CALL_OPEN, NULL), native() ? LIBPIDFD_PATH_KERNEL : LIBPIDFD_PATH_NONE);
}
END_TEST

START_TEST(a_directory_that_looks_like_proc)
{
	char path[32];

	without_proc();
	snprintf(path, sizeof(path), "/proc/%d", (int)getpid());
	ck_assert_int_eq(mkdir(path, 0700), 0);
	opens_natively_only(getpid(), ENOSYS);
}
END_TEST

START_TEST(a_foreign_proc)
{
	struct child child = with_foreign_proc();

	opens_natively_only(getpid(), ENOSYS);
	opens_natively_only(1, ENOSYS);
	opens_natively_only(child.pid, ENOSYS);
	child_end(&child);
}
END_TEST

static void in_outer_proc(void)
{
	opens_natively_only(getpid(), ENOSYS);
	opens_natively_only(1, ENOSYS);
}

START_TEST(an_outer_proc)
{
	in_pid_namespace_with_outer_proc(in_outer_proc);
}
END_TEST

static void in_hidepid(void)
{
	opens(getpid());
	opens_natively_only(1, EACCES);
	refuses(INT_MAX, ESRCH);
	refuses(child_reaped(), ESRCH);
}

START_TEST(a_hidden_process)
{
	in_pid_namespace_with_hidepid(in_hidepid);
}
END_TEST

static void in_own_proc(void)
{
	opens(getpid());
	opens(1);
	refuses(child_reaped(), ESRCH);
}

START_TEST(a_pid_namespace_with_its_own_proc)
{
	in_pid_namespace(in_own_proc);
}
END_TEST

TESTS(TEST(a_full_table), TEST(a_full_table_for_what_is_no_process), TEST(a_table_once_full_decides_nothing),
      TEST_EACH(a_shortage, shortages), TEST(no_proc), TEST(a_directory_that_looks_like_proc), TEST(a_foreign_proc),
      TEST(an_outer_proc), TEST(a_hidden_process), TEST(a_pid_namespace_with_its_own_proc))
