/* pidfd_wait tells of stopped, continued and trapped children as wait4 does, each change once. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "run.h"

static void tells(int pidfd, const struct child *child, int states, int flags, int code, int status_of_info, int status)
{
	siginfo_t info;
	int told = ~status;

	ck_assert_int_eq(pidfd_wait(pidfd, &told, &info, NULL, states, flags), child->pid);
	ck_assert_int_eq(told, status);
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_pid, child->pid);
	ck_assert_uint_eq(info.si_uid, getuid());
	ck_assert_int_eq(info.si_code, code);
	ck_assert_int_eq(info.si_status, status_of_info);
}

static void tells_nothing(int pidfd, int states)
{
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, states, WNOHANG), 0);
}

static int status_by_wait4(const struct child *child, int options)
{
	int status;

	ck_assert_int_eq(wait4(child->pid, &status, options, NULL), child->pid);
	return status;
}

static const int flags[] = { 0, WNOWAIT };

START_TEST(stops_and_continuations)
{
	waitid_must_tell_stops();

	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);

	for (int again = 0; again < 10; again++) {
		ck_assert_int_eq(kill(child.pid, SIGSTOP), 0);
		tells(pidfd, &child, WSTOPPED, flags[_i], CLD_STOPPED, SIGSTOP, SIGSTOP << 8 | 0x7f);
		if (flags[_i] & WNOWAIT)
			ck_assert_int_eq(status_by_wait4(&child, WUNTRACED), SIGSTOP << 8 | 0x7f);
		tells_nothing(pidfd, WEXITED | WSTOPPED | WCONTINUED);

		ck_assert_int_eq(kill(child.pid, SIGCONT), 0);
		tells(pidfd, &child, WCONTINUED, flags[_i], CLD_CONTINUED, SIGCONT, 0xffff);
		if (flags[_i] & WNOWAIT)
			ck_assert_int_eq(status_by_wait4(&child, WCONTINUED), 0xffff);
		tells_nothing(pidfd, WEXITED | WSTOPPED | WCONTINUED);
	}
	child_end(&child);
	close(pidfd);
}
END_TEST

START_TEST(only_the_states_asked_for)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	tells_nothing(pidfd, WEXITED);
	tells_nothing(pidfd, WCONTINUED);
	tells_nothing(pidfd, WEXITED | WCONTINUED);
	kill(child.pid, SIGKILL);
	child_await_zombie(&child);
	/* A zombie is no child to those who do not wait for ends. */
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WSTOPPED | WCONTINUED, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	tells(pidfd, &child, WEXITED | WSTOPPED | WCONTINUED, 0, CLD_KILLED, SIGKILL, SIGKILL);
	close(pidfd);
	close(child.talk);
}
END_TEST

static int trap_itself(int talk, void *unused)
{
	(void)talk, (void)unused;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		skip_because("ptrace: %s", strerror(errno));
	raise(SIGUSR1);
	return 5;
}

static void go_on(const struct child *child)
{
	ck_assert_int_eq(ptrace(PTRACE_CONT, child->pid, NULL, NULL), 0);
}

/* First looked at, so that wait4 can confirm the same trap. */
static void is_trapped(int pidfd, const struct child *child, int trap)
{
	tells(pidfd, child, WSTOPPED, WNOWAIT, CLD_TRAPPED, trap, trap << 8 | 0x7f);
	ck_assert_int_eq(status_by_wait4(child, WUNTRACED), trap << 8 | 0x7f);
}

START_TEST(traps)
{
	waitid_must_tell_stops();
	if (tracer_is_under_kernel())
		skip_because("traced already");

	struct child child = child_start(trap_itself, NULL);
	int pidfd = pidfd_open(child.pid, 0), status;

	if (pidfd_wait(pidfd, &status, NULL, NULL, WEXITED | WSTOPPED, WNOWAIT) == child.pid && WIFEXITED(status))
		child_end(&child);
	end_if_skipped();
	is_trapped(pidfd, &child, SIGUSR1);
	ck_assert_int_eq(ptrace(PTRACE_SETOPTIONS, child.pid, NULL, (void *)(intptr_t)PTRACE_O_TRACEEXIT), 0);
	go_on(&child);
	is_trapped(pidfd, &child, SIGTRAP | PTRACE_EVENT_EXIT << 8);
	go_on(&child);
	tells(pidfd, &child, WEXITED, 0, CLD_EXITED, 5, 5 << 8);
	close(pidfd);
	close(child.talk);
}
END_TEST

