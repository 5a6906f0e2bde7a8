/*
 * The adversary holds pidfd_wait, pidfd_fork, clone_pidfd and pidfd_spawn at each of their system calls in turn; meanwhile
 * another thread of the same program reaps the child, and makes another with the same PID that ends too. pidfd_wait, and
 * pidfd_spawn of a program that is not there, do not reap that one, and the pidfd of a new child is not that one's. Without
 * P_PIDFD, 5.4, and on a directory, what reaps has a moment in which it does: one.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "held.h"
#include "raw.h"
#include "run.h"

enum {
	CHILD = 41,
	BYSTANDER = 42,
	PID = 300 /* of both */
};

enum {
	RIGHT,	   /* the child's status, or ECHILD */
	BYSTANDERS /* reaped, or got as a child's pidfd */
};

static int wait_with(int flags)
{
	int pidfd, status = 0, r;
	pid_t child = fork();

	if (child == 0)
		_exit(CHILD);
	if (child != PID)
		return 2;
	waitid(P_PID, PID, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
	pidfd = pidfd_open(PID, 0);
	pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG | WNOWAIT);
	held_mark();
	r = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, flags);
	held_mark();
	if (r == PID)
		return status == CHILD << 8 ? RIGHT : BYSTANDERS;
	return r == -1 && errno == ECHILD ? RIGHT : 3;
}

static int wait_plainly(void)
{
	return wait_with(0);
}

static int wait_for_all(void)
{
	return wait_with((int)__WALL);
}

static int live(void *unused)
{
	(void)unused;
	while (pause())
		;
	return 0;
}

/* The child is another's to end. The pidfd has to be its own, or say that it is gone. */
static int judge_new(pid_t pid, int pidfd)
{
	int r;

	if (pid < 0)
		return errno == EAGAIN ? RIGHT : 4;
	errno = 0;
	r = pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	if (r < 0)
		return errno == ESRCH ? RIGHT : 5;
	/* A bystander has ended, unreaped: it passes as well, and tells by its status. */
	siginfo_t info;

	if (waitid(P_PID, PID, &info, WEXITED | WNOWAIT) < 0)
		return 6;
	return info.si_status == BYSTANDER ? BYSTANDERS : RIGHT;
}

static int fork_new(void)
{
	int pidfd;
	pid_t pid;

	held_mark();
	pid = pidfd_fork(&pidfd, 0);
	if (pid == 0)
		_exit(live(NULL));
	held_mark();
	return judge_new(pid, pidfd);
}

static int clone_new(void)
{
	int pidfd;
	pid_t pid;

	held_mark();
	pid = clone_pidfd(live, NULL, SIGCHLD, NULL, &pidfd);
	held_mark();
	return judge_new(pid, pidfd);
}

static atomic_bool replaced;

static int spawn(const char *program, int *pidfd)
{
	char name[] = "sleep", seconds[] = "1000", *argv[] = { name, seconds, NULL };
	int error;

	held_mark();
	error = pidfd_spawn(pidfd, program, NULL, NULL, argv, NULL);
	held_mark();
	return error;
}

static int spawn_new(void)
{
	int pidfd;

	errno = spawn("/bin/sleep", &pidfd);
	return judge_new(errno ? -1 : PID, pidfd);
}

static int spawn_nothing(void)
{
	int pidfd, error = spawn("/nowhere/program", &pidfd);

	if (error == 0 ? !replaced : error != ENOENT && error != EAGAIN)
		return 5;
	/* EAGAIN, emulated: it was killed before it had said who it is, so its number was all to reap it by: see BUGS. */
	return error != EAGAIN && replaced && waitid(P_PID, PID, &(siginfo_t){ 0 }, WEXITED | WNOWAIT) < 0 ? BYSTANDERS
													   : RIGHT;
}

