/* pidfd_poll gives each of any mix of descriptors what poll gives it. */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "fds.h"
#include "quirks.h"
#include "run.h"

static int closed_fd(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

/* A process alive and one ended, a pipe with nothing in it and one with something, each twice, and what is not open. */
struct mix {
	struct child alive, ended;
	int idle[2], busy[2], lives, is_over, again;
};

static void mix_begin(struct mix *mix)
{
	mix->alive = child_waiting();
	mix->ended = child_zombie(0);
	mix->lives = pidfd_open(mix->alive.pid, 0);
	mix->is_over = pidfd_open(mix->ended.pid, 0);
	mix->again = dup(mix->is_over);
	ck_assert_int_eq(pipe(mix->idle), 0);
	ck_assert_int_eq(pipe(mix->busy), 0);
	ck_assert_int_eq(write(mix->busy[1], "", 1), 1);
}

static void mix_end(struct mix *mix)
{
	const int fds[] = {
		mix->lives, mix->is_over, mix->again, mix->idle[0], mix->idle[1], mix->busy[0], mix->busy[1]
	};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		close(fds[i]);
	child_end(&mix->alive);
	child_end(&mix->ended);
}

/* REVENTS comes in as what is expected. */
static void gives(struct pollfd *fds, nfds_t nfds, int timeout)
{
	short expected[256];
	int count = 0;

	for (nfds_t i = 0; i < nfds; i++) {
		expected[i] = fds[i].revents;
		count += expected[i] != 0;
		fds[i].revents = 0x7fff;
	}
	ck_assert_int_eq(pidfd_poll(fds, nfds, timeout), count);
	for (nfds_t i = 0; i < nfds; i++)
		ck_assert_msg(fds[i].revents == expected[i], "entry %d: revents %x, not %x", (int)i,
			      (unsigned int)fds[i].revents, (unsigned int)expected[i]);
}

static const int timeouts[] = { 0, 50, -1, INT_MAX };

START_TEST(each_gets_its_own)
{
	struct mix mix;

	mix_begin(&mix);

	struct pollfd fds[] = {
		{ mix.lives, POLLIN, 0 },
		{ mix.idle[0], POLLIN, 0 },
		{ mix.is_over, POLLIN, POLLIN },
		{ -1, POLLIN, 0 },
		{ mix.again, POLLIN | POLLOUT, POLLIN },
		{ mix.busy[0], POLLIN, POLLIN },
		{ mix.is_over, POLLIN | POLLRDNORM, POLLIN | POLLRDNORM },
		{ mix.is_over, 0, 0 },
		{ mix.is_over, POLLOUT | POLLPRI, 0 },
		{ mix.busy[0], 0, 0 },
		{ mix.idle[1], POLLOUT, POLLOUT },
		{ closed_fd(), POLLIN, POLLNVAL },
		{ closed_fd(), 0, POLLNVAL },
		{ INT_MIN, POLLIN, 0 },
		{ mix.lives, 0, 0 },
	};

	gives(fds, sizeof(fds) / sizeof(fds[0]), timeouts[_i]);
	mix_end(&mix);
}
END_TEST

/* One ready entry of whatever kind wakes a poll of many that are not. */
START_TEST(one_among_many)
{
	struct mix mix;
	struct pollfd fds[200];

	mix_begin(&mix);

	const struct pollfd one[] = {
		{ mix.is_over, POLLIN, POLLIN },
		{ mix.busy[0], POLLIN, POLLIN },
		{ closed_fd(), POLLIN, POLLNVAL },
	};

	for (int place = 0; place < 200; place += 199)
		for (int ready = 0; ready < 3; ready++) {
			for (int i = 0; i < 200; i++)
				fds[i] = (struct pollfd){ i % 4 ? mix.lives : mix.idle[0], POLLIN, 0 };
			gives(fds, 200, 0);
			fds[place] = one[ready];
			gives(fds, 200, -1);
		}
	mix_end(&mix);
}
END_TEST

enum {
	THOUSANDS = 4000
};

/* Of the same few descriptors, each as often as any. */
START_TEST(thousands_of_entries)
{
	static struct pollfd fds[THOUSANDS];
	int thousands = under_valgrind() ? 200 : THOUSANDS, count = 0;
	struct rlimit before, more;
	struct mix mix;

	getrlimit(RLIMIT_NOFILE, &before);
	more = (struct rlimit){ THOUSANDS + 64 < before.rlim_max ? THOUSANDS + 64 : before.rlim_max, before.rlim_max };
	if (more.rlim_cur < THOUSANDS + 64 || setrlimit(RLIMIT_NOFILE, &more) < 0)
		skip_because("RLIMIT_NOFILE");
	mix_begin(&mix);

	const struct pollfd some[] = {
		{ mix.lives, POLLIN, 0 },	   { mix.idle[0], POLLIN, 0 },
		{ mix.is_over, POLLIN, POLLIN },   { -1, POLLIN, 0 },
		{ mix.again, POLLIN, POLLIN },	   { mix.busy[0], POLLIN, POLLIN },
		{ closed_fd(), POLLIN, POLLNVAL },
	};

	for (int timeout = 0; timeout >= -1; timeout--) {
		count = 0;
		for (int i = 0; i < thousands; i++) {
			fds[i] = some[i % 7];
			count += some[i % 7].revents != 0;
			fds[i].revents = 0x7fff;
		}
		ck_assert_int_eq(pidfd_poll(fds, (nfds_t)thousands, timeout), count);
		for (int i = 0; i < thousands; i++)
			ck_assert_int_eq(fds[i].revents, some[i % 7].revents);
	}
	/* None is ready, until the process ends that half of them are. */
	for (int i = 0; i < thousands; i++)
		fds[i] = some[i % 2];
	talk_say(mix.alive.talk, 0);
	ck_assert_int_gt(pidfd_poll(fds, (nfds_t)thousands, -1), 0);
	ck_assert_int_eq(fds[1].revents, 0);
	mix_end(&mix);
}
END_TEST

static int answer(int talk, void *unused)
{
	talk_say(talk, (unsigned char)talk_hear(talk));
	return child_obeys(talk, unused);
}

START_TEST(a_socket_wakes_from_sleep)
{
	struct child child = child_waiting(), writer = child_start(answer, NULL);
	struct pollfd fds[] = { { pidfd_open(child.pid, 0), POLLIN, 0 }, { writer.talk, POLLIN, POLLIN } };

	talk_say(writer.talk, 0);
	gives(fds, 2, -1);
	child_end(&child);
	child_end(&writer);
	close(fds[0].fd);
}
END_TEST

/* What runs is seen to without a descriptor; where more has to be looked at, and can't be, the others are heard nevertheless. */
START_TEST(a_full_table)
{
	bool opens = libpidfd_path(LIBPIDFD_CALL_POLL, NULL) != LIBPIDFD_PATH_KERNEL;
	struct full_table table;
	struct mix mix;

	mix_begin(&mix);

	struct pollfd live[] = { { mix.lives, POLLIN, 0 }, { mix.idle[0], POLLIN, 0 } };
	struct pollfd fds[] = { { mix.is_over, POLLIN, 0 }, { mix.busy[0], POLLIN, POLLIN } };

	table_fill(&table);
	gives(live, 2, 50);
	errno = 0;
	ck_assert_int_eq(pidfd_poll(fds, 1, 50), opens ? -1 : 1);
	ck_assert_int_eq(errno, opens ? EMFILE : 0);
	fds[0].revents = opens ? 0 : POLLIN;
	gives(fds, 2, -1);
	table_empty(&table);
	mix_end(&mix);
}
END_TEST

/* More than half of what the table holds: whatever the library takes for each, some is left, for others and for itself. */
START_TEST(most_of_the_table)
{
	struct child child = child_waiting();
	struct pollfd fds[64];
	struct rlimit before, lower;

	getrlimit(RLIMIT_NOFILE, &before);
	lower = (struct rlimit){ 96, before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lower), 0);
	for (int i = 0; i < 64; i++)
		fds[i] = (struct pollfd){ pidfd_open(child.pid, 0), POLLIN, 0 };
	ck_assert_int_ge(fds[63].fd, 0);
	gives(fds, 64, 50);
	talk_say(child.talk, 0);
	ck_assert_int_gt(pidfd_poll(fds, 64, -1), 0);
	child_await_zombie(&child);
	for (int i = 0; i < 64; i++)
		fds[i].revents = POLLIN;
	gives(fds, 64, -1);
	child_end(&child);
	for (int i = 0; i < 64; i++)
		close(fds[i].fd);
	setrlimit(RLIMIT_NOFILE, &before);
}
END_TEST

TESTS(TEST_EACH(each_gets_its_own, timeouts), TEST(one_among_many), TEST(thousands_of_entries),
      TEST(a_socket_wakes_from_sleep), TEST(a_full_table), TEST(most_of_the_table))
