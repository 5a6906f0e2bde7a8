/* Where clone_pidfd and pidfd_fork fail, there is no child, no descriptor and no write to *PIDFD. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "creation.h"
#include "environment.h"
#include "fds.h"
#include "run.h"
#include "sandbox.h"

/* 0 if the child was made, and it is well, else the errno, and all is well. */
static int try(const struct way *way)
{
	uint64_t before = open_fds();
	int pidfd = -7, why;
	pid_t pid;

	valgrind_must_know_way(way);
	pid = make(way, end_at_once, NULL, &pidfd);
	why = errno;
	if (pid > 0) {
		ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
		ck_assert_int_eq(waitpid(pid, NULL, __WALL), pid);
		close(pidfd);
	} else {
		ck_assert_int_eq(pid, -1);
		ck_assert_int_eq(pidfd, -7);
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
	ck_assert_uint_eq(open_fds(), before);
	return pid > 0 ? 0 : why;
}

/* One descriptor is free, then two and so on, so that each step of the way finds none. */
static void clone_must_survive(const struct way *failing)
{
	if (under_valgrind() && !(failing->flags & FORK))
		skip_because("valgrind does not survive a clone that fails");
}

START_TEST(too_few_descriptors)
{
	struct full_table table;
	int why = EMFILE, pair[2];

	clone_must_survive(&ways[_i]);
	table_fill(&table);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
		table_empty(&table);
		skip_because("socketpair works in a full table"); /* valgrind */
	}
	ck_assert_int_eq(try(&ways[_i]), EMFILE);
	for (int given = 0; given < 5; given++) {
		int fd = __builtin_ctzll(table.ours);

		close(fd);
		table.ours &= ~(UINT64_C(1) << fd);
		why = try(&ways[_i]);
		ck_assert(why == 0 || why == EMFILE);
	}
	table_empty(&table);
	ck_assert_int_eq(why, 0);
}
END_TEST

START_TEST(too_many_processes)
{
	struct rlimit before;

	clone_must_survive(&ways[_i]);
	before = allow_no_process();
	ck_assert_int_eq(try(&ways[_i]), EAGAIN);
	setrlimit(RLIMIT_NPROC, &before);
}
END_TEST

static const struct way *way;

/* What a child opens of itself is of no use where /proc tells other numbers; the kernel's pidfds need none. */
static void only_natively(void)
{
	bool native = libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) == LIBPIDFD_PATH_KERNEL ||
		      (!(way->flags & FORK) && libpidfd_path(LIBPIDFD_CALL_CLONE, NULL) == LIBPIDFD_PATH_KERNEL);

	ck_assert_int_eq(try(way), native ? 0 : ENOSYS);
}

START_TEST(no_proc)
{
	way = &ways[_i];
	without_proc();
	only_natively();
}
END_TEST

START_TEST(the_proc_of_an_outer_namespace)
{
	way = &ways[_i];
	in_pid_namespace_with_outer_proc(only_natively);
}
END_TEST

static int expected;

static void is_expected(void)
{
	ck_assert_int_eq(try(way), expected);
}

/* One more is enough: no way takes a process to help. */
START_TEST(too_many_in_the_cgroup)
{
	clone_must_survive(&ways[_i]);
	way = &ways[_i];
	expected = EAGAIN;
	in_pids_cgroup(1, is_expected);
	expected = 0;
	in_pids_cgroup(2, is_expected);
}
END_TEST

/* Emulated, a failure leaves a sibling that its parent, not the caller, reaps: it has run nothing. */
static int beget_sibling_in_vain(int talk, void *unused)
{
	struct full_table table;
	int pidfd = -7;
	pid_t pid;

	(void)unused;
	table_fill(&table);
	for (int given = 0;; given++) {
		pid = clone_pidfd(end_at_once, NULL, CLONE_PARENT | SIGCHLD, NULL, &pidfd);
		if (pid > 0)
			break;
		if (errno != EMFILE || pidfd != -7 || given == 5)
			return 1;
		int fd = __builtin_ctzll(table.ours);

		close(fd);
		table.ours &= ~(UINT64_C(1) << fd);
	}
	return write(talk, &pid, sizeof(pid)) != sizeof(pid);
}

START_TEST(too_few_descriptors_for_a_sibling)
{
	valgrind_must_know(CLONE_PARENT | SIGCHLD, NULL);
	must_not_be_gvisor("CLONE_PARENT is not heeded");

	struct child child = child_start(beget_sibling_in_vain, NULL);
	pid_t made, pid;
	int status;

	ck_assert_int_eq(read(child.talk, &made, sizeof(made)), sizeof(made));
	ck_assert_int_eq(child_reap(&child), 0);
	while ((pid = waitpid(-1, &status, 0)) > 0)
		ck_assert_int_eq(status, pid == made ? 0 : 127 << 8);
}
END_TEST

/* To the kernel a PID namespace whose first process has ended has no memory for others. */
START_TEST(no_memory)
{
	pid_t init;

	if (unshare(CLONE_NEWPID) < 0)
		skip_because("PID namespace: %s", strerror(errno));
	init = fork();
	if (init == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(init, NULL, 0), init);
	ck_assert_int_eq(try(&ways[_i]), ENOMEM);
}
END_TEST

static int ends[2];
static bool leave_heir, am_heir;

static void die_in_fork(void)
{
	char byte;

	if (am_heir)
		return;
	am_heir = true;
	if (leave_heir && fork() == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) < 0);
	}
	raise(SIGKILL);
}

static const bool heirs[] = { false, true };

/* An heir keeps what the child had open, so that its end shows nowhere but in its state. */
START_TEST(a_child_that_dies_before_it_is_known)
{
	leave_heir = heirs[_i];
	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	ck_assert_int_eq(pthread_atfork(NULL, NULL, die_in_fork), 0);
	ck_assert_int_eq(try(&ways[0]), EAGAIN);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static void ignore(int sig)
{
	(void)sig;
}

/* Its end of the socket is in the table that it shares, and its parent never has the time to be told of nothing. */
START_TEST(a_child_that_dies_before_it_is_known_while_signals_come)
{
	static const struct way vfork = { CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL };
	const struct itimerval often = { { 0, 1000 }, { 0, 1000 } }, never = { 0 };

	if (libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) != LIBPIDFD_PATH_EMULATED ||
	    libpidfd_path(LIBPIDFD_CALL_CLONE, NULL) != LIBPIDFD_PATH_EMULATED)
		skip_because("its pidfd comes from the kernel");
	ck_assert_int_eq(try(&vfork), 0);
	signal(SIGALRM, ignore);
	setitimer(ITIMER_REAL, &often, NULL);
	/* What the child opens, with O_DIRECTORY; opendir(3) adds O_NONBLOCK. */
	sandbox_kills(&(struct use){ SYS_openat, 2, O_DIRECTORY | O_NONBLOCK, O_DIRECTORY });
	ck_assert_int_eq(try(&vfork), EAGAIN);
	setitimer(ITIMER_REAL, &never, NULL);
}
END_TEST

TESTS(TEST_EACH(too_few_descriptors, ways), TEST(too_few_descriptors_for_a_sibling),
      TEST_EACH(too_many_processes, ways), TEST_EACH(too_many_in_the_cgroup, ways), TEST_EACH(no_proc, ways),
      TEST_EACH(the_proc_of_an_outer_namespace, ways), TEST_EACH(no_memory, ways),
      TEST_EACH(a_child_that_dies_before_it_is_known, heirs),
      TEST(a_child_that_dies_before_it_is_known_while_signals_come))