static const struct row {
	const char *name;
	int (*call)(void);
	enum libpidfd_call native;
} rows[] = {
	{ "pidfd_wait", wait_plainly, LIBPIDFD_CALL_WAIT },
	{ "pidfd_wait __WALL", wait_for_all, LIBPIDFD_CALL_WAIT },
	{ "pidfd_fork", fork_new, LIBPIDFD_CALL_OPEN },
	{ "clone_pidfd", clone_new, LIBPIDFD_CALL_CLONE },
	{ "pidfd_spawn", spawn_new, LIBPIDFD_CALL_CLONE },
	{ "pidfd_spawn of nothing", spawn_nothing, LIBPIDFD_CALL_WAIT },
};

static const struct row *row;
static int orders[2];

/* Reaps whatever child has the PID, and makes the other. */
static void *reap_and_replace(void *unused)
{
	if (talk_hear(orders[1]) < 0)
		return unused;
	if (kill(PID, 0) == 0) {
		kill(PID, SIGKILL);
		while (waitpid(PID, NULL, __WALL) < 0 && errno == EINTR)
			;
		if (!child_will_have_pid(PID))
			_exit(7);
		if (raw_fork() == 0)
			_exit(BYSTANDER);
		waitid(P_PID, PID, &(siginfo_t){ 0 }, WEXITED | WNOWAIT);
		replaced = true;
		talk_say(orders[1], 1);
	} else {
		talk_say(orders[1], 0);
	}
	return unused;
}

static int held_caller(int talk, void *unused)
{
	pthread_t thread;
	int r;

	(void)unused;
	close(orders[0]);
	libpidfd_path(row->native, NULL);
	libpidfd_path(LIBPIDFD_CALL_CLONE, NULL);
	if (pthread_create(&thread, NULL, reap_and_replace, NULL) != 0)
		return 8;
	talk_say(talk, 0);
	if (talk_hear(talk) < 0 || !child_will_have_pid(PID))
		return 9;
	r = row->call();
	kill(PID, SIGKILL);
	while (waitpid(-1, NULL, __WALL) > 0)
		; /* the namespace's first process does not */
	return r;
}

static struct {
	int stops, replaced, wrong;
} count;

static bool hold_at(int stop)
{
	struct child caller;
	struct held held;
	bool reached;
	int status;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders), 0);
	caller = child_start(held_caller, NULL);
	close(orders[1]);
	ck_assert_int_eq(talk_hear(caller.talk), 0);
	held = held_start(caller.pid);
	talk_say(caller.talk, 0);
	reached = held_at(&held, stop);
	if (reached) {
		talk_say(orders[0], 0);
		if (held.helper) {
			/* Dead, but its parent's to reap only after its tracer, whom 5.10 may tell of a last stop before. */
			while (waitpid(held.helper, &status, __WALL) > 0 && WIFSTOPPED(status))
				;
			held.helper = 0;
		}
		count.replaced += talk_hear(orders[0]) == 1;
	}
	status = held_end(&held);
	close(caller.talk);
	close(orders[0]);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= BYSTANDERS, "%s, stop %d: status 0x%x", row->name,
		      stop, (unsigned int)status);
	count.stops += reached;
	count.wrong += WEXITSTATUS(status) == BYSTANDERS;
	return reached;
}

static bool is_native(enum libpidfd_call call)
{
	return libpidfd_path(call, NULL) == LIBPIDFD_PATH_KERNEL;
}

/* Between two system calls there are two stops, after the one and before the other. */
static void hold_everywhere(void)
{
	bool has_moment =
		row->native == LIBPIDFD_CALL_WAIT && !(is_native(LIBPIDFD_CALL_WAIT) && is_native(LIBPIDFD_CALL_OPEN));

	if (!child_will_have_pid(PID + 1)) /* not the caller */
		skip_because("can't choose a PID");
	for (int stop = 1; hold_at(stop); stop++)
		;
	printf("%s: held at %d points, PID recycled at %d, the bystander's at %d\n", row->name, count.stops,
	       count.replaced, count.wrong);
	fflush(stdout);
	ck_assert_int_gt(count.replaced, 0);
	ck_assert_int_le(count.wrong, has_moment ? 2 : 0);
}

START_TEST(at_any_system_call)
{
	must_be_able_to_hold();
	row = &rows[_i];
	in_pid_namespace(hold_everywhere);
}
END_TEST

TESTS(TEST_EACH(at_any_system_call, rows))
