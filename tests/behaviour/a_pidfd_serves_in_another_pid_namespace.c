/*
 * A pidfd that is passed into another PID namespace is the same process' there: its end is told, what cannot be done by
 * number is refused, and no stranger is touched.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "environment.h"
#include "kinds.h"
#include "passing.h"
#include "run.h"

static bool is_native(enum libpidfd_call call)
{
	return libpidfd_path(call, NULL) == LIBPIDFD_PATH_KERNEL;
}

static void fails(int result, int why)
{
	ck_assert_int_eq(result, -1);
	ck_assert_msg(errno == why, "%s instead of %s", strerror(errno), strerror(why));
}

/* Of PIDFD, and of DESCRIPTOR, which pidfd_pollfd gave for it, if any. The kernel's poll finds a directory readable. */
static void ends_are(int pidfd, int descriptor, int timeout, int expected)
{
	struct pollfd ends[] = { { .fd = pidfd, .events = POLLIN }, { .fd = descriptor, .events = POLLIN } };

	if (!is_of_proc(pidfd) || !is_native(LIBPIDFD_CALL_POLL))
		ck_assert_int_eq(pidfd_poll(&ends[0], 1, timeout), expected);
	if (descriptor >= 0)
		ck_assert_int_eq(poll(&ends[1], 1, timeout), expected);
}

/* A status of -1: none is told. Who has no number here is INT_MAX. */
static void foreign_wait_is(int pidfd, int flags, pid_t pid, int status)
{
	int told = -1;

	if (status < 0)
		fails(pidfd_wait(pidfd, &told, NULL, NULL, WEXITED, PIDFD_WFOREIGN | flags), ENODATA);
	else
		ck_assert_int_eq(pidfd_wait(pidfd, &told, NULL, NULL, WEXITED, PIDFD_WFOREIGN | flags), pid);
	ck_assert_int_eq(told, status);
}

static void is_no_child(int pidfd)
{
	fails(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), ECHILD);
	fails(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED | WSTOPPED, WNOHANG), ECHILD);
	fails(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, (int)__WALL), ECHILD);
}

static struct stranger stranger;
static int ends[2];

/* No number is the process' here. */
static void seen_from_inside(void)
{
	int pidfd = fd_receive(ends[1], NULL), end = -1, why = is_native(LIBPIDFD_CALL_SEND_SIGNAL) ? EINVAL : EREMOTE;
	/* A directory shows the process; of a kernel's pidfd, where the kernel does not poll it, nothing does until the reaping. */
	bool is_shown = is_of_proc(pidfd) || is_native(LIBPIDFD_CALL_POLL);

	ck_assert_int_ge(pidfd, 0);
	fails(pidfd_getpid(pidfd), EREMOTE);
	fails(pidfd_send_signal(pidfd, 0, NULL, 0), why);
	fails(pidfd_send_signal(pidfd, SIGKILL, NULL, 0), why);
	fails(pidfd_send_signal(pidfd, SIGKILL, &(siginfo_t){ .si_signo = SIGKILL, .si_code = SI_QUEUE }, 0), why);
	is_no_child(pidfd);
	if (is_shown) {
		ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
		end = pidfd_pollfd(pidfd, 0);
		ck_assert_int_ge(end, 0);
	} else {
		fails(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), EREMOTE);
		fails(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN), EREMOTE);
		fails(pidfd_pollfd(pidfd, 0), EREMOTE);
	}
	ends_are(pidfd, end, 0, 0);

	talk_say(stranger.talk, 3);
	stranger_await_zombie(&stranger);
	if (is_shown)
		ends_are(pidfd, end, -1, 1);
	is_no_child(pidfd);
	fails(pidfd_getpid(pidfd), EREMOTE);
	stranger_reap(&stranger);
	if (!is_shown)
		end = pidfd_pollfd(pidfd, 0);
	ends_are(pidfd, end, -1, 1);
	foreign_wait_is(pidfd, 0, INT_MAX, -1);
	foreign_wait_is(pidfd, WNOHANG, INT_MAX, -1);
	is_no_child(pidfd);
	fails(pidfd_getpid(pidfd), ESRCH);
	close(end);
	close(pidfd);
}

START_TEST(inwards)
{
	int pidfd;

	must_have(kinds[_i]);
	stranger = stranger_start();
	pidfd = kinds[_i](stranger.pid);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert(fd_pass(ends[0], pidfd));
	close(pidfd);
	in_pid_namespace(seen_from_inside);
	close(ends[0]);
	close(ends[1]);
	stranger_end(&stranger);
}
END_TEST

static int kind, talk_outside;

static void pass_oneself(void)
{
	int pidfd = kinds[kind](getpid());

	ck_assert_int_ge(pidfd, 0);
	/* Who sends is told if either end wants it so at that time, which the receiving one may do later. */
	ck_assert_int_eq(setsockopt(talk_outside, SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)), 0);
	ck_assert(fd_pass(talk_outside, pidfd));
	close(pidfd);
	_exit(child_obeys(talk_outside, NULL));
}

static int go_inside(int talk, void *unused)
{
	(void)unused;
	talk_outside = talk;
	in_pid_namespace(pass_oneself);
	return 0;
}

/* The kernel's pidfd has the process' number of out here; a directory of the namespace's own /proc has another. */
START_TEST(outwards)
{
	struct child child;
	pid_t number = 0;
	int pidfd, end;

	must_have(kinds[_i]);
	kind = _i;
	child = child_start(go_inside, NULL);
	pidfd = fd_receive(child.talk, &number);
	if (pidfd < 0)
		end_if_skipped();
	ck_assert_int_ge(pidfd, 0);
	if (is_of_proc(pidfd))
		fails(pidfd_getpid(pidfd), EREMOTE);
	else
		ck_assert_int_eq(pidfd_getpid(pidfd), number);
	if (is_of_proc(pidfd) && !is_native(LIBPIDFD_CALL_SEND_SIGNAL))
		fails(pidfd_send_signal(pidfd, 0, NULL, 0), EREMOTE);
	else
		ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
	is_no_child(pidfd);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG), 0);
	end = pidfd_pollfd(pidfd, 0);
	ck_assert_int_ge(end, 0);
	ends_are(pidfd, end, 0, 0);

	talk_say(child.talk, 3);
	ck_assert_int_eq(child_reap(&child), 3 << 8);
	ends_are(pidfd, end, -1, 1);
	foreign_wait_is(pidfd, 0, INT_MAX, is_native(LIBPIDFD_CALL_GET_INFO) && !is_of_proc(pidfd) ? 3 << 8 : -1);
	is_no_child(pidfd);
	fails(pidfd_getpid(pidfd), ESRCH);
	close(end);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(inwards, kinds), TEST_EACH(outwards, kinds))
