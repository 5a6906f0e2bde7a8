/* A signal by pidfd has the effect of the same signal by kill(2): every one, by default, ignored or with a handler. */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"
#include "valgrind.h"

enum {
	SPARED = 42
};

static const char signals[64] __attribute__((used)); /* counted, not read */

static void sends(pid_t pid, int sig)
{
	int pidfd = pidfd_open(pid, 0);

	ck_assert_int_ge(pidfd, 0);
	errno = ELOOP;
	ck_assert_int_eq(pidfd_send_signal(pidfd, sig, NULL, 0), 0);
	ck_assert_int_eq(errno, ELOOP);
	close(pidfd);
}

/* For the children: check has handlers of its own, which kill its tests, and wants no core of them. */
static void all_by_default(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		signal(sig, SIG_DFL);
}

/* What has become of a child that was sent a signal: it takes that before it takes the order. */
static siginfo_t fate(struct child *child)
{
	siginfo_t info;

	talk_say(child->talk, SPARED);
	ck_assert_int_eq(waitid(P_PID, (id_t)child->pid, &info, WEXITED | WSTOPPED | WNOWAIT), 0);
	return info;
}

static void fares_alike(struct child by_number, struct child by_pidfd, int sig)
{
	siginfo_t expected, actual;

	ck_assert_int_eq(kill(by_number.pid, sig), 0);
	expected = fate(&by_number);
	sends(by_pidfd.pid, sig);
	actual = fate(&by_pidfd);
	child_end(&by_number);
	child_end(&by_pidfd);
	ck_assert_msg(actual.si_code == expected.si_code && actual.si_status == expected.si_status,
		      "signal %d: code %d, status %d, where kill(2) has %d, %d", sig, actual.si_code, actual.si_status,
		      expected.si_code, expected.si_status);
}

static void valgrind_must_not_keep(int sig)
{
	if (valgrind_keeps(sig))
		skip_because("valgrind has signal %d for itself", sig);
}

START_TEST(by_default)
{
	valgrind_must_not_keep(_i + 1);
	all_by_default();
	fares_alike(child_waiting(), child_waiting(), _i + 1);
}
END_TEST

static int ignore(int talk, void *sig)
{
	signal(*(int *)sig, SIG_IGN);
	talk_say(talk, 0);
	return child_obeys(talk, NULL);
}

static struct child child_ignoring(int sig)
{
	struct child child = child_start(ignore, &sig);

	ck_assert_int_eq(talk_hear(child.talk), 0);
	return child;
}

START_TEST(ignored)
{
	valgrind_must_not_keep(_i + 1);
	all_by_default();
	fares_alike(child_ignoring(_i + 1), child_ignoring(_i + 1), _i + 1);
}
END_TEST

static int talk_of_handler;

static void tell(int sig)
{
	talk_say(talk_of_handler, (unsigned char)sig);
}

static int handle(int talk, void *argument)
{
	struct sigaction action = { .sa_handler = tell, .sa_flags = SA_RESTART };

	talk_of_handler = talk;
	if (sigaction(*(int *)argument, &action, NULL) < 0)
		return 1;
	talk_say(talk, 0);
	return child_obeys(talk, NULL);
}

START_TEST(handled)
{
	int sig = _i + 1;
	struct sigaction action;

	valgrind_must_not_keep(sig);
	if (sig == SIGKILL || sig == SIGSTOP || sigaction(sig, NULL, &action) < 0)
		return; /* not to be handled, or libc's own */
	all_by_default();

	struct child child = child_start(handle, &sig);

	ck_assert_int_eq(talk_hear(child.talk), 0);
	sends(child.pid, sig);
	ck_assert_int_eq(talk_hear(child.talk), sig);
	child_exit_with(&child, SPARED);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), SPARED);
}
END_TEST

START_TEST(stopped_and_continued)
{
	struct child child = child_waiting();
	int status;

	for (int again = 0; again < 5; again++) {
		sends(child.pid, SIGSTOP);
		ck_assert_int_eq(waitpid(child.pid, &status, WUNTRACED), child.pid);
		ck_assert(WIFSTOPPED(status));
		sends(child.pid, SIGCONT);
		ck_assert_int_eq(waitpid(child.pid, &status, WCONTINUED), child.pid);
		ck_assert(WIFCONTINUED(status));
	}
	child_exit_with(&child, SPARED);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), SPARED);
}
END_TEST

START_TEST(zero_has_no_effect)
{
	struct child child = child_waiting();

	sends(child.pid, 0);
	child_exit_with(&child, SPARED);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&child)), SPARED);
}
END_TEST

TESTS(TEST_EACH(by_default, signals), TEST_EACH(ignored, signals), TEST_EACH(handled, signals),
      TEST(stopped_and_continued), TEST(zero_has_no_effect))
