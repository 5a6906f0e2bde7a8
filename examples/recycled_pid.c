/*
 * What a pidfd is for: a PID is a number that is used again. In a PID namespace of its own, where PIDs can be given out at
 * will, a child ends and a stranger gets its number; kill(2) hits the stranger, the pidfd does not.
 */
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

static void fail(const char *what)
{
	perror(what);
	exit(77); /* not permitted here */
}

static void await_signal(const char *who)
{
	sigset_t term;
	int sig;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (sigwait(&term, &sig) == 0)
		printf("  %s got the signal %d\n", who, sig);
	exit(0);
}

/* A child with the number PID, if it is free: the kernel gives out the one after ns_last_pid. */
static pid_t fork_as(pid_t pid, int *pidfd)
{
	FILE *last = fopen("/proc/sys/kernel/ns_last_pid", "w");

	if (!last || fprintf(last, "%d", pid - 1) < 0 || fclose(last) != 0)
		fail("ns_last_pid");
	return pidfd_fork(pidfd, 0);
}

static int show(void)
{
	int child, stranger;
	pid_t pid = fork_as(100, &child), other;

	if (pid == 0)
		await_signal("the child");
	printf("child %d runs; its pidfd is %d\n", pid, child);
	pidfd_send_signal(child, SIGTERM, NULL, 0);
	pidfd_wait(child, NULL, NULL, NULL, WEXITED, 0);

	other = fork_as(pid, &stranger);
	if (other == 0)
		await_signal("the stranger");
	printf("the child was reaped; a stranger runs as %d\n", other);
	printf("pidfd_send_signal to the child: %s\n",
	       pidfd_send_signal(child, SIGTERM, NULL, 0) < 0 ? strerror(errno) : "sent");
	printf("kill(%d, SIGTERM):\n", pid);
	fflush(stdout);
	kill(pid, SIGTERM);
	pidfd_wait(stranger, NULL, NULL, NULL, WEXITED, 0);
	return other == pid ? 0 : 1;
}

int main(void)
{
	sigset_t term;
	int status = 0;
	pid_t init;

	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0)
		fail("unshare");
	init = fork();
	if (init == 0) {
		if (mount("none", "/proc", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
		    mount("proc", "/proc", "proc", 0, NULL) < 0)
			fail("mount");
		exit(show());
	}
	if (init < 0 || waitpid(init, &status, 0) < 0)
		fail("fork");
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
