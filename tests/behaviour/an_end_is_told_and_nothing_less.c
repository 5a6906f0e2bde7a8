/* pidfd_poll and pidfd_pollfd tell that a process has ended once all of it has, whosever child it is, and for nothing less. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "child.h"
#include "quirks.h"
#include "run.h"
#include "sleeper.h"
#include "watching.h"

START_TEST(a_child)
{
	struct child child = child_waiting();
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	ck_assert(watch_lives(&watch));
	talk_say(child.talk, 1);
	ck_assert(watch_ends(&watch));
	child_await_zombie(&child);
	ck_assert(watch_ends(&watch));
	child_reap(&child);
	ck_assert(watch_ends(&watch));
	watch_end(&watch);
}
END_TEST

START_TEST(a_zombie)
{
	struct child child = child_zombie(0);
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	ck_assert(watch_ends(&watch));
	child_reap(&child);
	watch_end(&watch);
}
END_TEST

/* Whatever told of the end was not too early: the child can be reaped. */
START_TEST(a_child_to_be_reaped_at_once)
{
	if (tracer_is_under_kernel())
		skip_because("a traced zombie is its tracer's first");
	for (int again = 0; again < (under_valgrind() || watchings[_i].in_crowd ? 5 : 100); again++) {
		struct child child = child_waiting();
		struct watch watch = watch_begin(&watchings[_i], child.pid);

		talk_say(child.talk, 0);
		ck_assert(watch_ends(&watch));
		ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), child.pid);
		close(child.talk);
		watch_end(&watch);
	}
}
END_TEST

/* No zombie ever: the kernel reaps it. */
START_TEST(a_child_that_leaves_no_zombie)
{
	signal(SIGCHLD, SIG_IGN);

	struct child child = child_waiting();
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	ck_assert(watch_lives(&watch));
	talk_say(child.talk, 0);
	ck_assert(watch_ends(&watch));
	ck_assert_int_lt(waitpid(child.pid, NULL, 0), 0);
	ck_assert_int_eq(errno, ECHILD);
	close(child.talk);
	watch_end(&watch);
	signal(SIGCHLD, SIG_DFL);
}
END_TEST

START_TEST(a_stopped_child)
{
	struct child child = child_waiting();
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	ck_assert(watch_lives(&watch));
	kill(child.pid, SIGCONT);
	ck_assert_int_eq(pidfd_wait(watch.pidfd, NULL, NULL, NULL, WCONTINUED, 0), child.pid);
	ck_assert(watch_lives(&watch));
	kill(child.pid, SIGSTOP);
	child_await_stop(&child);
	kill(child.pid, SIGKILL);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(child_reap(&child), SIGKILL);
	watch_end(&watch);
}
END_TEST

/* Stopped by a tracer, at a signal and on its way to its end. */
START_TEST(a_traced_child)
{
	struct child child = child_waiting();
	struct watch watch = watch_begin(&watchings[_i], child.pid);
	int status;

	if (tracer_is_under_kernel() ||
	    ptrace(PTRACE_SEIZE, child.pid, NULL, (void *)(intptr_t)PTRACE_O_TRACEEXIT) < 0) {
		child_end(&child);
		watch_end(&watch);
		skip_because("ptrace");
	}
	kill(child.pid, SIGUSR1);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert(WIFSTOPPED(status) && WSTOPSIG(status) == SIGUSR1);
	ck_assert(watch_lives(&watch));
	ck_assert_int_eq(ptrace(PTRACE_CONT, child.pid, NULL, NULL), 0);
	talk_say(child.talk, 3);
	ck_assert_int_eq(waitpid(child.pid, &status, 0), child.pid);
	ck_assert_int_eq(status >> 16, PTRACE_EVENT_EXIT);
	ck_assert(watch_lives(&watch));
	ck_assert_int_eq(ptrace(PTRACE_CONT, child.pid, NULL, NULL), 0);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(child_reap(&child), 3 << 8);
	watch_end(&watch);
}
END_TEST

START_TEST(an_ended_main_thread)
{
	struct child child = child_with_ended_main_thread();
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	ck_assert(watch_lives(&watch));
	talk_say(child.talk, 4);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(child_reap(&child), 4 << 8);
	watch_end(&watch);
}
END_TEST

