/* Every way to make a child with a pidfd. */
#ifndef TESTS_CREATION_H
#define TESTS_CREATION_H

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "quirks.h"

static _Alignas(16) char creation_memory[65536];
#define STACK (creation_memory + sizeof(creation_memory))

/* With the flags of clone_pidfd or, beside FORK, of pidfd_fork. */
enum {
	FORK = CLONE_THREAD
};

static const struct way {
	int flags;
	void *stack;
} ways[] = {
	{ FORK, NULL },
	{ FORK | PIDFD_FORK_HIDDEN, NULL },
	{ SIGCHLD, NULL },
	{ 0, NULL },
	{ SIGCHLD, STACK },
	{ CLONE_VFORK | SIGCHLD, NULL },
	{ CLONE_VM | CLONE_VFORK | SIGCHLD, STACK },
	{ CLONE_VM | SIGCHLD, STACK },
	{ CLONE_FILES | SIGCHLD, NULL },
	{ CLONE_VM | CLONE_FILES | SIGCHLD, STACK },
	{ CLONE_FILES | CLONE_VFORK | SIGCHLD, NULL },
};

static inline pid_t make(const struct way *way, int (*fn)(void *), void *argument, int *pidfd)
{
	pid_t pid;

	if (!(way->flags & FORK))
		return clone_pidfd(fn, way->stack, way->flags, argument, pidfd);
	pid = pidfd_fork(pidfd, (unsigned int)(way->flags & ~FORK));
	if (pid == 0)
		_exit(fn(argument));
	return pid;
}

static inline int end_at_once(void *unused)
{
	(void)unused;
	return 0;
}

/* What the limit was, for the test to set it again. */
static inline struct rlimit allow_no_process(void)
{
	struct rlimit before;

	if (geteuid() == 0)
		become_user(NOBODY);
	getrlimit(RLIMIT_NPROC, &before);
	ck_assert_int_eq(setrlimit(RLIMIT_NPROC, &(struct rlimit){ 0, before.rlim_max }), 0);

	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		skip_because("RLIMIT_NPROC is not heeded");
	}
	return before;
}

/* The descriptors below 64, as bits: more than the tests of creation open. */
static inline uint64_t open_fds(void)
{
	uint64_t open = 0;

	for (int fd = 0; fd < 64; fd++)
		open |= (uint64_t)(fcntl(fd, F_GETFD) >= 0) << fd;
	return open;
}

static inline void valgrind_must_know_way(const struct way *way)
{
	if (!(way->flags & FORK))
		valgrind_must_know(way->flags, way->stack);
}

#endif
