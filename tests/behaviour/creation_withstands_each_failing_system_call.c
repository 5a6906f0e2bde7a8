/*
 * Whichever system call fails on the way to a new child, with whichever error, in the parent or in the child, and wherever
 * the child is killed: there are a child and its pidfd, or an error and no child, no zombie and no descriptor; whoever reaps.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "creation.h"
#include "injection.h"
#include "run.h"

static const struct way *way;
static const char *program; /* of pidfd_spawn, which is no way */

static enum {
	CALLER,
	KERNEL_AS_IGNORED,
	KERNEL_AS_NOT_WANTED,
	ANOTHER_THREAD
} reaper;

static const char *const reapers[] = { "the caller", "the kernel, SIG_IGN", "the kernel, SA_NOCLDWAIT",
				       "another thread" };

static atomic_bool over;

static void *reap_any(void *unused)
{
	bool last;

	do {
		last = over; /* before the sweep that it is to be the last of */
		while (waitpid(-1, NULL, __WALL) > 0)
			;
		sched_yield();
	} while (!last);
	return unused;
}

/* And of what the child of pidfd_spawn fails with. */
static bool is_documented(int error, const struct injection *injected)
{
	if (program && (error == injected->error || (error == ENOENT && access(program, F_OK) < 0)))
		return true;
	return error == EAGAIN || error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOSYS;
}

/* The child ran, unless it was killed. */
static const char *with_child(pid_t pid, int pidfd, const struct injection *injected)
{
	pid_t told = pidfd_getpid(pidfd);
	bool gone = told == -1 && errno == ESRCH && reaper != CALLER;
	int status;

	if (fcntl(pidfd, F_GETFD) != FD_CLOEXEC)
		return "the pidfd is not close-on-exec";
	if (!gone && (program ? told <= 0 : told != pid))
		return "the pidfd is not the child's";
	close(pidfd);
	if (reaper != CALLER)
		return NULL;
	if (waitpid(told, &status, __WALL) != told)
		return "the child is not to be waited for";
	return program || status == 0 || !injected->error ? NULL : "the child did not run";
}

/* A child that was to tell its parent the number, in the shared table, that nobody else knows: see BUGS. */
static bool leaves_descriptor(const struct injection *injected)
{
	return way->flags & CLONE_FILES && !injected->error && injected->name && strcmp(injected->name, "sendmsg") == 0;
}

static pid_t start(const posix_spawn_file_actions_t *actions, int *pidfd)
{
	char name[] = "program", *argv[] = { name, NULL };

	if (!program)
		return make(way, end_at_once, NULL, pidfd);
	errno = pidfd_spawn(pidfd, program, actions, NULL, argv, NULL);
	return errno ? -1 : 1;
}

static const char *create(const struct injection *injected)
{
	const struct sigaction ignored = { .sa_handler = SIG_IGN }, not_wanted = { .sa_flags = SA_NOCLDWAIT };
	const char *complaint = NULL;
	posix_spawn_file_actions_t actions;
	pthread_t thread = 0;
	uint64_t before;
	int pidfd = -7, why;
	pid_t pid;

	if (reaper == KERNEL_AS_IGNORED)
		sigaction(SIGCHLD, &ignored, NULL);
	if (reaper == KERNEL_AS_NOT_WANTED)
		sigaction(SIGCHLD, &not_wanted, NULL);
	if (reaper == ANOTHER_THREAD)
		pthread_create(&thread, NULL, reap_any, NULL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 9, "/dev/null", O_RDONLY, 0);
	before = open_fds();
	injection_mark();
	pid = start(&actions, &pidfd);
	why = errno;
	injection_mark();
	posix_spawn_file_actions_destroy(&actions);
	if (pid > 0)
		complaint = with_child(pid, pidfd, injected);
	else if (pidfd != -7)
		complaint = "*PIDFD was written";
	else if (!is_documented(why, injected))
		complaint = strerror(why);
	else if (why == ENOSYS && injected->error != EAFNOSUPPORT)
		complaint = "ENOSYS";
	if (reaper == ANOTHER_THREAD) {
		over = true;
		pthread_join(thread, NULL);
	}
	if (reaper == CALLER && waitpid(-1, NULL, WNOHANG | __WALL) != -1)
		return "a child is left";
	if (waitpid(-1, NULL, __WALL) != -1 || errno != ECHILD)
		return "a zombie is left";
	if (open_fds() != before && !leaves_descriptor(injected))
		return "a descriptor is left";
	return complaint;
}

static void inject(const struct way *given, const char *name)
{
	char what[80];
	unsigned int count;

	way = given;
	snprintf(what, sizeof(what), "%s, flags %#x, reaped by %s", name, (unsigned int)way->flags, reapers[reaper]);
	count = inject_each(what, create);
	printf("%s: %u injections\n", what, count);
	fflush(stdout);
	ck_assert_uint_gt(count, 0);
}

