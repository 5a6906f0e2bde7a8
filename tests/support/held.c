#include "held.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "valgrind.h"

enum {
	MARK = SIGURG /* ignored, if it is not suppressed */
};

void must_be_able_to_hold(void)
{
	if (tracer_is_under_kernel())
		skip_because("another tracer is at work");
	if (under_valgrind())
		skip_because("valgrind's own system calls are among the program's");
}

void held_mark(void)
{
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), MARK);
}

struct held held_start(pid_t pid)
{
	/* The kernel tells CLONE_VFORK so, whoever else calls it a vfork. */
	const long options = PTRACE_O_TRACEVFORK | PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL;
	struct held held = { .pid = pid };

	if (ptrace(PTRACE_SEIZE, pid, NULL, (void *)options) < 0)
		skip_because("PTRACE_SEIZE: %s", strerror(errno));
	return held;
}

static int next_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		ck_assert_msg(errno == EINTR, "waiting for what is held: %s", strerror(errno));
	return status;
}

/* SIG is delivered, if it is one. */
static void go_on(pid_t pid, int sig)
{
	ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig);
}

static pid_t now(const struct held *held)
{
	return held->helper ? held->helper : held->pid;
}

/* Runs it to its next stop at a system call, if MARKED; to its next mark otherwise. False for a mark. */
static bool next_stop(struct held *held)
{
	for (;;) {
		int status = next_status(now(held));

		if (!WIFSTOPPED(status)) {
			ck_assert_msg(held->helper, "what is held ended: status 0x%x", (unsigned int)status);
			held->helper = 0;
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			return true;
		} else if (status >> 8 == (SIGTRAP | PTRACE_EVENT_VFORK << 8)) {
			unsigned long helper;

			ptrace(PTRACE_GETEVENTMSG, held->pid, NULL, &helper);
			go_on(held->pid, 0);
			held->helper = (pid_t)helper;
		} else if (held->helper && status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
			ptrace(PTRACE_DETACH, held->helper, NULL, NULL);
			held->helper = 0;
		} else if (status >> 16) {
			go_on(now(held), 0);
		} else if (WSTOPSIG(status) == MARK) {
			return false;
		} else {
			go_on(now(held), WSTOPSIG(status));
		}
	}
}

static void await_first_mark(const struct held *held)
{
	for (int status; !WIFSTOPPED(status = next_status(held->pid)) || WSTOPSIG(status) != MARK;) {
		ck_assert_msg(WIFSTOPPED(status), "no first mark: status 0x%x", (unsigned int)status);
		ptrace(PTRACE_CONT, held->pid, NULL, NULL);
	}
}

int held_steps(struct held *held)
{
	int status, steps = 0;

	await_first_mark(held);
	do {
		ptrace(PTRACE_SINGLESTEP, held->pid, NULL, NULL);
		status = next_status(held->pid);
		ck_assert_msg(WIFSTOPPED(status), "what is held ended: status 0x%x", (unsigned int)status);
		steps++;
	} while (WSTOPSIG(status) != MARK);
	held->past = true;
	return steps;
}

bool held_at(struct held *held, int stop)
{
	if (held->stops == 0 && !held->past)
		await_first_mark(held);
	while (held->stops < stop && !held->past) {
		go_on(now(held), 0);
		held->past = !next_stop(held);
		held->stops += !held->past;
	}
	return !held->past;
}

int held_ends(struct held *held)
{
	int status;

	while (WIFSTOPPED(status = next_status(held->pid)))
		ptrace(PTRACE_CONT, held->pid, NULL, NULL);
	return status;
}

int held_end(struct held *held)
{
	held_at(held, INT_MAX);
	ptrace(PTRACE_CONT, held->pid, NULL, NULL);
	return held_ends(held);
}