/* Once told to. */
static void *live_on(void *talk)
{
	_exit(child_obeys((int)(intptr_t)talk, NULL));
}

static int end_main_thread(int talk, void *unused)
{
	pthread_t thread;

	(void)unused;
	talk_hear(talk);
	if (pthread_create(&thread, NULL, live_on, (void *)(intptr_t)talk) != 0)
		return 1;
	syscall(SYS_exit, 0);
	return 1;
}

/* While it is watched. */
START_TEST(a_main_thread_that_ends)
{
	struct child child = child_start(end_main_thread, NULL);
	struct watch watch = watch_begin(&watchings[_i], child.pid);

	ck_assert(watch_lives(&watch));
	talk_say(child.talk, 0);
	for (int looks = 0; looks < 100; looks++)
		ck_assert(!watch_is_over(&watch, 1));
	talk_say(child.talk, 4);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(child_reap(&child), 4 << 8);
	watch_end(&watch);
}
END_TEST

static const int signals[] = { SIGUSR1, SIGKILL, SIGABRT };

static int wait_where_no_file_can_be(int talk, void *unused)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &limit);
	return chdir("/proc/self/fdinfo") < 0 ? 1 : child_obeys(talk, unused);
}

/* SIGABRT by way of a core dump, of which no file is left. */
START_TEST(a_killed_child)
{
	must_have_proc();
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		struct child child = child_start(wait_where_no_file_can_be, NULL);
		struct watch watch = watch_begin(&watchings[_i], child.pid);

		kill(child.pid, signals[i]);
		ck_assert(watch_ends(&watch));
		ck_assert_int_eq(WTERMSIG(child_reap(&child)), signals[i]);
		watch_end(&watch);
	}
}
END_TEST

START_TEST(no_child)
{
	struct stranger stranger = stranger_start();
	struct watch watch = watch_begin(&watchings[_i], stranger.pid);

	ck_assert(watch_lives(&watch));
	kill(stranger.pid, SIGSTOP);
	ck_assert(watch_lives(&watch));
	kill(stranger.pid, SIGCONT);
	ck_assert(watch_lives(&watch));
	talk_say(stranger.talk, 0);
	ck_assert(watch_ends(&watch));
	stranger_await_zombie(&stranger);
	stranger_reap(&stranger);
	ck_assert(watch_ends(&watch));
	watch_end(&watch);
	stranger_end(&stranger);
}
END_TEST

START_TEST(an_orphan)
{
	struct stranger orphan = stranger_orphan();
	struct watch watch = watch_begin(&watchings[_i], orphan.pid);

	ck_assert(watch_lives(&watch));
	kill(orphan.pid, SIGKILL);
	ck_assert(watch_ends(&watch));
	watch_end(&watch);
	stranger_end(&orphan);
}
END_TEST

START_TEST(oneself_and_ones_parent)
{
	struct watch self = watch_begin(&watchings[_i], getpid()), parent = watch_begin(&watchings[_i], getppid());

	ck_assert(watch_lives(&self));
	ck_assert(watch_lives(&parent));
	watch_end(&self);
	watch_end(&parent);
}
END_TEST

/* The first process of a PID namespace, and another, which tells through ENDS who it is and ends with the first only. */
static int beget_two(int talk, void *ends)
{
	const int *between = ends;
	pid_t init;

	if (unshare(CLONE_NEWPID) < 0)
		skip_because("PID namespace: %s", strerror(errno));
	init = fork();
	if (init == 0) {
		if (fork() == 0)
			talk_say(between[1], 0);
		for (;;)
			pause();
	}
	if (init < 0 || write(talk, &init, sizeof(init)) != sizeof(init))
		return 1;
	return waitpid(init, NULL, 0) != init;
}

/* As it is seen from here. */
static pid_t sender_of_byte(int fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct ucred))];
	char byte;
	struct iovec text = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &text, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control)
	};
	struct ucred sender;
	ssize_t got;

	do
		got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != 1 || !CMSG_FIRSTHDR(&message))
		return 0;
	memcpy(&sender, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(sender));
	return sender.pid;
}