/* Seizes a process, holds it at its next signal, and reaps what is left of it, all when told. */
static int trace(int talk, void *pid_of_another)
{
	pid_t pid = *(pid_t *)pid_of_another;
	siginfo_t info;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		skip_because("ptrace: %s", strerror(errno));
	talk_say(talk, 0);
	if (waitid(P_PID, (id_t)pid, &info, WSTOPPED) < 0 || info.si_code != CLD_TRAPPED)
		return 1;
	talk_say(talk, 1);
	if (talk_hear(talk) < 0 || ptrace(PTRACE_CONT, pid, NULL, NULL) < 0 ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		return 2;
	talk_say(talk, 2);
	return talk_hear(talk) < 0 || waitpid(pid, NULL, 0) != pid;
}

/* Until the tracer has reaped it, a child's traps and its end are the tracer's to hear. */
START_TEST(a_child_that_somebody_else_traces)
{
	waitid_must_tell_stops();
	if (tracer_is_under_kernel())
		skip_because("traced already");

	struct child child = child_waiting(), tracer = child_start(trace, &child.pid);
	int pidfd = pidfd_open(child.pid, 0);

	if (talk_hear(tracer.talk) < 0) {
		child_end(&child);
		end_if_skipped();
	}
	kill(child.pid, SIGUSR1);
	ck_assert_int_eq(talk_hear(tracer.talk), 1);
	tells_nothing(pidfd, WEXITED | WSTOPPED | WCONTINUED);
	talk_say(tracer.talk, 0);
	talk_say(child.talk, 3);
	ck_assert_int_eq(talk_hear(tracer.talk), 2);
	tells_nothing(pidfd, WEXITED);
	tells_nothing(pidfd, WEXITED | WSTOPPED | WCONTINUED);
	talk_say(tracer.talk, 0);
	tells(pidfd, &child, WEXITED, 0, CLD_EXITED, 3, 3 << 8);
	ck_assert_int_eq(child_reap(&tracer), 0);
	close(pidfd);
	close(child.talk);
}
END_TEST

/* Who is no child is waited for by its tracer all the same, and is then its parent's. */
START_TEST(a_stranger_that_one_traces)
{
	waitid_must_tell_stops();
	if (tracer_is_under_kernel())
		skip_because("traced already");

	struct stranger stranger = stranger_start();
	struct child tracee = { stranger.pid, stranger.talk };
	int pidfd = pidfd_open(stranger.pid, 0);

	if (ptrace(PTRACE_SEIZE, stranger.pid, NULL, NULL) < 0) {
		stranger_end(&stranger);
		skip_because("ptrace: %s", strerror(errno));
	}
	tells_nothing(pidfd, WEXITED | WSTOPPED | WCONTINUED);
	kill(stranger.pid, SIGUSR1);
	is_trapped(pidfd, &tracee, SIGUSR1);
	go_on(&tracee);
	talk_say(stranger.talk, 5);
	tells(pidfd, &tracee, WEXITED, WNOWAIT, CLD_EXITED, 5, 5 << 8);
	tells(pidfd, &tracee, WEXITED, 0, CLD_EXITED, 5, 5 << 8);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), -1);
	ck_assert_int_eq(errno, ECHILD);
	stranger_await_zombie(&stranger);
	stranger_reap(&stranger);
	close(pidfd);
	stranger_end(&stranger);
}
END_TEST

TESTS(TEST_EACH(stops_and_continuations, flags), TEST(only_the_states_asked_for), TEST(traps),
      TEST(a_child_that_somebody_else_traces), TEST(a_stranger_that_one_traces))
