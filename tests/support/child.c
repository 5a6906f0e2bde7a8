#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"
#include "run.h"

static void socket_pair(int ends[2])
{
	ck_assert_msg(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0, "socketpair: %s", strerror(errno));
}

void talk_say(int talk, unsigned char byte)
{
	while (send(talk, &byte, 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

int talk_hear(int talk)
{
	unsigned char byte;
	ssize_t got;

	do
		got = read(talk, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1 ? byte : -1;
}

int child_obeys(int talk, void *unused)
{
	int order = talk_hear(talk);

	(void)unused;
	return order < 0 ? 0 : order;
}

struct child child_start(int (*body)(int talk, void *argument), void *argument)
{
	int ends[2];

	socket_pair(ends);

	pid_t pid = fork();

	/* Nothing of check's here: another thread may have held its lock. */
	if (pid == 0) {
		close(ends[0]);
		_exit(body(ends[1], argument));
	}
	ck_assert_msg(pid > 0, "fork: %s", strerror(errno));
	close(ends[1]);
	return (struct child){ pid, ends[0] };
}

struct child child_waiting(void)
{
	return child_start(child_obeys, NULL);
}

/* By waitid's P_PID, since the pidfd is what is under test. */
static void await(const struct child *child, int state)
{
	siginfo_t info;
	int r;

	do
		r = waitid(P_PID, (id_t)child->pid, &info, state | WNOWAIT);
	while (r < 0 && errno == EINTR);
	ck_assert_msg(r == 0, "waiting for child %d: %s", (int)child->pid, strerror(errno));
}

void child_await_zombie(const struct child *child)
{
	await(child, WEXITED);
}

void child_await_stop(const struct child *child)
{
	await(child, WSTOPPED);
}

void child_exit_with(struct child *child, int code)
{
	talk_say(child->talk, (unsigned char)code);
	child_await_zombie(child);
}

struct child child_zombie(int code)
{
	struct child child = child_waiting();

	child_exit_with(&child, code);
	return child;
}

int child_reap(struct child *child)
{
	int status;

	while (waitpid(child->pid, &status, __WALL) < 0)
		ck_assert_msg(errno == EINTR, "reaping child %d: %s", (int)child->pid, strerror(errno));
	close(child->talk);
	return status;
}

void child_end(struct child *child)
{
	close(child->talk);
	if (waitpid(child->pid, NULL, WNOHANG | __WALL) != 0)
		return;
	kill(child->pid, SIGKILL);
	while (waitpid(child->pid, NULL, __WALL) < 0 && errno == EINTR)
		;
}

pid_t child_reaped(void)
{
	struct child child = child_zombie(0);

	child_reap(&child);
	return child.pid;
}

/* The state of a process, 0 where /proc does not tell. */
static char state_of(pid_t pid)
{
	char path[32], stat[256] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, stat, sizeof(stat) - 1) <= 0)
		return 0;
	close(fd);
	return strrchr(stat, ')')[2];
}

static void *live_on(void *talk)
{
	/* Nothing tells of a main thread's end but its state: the kernel wakes joiners before it is there. */
	char state;

	while ((state = state_of(getpid())) && state != 'Z')
		;
	if (!state)
		_exit(1);
	talk_say((int)(intptr_t)talk, 0);
	_exit(child_obeys((int)(intptr_t)talk, NULL));
}

static int leave_to_thread(int talk, void *unused)
{
	pthread_t thread;

	(void)unused;
	if (pthread_create(&thread, NULL, live_on, (void *)(intptr_t)talk) != 0)
		return 1;
	/* Not pthread_exit, which loads a library at that moment. */
	syscall(SYS_exit, 0);
	return 1;
}

struct child child_with_ended_main_thread(void)
{
	struct child child;

	must_have_proc();
	child = child_start(leave_to_thread, NULL);
	ck_assert_msg(talk_hear(child.talk) == 0, "no child with an ended main thread");
	return child;
}

bool child_will_have_pid(pid_t pid)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", (int)pid - 1);
	int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, (size_t)length) == length;

	if (fd >= 0)
		close(fd);
	return done;
}

struct child child_start_with_pid(pid_t pid, int (*body)(int talk, void *argument), void *argument)
{
	for (int tries = 0; tries < 1000; tries++) {
		if (!child_will_have_pid(pid))
			skip_because("can't choose a PID: /proc/sys/kernel/ns_last_pid: %s", strerror(errno));

		struct child child = child_start(body, argument);

		if (child.pid == pid)
			return child;
		child_end(&child);
	}
	skip_because("can't choose PID %d: others were always faster", (int)pid);
}

struct child child_with_pid(pid_t pid)
{
	return child_start_with_pid(pid, child_obeys, NULL);
}

enum {
	REAP = 'r',
	ZOMBIE = 'z',
	REAPED = 'R'
};

struct family {
	int ends[2]; /* between the test and the stranger */
	bool leave;
};

/* Tells the stranger's PID, and if it stays, when the stranger is a zombie and, after an order, reaped. */
static int beget(int talk, void *argument)
{
	struct family *family = argument;
	siginfo_t info;
	pid_t pid;

	close(family->ends[0]);
	pid = fork();
	if (pid < 0)
		return 1;
	if (pid == 0) {
		close(talk);
		_exit(child_obeys(family->ends[1], NULL));
	}
	close(family->ends[1]);
	if (write(talk, &pid, sizeof(pid)) != sizeof(pid))
		return 1;
	if (family->leave)
		return 0;
	if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0)
		return 1;
	talk_say(talk, ZOMBIE);
	if (talk_hear(talk) != REAP)
		return 0;
	if (waitpid(pid, NULL, 0) != pid)
		return 1;
	talk_say(talk, REAPED);
	talk_hear(talk);
	return 0;
}

static struct stranger stranger(bool orphan)
{
	struct family family = { .leave = orphan };
	struct stranger stranger;

	socket_pair(family.ends);
	stranger.parent = child_start(beget, &family);
	close(family.ends[1]);
	stranger.talk = family.ends[0];
	ck_assert_msg(read(stranger.parent.talk, &stranger.pid, sizeof(stranger.pid)) == sizeof(stranger.pid),
		      "no process that is no child");
	if (orphan)
		child_reap(&stranger.parent);
	return stranger;
}

struct stranger stranger_start(void)
{
	return stranger(false);
}

struct stranger stranger_orphan(void)
{
	struct stranger orphan = stranger(true);

	orphan.parent.pid = 0;
	return orphan;
}

void stranger_await_zombie(struct stranger *stranger)
{
	ck_assert_int_eq(talk_hear(stranger->parent.talk), ZOMBIE);
}

void stranger_exit_with(struct stranger *stranger, int code)
{
	talk_say(stranger->talk, (unsigned char)code);
	if (stranger->parent.pid)
		stranger_await_zombie(stranger);
}

void stranger_reap(struct stranger *stranger)
{
	talk_say(stranger->parent.talk, REAP);
	ck_assert_int_eq(talk_hear(stranger->parent.talk), REAPED);
}

/* A stranger that was stopped does not obey; it is killed with the test, in whose process group it is. */
void stranger_end(struct stranger *stranger)
{
	talk_say(stranger->talk, 0);
	close(stranger->talk);
	if (stranger->parent.pid)
		child_end(&stranger->parent);
}
