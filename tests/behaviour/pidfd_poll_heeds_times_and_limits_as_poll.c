/* pidfd_poll and pidfd_ppoll wait as long as they are told, and refuse what poll and ppoll refuse. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"
#include "valgrind.h"

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

/* Never a moment early; how late, nobody can say. */
START_TEST(timeouts_run_out)
{
	struct child child = child_waiting();
	struct pollfd fds[] = { { pidfd_open(child.pid, 0), POLLIN, 0 }, { -1, POLLIN, 0 } };
	struct timespec timeout = { 0, 50000000 };
	int64_t began = now_ns();

	ck_assert_int_eq(pidfd_poll(fds, 0, 50), 0);
	ck_assert_int_ge(now_ns() - began, 50000000);
	ck_assert_int_eq(pidfd_poll(fds, 2, 50), 0);
	ck_assert_int_ge(now_ns() - began, 100000000);
	began = now_ns();
	ck_assert_int_eq(pidfd_ppoll(fds, 2, &timeout, NULL), 0);
	ck_assert_int_ge(now_ns() - began, 50000000);
	ck_assert(timeout.tv_sec == 0 && timeout.tv_nsec == 50000000);
	ck_assert_int_eq(pidfd_ppoll(fds, 2, &(struct timespec){ 0, 0 }, NULL), 0);
	child_end(&child);
	close(fds[0].fd);
}
END_TEST

static const struct timespec bad[] = { { 0, -1 }, { 0, 1000000000 }, { -1, 0 }, { -1, 999999999 }, { 1, LONG_MAX } };

START_TEST(bad_timespecs)
{
	struct child child = child_zombie(0);
	struct pollfd fd = { .fd = pidfd_open(child.pid, 0), .events = POLLIN, .revents = 77 };

	ck_assert_int_eq(pidfd_ppoll(&fd, 1, &bad[_i], NULL), -1);
	ck_assert_int_eq(errno, EINVAL);
	ck_assert_int_eq(fd.revents, 77);
	child_end(&child);
	close(fd.fd);
}
END_TEST

START_TEST(centuries)
{
	struct child child = child_zombie(0);
	struct pollfd fd = { .fd = pidfd_open(child.pid, 0), .events = POLLIN };

	ck_assert_int_eq(pidfd_ppoll(&fd, 1, &(struct timespec){ sizeof(time_t) > 4 ? INT64_MAX : INT32_MAX, 0 }, NULL),
			 1);
	child_end(&child);
	close(fd.fd);
}
END_TEST

START_TEST(no_array)
{
	ck_assert_int_eq(pidfd_poll(NULL, 0, 0), 0);
	ck_assert_int_eq(pidfd_ppoll(NULL, 0, &(struct timespec){ 0, 0 }, NULL), 0);
	ck_assert_int_eq(pidfd_poll(NULL, 1, 0), -1);
	ck_assert_int_eq(errno, EFAULT);
	errno = 0;
	ck_assert_int_eq(pidfd_ppoll(NULL, 1, NULL, NULL), -1);
	ck_assert_int_eq(errno, EFAULT);
}
END_TEST

START_TEST(more_than_rlimit_nofile)
{
	struct pollfd fds[65];
	struct rlimit limit;

	if (under_valgrind())
		skip_because("valgrind keeps the limit to itself");
	for (int i = 0; i < 65; i++)
		fds[i] = (struct pollfd){ -1, POLLIN, 0 };
	fds[64] = (struct pollfd){ pidfd_open(getpid(), 0), POLLIN, 0 };
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 64;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(pidfd_poll(fds + 1, 64, 0), 0);
	ck_assert_int_eq(pidfd_poll(fds, 65, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	errno = 0;
	ck_assert_int_eq(pidfd_poll(NULL, UINT_MAX, 0), -1);
	ck_assert_int_eq(errno, EINVAL);
	close(fds[64].fd);
}
END_TEST

/* Emulated, the call takes memory of its own; so does the kernel. */
START_TEST(no_memory)
{
	bool takes = libpidfd_path(LIBPIDFD_CALL_POLL, NULL) != LIBPIDFD_PATH_KERNEL;
	struct pollfd fds[64];
	struct rlimit before, none;
	int r, why;

	if (under_valgrind())
		skip_because("valgrind needs memory as well");
	for (int i = 0; i < 64; i++)
		fds[i] = (struct pollfd){ -1, POLLIN, 77 };
	getrlimit(RLIMIT_AS, &before);
	none = (struct rlimit){ 0, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &none), 0);
	errno = 0;
	r = pidfd_poll(fds, 64, 0);
	why = errno;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &before), 0);
	ck_assert_int_eq(r, takes ? -1 : 0);
	ck_assert_int_eq(why, takes ? ENOMEM : 0);
	ck_assert_int_eq(fds[0].revents, takes ? 77 : 0);
}
END_TEST

TESTS(TEST(timeouts_run_out), TEST_EACH(bad_timespecs, bad), TEST(centuries), TEST(no_array),
      TEST(more_than_rlimit_nofile), TEST(no_memory))
