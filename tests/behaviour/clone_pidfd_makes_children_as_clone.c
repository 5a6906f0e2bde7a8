/* clone_pidfd makes the child that clone makes, with every flag, and a pidfd for it. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "creation.h"
#include "raw.h"
#include "run.h"

static const struct way clones[] = {
	{ SIGCHLD, NULL },
	{ SIGCHLD, STACK },
	{ 0, NULL },
	{ SIGUSR1, NULL },
	{ RAW_CLONE_PIDFD | SIGCHLD, NULL },
	{ CLONE_VFORK | SIGCHLD, NULL },
	{ CLONE_VM | CLONE_VFORK | SIGCHLD, STACK },
	{ CLONE_VM | SIGCHLD, STACK },
	{ CLONE_VM | SIGUSR1, STACK },
	{ CLONE_FS | SIGCHLD, NULL },
	{ CLONE_FILES | SIGCHLD, NULL },
	{ CLONE_FILES | SIGCHLD, STACK },
	{ CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL },
	{ CLONE_VM | CLONE_FILES | SIGCHLD, STACK },
	{ CLONE_VM | CLONE_FILES | CLONE_VFORK | SIGCHLD, STACK },
	{ CLONE_VM | CLONE_SIGHAND | SIGCHLD, STACK },
	{ CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_SYSVSEM | SIGCHLD, STACK },
	{ CLONE_SYSVSEM | SIGCHLD, NULL },
	{ (int)(CLONE_IO | SIGCHLD), NULL },
	{ CLONE_UNTRACED | SIGCHLD, NULL },
	{ CLONE_PTRACE | SIGCHLD, NULL },
	{ CLONE_PTRACE | CLONE_VM | CLONE_VFORK | SIGCHLD, STACK },
	{ CLONE_NEWNS | SIGCHLD, NULL },
	{ CLONE_NEWCGROUP | SIGCHLD, NULL },
	{ CLONE_NEWUTS | SIGCHLD, NULL },
	{ CLONE_NEWIPC | SIGCHLD, NULL },
	{ CLONE_NEWNET | SIGCHLD, NULL },
	{ CLONE_NEWPID | SIGCHLD, NULL },
	{ CLONE_NEWPID | CLONE_VM | CLONE_VFORK | SIGCHLD, STACK },
	{ CLONE_NEWUSER | SIGCHLD, NULL },
	{ CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | SIGCHLD, STACK },
};

static int return_it(void *code)
{
	return *(int *)code;
}

/* Skips the test where clone itself can't; another errno than clone's fails it. Exit signals stay pending. */
static pid_t make_clone(int (*fn)(void *), int flags, void *stack, void *argument, int *pidfd)
{
	sigset_t signals;
	pid_t pid;

	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGUSR1);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	valgrind_must_know(flags, stack);
	pid = clone_pidfd(fn, stack, flags, argument, pidfd);
	if (pid < 0) {
		int why = errno;

		ck_assert_int_eq(clone(fn, STACK, flags & ~RAW_CLONE_PIDFD, argument), -1);
		ck_assert_int_eq(errno, why);
		skip_because("clone with flags %#x: %s", (unsigned int)flags, strerror(why));
	}
	return pid;
}

static bool is_pending(int sig)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, sig);
}

START_TEST(each_ends_with_the_result_of_its_function)
{
	int exit_signal = clones[_i].flags & 0xff, pidfd = -1, code = 42, status;
	struct pollfd end = { .events = POLLIN };
	pid_t pid;

	errno = EXDEV;
	pid = make_clone(return_it, clones[_i].flags, clones[_i].stack, &code, &pidfd);
	if (!(clones[_i].flags & CLONE_VM)) /* errno is the child's, too */
		ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pidfd_getpid(pidfd), pid);
	end.fd = pidfd;
	ck_assert_int_eq(pidfd_poll(&end, 1, -1), 1);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, (int)__WALL), pid);
	ck_assert_int_eq(status, code << 8);
	ck_assert_int_eq(is_pending(SIGCHLD), exit_signal == SIGCHLD);
	ck_assert_int_eq(is_pending(SIGUSR1), exit_signal == SIGUSR1);
	close(pidfd);
}
END_TEST

static bool was_here;

static int leave_marks(void *free_fd)
{
	was_here = true;
	return chdir("/proc") < 0 || dup2(STDERR_FILENO, *(int *)free_fd) < 0;
}

START_TEST(each_shares_what_its_flags_say)
{
	int flags = clones[_i].flags, free_fd = 900, pidfd, status;
	char directory[8];

	ck_assert_int_eq(chdir("/"), 0);
	make_clone(leave_marks, flags, clones[_i].stack, &free_fd, &pidfd);
	ck_assert_int_gt(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, (int)__WALL), 0);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(was_here, !!(flags & CLONE_VM));
	ck_assert_ptr_nonnull(getcwd(directory, sizeof(directory)));
	ck_assert_str_eq(directory, flags & CLONE_FS ? "/proc" : "/");
	ck_assert_int_eq(close(free_fd), flags & CLONE_FILES ? 0 : -1);
	close(pidfd);
}
END_TEST

static int is_init(void *unused)
{
	(void)unused;
	return getpid() == 1 ? 7 : 1;
}

START_TEST(the_first_of_a_pid_namespace)
{
	int pidfd, status;
	pid_t pid = make_clone(is_init, CLONE_NEWPID | SIGCHLD, NULL, NULL, &pidfd);

	ck_assert_int_eq(pidfd_getpid(pidfd), pid);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), pid);
	ck_assert_int_eq(status, 7 << 8);
	close(pidfd);
}
END_TEST

