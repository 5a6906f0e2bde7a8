/* From outside, SIGKILL and SIGSTOP reach the first process of a PID namespace, and other signals if it handles them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"
#include "valgrind.h"

enum {
	HANDLED = 'h',
	STOPPED = 's'
};

static int talk_of_handler;

static void handle(int sig)
{
	(void)sig;
	talk_say(talk_of_handler, HANDLED);
}

/* The parent of the namespace's first process tells its PID, when it stops, and exits with the signal that ended it. */
static int beget_init(int talk, void *unused)
{
	pid_t init;
	int status;

	if (unshare(CLONE_NEWPID) < 0)
		skip_because("PID namespace: %s", strerror(errno));
	talk_of_handler = talk;
	signal(SIGUSR1, handle);
	init = fork();
	if (init == 0)
		_exit(child_obeys(talk, unused));
	if (init < 0 || write(talk, &init, sizeof(init)) != sizeof(init))
		return 1;
	while (waitpid(init, &status, WUNTRACED) == init && WIFSTOPPED(status))
		talk_say(talk, STOPPED);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 1;
}

static struct child parent;
static int init;

static void start(void)
{
	pid_t pid;

	parent = child_start(beget_init, NULL);
	if (read(parent.talk, &pid, sizeof(pid)) != sizeof(pid)) {
		child_end(&parent);
		end_if_skipped();
		ck_abort_msg("no process in a PID namespace of its own");
	}
	init = pidfd_open(pid, 0);
	ck_assert_int_ge(init, 0);
}

/* Where emulated this takes tracing. */
static void needs_tracing(void)
{
	if (libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) != LIBPIDFD_PATH_KERNEL && tracer_is_under_kernel())
		skip_because("traced by under_kernel");
}

static void sends(int sig)
{
	ck_assert_msg(pidfd_send_signal(init, sig, NULL, 0) == 0, "signal %d: errno %d", sig, errno);
}

START_TEST(sigkill)
{
	needs_tracing();
	start();
	sends(SIGKILL);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&parent)), SIGKILL);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(init, SIGKILL, NULL, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
	close(init);
}
END_TEST

START_TEST(sigstop)
{
	needs_tracing();
	start();
	for (int again = 0; again < 3; again++) {
		sends(SIGSTOP);
		ck_assert_int_eq(talk_hear(parent.talk), STOPPED);
		sends(SIGCONT);
	}
	sends(SIGKILL);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&parent)), SIGKILL);
	close(init);
}
END_TEST

START_TEST(sigkill_while_stopped)
{
	needs_tracing();
	start();
	sends(SIGSTOP);
	ck_assert_int_eq(talk_hear(parent.talk), STOPPED);
	sends(SIGKILL);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&parent)), SIGKILL);
	close(init);
}
END_TEST

START_TEST(what_it_handles)
{
	start();
	sends(0);
	sends(SIGUSR1);
	ck_assert_int_eq(talk_hear(parent.talk), HANDLED);
	talk_say(parent.talk, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&parent)), 1);
	close(init);
}
END_TEST

/* From outside, by kill(2): gVisor spares it nothing. */
static bool is_spared(void)
{
	bool spared;

	start();
	kill(pidfd_getpid(init), SIGQUIT);
	talk_say(parent.talk, 42);
	spared = WEXITSTATUS(child_reap(&parent)) == 1;
	close(init);
	return spared;
}

START_TEST(nothing_else)
{
	if (under_valgrind() || !is_spared())
		skip_because("no first process is special here");
	start();
	sends(SIGQUIT);
	sends(SIGUSR2);
	sends(SIGUSR1);
	ck_assert_int_eq(talk_hear(parent.talk), HANDLED);
	talk_say(parent.talk, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&parent)), 1);
	close(init);
}
END_TEST

TESTS(TEST(sigkill), TEST(sigstop), TEST(sigkill_while_stopped), TEST(what_it_handles), TEST(nothing_else))
