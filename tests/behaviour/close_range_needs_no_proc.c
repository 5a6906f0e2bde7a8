/* close_range clears its range where /proc is missing, is no procfs, is another PID namespace's, or cannot be read. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <libpidfd/close_range.h>

#include "child.h"
#include "clearing.h"
#include "environment.h"
#include "fds.h"
#include "run.h"
#include "sandbox.h"

static const struct {
	unsigned int first, last;
	int flags;
} ranges[] = {
	{ 0, UINT_MAX, 0 },
	{ 20, UINT_MAX, CLOSE_RANGE_UNSHARE },
	{ 64, 512, CLOSE_RANGE_CLOEXEC },
	{ SLOTS - 1, UINT_MAX, CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE },
};

static void each_range(void (*place)(struct clearing *clearing))
{
	for (unsigned int i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		cleared_that_alone(cleared(
			(struct clearing){ ranges[i].first, ranges[i].last, ranges[i].flags, close_range }, place));
}

static void no_proc(struct clearing *clearing)
{
	without_proc();
	table_populate();
	clear(clearing);
}

START_TEST(without_it)
{
	each_range(no_proc);
}
END_TEST

static void no_proc_full(struct clearing *clearing)
{
	struct full_table full;

	without_proc();
	table_populate();
	table_fill(&full);
	clear(clearing);
}

START_TEST(without_it_and_without_a_free_descriptor)
{
	each_range(no_proc_full);
}
END_TEST

/* It lists one descriptor, which is not the only one. */
static void fake_proc(struct clearing *clearing)
{
	without_proc();
	ck_assert_int_eq(mkdir("/proc/thread-self", 0755), 0);
	ck_assert_int_eq(mkdir("/proc/thread-self/fd", 0755), 0);
	ck_assert_int_eq(symlink("thread-self", "/proc/self"), 0);
	ck_assert_int_eq(symlink("/dev/null", "/proc/thread-self/fd/20"), 0);
	table_populate();
	clear(clearing);
}

START_TEST(that_is_no_procfs)
{
	each_range(fake_proc);
}
END_TEST

static void foreign_proc(struct clearing *clearing)
{
	struct child child = with_foreign_proc();

	table_populate();
	clear(clearing);
	child_end(&child);
}

START_TEST(of_a_pid_namespace_inside)
{
	each_range(foreign_proc);
}
END_TEST

static void simply(struct clearing *clearing)
{
	table_populate();
	clear(clearing);
}

static void in_simple_children(void)
{
	each_range(simply);
}

START_TEST(of_a_pid_namespace_outside)
{
	in_pid_namespace_with_outer_proc(in_simple_children);
}
END_TEST

START_TEST(that_hides_processes)
{
	in_pid_namespace_with_hidepid(in_simple_children);
}
END_TEST

/* Each call that reading it takes, with what the kernel or a sandbox may say. */
static const struct {
	long call;
	int error;
} refusals[] = {
	{ SYS_openat, ENFILE },	    { SYS_openat, ENOMEM },  { SYS_openat, EMFILE }, { SYS_openat, EACCES },
	{ SYS_openat, ENOSYS },	    { SYS_fstatfs, EPERM },  { SYS_lseek, EPERM },   { SYS_getdents64, EACCES },
	{ SYS_getdents64, ENOMEM }, { SYS_getdents64, EIO },
};

static int refused;

static void sandboxed(struct clearing *clearing)
{
	table_populate();
	sandbox_refuses(&(struct use){ refusals[refused].call }, refusals[refused].error);
	clear(clearing);
}

START_TEST(that_cannot_be_read)
{
	refused = _i;
	each_range(sandboxed);
}
END_TEST

TESTS(TEST_EACH(that_cannot_be_read, refusals), TEST(without_it), TEST(without_it_and_without_a_free_descriptor),
      TEST(that_is_no_procfs), TEST(of_a_pid_namespace_inside), TEST(of_a_pid_namespace_outside),
      TEST(that_hides_processes))
