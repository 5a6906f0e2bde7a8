/*
 * The adversary holds a call at each of its system calls in turn; meanwhile the process is killed and reaped, and its PID
 * goes to a bystander. Whatever the call was about to do, the bystander is not signalled, named or reaped, and the caller is
 * told of the process, or that it is gone.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "held.h"
#include "kinds.h"
#include "raw.h"
#include "receiver.h"
#include "run.h"

/* What the process is to the caller, which is how it comes to be reaped while the caller is held. */
enum relation {
	STRANGER,	  /* by its parent */
	EXECS,		  /* by its parent, after another thread than the main one has executed a program that ends */
	REAPED_BY_THREAD, /* by a thread of the caller's, in wait(-1) */
	SIGCHLD_IGNORED,  /* by the kernel */
	RELATIONS
};

static const char *const relation_names[] = { "stranger", "stranger whose thread execs", "child, reaped by a thread",
					      "child, SIGCHLD ignored" };

static bool is_child(enum relation relation)
{
	return relation == REAPED_BY_THREAD || relation == SIGCHLD_IGNORED;
}

static int send_standard(int pidfd)
{
	return pidfd_send_signal(pidfd, SIGTERM, NULL, 0);
}

static int send_realtime(int pidfd)
{
	return pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0);
}

static int send_zero(int pidfd)
{
	return pidfd_send_signal(pidfd, 0, NULL, 0);
}

static int send_with_siginfo(int pidfd)
{
	siginfo_t info = { .si_signo = SIGRTMIN, .si_code = SI_QUEUE };

	return pidfd_send_signal(pidfd, SIGRTMIN, &info, 0);
}

static int get_pid(int pidfd)
{
	return pidfd_getpid(pidfd) < 0 ? -1 : 0;
}

static const struct call {
	const char *name;
	int (*make)(int pidfd);
} calls[] = {
	{ "SIGTERM", send_standard },	  { "SIGRTMIN", send_realtime }, { "signal 0", send_zero },
	{ "siginfo", send_with_siginfo }, { "getpid", get_pid },
};

enum {
	CALLS = sizeof(calls) / sizeof(calls[0])
};

static struct scene {
	enum relation relation;
	int (*open)(pid_t pid);
	const struct call *call;
	pid_t target;
	int orders[2]; /* to the thread that reaps, or execs */
} scene;

enum {
	SUCCESS,
	GONE,
	FAILURE
};

static void *exec_at_order(void *unused)
{
	if (talk_hear(scene.orders[1]) >= 0)
		execlp("true", "true", (char *)NULL);
	_exit(unused != NULL);
}

