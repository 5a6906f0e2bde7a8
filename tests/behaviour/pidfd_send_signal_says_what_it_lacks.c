/* A signal that cannot be sent for want of a descriptor, of memory or of a system call is not sent, and the sender is told. */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "fds.h"
#include "kinds.h"
#include "raw.h"
#include "receiver.h"
#include "run.h"
#include "sandbox.h"

static bool native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

START_TEST(a_full_table)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), r, why;
	struct full_table table;

	table_fill(&table);
	errno = 0;
	r = pidfd_send_signal(pidfd, SIGUSR1, NULL, 0);
	why = errno;
	table_empty(&table);
	if (native()) {
		ck_assert_int_eq(r, 0);
		ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR1);
	} else {
		ck_assert_int_eq(r, -1);
		ck_assert_int_eq(why, EMFILE);
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR2, NULL, 0), 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), SIGUSR2);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

static const struct {
	struct use use;
	int error;
} shortages[] = {
	{ { SYS_openat }, ENFILE },
	{ { SYS_openat }, ENOMEM },
	{ { SYS_socketpair }, ENFILE },
	{ { SYS_socketpair }, EMFILE },
};

START_TEST(a_shortage)
{
	struct child receiver = receiver_start();
	int pidfd = pidfd_open(receiver.pid, 0), expected = native() ? 0 : -1;

	sandbox_refuses(&shortages[_i].use, shortages[_i].error);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), expected);
	ck_assert_int_eq(errno, expected ? shortages[_i].error : 0);
	ck_assert_int_eq(receiver_next(&receiver, NULL), expected ? 0 : SIGUSR1);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

static const struct use uses[] = {
	{ USE_FSTATFS },
	{ USE_FCNTL, 1, UINT32_MAX, F_GETFL },
	{ SYS_openat },
};

/* Without these nobody can tell whether it is a pidfd: it is not said to be none. */
START_TEST(a_sandbox)
{
	must_have(open_directory);

	struct child receiver = receiver_start();
	int pidfd = open_directory(receiver.pid), expected = native() ? 0 : -1;

	sandbox_refuses(&uses[_i], EPERM);
	sandbox_refuses(&(struct use){ SYS_openat2 }, EPERM); /* does for openat(2) */
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), expected);
	ck_assert_int_eq(errno, expected ? ENOSYS : 0);
	errno = 0;
	ck_assert_int_eq(pidfd_getpid(pidfd), -1);
	ck_assert_int_eq(errno, ENOSYS);
	ck_assert_int_eq(receiver_next(&receiver, NULL), expected ? 0 : SIGUSR1);
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&receiver);
	close(pidfd);
}
END_TEST

TESTS(TEST(a_full_table), TEST_EACH(a_shortage, shortages), TEST_EACH(a_sandbox, uses))
