/*
 * Under qemu-user and valgrind a vfork is a fork. Wherever on its way the parent is when its child, which does not wait for
 * it, introduces itself and ends: the child is the caller's, with its pidfd and its exit status.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "creation.h"
#include "held.h"
#include "raw.h"
#include "run.h"

enum {
	CODE = 41,
	STOPS = 30 /* those before the child has spoken, and some rounds of listening */
};

static bool gated;
static int gate[2], orders[2];

/* libc's clone(2), under the name that it has for itself. */
int __clone(int (*fn)(void *), void *stack, int flags, void *argument, ...);

/* In its place: what a child would share with its parent it gets a copy of. */
int clone(int (*fn)(void *), void *stack, int flags, void *argument, ...)
{
	char byte;
	pid_t pid;

	if (!gated) {
		va_list list;
		int *parent_tid;

		va_start(list, argument);
		parent_tid = va_arg(list, int *);
		va_end(list);
		return __clone(fn, stack, flags, argument, parent_tid);
	}
	pid = raw_fork();
	if (pid == 0)
		_exit(read(gate[0], &byte, 1) == 1 ? fn(argument) : 1);
	return pid;
}

static int end_with_code(void *unused)
{
	(void)unused;
	return CODE;
}

/* Without a child as yet, that will find the gate open. */
static void *open_gate(void *unused)
{
	if (talk_hear(orders[1]) < 0 || write(gate[1], "", 1) != 1)
		_exit(2);
	waitid(P_ALL, 0, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	talk_say(orders[1], 0);
	return unused;
}

static int held_parent(int talk, void *unused)
{
	int pidfd = -1, status;
	pthread_t thread;
	pid_t pid;

	(void)unused;
	close(orders[0]);
	libpidfd_path(LIBPIDFD_CALL_CLONE, NULL);
	libpidfd_path(LIBPIDFD_CALL_OPEN, NULL);
	if (pipe(gate) < 0 || pthread_create(&thread, NULL, open_gate, NULL) != 0)
		return 3;
	talk_say(talk, 0);
	if (talk_hear(talk) < 0)
		return 4;
	gated = true;
	held_mark();
	pid = clone_pidfd(end_with_code, STACK, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, &pidfd);
	held_mark();
	if (pid < 0)
		return errno == EAGAIN ? 5 : 6;
	if (pidfd < 0 || waitpid(pid, &status, 0) != pid || status != CODE << 8)
		return 7;
	return errno = 0, pidfd_getpid(pidfd) == -1 && errno == ESRCH ? 0 : 8;
}

START_TEST(at_any_system_call)
{
	must_be_able_to_hold();
	if (libpidfd_path(LIBPIDFD_CALL_CLONE, NULL) == LIBPIDFD_PATH_KERNEL)
		skip_because("its pidfd comes from the kernel");
	for (int stop = 1; stop <= STOPS; stop++) {
		struct child parent;
		struct held held;
		int status;

		ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders), 0);
		parent = child_start(held_parent, NULL);
		close(orders[1]);
		ck_assert_int_eq(talk_hear(parent.talk), 0);
		held = held_start(parent.pid);
		talk_say(parent.talk, 0);
		ck_assert(held_at(&held, stop));
		talk_say(orders[0], 0);
		ck_assert_int_eq(talk_hear(orders[0]), 0);
		status = held_end(&held);
		close(parent.talk);
		close(orders[0]);
		ck_assert_msg(status == 0, "stop %d: status 0x%x", stop, (unsigned int)status);
	}
}
END_TEST

TESTS(TEST(at_any_system_call))