START_TEST(a_process_that_ends_with_its_namespace)
{
	int ends[2], yes = 1;
	pid_t init;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	ck_assert_int_eq(setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof(yes)), 0);

	struct child parent = child_start(beget_two, ends);

	close(ends[1]);
	if (read(parent.talk, &init, sizeof(init)) != sizeof(init)) {
		child_end(&parent);
		end_if_skipped();
		ck_abort_msg("no processes in a PID namespace of their own");
	}

	struct watch watch = watch_begin(&watchings[_i], sender_of_byte(ends[0]));

	ck_assert(watch_lives(&watch));
	kill(init, SIGKILL);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(child_reap(&parent), 0);
	watch_end(&watch);
	close(ends[0]);
}
END_TEST

enum {
	MANY = 150
};

/* More than there are perf events for a user without privilege, all of one process. */
START_TEST(a_child_that_a_user_watches_many_times)
{
	static struct watch watches[MANY];
	int many = under_valgrind() ? 5 : MANY;
	struct pollfd polls[MANY];
	struct child child;

	must_be_root();
	become_user(NOBODY);
	child = child_waiting();
	for (int i = 0; i < many; i++) {
		watches[i] = watch_begin(&watchings[_i], child.pid);
		polls[i] = (struct pollfd){ watches[i].fd, POLLIN, 0 };
	}
	if (!watchings[_i].by_pollfd)
		ck_assert_int_eq(pidfd_poll(polls, (nfds_t)many, 20), 0);
	for (int i = 0; i < many; i += 50)
		ck_assert(watch_lives(&watches[i]));
	talk_say(child.talk, 0);
	if (!watchings[_i].by_pollfd) {
		int ready;

		do
			ready = pidfd_poll(polls, (nfds_t)many, -1);
		while (ready < 0 && errno == EINTR);
		ck_assert_int_gt(ready, 0);
	}
	for (int i = 0; i < many; i++) {
		ck_assert(watch_ends(&watches[i]));
		watch_end(&watches[i]);
	}
	child_reap(&child);
}
END_TEST

enum {
	OTHERS = 2000 /* more ends than a log has room for */
};

/*
 * While who watches can take no notice, for which it has less time than after which all are looked at anew. Who ends does so on
 * the processor that the others did.
 */
START_TEST(a_child_that_ends_after_many_others)
{
	struct child child;
	struct watch watch;
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET((size_t)sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	child = child_waiting();
	watch = watch_begin(&watchings[BY_ONESELF + BY_OTHERS - OF_CROWDS + _i], child.pid);
	ck_assert(watch_lives(&watch));
	talk_say(watch.other.talk, A_WHILE);
	await_sleep(watch.other.pid);
	kill(watch.other.pid, SIGSTOP);
	child_await_stop(&watch.other);
	for (int i = 0; i < (under_valgrind() ? 2 : OTHERS); i++) {
		pid_t other = fork();

		if (other == 0)
			_exit(0);
		waitpid(other, NULL, 0);
	}
	talk_say(child.talk, 0);
	child_await_zombie(&child);
	kill(watch.other.pid, SIGCONT);
	ck_assert_int_eq(talk_hear(watch.other.talk), IS_OVER);
	child_reap(&child);
	watch_end(&watch);
}
END_TEST

/* clang-format off */
TESTS(TEST_EACH(a_child, watchings), TEST_EACH(a_zombie, watchings),
      TEST_EACH(a_child_to_be_reaped_at_once, watchings), TEST_EACH(a_child_that_leaves_no_zombie, watchings),
      TEST_EACH(a_stopped_child, watchings), TEST_EACH(a_traced_child, watchings),
      TEST_EACH(an_ended_main_thread, watchings), TEST_EACH(a_main_thread_that_ends, watchings),
      TEST_EACH(a_killed_child, watchings), TEST_EACH(no_child, watchings), TEST_EACH(an_orphan, watchings),
      TEST_EACH(oneself_and_ones_parent, watchings), TEST_EACH(a_process_that_ends_with_its_namespace, watchings),
      { &a_child_that_ends_after_many_others, OF_CROWDS }, { &a_child_that_a_user_watches_many_times, BY_ONESELF - OF_CROWDS })
/* clang-format on */
