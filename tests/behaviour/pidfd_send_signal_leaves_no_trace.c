/*
 * A send is one signal, then and no later, whatever state the queue is in, and never another. The sender is as it was: no
 * descriptor, no child, no SIGCHLD, the same signal mask.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "fds.h"
#include "receiver.h"
#include "run.h"
#include "valgrind.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

/* Real-time signals are queued: a second one would be seen. */
START_TEST(as_many_arrive_as_are_sent)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	for (int again = 0; again < 10; again++) {
		for (int i = 0; i < 10; i++)
			ck_assert_int_eq(pidfd_send_signal(pidfd, SIGRTMIN + i % 2, NULL, 0), 0);
		for (int i = 0; i < 10; i++)
			ck_assert_int_eq(receiver_next(&receiver, NULL), SIGRTMIN + i / 5);
		ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	}
	close(pidfd);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
}
END_TEST

static void ignore(int sig)
{
	(void)sig;
}

/* Not SIGKILL and SIGSTOP, nor what libc and valgrind have for themselves. */
static bool can_be_kept(int sig)
{
	return !valgrind_keeps(sig) && signal(sig, ignore) != SIG_ERR;
}

START_TEST(each_signal_alone)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		if (!can_be_kept(sig))
			continue;
		ck_assert_int_eq(pidfd_send_signal(pidfd, sig, NULL, 0), 0);
		ck_assert_int_eq(receiver_next(&receiver, NULL), sig);
		ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	}
	child_end(&receiver);
	close(pidfd);
}
END_TEST

static struct child receiver_with_full_queue(void)
{
	const struct rlimit none = { 0, 0 };
	struct child receiver = receiver_start();

	if (prlimit(receiver.pid, RLIMIT_SIGPENDING, &none, NULL) < 0) {
		child_end(&receiver);
		skip_because("RLIMIT_SIGPENDING: %s", strerror(errno));
	}
	return receiver;
}

/* The kernel sends it without a siginfo then; where that cannot be had, the sender is told. SIGIO would kill. */
START_TEST(a_full_queue)
{
	struct child receiver = receiver_with_full_queue();
	int pidfd = pidfd_open(receiver.pid, 0), r;

	errno = 0;
	r = pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0);
	if (r < 0) {
		ck_assert(!native());
		ck_assert_int_eq(errno, EAGAIN);
	} else {
		ck_assert_int_eq(receiver_next(&receiver, NULL), SIGRTMIN);
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR1);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(a_full_queue_for_a_siginfo)
{
	struct child receiver = receiver_with_full_queue();
	siginfo_t info = { .si_signo = SIGRTMIN, .si_code = SI_QUEUE };
	int pidfd = pidfd_open(receiver.pid, 0);

	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGRTMIN, &info, 0), -1);
	ck_assert_int_eq(errno, EAGAIN);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(the_sender_is_as_it_was)
{
	const int signals[] = { 0, SIGUSR1, SIGIO, SIGPIPE, SIGRTMAX };
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);
	sigset_t mask, pending;
	unsigned int open = count_open();

	sigfillset(&mask);
	sigdelset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		if (!valgrind_keeps(signals[i]))
			ck_assert_int_eq(pidfd_send_signal(pidfd, signals[i], NULL, 0), 0);
	sigemptyset(&mask);
	sigprocmask(SIG_SETMASK, NULL, &mask);
	sigpending(&pending);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		ck_assert_int_eq(sigismember(&mask, sig), 1);
	for (int sig = 1; sig <= SIGSYS; sig++) {
		ck_assert_int_eq(sigismember(&mask, sig), sig != SIGUSR2 && sig != SIGKILL && sig != SIGSTOP);
		ck_assert_int_eq(sigismember(&pending, sig), 0);
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), 0);
	ck_assert_uint_eq(count_open(), open);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

TESTS(TEST(as_many_arrive_as_are_sent), TEST(each_signal_alone), TEST(a_full_queue), TEST(a_full_queue_for_a_siginfo),
      TEST(the_sender_is_as_it_was))
