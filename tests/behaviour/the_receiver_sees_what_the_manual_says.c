/* The siginfo of a signal tells by which way it came, as pidfd_send_signal(3) says: with kill(2)'s, a socket's, or a helper's. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "receiver.h"
#include "run.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

static const struct {
	int sig;
	bool realtime;
} signals[] = { { SIGTERM, false }, { SIGUSR1, false }, { SIGIO, false }, { SIGCHLD, false }, { 0, true } };

static int signal_of(int row)
{
	return signals[row].realtime ? SIGRTMIN : signals[row].sig;
}

START_TEST(from_another_process)
{
	must_not_be_gvisor("a socket's signal is told as any other");

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), sig = signal_of(_i);
	siginfo_t info;

	ck_assert_int_eq(pidfd_send_signal(pidfd, sig, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, &info), sig);
	if (native()) {
		ck_assert_int_eq(info.si_code, SI_USER);
		ck_assert_int_eq(info.si_pid, getpid());
		ck_assert_uint_eq(info.si_uid, getuid());
	} else {
		/* Since 4.16 a code that would mean something else with this signal is not given. */
		ck_assert(info.si_code == POLL_IN || (sig == SIGCHLD && info.si_code == SI_SIGIO));
		ck_assert(info.si_band & POLLIN);
		ck_assert_int_ge(info.si_fd, 0);
	}
	child_end(&receiver);
	close(pidfd);
}
END_TEST

/* Blocked here, by all. */
START_TEST(from_oneself)
{
	int pidfd = pidfd_open(getpid(), 0), sig = signal_of(_i);
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_BLOCK, &set, NULL);
	ck_assert_int_eq(pidfd_send_signal(pidfd, sig, NULL, 0), 0);
	ck_assert_int_eq(sigwaitinfo(&set, &info), sig);
	ck_assert_int_eq(info.si_code, SI_USER);
	ck_assert_int_eq(info.si_pid, getpid());
	ck_assert_uint_eq(info.si_uid, getuid());
	close(pidfd);
}
END_TEST

/* A real-time signal, where the queue has few places left: the kernel's call takes no notice while there is one. */
START_TEST(from_a_helper)
{
	const struct rlimit few = { 40, 40 };
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), r;
	siginfo_t info;

	if (prlimit(receiver.pid, RLIMIT_SIGPENDING, &few, NULL) < 0) {
		child_end(&receiver);
		skip_because("RLIMIT_SIGPENDING");
	}
	errno = 0;
	r = pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0);
	if (r < 0) {
		ck_assert(!native());
		ck_assert_int_eq(errno, EAGAIN); /* may not trace */
	} else {
		ck_assert_int_eq(receiver_next(&receiver, &info), SIGRTMIN);
		ck_assert(info.si_code == SI_USER);
		if (native()) /* 0: what others have sent to this user's processes fills the queue */
			ck_assert(info.si_pid == getpid() || info.si_pid == 0);
		else
			ck_assert_int_ne(info.si_pid, getpid());
		ck_assert_uint_eq(info.si_uid, getuid());
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(from_another_process, signals), TEST_EACH(from_oneself, signals), TEST(from_a_helper))
