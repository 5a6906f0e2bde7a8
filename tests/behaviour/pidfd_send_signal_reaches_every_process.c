/* A signal by pidfd reaches a process whoever it is and whatever state it is in, and any thread of it that will take it. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "raw.h"
#include "receiver.h"
#include "run.h"

static void sends(pid_t pid, int sig)
{
	int pidfd = pidfd_open(pid, 0);

	ck_assert_int_ge(pidfd, 0);
	ck_assert_msg(pidfd_send_signal(pidfd, sig, NULL, 0) == 0, "signal %d: errno %d", sig, errno);
	close(pidfd);
}

static volatile sig_atomic_t handled;

static void handle(int sig)
{
	handled = sig;
}

START_TEST(oneself)
{
	signal(SIGUSR1, handle);
	sends(getpid(), 0);
	ck_assert_int_eq(handled, 0);
	sends(getpid(), SIGUSR1);
	ck_assert_int_eq(handled, SIGUSR1);
}
END_TEST

static void *send_to_own_process(void *unused)
{
	(void)unused;
	sends(getpid(), SIGUSR1);
	return NULL;
}

START_TEST(oneself_from_a_thread)
{
	pthread_t thread;

	signal(SIGUSR1, handle);
	ck_assert_int_eq(pthread_create(&thread, NULL, send_to_own_process, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert_int_eq(handled, SIGUSR1);
}
END_TEST

START_TEST(no_child)
{
	struct stranger stranger = stranger_start();

	sends(stranger.pid, 0);
	sends(stranger.pid, SIGKILL);
	stranger_await_zombie(&stranger);
	stranger_end(&stranger);
}
END_TEST

START_TEST(the_parent)
{
	sends(getppid(), 0);
	sends(getppid(), SIGURG);
}
END_TEST

START_TEST(a_stopped_child)
{
	struct child child = child_waiting();

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	sends(child.pid, 0);
	sends(child.pid, SIGKILL);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGKILL);
}
END_TEST

START_TEST(a_stopped_child_later)
{
	struct child child = child_waiting();

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	sends(child.pid, SIGUSR1);
	sends(child.pid, SIGCONT);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), SIGUSR1);
}
END_TEST

static const int signals[] = { 0, SIGUSR1, SIGSTOP, SIGCONT, SIGKILL };

START_TEST(a_zombie_child)
{
	struct child child = child_zombie(42);

	sends(child.pid, signals[_i]);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 42);
}
END_TEST

START_TEST(a_zombie_of_others)
{
	struct stranger stranger = stranger_start();

	stranger_exit_with(&stranger, 0);
	sends(stranger.pid, signals[_i]);
	stranger_end(&stranger);
}
END_TEST

static const int deadly[] = { SIGUSR1, SIGKILL };

START_TEST(an_ended_main_thread)
{
	must_not_be_gvisor("a socket's signal is for the main thread");

	struct child child = child_with_ended_main_thread();

	sends(child.pid, 0);
	sends(child.pid, deadly[_i]);
	ck_assert_int_eq(WTERMSIG(child_reap(&child)), deadly[_i]);
}
END_TEST

static int talk_of_handler;

static void tell_whether_main(int sig)
{
	(void)sig;
	talk_say(talk_of_handler, syscall(SYS_gettid) == getpid() ? 'm' : 't');
}

static void *take_signal(void *set)
{
	pthread_sigmask(SIG_UNBLOCK, set, NULL);
	talk_say(talk_of_handler, 0);
	while (pause())
		;
	return NULL;
}

static int leave_signal_to_thread(int talk, void *unused)
{
	pthread_t thread;
	sigset_t set;

	(void)unused;
	talk_of_handler = talk;
	signal(SIGUSR1, tell_whether_main);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	if (pthread_create(&thread, NULL, take_signal, &set) != 0)
		return 1;
	return child_obeys(talk, NULL);
}

START_TEST(a_thread_where_the_main_thread_blocks)
{
	must_not_be_gvisor("a socket's signal is for the main thread");

	struct child child = child_start(leave_signal_to_thread, NULL);

	ck_assert_int_eq(talk_hear(child.talk), 0);
	sends(child.pid, SIGUSR1);
	ck_assert_int_eq(talk_hear(child.talk), 't');
	child_exit_with(&child, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 42);
}
END_TEST

static void *tell_tid(void *talk)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	if (write(*(int *)talk, &tid, sizeof(tid)) != sizeof(tid))
		_exit(1);
	while (pause())
		;
	return NULL;
}

static int have_thread(int talk, void *unused)
{
	pthread_t thread;

	talk_of_handler = talk;
	signal(SIGUSR1, tell_whether_main);
	if (pthread_create(&thread, NULL, tell_tid, &talk) != 0)
		return 1;
	return child_obeys(talk, unused);
}

/* Natively to the thread alone, emulated to its process. */
START_TEST(a_thread_by_its_own_pidfd)
{
	bool native = libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
	struct child child = child_start(have_thread, NULL);
	pid_t tid;
	int pidfd, heard;

	ck_assert_int_eq(read(child.talk, &tid, sizeof(tid)), sizeof(tid));
	pidfd = raw_pidfd_open(tid, O_EXCL); /* PIDFD_THREAD, 6.9 */
	if (pidfd < 0) {
		child_end(&child);
		skip_because("no pidfds of threads here");
	}
	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), 0);
	heard = talk_hear(child.talk);
	ck_assert(heard == 't' || (!native && heard == 'm'));
	child_exit_with(&child, 42);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), 42);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
	close(pidfd);
}
END_TEST

START_TEST(one_that_blocks_it)
{
	struct child receiver = receiver_start();

	sends(receiver.pid, SIGUSR1);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR1);
	child_end(&receiver);
}
END_TEST

TESTS(TEST(oneself), TEST(oneself_from_a_thread), TEST(no_child), TEST(the_parent), TEST(a_stopped_child),
      TEST(a_stopped_child_later), TEST_EACH(a_zombie_child, signals), TEST_EACH(a_zombie_of_others, signals),
      TEST_EACH(an_ended_main_thread, deadly), TEST(a_thread_where_the_main_thread_blocks),
      TEST(a_thread_by_its_own_pidfd), TEST(one_that_blocks_it))
