/* libpidfd_path says "kernel" of what the bare system call does, "emulated" or "none" of the rest, and with what errno. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "environment.h"
#include "fds.h"
#include "raw.h"
#include "run.h"
#include "valgrind.h"

static bool closed(int fd)
{
	return fd >= 0 && close(fd) == 0;
}

static bool opens(void)
{
	return closed(raw_pidfd_open(getpid(), 0));
}

static bool opens_nonblock(void)
{
	return closed(raw_pidfd_open(getpid(), O_NONBLOCK));
}

static bool signals(void)
{
	return raw_pidfd_send_signal(-1, 0, NULL, 0) < 0 && errno == EBADF;
}

/* The pidfd of a child that is reaped, -1 where clone knows none. */
static int pidfd_of_clone(void)
{
	int pidfd = -1;
	pid_t child = raw_fork_pidfd(&pidfd);

	if (child == 0)
		_exit(0);
	if (child > 0)
		waitpid(child, NULL, 0);
	return pidfd;
}

static bool clones(void)
{
	return closed(pidfd_of_clone());
}

static bool polls(void)
{
	struct pollfd self = { .fd = raw_pidfd_open(getpid(), 0), .events = POLLIN };
	int readable = poll(&self, 1, 0);

	return closed(self.fd) && readable == 0;
}

static bool waits(void)
{
	siginfo_t none;

	return raw_waitid(RAW_P_PIDFD, INT_MAX, &none, WEXITED, NULL) < 0 && errno == EBADF;
}

static bool tells_of_exits(void)
{
	struct raw_pidfd_info info = { .mask = RAW_PIDFD_INFO_EXIT };
	int pidfd = pidfd_of_clone(), r = raw_pidfd_get_info(pidfd, &info);

	return closed(pidfd) && r == 0 && info.mask & RAW_PIDFD_INFO_EXIT;
}

static bool closes_ranges(void)
{
	return raw_close_range(INT_MAX, INT_MAX, 0) == 0;
}

static bool marks_ranges(void)
{
	return raw_close_range(INT_MAX, INT_MAX, RAW_CLOSE_RANGE_CLOEXEC) == 0;
}

static bool counts_events(void)
{
	return closed(raw_perf_event_open(0, -1));
}

static bool (*const natively[])(void) = {
	[LIBPIDFD_CALL_OPEN] = opens,
	[LIBPIDFD_CALL_OPEN_NONBLOCK] = opens_nonblock,
	[LIBPIDFD_CALL_SEND_SIGNAL] = signals,
	[LIBPIDFD_CALL_CLONE] = clones,
	[LIBPIDFD_CALL_POLL] = polls,
	[LIBPIDFD_CALL_WAIT] = waits,
	[LIBPIDFD_CALL_GET_INFO] = tells_of_exits,
	[LIBPIDFD_CALL_CLOSE_RANGE] = closes_ranges,
	[LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC] = marks_ranges,
	[LIBPIDFD_CALL_PERF_EVENT] = counts_events,
};

static enum libpidfd_path emulation_of(enum libpidfd_call call)
{
	return call == LIBPIDFD_CALL_GET_INFO ? LIBPIDFD_PATH_NONE : LIBPIDFD_PATH_EMULATED;
}

START_TEST(each_call)
{
	enum libpidfd_call call = (enum libpidfd_call)_i;
	enum libpidfd_path path;
	int why = -1;

	errno = ELOOP;
	path = libpidfd_path(call, &why);
	ck_assert_int_eq(errno, ELOOP);
	if (why != ECANCELED)
		ck_assert_int_eq(path == LIBPIDFD_PATH_KERNEL, natively[_i]());
	ck_assert_int_eq(path, why == 0 ? LIBPIDFD_PATH_KERNEL : emulation_of(call));
	ck_assert_int_ge(why, 0);
	ck_assert_int_ne(why, EAGAIN);
	ck_assert_int_eq(libpidfd_path(call, NULL), path);
}
END_TEST

/* The errno of the bare call is the reason. */
START_TEST(the_reason)
{
	int open = opens() ? 0 : errno, signal = signals() ? 0 : errno, range = closes_ranges() ? 0 : errno, why;

	if (libpidfd_path(LIBPIDFD_CALL_OPEN, &why) != LIBPIDFD_PATH_KERNEL && why == ECANCELED)
		skip_because("avoided");
	ck_assert_int_eq(why, open);
	libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, &why);
	ck_assert_int_eq(why, signal);
	libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE, &why);
	ck_assert_int_eq(why, range);
}
END_TEST

static const int no_calls[] = { -1, INT_MIN, sizeof(natively) / sizeof(natively[0]), 32, 64, 4096, INT_MAX };

START_TEST(an_unknown_call)
{
	int why = 0;

	errno = ELOOP;
	ck_assert_int_eq(libpidfd_path((enum libpidfd_call)no_calls[_i], &why), LIBPIDFD_PATH_NONE);
	ck_assert_int_eq(why, EINVAL);
	ck_assert_int_eq(libpidfd_path((enum libpidfd_call)no_calls[_i], NULL), LIBPIDFD_PATH_NONE);
	ck_assert_int_eq(errno, ELOOP);
}
END_TEST

START_TEST(without_proc_nothing_stands_in_for_pidfds)
{
	without_proc();
	for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++) {
		bool stands = call == LIBPIDFD_CALL_CLOSE_RANGE || call == LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC ||
			      (call == LIBPIDFD_CALL_OPEN_NONBLOCK && opens());
		enum libpidfd_path path;
		int why;

		path = libpidfd_path(call, &why);
		if (call == LIBPIDFD_CALL_OPEN_NONBLOCK && why == ECANCELED)
			stands = false;
		ck_assert_int_eq(path == LIBPIDFD_PATH_KERNEL, why == 0);
		if (why)
			ck_assert_int_eq(path, stands ? LIBPIDFD_PATH_EMULATED : LIBPIDFD_PATH_NONE);
	}
}
END_TEST

/* A full table at the first look is no reason to be kept. */
START_TEST(a_full_table)
{
	struct full_table table;
	int full, why;

	if (under_valgrind())
		skip_because("a clone that fails is valgrind's end");
	table_fill(&table);
	errno = ELOOP;
	libpidfd_path((enum libpidfd_call)_i, &full);
	ck_assert_int_eq(errno, ELOOP);
	table_empty(&table);
	libpidfd_path((enum libpidfd_call)_i, &why);
	if (full != EAGAIN)
		ck_assert_int_eq(full, why);
	ck_assert_int_ne(why, EAGAIN);
	ck_assert_int_ne(full, EMFILE);
}
END_TEST

TESTS(TEST_EACH(each_call, natively), TEST(the_reason), TEST_EACH(an_unknown_call, no_calls),
      TEST(without_proc_nothing_stands_in_for_pidfds), TEST_EACH(a_full_table, natively))
