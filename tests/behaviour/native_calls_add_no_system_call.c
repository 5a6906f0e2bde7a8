/* Where the kernel has a call, the library makes that one system call and no other, from the second time on. */
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "run.h"
#include "valgrind.h"

static int target;
static pid_t target_pid;

static void do_open(void)
{
	pidfd_open(target_pid, 0); /* left open for the end of the process */
}

static void do_send(void)
{
	pidfd_send_signal(target, 0, NULL, 0);
}

static void do_wait(void)
{
	siginfo_t info;
	int status;

	pidfd_wait(target, &status, &info, NULL, WEXITED, WNOHANG);
}

static void do_waitid(void)
{
	siginfo_t info;

	pidfd_waitid(P_PIDFD, (id_t)target, &info, WEXITED | WNOHANG);
}

static void do_poll(void)
{
	struct pollfd p = { .fd = target, .events = POLLIN };

	pidfd_poll(&p, 1, 0);
}

static void do_ppoll(void)
{
	struct pollfd p = { .fd = target, .events = POLLIN };
	struct timespec zero = { 0 };

	pidfd_ppoll(&p, 1, &zero, NULL);
}

static void do_close_range(void)
{
	close_range(UINT_MAX, UINT_MAX, 0);
}

static void do_close_range_cloexec(void)
{
	close_range(UINT_MAX, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static void do_closefrom(void)
{
	closefrom(INT_MAX);
}

static const struct row {
	enum libpidfd_call call;
	void (*act)(void);
} rows[] = {
	{ LIBPIDFD_CALL_OPEN, do_open },
	{ LIBPIDFD_CALL_SEND_SIGNAL, do_send },
	{ LIBPIDFD_CALL_WAIT, do_wait },
	{ LIBPIDFD_CALL_WAIT, do_waitid },
	{ LIBPIDFD_CALL_POLL, do_poll },
	{ LIBPIDFD_CALL_POLL, do_ppoll },
	{ LIBPIDFD_CALL_CLOSE_RANGE, do_close_range },
	{ LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, do_close_range_cloexec },
	{ LIBPIDFD_CALL_CLOSE_RANGE, do_closefrom },
};

/* Two stops by SIGUSR1 with the second call between them, and nothing else that is a system call but the raises. */
_Noreturn static void act_between_marks(const struct row *row)
{
	pid_t self = getpid();

	row->act();
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(77);
	kill(self, SIGUSR1);
	row->act();
	kill(self, SIGUSR1);
	_exit(0);
}

/* Runs TRACEE on to its next mark, and counts the system calls it enters; that of the mark's own kill is the last. */
static int calls_to_next_mark(pid_t tracee)
{
	int status, stops = 0;

	for (;;) {
		ck_assert_int_eq(ptrace(PTRACE_SYSCALL, tracee, NULL, NULL), 0);
		ck_assert_int_eq(waitpid(tracee, &status, 0), tracee);
		ck_assert(WIFSTOPPED(status));
		if (WSTOPSIG(status) == SIGUSR1)
			break;
		stops++;
	}
	return stops / 2;
}

START_TEST(one_system_call)
{
	const struct row *row = &rows[_i];
	struct child child;
	pid_t tracee;
	int status, calls;

	if (under_valgrind())
		skip_because("valgrind makes system calls of its own");
	if (tracer_is_under_kernel())
		skip_because("another tracer is at work");
	if (libpidfd_path(row->call, NULL) != LIBPIDFD_PATH_KERNEL)
		skip_because("not native here");
	if (libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) != LIBPIDFD_PATH_KERNEL)
		skip_because("no pidfd of the kernel's to call it on");
	child = child_waiting();
	target_pid = child.pid;
	target = pidfd_open(child.pid, 0);
	ck_assert_int_ge(target, 0);
	tracee = fork();
	if (tracee == 0)
		act_between_marks(row);
	ck_assert_int_eq(waitpid(tracee, &status, 0), tracee);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77) {
		close(target);
		child_end(&child);
		skip_because("ptrace is not permitted");
	}
	ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
	/* The return from the first mark's kill is the odd stop that the division drops. */
	calls = calls_to_next_mark(tracee) - 1;
	ptrace(PTRACE_KILL, tracee, NULL, NULL);
	kill(tracee, SIGKILL);
	ck_assert_int_eq(waitpid(tracee, &status, 0), tracee);
	close(target);
	child_end(&child);
	ck_assert_int_eq(calls, 1);
}
END_TEST

TESTS(TEST_EACH(one_system_call, rows))
