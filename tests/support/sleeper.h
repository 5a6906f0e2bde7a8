/* Signals for a test that sleeps in a call, at a moment when it does and not before. */
#ifndef TESTS_SLEEPER_H
#define TESTS_SLEEPER_H

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static volatile sig_atomic_t handled;

static inline void handle(int sig)
{
	(void)sig;
	handled++;
}

/* FLAGS: of sigaction(2), without SA_RESTART if 0. */
static inline void handle_with(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	handled = 0;
	sigaction(sig, &action, NULL);
}

/* SIGALRM at intervals, so that one comes in the middle of a call, however late that begins; 0 ends it. */
static inline void alarm_every(int milliseconds)
{
	struct timeval period = { .tv_usec = 1000L * milliseconds };

	setitimer(ITIMER_REAL, &(struct itimerval){ period, period }, NULL);
}

static inline bool sleeps(pid_t pid)
{
	char path[32], stat[512] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, stat, sizeof(stat) - 1) <= 0)
		_exit(1);
	close(fd);
	return strrchr(stat, ')')[2] == 'S';
}

/* As long as PID can be taken to sleep in one call, or until it wakes for a moment in the middle of that. */
static inline void await_sleep(pid_t pid)
{
	while (!sleeps(pid))
		;
	for (int looks = 0; looks < 1000 && sleeps(pid); looks++)
		;
}

static inline void await_sleep_of_parent(void)
{
	await_sleep(getppid());
}

/* BODY for a child that signals its parent, once, in the middle of its sleep. */
static inline int signal_sleeping_parent(int talk, void *sig)
{
	(void)talk;
	await_sleep_of_parent();
	return kill(getppid(), *(int *)sig) < 0;
}

#endif