START_TEST(each_way)
{
	inject(&ways[_i], "a child");
}
END_TEST

static const int one_of_each_sort[] = { 0, 2, 6, 8 };

START_TEST(whoever_reaps)
{
	for (reaper = CALLER + 1; reaper <= ANOTHER_THREAD; reaper++)
		inject(&ways[one_of_each_sort[_i]], "a child");
}
END_TEST

static const struct way spaces[] = {
	{ CLONE_NEWPID | SIGCHLD, NULL },
	{ CLONE_NEWUSER | SIGCHLD, NULL },
	{ CLONE_NEWPID | CLONE_NEWUSER | CLONE_NEWNS | CLONE_VFORK | SIGCHLD, NULL },
};

START_TEST(each_namespace)
{
	int pidfd;
	pid_t pid = make(&spaces[_i], end_at_once, NULL, &pidfd);

	if (pid < 0)
		skip_because("a namespace: %s", strerror(errno));
	waitpid(pid, NULL, __WALL);
	close(pidfd);
	inject(&spaces[_i], "a child");
}
END_TEST

static const struct way siblings[] = {
	{ CLONE_PARENT | SIGCHLD, NULL },
	{ CLONE_PARENT | CLONE_VM | SIGCHLD, STACK },
	{ CLONE_PARENT | CLONE_FILES | SIGCHLD, NULL },
};

struct told {
	const char *complaint;
	pid_t pid; /* -1: none was made */
};

static struct told make_sibling(const struct injection *injected)
{
	struct told told = { NULL, -1 };
	uint64_t before = open_fds();
	int pidfd = -7, why;
	pid_t seen;

	injection_mark();
	told.pid = make(way, end_at_once, NULL, &pidfd);
	why = errno;
	injection_mark();
	if (told.pid > 0) {
		seen = pidfd_getpid(pidfd);
		if (fcntl(pidfd, F_GETFD) != FD_CLOEXEC)
			told.complaint = "the pidfd is not close-on-exec";
		else if (seen != told.pid)
			told.complaint = "the pidfd is not the child's";
		close(pidfd);
	} else if (pidfd != -7) {
		told.complaint = "*PIDFD was written";
	} else if (!is_documented(why, injected)) {
		told.complaint = strerror(why);
	} else if (why == ENOSYS && injected->error != EAFNOSUPPORT) {
		told.complaint = "ENOSYS";
	}
	if (open_fds() != before && !leaves_descriptor(injected))
		told.complaint = "a descriptor is left";
	return told;
}

/* Reaps what is made only when it is told of it. What has run ends with 0; what did not come to be known, otherwise: see BUGS. */
static const char *create_sibling(const struct injection *injected)
{
	struct told told = { "the caller was ended", -1 };
	int ends[2], status;
	pid_t caller, pid;
	char go;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return "no sockets";
	caller = fork();
	if (caller == 0) {
		if (read(ends[1], &go, 1) != 1)
			_exit(1);
		told = make_sibling(injected);
		_exit(write(ends[1], &told, sizeof(told)) != sizeof(told));
	}
	close(ends[1]);
	if (write(ends[0], "", 1) != 1)
		return "nobody listens";
	if (recv(ends[0], &told, sizeof(told), 0) != sizeof(told)) /* no call that could fail meanwhile */
		return told.complaint;
	close(ends[0]);
	waitpid(caller, NULL, 0);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid == told.pid)
			told.pid = 0;
		else if (told.pid > 0)
			return "another child";
		if (status == 0 ? told.pid < 0 : told.pid >= 0 && injected->error)
			return status == 0 ? "it failed, and the child ran" : "the child did not run";
	}
	return !told.complaint && told.pid > 0 ? "no child" : told.complaint;
}

START_TEST(each_sibling)
{
	unsigned int count;

	must_not_be_gvisor("CLONE_PARENT is not heeded");
	way = &siblings[_i];
	count = inject_each("a sibling", create_sibling);
	printf("a sibling, flags %#x: %u injections\n", (unsigned int)way->flags, count);
	fflush(stdout);
	ck_assert_uint_gt(count, 0);
}
END_TEST

static const char *const programs[] = { "/bin/true", "/nowhere/program" };

START_TEST(each_program)
{
	program = programs[_i];
	for (reaper = CALLER; reaper <= ANOTHER_THREAD; reaper++)
		inject(&ways[6], program); /* a child that is made alike */
}
END_TEST

TESTS(TEST_EACH(each_way, ways), TEST_EACH(whoever_reaps, one_of_each_sort), TEST_EACH(each_namespace, spaces),
      TEST_EACH(each_sibling, siblings), TEST_EACH(each_program, programs))
