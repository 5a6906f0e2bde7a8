/*
 * A filter that a program puts on itself after the library has seen the kernel's calls work is no answer: the other way is
 * taken from then on. A refusal that is the kernel's own stays one.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "descriptors.h"
#include "raw.h"
#include "receiver.h"
#include "run.h"
#include "sandbox.h"

static const int refusals[] = { ENOSYS, EPERM, EACCES };

/* A handler of check's may interrupt it. */
static int poll_on(struct pollfd *end)
{
	int r;

	do
		r = poll(end, 1, -1);
	while (r < 0 && errno == EINTR);
	return r;
}

static void must_be_native(enum libpidfd_call call)
{
	if (libpidfd_path(call, NULL) != LIBPIDFD_PATH_KERNEL)
		skip_because("not native");
}

START_TEST(from_pidfd_open)
{
	struct stat stat;
	int pidfd, why;

	must_have_proc();
	must_be_native(LIBPIDFD_CALL_OPEN);
	close(pidfd_open(getpid(), 0));
	sandbox_refuses(&(struct use){ SYS_pidfd_open }, refusals[_i]);
	pidfd = pidfd_open(getpid(), 0);
	ck_assert_int_eq(fstat(pidfd, &stat), 0);
	ck_assert(S_ISDIR(stat.st_mode));
	ck_assert_int_eq(pidfd_getpid(pidfd), getpid());
	close(pidfd);
	ck_assert_int_eq(libpidfd_path(LIBPIDFD_CALL_OPEN, &why), LIBPIDFD_PATH_EMULATED);
	ck_assert_int_eq(why, refusals[_i]);
}
END_TEST

START_TEST(from_pidfd_open_for_a_flag)
{
	int pidfd;

	must_have_proc();
	must_be_native(LIBPIDFD_CALL_OPEN_NONBLOCK);
	close(pidfd_open(getpid(), PIDFD_NONBLOCK));
	sandbox_refuses(&(struct use){ SYS_pidfd_open, 1, O_NONBLOCK, O_NONBLOCK }, refusals[_i]);
	pidfd = pidfd_open(getpid(), PIDFD_NONBLOCK);
	ck_assert_int_eq(pidfd_getpid(pidfd), getpid());
	ck_assert_int_eq(fcntl(pidfd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	close(pidfd);
}
END_TEST

START_TEST(from_pidfd_send_signal)
{
	must_have_proc();
	must_be_native(LIBPIDFD_CALL_SEND_SIGNAL);

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), why;

	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR1);
	sandbox_refuses(&(struct use){ SYS_pidfd_send_signal }, refusals[_i]);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR2, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR2);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
	ck_assert_int_eq(libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, &why), LIBPIDFD_PATH_EMULATED);
	ck_assert_int_eq(why, refusals[_i]);
}
END_TEST

/* Of a directory it is another pidfd of the kernel's, or what a thread serves. */
START_TEST(from_pidfd_pollfd)
{
	struct child child = child_waiting();
	struct pollfd end = { .events = POLLIN };
	int directory;

	must_have_proc();
	must_be_native(LIBPIDFD_CALL_OPEN);
	must_be_native(LIBPIDFD_CALL_POLL);
	directory = open_proc_of(child.pid, 0);
	close(pidfd_pollfd(directory, 0));
	sandbox_refuses(&(struct use){ SYS_pidfd_open }, refusals[_i]);
	end.fd = pidfd_pollfd(directory, 0);
	ck_assert_int_ge(end.fd, 0);
	ck_assert_int_eq(poll(&end, 1, 0), 0);
	talk_say(child.talk, 0);
	ck_assert_int_eq(poll_on(&end), 1);
	close(end.fd);
	close(directory);
	child_reap(&child);
}
END_TEST

START_TEST(the_kernels_own_eperm_is_none)
{
	must_be_root();
	must_be_native(LIBPIDFD_CALL_SEND_SIGNAL);

	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0);

	become_user(NOBODY);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), -1);
	ck_assert_int_eq(errno, EPERM);
	ck_assert_int_eq(libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL), LIBPIDFD_PATH_KERNEL);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(from_pidfd_open, refusals), TEST_EACH(from_pidfd_open_for_a_flag, refusals),
      TEST_EACH(from_pidfd_send_signal, refusals), TEST_EACH(from_pidfd_pollfd, refusals),
      TEST(the_kernels_own_eperm_is_none))
