/*
 * How a program hands a child some of its descriptors and no other, whatever it has open and whoever opened it: in the
 * child, everything else is marked close-on-exec, so that a failing exec can still be reported.
 *
 * usage: close_all_but_these [COMMAND [ARGUMENT]...]    gets 0, 1, 2 and two ends of pipes; "ls -l /proc/self/fd" unless given
 */
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

static int count(void *counter, int fd)
{
	(void)fd;
	return ++*(int *)counter, 0;
}

static _Noreturn void exec_with(const int fds[], size_t n, char *const argv[])
{
	if (close_range_except(3, ~0U, fds, n, CLOSE_RANGE_CLOEXEC) == 0) {
		if (argv[0])
			execvp(argv[0], argv);
		else
			execlp("ls", "ls", "-l", "/proc/self/fd", (char *)NULL);
	}
	perror("exec"); /* standard error is still there */
	_exit(127);
}

int main(int argc, char **argv)
{
	int request[2], answer[2], pidfd, status, open_ones = 0;
	pid_t pid;

	(void)argc;

	for (int i = 0; i < 500; i++) /* what a library may open without asking, and without O_CLOEXEC */
		if (open("/dev/null", O_RDWR) < 0)
			break;
	if (pipe(request) < 0 || pipe(answer) < 0) {
		perror("pipe");
		return 1;
	}
	fdwalk(count, &open_ones);
	printf("%d descriptors are open here; the command gets 0, 1, 2, %d and %d\n", open_ones, request[0], answer[1]);
	fflush(stdout);

	pid = pidfd_fork(&pidfd, 0);
	if (pid < 0) {
		perror("pidfd_fork");
		return 1;
	}
	if (pid == 0)
		exec_with((const int[]){ request[0], answer[1] }, 2, argv + 1);
	if (pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0) < 0) {
		perror("pidfd_wait");
		return 1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
