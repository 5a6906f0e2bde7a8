/* A siginfo of the caller's arrives as it is, and what only the kernel may say arrives from oneself alone. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "receiver.h"
#include "run.h"
#include "valgrind.h"

static siginfo_t made(int sig, int code)
{
	siginfo_t info = { .si_signo = sig, .si_code = code };

	info.si_pid = 4711;
	info.si_uid = 815;
	info.si_value.sival_int = 1234567;
	return info;
}

static void are_alike(const siginfo_t *got, const siginfo_t *sent)
{
	ck_assert_int_eq(got->si_signo, sent->si_signo);
	ck_assert_int_eq(got->si_code, sent->si_code);
	ck_assert_int_eq(got->si_pid, sent->si_pid);
	ck_assert_int_eq(got->si_uid, sent->si_uid);
	ck_assert_int_eq(got->si_value.sival_int, sent->si_value.sival_int);
}

static const int codes_of_users[] = { SI_QUEUE, SI_MESGQ, SI_ASYNCIO, -60 };

START_TEST(to_a_child)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), sigs[] = { SIGUSR1, SIGRTMIN, SIGRTMAX };

	for (int i = 0; i < 3; i++) {
		siginfo_t sent = made(sigs[i], codes_of_users[_i]), got;

		if (valgrind_keeps(sigs[i]))
			continue;
		errno = ELOOP;
		ck_assert_int_eq(pidfd_send_signal(pidfd, sigs[i], &sent, 0), 0);
		ck_assert_int_eq(errno, ELOOP);
		ck_assert_int_eq(receiver_next(&receiver, &got), sigs[i]);
		are_alike(&got, &sent);
		ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	}
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(zero_has_no_effect)
{
	struct child receiver = receiver_start();
	siginfo_t info = made(0, codes_of_users[_i]);
	int pidfd = pidfd_open(receiver.pid, 0);

	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, &info, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(several_in_order)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);
	siginfo_t info;

	for (int i = 0; i < 10; i++) {
		info = made(SIGRTMIN, SI_QUEUE);
		info.si_value.sival_int = i;
		ck_assert_int_eq(pidfd_send_signal(pidfd, SIGRTMIN, &info, 0), 0);
	}
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(receiver_next(&receiver, &info), SIGRTMIN);
		ck_assert_int_eq(info.si_value.sival_int, i);
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(to_a_zombie)
{
	struct child zombie = child_zombie(0);
	siginfo_t info = made(SIGUSR1, SI_QUEUE);
	int pidfd = pidfd_open(zombie.pid, 0);

	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, &info, 0), 0);
	child_end(&zombie);
	close(pidfd);
}
END_TEST

static const int codes_of_the_kernel[] = { SI_USER, SI_KERNEL, 1, SI_TKILL };

START_TEST(a_code_of_the_kernel_to_others)
{
	struct child receiver = receiver_start();
	siginfo_t info = made(SIGUSR1, codes_of_the_kernel[_i]);
	int pidfd = pidfd_open(receiver.pid, 0);

	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, &info, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(a_code_of_the_kernel_to_oneself)
{
	siginfo_t sent = made(SIGUSR1, codes_of_the_kernel[_i]), got;
	int pidfd = pidfd_open(getpid(), 0);
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, &sent, 0), 0);
	ck_assert_int_eq(sigwaitinfo(&set, &got), SIGUSR1);
	/* Some libcs show SI_TKILL as SI_USER. */
	if (sent.si_code == SI_TKILL && got.si_code == SI_USER)
		sent.si_code = SI_USER;
	ck_assert_int_eq(got.si_code, sent.si_code);
	close(pidfd);
}
END_TEST

START_TEST(to_another_user)
{
	must_be_root();

	struct child receiver = receiver_start();
	siginfo_t info = made(SIGUSR1, SI_QUEUE);
	int pidfd = pidfd_open(receiver.pid, 0);

	become_user(NOBODY);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, &info, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(to_a_child, codes_of_users), TEST_EACH(zero_has_no_effect, codes_of_users), TEST(several_in_order),
      TEST(to_a_zombie), TEST_EACH(a_code_of_the_kernel_to_others, codes_of_the_kernel),
      TEST_EACH(a_code_of_the_kernel_to_oneself, codes_of_the_kernel), TEST(to_another_user))