/* Ends by SIGKILL alone, or by the order: check's handlers are not for it. */
static pid_t start_target(void)
{
	sigset_t all, before;
	pthread_t thread;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0) {
		close(scene.orders[0]);
		if (scene.relation == EXECS && pthread_create(&thread, NULL, exec_at_order, NULL) != 0)
			_exit(1);
		for (;;)
			pause();
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void *reap_any(void *unused)
{
	if (talk_hear(scene.orders[1]) >= 0)
		waitpid(-1, NULL, 0);
	return unused;
}

/* The one that is held. */
static int call(int talk, void *unused)
{
	pthread_t thread;
	int pidfd, r;

	(void)unused;
	if (scene.relation == SIGCHLD_IGNORED)
		signal(SIGCHLD, SIG_IGN);
	if (is_child(scene.relation))
		scene.target = start_target();
	close(scene.orders[0]);
	pidfd = scene.open(scene.target);
	/* What a kernel has is found out once: that is not the call itself. */
	pidfd_send_signal(pidfd, 0, NULL, 0);
	pidfd_getpid(pidfd);
	if (scene.relation == REAPED_BY_THREAD && pthread_create(&thread, NULL, reap_any, NULL) != 0)
		return FAILURE;
	if (write(talk, &scene.target, sizeof(scene.target)) != sizeof(scene.target) || talk_hear(talk) < 0)
		return FAILURE;
	held_mark();
	r = scene.call->make(pidfd);
	held_mark();
	return r == 0 ? SUCCESS : errno == ESRCH ? GONE : errno;
}

/* Of a line of /proc/PID/status; 0 without. */
static int status_of(pid_t pid, const char *key, char *letter)
{
	char path[32], line[256];
	int value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	file = fopen(path, "re");
	*letter = 0;
	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			sscanf(line + strlen(key), " %c", letter), sscanf(line + strlen(key), "%d", &value);
	if (file)
		fclose(file);
	return value;
}

/* Ended, and reaped unless a tracer, the caller's helper, keeps it; whether the PID is free now. */
static bool end_and_reap(pid_t target)
{
	char state;

	if (scene.relation != EXECS)
		kill(target, SIGKILL);
	if (scene.relation == REAPED_BY_THREAD || scene.relation == EXECS)
		talk_say(scene.orders[0], 0);
	for (;;) {
		if (!is_child(scene.relation))
			waitpid(target, NULL, WNOHANG);
		if (kill(target, 0) < 0)
			return true;
		status_of(target, "State:", &state);
		/* A zombie, or stopped on its way to be one. */
		if ((state == 'Z' || state == 't') && status_of(target, "TracerPid:", &state) > 0)
			return false;
		sched_yield();
	}
}

static struct {
	int stops, calls, successes, gone, free;
} count;

/* False when the call has no such stop. */
static bool hold_at(int stop)
{
	struct child caller, bystander;
	struct held held;
	pid_t target;
	bool reached, is_free = false;
	int status;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, scene.orders), 0);
	if (!is_child(scene.relation))
		scene.target = start_target();
	caller = child_start(call, NULL);
	close(scene.orders[1]);
	ck_assert_int_eq(read(caller.talk, &target, sizeof(target)), sizeof(target));
	held = held_start(caller.pid);
	talk_say(caller.talk, 0);
	reached = held_at(&held, stop);
	if (reached) {
		is_free = end_and_reap(target);
		if (is_free)
			bystander = receiver_with_pid(target);
	}
	status = held_end(&held);
	close(caller.talk);
	if (!reached || !is_free) {
		kill(target, SIGKILL);
		if (!is_child(scene.relation))
			waitpid(target, NULL, 0);
	}
	close(scene.orders[0]);
	if (is_free) {
		int got = receiver_next(&bystander, NULL);

		ck_assert_msg(got == 0, "%s, stop %d: the bystander got signal %d", scene.call->name, stop, got);
		child_exit_with(&bystander, 42);
		ck_assert_int_eq(child_reap(&bystander), 42 << 8);
	}
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) <= GONE, "%s, stop %d: status 0x%x", scene.call->name,
		      stop, (unsigned int)status);
	count.calls++;
	count.stops += reached;
	count.free += is_free;
	count.successes += WEXITSTATUS(status) == SUCCESS;
	count.gone += WEXITSTATUS(status) == GONE;
	return reached;
}

static int kind;

static void hold_everywhere(void)
{
	for (int stop = 1; hold_at(stop); stop++)
		;
	printf("%s, %s, %s: held at %d points, PID recycled at %d; %d calls: %d done, %d ESRCH, 0 misdirected\n",
	       scene.call->name, kind_names[kind], relation_names[scene.relation], count.stops, count.free, count.calls,
	       count.successes, count.gone);
	fflush(stdout);
	ck_assert_int_gt(count.free, 0);
	ck_assert_int_gt(count.successes, 0);
	ck_assert_int_gt(count.gone, 0);
}

enum {
	KINDS = 3
};

/* A row for each relation, kind and call. */
static const char rows[RELATIONS * KINDS * CALLS] __attribute__((used));

START_TEST(at_any_system_call)
{
	must_be_able_to_hold();
	kind = _i / CALLS % KINDS;
	scene.call = &calls[_i % CALLS];
	scene.open = kinds[kind];
	scene.relation = (enum relation)(_i / CALLS / KINDS);
	must_have(scene.open);
	in_pid_namespace(hold_everywhere);
}
END_TEST

TESTS(TEST_EACH(at_any_system_call, rows))
