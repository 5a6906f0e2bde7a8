/* What valgrind and gVisor do unlike any kernel, found out by doing it: a test that needs it is skipped there. */
#ifndef TESTS_QUIRKS_H
#define TESTS_QUIRKS_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "descriptors.h"
#include "run.h"
#include "valgrind.h"

/* It makes the children of fork, vfork and pthread_create, and ends a program that wants others. */
static inline void valgrind_must_know(int flags, const void *stack)
{
	int bits = flags & ~0xff & ~0x1000; /* exit signal, CLONE_PIDFD */

	if (under_valgrind() && (bits & ~(CLONE_VM | CLONE_VFORK) || bits == CLONE_VM || stack))
		skip_because("valgrind does not know clone with flags %#x", (unsigned int)flags);
}

/* valgrind makes a fork of posix_spawn's vfork, whose child has no way to say that it failed. */
static inline void spawn_must_tell_errors(void)
{
	char name[] = "program", *argv[] = { name, NULL };
	int status;
	pid_t pid;

	if (posix_spawn(&pid, "/nowhere/program", NULL, NULL, argv, argv + 1) == 0 && waitpid(pid, &status, 0) == pid)
		skip_because("posix_spawn tells no errors");
}

/* BUGS has what it does not do with the signal of a socket. Its /proc has no NSpid:, as Linux has since 4.1. */
static inline void must_not_be_gvisor(const char *reason)
{
	char status[4096] = "";
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, status, sizeof(status) - 1);

	close(fd);
	if (size > 0 && !strstr(status, "\nNSpid:"))
		skip_because("gVisor: %s", reason);
}

/* gVisor's waitid says of a stopped child that it was killed. */
static inline void waitid_must_tell_stops(void)
{
	struct child child = child_waiting();
	siginfo_t info;

	kill(child.pid, SIGSTOP);
	ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &info, WSTOPPED), 0);
	child_end(&child);
	if (info.si_code != CLD_STOPPED)
		skip_because("waitid does not tell stops");
}

/* In gVisor, where a thread has executed a program, a directory opened before is a dead process' (X) from then on. */
static inline void proc_must_know(int pidfd)
{
	char stat[512] = "";
	int fd = is_of_proc(pidfd) ? openat(pidfd, "stat", O_RDONLY | O_CLOEXEC) : -1;

	if (fd >= 0 && read(fd, stat, sizeof(stat) - 1) > 0 && strstr(stat, ") X "))
		skip_because("/proc does not know a process any more whose thread execs");
	close(fd);
}

#endif
