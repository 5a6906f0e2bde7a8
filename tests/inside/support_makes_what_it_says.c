/* The processes, places, full tables and lost privileges of tests/support are what the tests take them for. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "child.h"
#include "environment.h"
#include "fds.h"
#include "run.h"

static bool exists(pid_t pid)
{
	return kill(pid, 0) == 0 || errno != ESRCH;
}

/* As /proc/PID/stat shows it. */
static char state_of(pid_t pid)
{
	char path[32], state = '?';

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);

	FILE *stat = fopen(path, "re");

	if (!stat)
		return '-';
	if (fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		state = '?';
	fclose(stat);
	return state;
}

START_TEST(children)
{
	struct child child = child_zombie(7);

	ck_assert_int_eq(state_of(child.pid), 'Z');
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 7);
	ck_assert(!exists(child.pid));

	child = child_waiting();
	ck_assert(exists(child.pid));
	child_end(&child);
	ck_assert(!exists(child.pid));

	child = child_with_ended_main_thread();
	ck_assert_int_eq(state_of(child.pid), 'Z');
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), 0);
	child_exit_with(&child, 9);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 9);
}
END_TEST

START_TEST(strangers)
{
	struct stranger stranger = stranger_start();

	ck_assert_int_eq(waitpid(stranger.pid, NULL, WNOHANG), -1);
	stranger_exit_with(&stranger, 3);
	ck_assert_int_eq(state_of(stranger.pid), 'Z');
	stranger_reap(&stranger);
	ck_assert(!exists(stranger.pid));
	stranger_end(&stranger);

	stranger = stranger_orphan();
	ck_assert(exists(stranger.pid));
	stranger_exit_with(&stranger, 3);
	stranger_end(&stranger);
}
END_TEST

static void recycle(void)
{
	pid_t pid = child_reaped();

	ck_assert(!exists(pid));

	struct child newcomer = child_with_pid(pid);

	ck_assert_int_eq(newcomer.pid, pid);
	child_end(&newcomer);
}

START_TEST(a_recycled_pid)
{
	in_pid_namespace(recycle);
}
END_TEST

START_TEST(a_full_table)
{
	struct full_table table;
	unsigned int before = count_open();

	table_fill(&table);
	ck_assert_int_eq(dup(STDERR_FILENO), -1);
	ck_assert_int_eq(errno, EMFILE);
	ck_assert_uint_gt(count_open(), before);
	table_empty(&table);
	ck_assert_uint_eq(count_open(), before);
}
END_TEST

START_TEST(no_proc)
{
	without_proc();
	ck_assert_int_eq(state_of(getpid()), '-');
	ck_assert_int_eq(access("/proc", F_OK), 0);
}
END_TEST

START_TEST(a_foreign_proc)
{
	struct child child = with_foreign_proc();

	ck_assert_int_ne(state_of(1), '-');
	ck_assert_int_eq(access("/proc/self", F_OK), -1);
	child_end(&child);
}
END_TEST

static char own_number_in_proc[32];

static void in_own_proc(void)
{
	ck_assert_int_eq(getppid(), 1);
	ck_assert_int_gt(readlink("/proc/self", own_number_in_proc, sizeof(own_number_in_proc) - 1), 0);
	ck_assert_int_eq(atoi(own_number_in_proc), getpid());
}

static void in_outer_proc(void)
{
	ck_assert_int_eq(getppid(), 1);
	ck_assert_int_gt(readlink("/proc/self", own_number_in_proc, sizeof(own_number_in_proc) - 1), 0);
	ck_assert_int_ne(atoi(own_number_in_proc), getpid());
}

static void in_hidepid(void)
{
	ck_assert_int_eq(getuid(), NOBODY);
	ck_assert(exists(1));
	ck_assert_int_eq(state_of(1), '-');
	ck_assert_int_ne(state_of(getpid()), '-');
}

START_TEST(pid_namespaces)
{
	in_pid_namespace(in_own_proc);
	in_pid_namespace_with_outer_proc(in_outer_proc);
	in_pid_namespace_with_hidepid(in_hidepid);
}
END_TEST

START_TEST(lost_capabilities)
{
	must_be_root();
	drop_capability(CAP_KILL);
	drop_all_capabilities();
	ck_assert_int_eq(setuid(NOBODY), -1);
}
END_TEST

START_TEST(another_user)
{
	must_be_root();
	become_user(NOBODY);
	ck_assert_int_eq(geteuid(), NOBODY);
	ck_assert_int_eq(access("/proc/self/fd", R_OK), 0);
	ck_assert_int_eq(kill(getppid(), 0), -1);
}
END_TEST

TESTS(TEST(children), TEST(strangers), TEST(a_recycled_pid), TEST(a_full_table), TEST(no_proc), TEST(a_foreign_proc),
      TEST(pid_namespaces), TEST(lost_capabilities), TEST(another_user))
