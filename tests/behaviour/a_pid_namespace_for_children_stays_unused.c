/* After unshare(CLONE_NEWPID) no helper of the library becomes the first process of the new namespace, which would end it. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "run.h"

static int await_usr1(int talk, void *unused)
{
	sigset_t set;
	siginfo_t info;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	talk_say(talk, 0);
	return sigwaitinfo(&set, &info) == SIGUSR1 ? info.si_value.sival_int : 1;
}

static bool forks_as_first(void)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(getpid() == 1 ? 0 : 1);
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static void unshare_children(void)
{
	/* BUGS: so the first of the new namespace comes and goes. */
	if (access("/proc/self/ns/pid_for_children", F_OK) < 0)
		skip_because("nothing tells where children will be, before 4.12");
	if (unshare(CLONE_NEWPID) < 0)
		skip_because("PID namespace: %s", strerror(errno));
}

static void end(pid_t pid)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 0);
}

START_TEST(by_probes)
{
	pid_t pid = fork();

	if (pid == 0) {
		unshare_children();
		for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
			libpidfd_path(call, NULL);
		_exit(forks_as_first() ? 0 : 1);
	}
	end(pid);
}
END_TEST

START_TEST(by_signals)
{
	pid_t pid = fork();

	valgrind_must_know(CLONE_NEWPID | SIGCHLD, NULL);
	if (pid == 0) {
		struct child child = child_start(await_usr1, NULL);
		siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE, .si_value.sival_int = 42 };
		int pidfd = pidfd_open(child.pid, 0), status;

		talk_hear(child.talk);
		unshare_children();
		if (pidfd_send_signal(pidfd, SIGUSR1, &info, 0) != 0)
			_exit(2);
		if (waitpid(child.pid, &status, 0) != child.pid || status != 42 << 8)
			_exit(3);
		_exit(forks_as_first() ? 0 : 1);
	}
	end(pid);
}
END_TEST

TESTS(TEST(by_probes), TEST(by_signals))