static int beget_sibling(int talk, void *unused)
{
	struct pollfd end = { .events = POLLIN };
	int code = 42, pidfd;
	pid_t pid;

	(void)unused;
	if (waitpid(clone(return_it, STACK, CLONE_PARENT | SIGCHLD, &code), NULL, 0) > 0)
		skip_because("CLONE_PARENT is not heeded"); /* gVisor */
	pid = clone_pidfd(return_it, NULL, CLONE_PARENT | SIGCHLD, &code, &pidfd);
	end.fd = pidfd;
	if (pid < 0 || pidfd_getpid(pidfd) != pid || pidfd_poll(&end, 1, -1) != 1)
		return 1;
	if (pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0) != -1 || errno != ECHILD)
		return 2;
	return write(talk, &pid, sizeof(pid)) != sizeof(pid);
}

START_TEST(a_sibling)
{
	valgrind_must_know(CLONE_PARENT | SIGCHLD, NULL);

	struct child child = child_start(beget_sibling, NULL);
	pid_t pid;
	int status;

	if (read(child.talk, &pid, sizeof(pid)) != sizeof(pid)) {
		end_if_skipped();
		ck_abort_msg("no sibling: status %x", (unsigned int)child_reap(&child));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 42 << 8);
	ck_assert_int_eq(child_reap(&child), 0);
	ck_assert_int_gt(waitpid(-1, NULL, 0), 0); /* that of clone */
}
END_TEST

static int beget_tracee(int talk, void *flags)
{
	int code = 42, pidfd, status;
	pid_t pid;

	talk_hear(talk);
	pid = clone_pidfd(return_it, NULL, *(int *)flags, &code, &pidfd);
	if (pid < 0 || pidfd_getpid(pidfd) != pid)
		return 1;
	if (pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0) != pid || status != code << 8)
		return 2;
	return write(talk, &pid, sizeof(pid)) != sizeof(pid);
}

static int tracing[] = { CLONE_PTRACE | SIGCHLD, CLONE_PTRACE | CLONE_VFORK | SIGCHLD, SIGCHLD };

/* With CLONE_PTRACE the child of a tracee is its tracer's too, from its first instruction to its end. */
START_TEST(a_child_of_a_tracee)
{
	valgrind_must_know(tracing[_i], NULL);
	if (tracer_is_under_kernel())
		skip_because("traced already");

	struct child child = child_start(beget_tracee, &tracing[_i]);
	pid_t traced = 0, pid, told;
	int status;

	if (ptrace(PTRACE_SEIZE, child.pid, NULL, NULL) < 0) {
		child_end(&child);
		skip_because("ptrace: %s", strerror(errno));
	}
	talk_say(child.talk, 0);
	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		ck_assert_int_gt(pid, 0);
		if (pid != child.pid)
			traced = pid;
		if (WIFSTOPPED(status))
			ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)(status >> 16 ? 0 : WSTOPSIG(status)));
		else if (pid == child.pid)
			break;
	}
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(read(child.talk, &told, sizeof(told)), sizeof(told));
	ck_assert_int_eq(traced, tracing[_i] & CLONE_PTRACE ? told : 0);
	close(child.talk);
}
END_TEST

static const int flags_alone[] = {
	CLONE_VM,     CLONE_VFORK,   CLONE_FILES,   CLONE_FS,	     CLONE_SIGHAND,
	CLONE_PARENT, (int)CLONE_IO, CLONE_SYSVSEM, CLONE_NEWNS,     CLONE_NEWUTS,
	CLONE_NEWIPC, CLONE_NEWPID,  CLONE_NEWNET,  CLONE_NEWCGROUP, CLONE_NEWUSER,
};

/* How the call fails, or the child ends. A sibling is not the caller's to wait for. */
static int outcome(pid_t pid, int flags)
{
	int status = 0;

	if (pid < 0)
		return -errno;
	return flags & CLONE_PARENT || waitpid(pid, &status, __WALL) == pid ? status : -ECHILD;
}

static int compare_outcomes(int talk, void *of)
{
	static _Alignas(16) char another[16384]; /* siblings may run at the same time */
	static int code = 37;
	int flags = *(int *)of, pidfd = -1, theirs, ours;

	(void)talk;
	theirs = outcome(clone(return_it, another + sizeof(another), flags, &code), flags);
	ours = outcome(clone_pidfd(return_it, STACK, flags, &code, &pidfd), flags);
	return ours != theirs || (pidfd >= 0) != (ours >= 0);
}

START_TEST(two_flags_do_what_they_do_for_clone)
{
	must_not_be_gvisor("CLONE_PARENT is not heeded");
	for (size_t i = 0; i < sizeof(flags_alone) / sizeof(flags_alone[0]); i++) {
		int flags = flags_alone[_i] | flags_alone[i] | SIGCHLD, status;

		if (flags & CLONE_PARENT && flags & CLONE_VFORK)
			continue;
		valgrind_must_know(flags, STACK);

		struct child caller = child_start(compare_outcomes, &flags);

		ck_assert_int_eq(waitpid(caller.pid, &status, 0), caller.pid);
		ck_assert_msg(status == 0, "flags %#x", (unsigned int)flags);
		close(caller.talk);
		while (waitpid(-1, &status, __WALL) > 0)
			ck_assert_msg(status == 37 << 8, "a sibling, flags %#x: status %#x", (unsigned int)flags,
				      (unsigned int)status);
	}
}
END_TEST

TESTS(TEST_EACH(each_ends_with_the_result_of_its_function, clones), TEST_EACH(each_shares_what_its_flags_say, clones),
      TEST(the_first_of_a_pid_namespace), TEST(a_sibling), TEST_EACH(a_child_of_a_tracee, tracing),
      TEST_EACH(two_flags_do_what_they_do_for_clone, flags_alone))
