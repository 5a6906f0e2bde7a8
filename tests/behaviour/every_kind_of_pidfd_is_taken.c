/*
 * The kernel's pidfds, however they came to be, and directories on /proc/PID, whoever opened them, are pidfds to
 * pidfd_send_signal and pidfd_getpid on every kernel, also as duplicates and in another process.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "passing.h"
#include "raw.h"
#include "run.h"

/* A pidfd, and the child that it is of, which waits to be killed. */
struct pair {
	int pidfd;
	pid_t pid;
};

static int wait_for_ever(int talk, void *unused)
{
	(void)talk, (void)unused;
	while (pause())
		;
	return 0;
}

static pid_t lasting_child(void)
{
	struct child child = child_start(wait_for_ever, NULL);

	close(child.talk);
	return child.pid;
}

static int open_directory(pid_t pid, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC | flags);
}

static int by_library(pid_t pid)
{
	return pidfd_open(pid, 0);
}

static int by_library_nonblock(pid_t pid)
{
	return pidfd_open(pid, PIDFD_NONBLOCK);
}

static int by_hand(pid_t pid)
{
	return open_directory(pid, O_DIRECTORY);
}

static int by_hand_nonblock(pid_t pid)
{
	return open_directory(pid, O_NONBLOCK);
}

static int by_kernel(pid_t pid)
{
	return raw_pidfd_open(pid, 0);
}

/* The last is clone's. */
static int (*const kinds[])(pid_t pid) = {
	by_library, by_library_nonblock, by_hand, by_hand_nonblock, by_kernel, NULL
};

static struct pair make(int kind)
{
	struct pair pair = { .pidfd = -1 };

	pair.pid = kinds[kind] ? lasting_child() : raw_fork_pidfd(&pair.pidfd);
	while (pair.pid == 0)
		pause();
	if (kinds[kind])
		pair.pidfd = kinds[kind](pair.pid);
	if (pair.pidfd < 0) {
		if (pair.pid > 0) {
			kill(pair.pid, SIGKILL);
			waitpid(pair.pid, NULL, 0);
		}
		skip_because("no such pidfds here");
	}
	return pair;
}

/* What each call says of a live process, of it as a zombie, and when it is reaped. */
static void serves_to_the_end(const struct pair *pair)
{
	siginfo_t info;

	errno = ELOOP;
	ck_assert_int_eq(pidfd_getpid(pair->pidfd), pair->pid);
	ck_assert_int_eq(pidfd_send_signal(pair->pidfd, 0, NULL, 0), 0);
	ck_assert_int_eq(pidfd_send_signal(pair->pidfd, SIGKILL, NULL, 0), 0);
	ck_assert_int_eq(waitid(P_PID, (id_t)pair->pid, &info, WEXITED | WNOWAIT), 0);
	ck_assert_int_eq(info.si_status, SIGKILL);
	ck_assert_int_eq(pidfd_getpid(pair->pidfd), pair->pid);
	ck_assert_int_eq(pidfd_send_signal(pair->pidfd, 0, NULL, 0), 0);
	ck_assert_int_eq(errno, ELOOP);
	ck_assert_int_eq(waitpid(pair->pid, NULL, 0), pair->pid);
	ck_assert_int_eq(pidfd_getpid(pair->pidfd), -1);
	ck_assert_int_eq(errno, ESRCH);
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pair->pidfd, 0, NULL, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
}

START_TEST(itself)
{
	struct pair pair = make(_i);

	serves_to_the_end(&pair);
	close(pair.pidfd);
}
END_TEST

START_TEST(a_duplicate)
{
	struct pair pair = make(_i);
	int original = pair.pidfd;

	pair.pidfd = dup(original);
	close(original);
	serves_to_the_end(&pair);
	close(pair.pidfd);
}
END_TEST

/* Gets a pidfd, says its PID, signals it, hears of its end, and how it came where the kernel tells strangers. */
static int end_what_comes(int talk, void *unused)
{
	bool told = libpidfd_path(LIBPIDFD_CALL_GET_INFO, NULL) == LIBPIDFD_PATH_KERNEL;
	struct pollfd end = { .events = POLLIN };
	int pidfd = fd_receive(talk, NULL), status = 0;
	pid_t pid, waited;

	(void)unused;
	if (pidfd < 0)
		return 1;
	pid = pidfd_getpid(pidfd);
	if (write(talk, &pid, sizeof(pid)) != sizeof(pid))
		return 2;
	end.fd = pidfd_pollfd(pidfd, 0);
	if (pidfd_send_signal(pidfd, SIGKILL, NULL, 0) < 0 || poll(&end, 1, -1) != 1)
		return 3;
	waited = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, PIDFD_WFOREIGN);
	if (waited < 0)
		return told || errno != ENODATA ? 4 : 0;
	return told && waited == pid && status == SIGKILL ? 0 : 5;
}

START_TEST(in_another_process)
{
	struct child monitor;
	struct pair pair;
	int status;
	pid_t pid;

	must_have_proc(); /* for the status of a zombie */
	monitor = child_start(end_what_comes, NULL);
	pair = make(_i);
	ck_assert(fd_pass(monitor.talk, pair.pidfd));
	ck_assert_int_eq(read(monitor.talk, &pid, sizeof(pid)), sizeof(pid));
	ck_assert_int_eq(pid, pair.pid);
	ck_assert_int_eq(child_reap(&monitor), 0);
	ck_assert_int_eq(waitpid(pair.pid, &status, 0), pair.pid);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
	close(pair.pidfd);
}
END_TEST

TESTS(TEST_EACH(itself, kinds), TEST_EACH(a_duplicate, kinds), TEST_EACH(in_another_process, kinds))
