/* pidfd_poll finds a process ready once all of it has ended, whosever child it is, and for nothing less. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "run.h"

/* Of the kernel's poll a directory is always readable. */
static int open_as(bool directory, pid_t pid)
{
	if (directory && libpidfd_path(LIBPIDFD_CALL_POLL, NULL) != LIBPIDFD_PATH_EMULATED)
		skip_because("the kernel polls");

	int pidfd = directory ? open_proc_of(pid, 0) : pidfd_open(pid, 0);

	ck_assert_int_ge(pidfd, 0);
	return pidfd;
}

static const bool directories[] = { false, true };

static bool is_ready(int pidfd)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN, .revents = 0x7fff };
	int r;

	errno = EXDEV;
	r = pidfd_poll(&fd, 1, 0);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(r, fd.revents != 0);
	ck_assert_int_eq(fd.revents & ~(POLLIN | POLLHUP), 0);
	return fd.revents & POLLIN;
}

static void becomes_ready(int pidfd)
{
	struct pollfd fd = { .fd = pidfd, .events = POLLIN };

	ck_assert_int_eq(pidfd_poll(&fd, 1, -1), 1);
	ck_assert(fd.revents & POLLIN);
	ck_assert(is_ready(pidfd));
}

START_TEST(a_child)
{
	struct child child = child_waiting();
	int pidfd = open_as(directories[_i], child.pid);

	ck_assert(!is_ready(pidfd));
	talk_say(child.talk, 1);
	becomes_ready(pidfd);
	child_await_zombie(&child);
	ck_assert(is_ready(pidfd));
	child_reap(&child);
	ck_assert(is_ready(pidfd));
	close(pidfd);
}
END_TEST

START_TEST(a_zombie)
{
	struct child child = child_zombie(0);
	int pidfd = open_as(directories[_i], child.pid);

	ck_assert(is_ready(pidfd));
	child_reap(&child);
	close(pidfd);
}
END_TEST

START_TEST(a_stopped_child)
{
	struct child child = child_waiting();
	int pidfd = open_as(directories[_i], child.pid);

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	ck_assert(!is_ready(pidfd));
	kill(child.pid, SIGCONT);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WCONTINUED, 0), child.pid);
	ck_assert(!is_ready(pidfd));
	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	kill(child.pid, SIGKILL);
	becomes_ready(pidfd);
	ck_assert_int_eq(child_reap(&child), SIGKILL);
	close(pidfd);
}
END_TEST

START_TEST(an_ended_main_thread)
{
	struct child child = child_with_ended_main_thread();
	int pidfd = open_as(directories[_i], child.pid);

	ck_assert(!is_ready(pidfd));
	talk_say(child.talk, 4);
	becomes_ready(pidfd);
	ck_assert_int_eq(child_reap(&child), 4 << 8);
	close(pidfd);
}
END_TEST

START_TEST(no_child)
{
	struct stranger stranger = stranger_start();
	int pidfd = open_as(directories[_i], stranger.pid);

	ck_assert(!is_ready(pidfd));
	talk_say(stranger.talk, 0);
	becomes_ready(pidfd);
	stranger_await_zombie(&stranger);
	stranger_reap(&stranger);
	ck_assert(is_ready(pidfd));
	close(pidfd);
	stranger_end(&stranger);
}
END_TEST

START_TEST(an_orphan)
{
	struct stranger orphan = stranger_orphan();
	int pidfd = open_as(directories[_i], orphan.pid);

	ck_assert(!is_ready(pidfd));
	kill(orphan.pid, SIGKILL);
	becomes_ready(pidfd);
	close(pidfd);
	stranger_end(&orphan);
}
END_TEST

START_TEST(oneself_and_ones_parent)
{
	int self = open_as(directories[_i], getpid()), parent = open_as(directories[_i], getppid());

	ck_assert(!is_ready(self));
	ck_assert(!is_ready(parent));
	close(self);
	close(parent);
}
END_TEST

TESTS(TEST_EACH(a_child, directories), TEST_EACH(a_zombie, directories), TEST_EACH(a_stopped_child, directories),
      TEST_EACH(an_ended_main_thread, directories), TEST_EACH(no_child, directories), TEST_EACH(an_orphan, directories),
      TEST_EACH(oneself_and_ones_parent, directories))
