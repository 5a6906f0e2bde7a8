/*
 * On every pretended kernel, traced or not, processes stop, go on, fork, exec, make threads and end as elsewhere.
 * It asks libc and the kernel, never the library.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "run.h"

static int wait_status(pid_t pid, int options)
{
	int status;

	ck_assert_int_eq(waitpid(pid, &status, options), pid);
	return status;
}

START_TEST(stopped_and_continued)
{
	struct child child = child_waiting();

	for (int again = 0; again < 20; again++) {
		ck_assert_int_eq(kill(child.pid, SIGSTOP), 0);

		int status = wait_status(child.pid, WUNTRACED);

		ck_assert(WIFSTOPPED(status));
		ck_assert_int_eq(WSTOPSIG(status), SIGSTOP);
		ck_assert_int_eq(kill(child.pid, SIGCONT), 0);
		ck_assert(WIFCONTINUED(wait_status(child.pid, WCONTINUED)));
	}
	child_exit_with(&child, 5);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 5);
}
END_TEST

START_TEST(killed_while_stopped)
{
	struct child child = child_waiting();

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	kill(child.pid, SIGKILL);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGKILL);
}
END_TEST

static int tell_signal(int talk, void *unused)
{
	sigset_t set;
	siginfo_t info;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGTRAP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	talk_say(talk, 0);
	return sigwaitinfo(&set, &info) == SIGTRAP && info.si_code == SI_QUEUE ? info.si_value.sival_int : 1;
}

START_TEST(a_signal_keeps_its_siginfo)
{
	struct child child = child_start(tell_signal, NULL);

	ck_assert_int_eq(talk_hear(child.talk), 0);
	ck_assert_int_eq(sigqueue(child.pid, SIGTRAP, (union sigval){ .sival_int = 42 }), 0);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 42);
}
END_TEST

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	handled = sig;
}

START_TEST(handlers_run)
{
	signal(SIGTRAP, handle);
	raise(SIGTRAP);
	ck_assert_int_eq(handled, SIGTRAP);
}
END_TEST

START_TEST(spawned)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)"exit 6", NULL };
	pid_t pid;

	ck_assert_int_eq(posix_spawnp(&pid, "sh", NULL, NULL, argv, NULL), 0);
	ck_assert_int_eq(WEXITSTATUS(wait_status(pid, 0)), 6);
}
END_TEST

static void *fork_from_thread(void *unused)
{
	(void)unused;

	struct child child = child_zombie(7);

	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 7);
	return NULL;
}

START_TEST(threads_that_fork)
{
	pthread_t threads[8];

	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fork_from_thread, NULL), 0);
	for (int i = 0; i < 8; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
}
END_TEST

static void *exec_from_thread(void *unused)
{
	(void)unused;
	execl("/bin/sh", "sh", "-c", "exit 8", NULL);
	return NULL;
}

static int exec_in_thread(int talk, void *unused)
{
	pthread_t thread;

	(void)talk, (void)unused;
	if (pthread_create(&thread, NULL, exec_from_thread, NULL) == 0)
		pthread_join(thread, NULL);
	return 1;
}

START_TEST(a_thread_that_execs)
{
	struct child child = child_start(exec_in_thread, NULL);

	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 8);
}
END_TEST

START_TEST(an_ended_main_thread)
{
	struct child child = child_with_ended_main_thread();

	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), 0);
	child_exit_with(&child, 9);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 9);
}
END_TEST

START_TEST(a_stranger)
{
	struct stranger stranger = stranger_start();

	ck_assert_int_eq(waitpid(stranger.pid, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	kill(stranger.pid, SIGKILL);
	stranger_await_zombie(&stranger);
	ck_assert_int_eq(kill(stranger.pid, 0), 0);
	stranger_reap(&stranger);
	ck_assert_int_eq(kill(stranger.pid, 0), -1);
	stranger_end(&stranger);
}
END_TEST

TESTS(TEST(stopped_and_continued), TEST(killed_while_stopped), TEST(a_signal_keeps_its_siginfo), TEST(handlers_run),
      TEST(spawned), TEST(threads_that_fork), TEST(a_thread_that_execs), TEST(an_ended_main_thread), TEST(a_stranger))
