/* pidfd_send_signal refuses what it cannot do, in the kernel's order, and sends nothing then. */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "receiver.h"
#include "run.h"

static const int bad_signals[] = { -1, 65, 128, 1000000, INT_MIN, INT_MAX };
static const unsigned int bad_flags[] = { 8, 1U << 31, 3, UINT_MAX };

static void refuses(int pidfd, int sig, siginfo_t *info, unsigned int flags, int why)
{
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, sig, info, flags), -1);
	ck_assert_int_eq(errno, why);
}

static siginfo_t queued(int sig)
{
	siginfo_t info = { .si_signo = sig, .si_code = SI_QUEUE };

	return info;
}

static void has_got_nothing(struct child *receiver)
{
	ck_assert_int_eq(receiver_next(receiver, NULL), 0);
	child_end(receiver);
}

START_TEST(a_bad_signal)
{
	struct child receiver = receiver_start();
	siginfo_t info = queued(bad_signals[_i]);
	int pidfd = pidfd_open(receiver.pid, 0);

	refuses(pidfd, bad_signals[_i], NULL, 0, EINVAL);
	refuses(pidfd, bad_signals[_i], &info, 0, EINVAL);
	has_got_nothing(&receiver);
	close(pidfd);
}
END_TEST

START_TEST(a_bad_signal_to_oneself)
{
	siginfo_t info = queued(bad_signals[_i]);
	int pidfd = pidfd_open(getpid(), 0);

	refuses(pidfd, bad_signals[_i], NULL, 0, EINVAL);
	refuses(pidfd, bad_signals[_i], &info, 0, EINVAL);
	close(pidfd);
}
END_TEST

START_TEST(a_bad_signal_to_a_zombie)
{
	struct child zombie = child_zombie(0);
	int pidfd = pidfd_open(zombie.pid, 0);

	refuses(pidfd, bad_signals[_i], NULL, 0, EINVAL);
	child_end(&zombie);
	close(pidfd);
}
END_TEST

START_TEST(bad_flags_rather_than_anything_else)
{
	struct child receiver = receiver_start();
	siginfo_t info = queued(SIGUSR2);
	int pidfd = pidfd_open(receiver.pid, 0);

	refuses(pidfd, SIGUSR1, NULL, bad_flags[_i], EINVAL);
	refuses(pidfd, 0, NULL, bad_flags[_i], EINVAL);
	refuses(pidfd, SIGUSR1, &info, bad_flags[_i], EINVAL);
	refuses(-1, SIGUSR1, NULL, bad_flags[_i], EINVAL);
	has_got_nothing(&receiver);
	close(pidfd);
}
END_TEST

static const struct {
	int sig, signo;
} mismatches[] = { { SIGUSR1, SIGUSR2 }, { SIGUSR1, 0 }, { 0, SIGUSR1 }, { SIGUSR1, -1 }, { -1, SIGUSR1 } };

START_TEST(info_of_another_signal)
{
	struct child receiver = receiver_start();
	siginfo_t info = queued(mismatches[_i].signo);
	int pidfd = pidfd_open(receiver.pid, 0), own = pidfd_open(getpid(), 0);

	refuses(pidfd, mismatches[_i].sig, &info, 0, EINVAL);
	refuses(own, mismatches[_i].sig, &info, 0, EINVAL);
	has_got_nothing(&receiver);
	close(pidfd);
	close(own);
}
END_TEST

static const int good_signals[] = { 0, SIGUSR1, SIGKILL, SIGSTOP, SIGCONT };

START_TEST(a_reaped_process)
{
	struct child child = child_waiting();
	siginfo_t info = queued(good_signals[_i]);
	int pidfd = pidfd_open(child.pid, 0);

	child_exit_with(&child, 0);
	child_reap(&child);
	refuses(pidfd, good_signals[_i], NULL, 0, ESRCH);
	refuses(pidfd, good_signals[_i], &info, 0, ESRCH);
	close(pidfd);
}
END_TEST

/* An unknown signal goes unnoticed there, another's info does not. */
START_TEST(a_reaped_process_and_bad_input)
{
	struct child child = child_zombie(0);
	siginfo_t info = queued(SIGUSR2);
	int pidfd = pidfd_open(child.pid, 0);

	child_reap(&child);
	refuses(pidfd, 1000000, NULL, 0, ESRCH);
	refuses(pidfd, -1, NULL, 0, ESRCH);
	refuses(pidfd, SIGUSR1, &info, 0, EINVAL);
	refuses(pidfd, SIGUSR1, NULL, 8, EINVAL);
	close(pidfd);
}
END_TEST

static const int codes_of_the_kernel[] = { SI_USER, SI_KERNEL, SI_TKILL };

/* Only oneself is asked further: others may be reaped, and the signal unknown. */
START_TEST(a_code_of_the_kernel_rather_than_what_comes_after)
{
	struct child child = child_waiting();
	siginfo_t info = queued(SIGUSR1), unknown = queued(1000000), mismatched = queued(SIGUSR2);
	int pidfd = pidfd_open(child.pid, 0), own = pidfd_open(getpid(), 0);

	info.si_code = unknown.si_code = mismatched.si_code = codes_of_the_kernel[_i];
	refuses(pidfd, SIGUSR1, &mismatched, 0, EINVAL);
	refuses(pidfd, SIGUSR1, &info, 0, EPERM);
	refuses(pidfd, 1000000, &unknown, 0, EPERM);
	refuses(own, 1000000, &unknown, 0, EINVAL);
	child_exit_with(&child, 42);
	refuses(pidfd, SIGUSR1, &info, 0, EPERM);
	ck_assert_int_eq(child_reap(&child), 42 << 8);
	refuses(pidfd, SIGUSR1, &mismatched, 0, EINVAL);
	refuses(pidfd, SIGUSR1, &info, 0, EPERM);
	close(pidfd);
	close(own);
}
END_TEST

TESTS(TEST_EACH(a_bad_signal, bad_signals), TEST_EACH(a_bad_signal_to_oneself, bad_signals),
      TEST_EACH(a_bad_signal_to_a_zombie, bad_signals), TEST_EACH(bad_flags_rather_than_anything_else, bad_flags),
      TEST_EACH(info_of_another_signal, mismatches), TEST_EACH(a_reaped_process, good_signals),
      TEST(a_reaped_process_and_bad_input),
      TEST_EACH(a_code_of_the_kernel_rather_than_what_comes_after, codes_of_the_kernel))
