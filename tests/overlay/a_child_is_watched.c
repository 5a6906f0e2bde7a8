/* Written for glibc 2.39 and Linux 5.4, in what C89 to C23 and C++ have in common. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What else goes by such a name is left alone. */
struct source {
	int (*poll)(struct pollfd *fds, nfds_t nfds, int timeout);
	int close_range;
};

static int failed;

static void expect(const char *what, long wanted, long got)
{
	if (wanted == got)
		return;
	printf("%s: %ld, not %ld (%s)\n", what, got, wanted, strerror(errno));
	failed = 1;
}

int main(int argc, char *argv[])
{
	const struct timespec no_time = { 0, 0 };
	struct source source = { poll, 0 };
	struct pollfd fds[2];
	siginfo_t info;
	pid_t pid;

	(void)argv;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* this program may be made to abort */
		for (;;)
			pause();
	}
	fds[0].fd = pidfd_open(pid, 0);
	fds[0].events = POLLIN;
	fds[1].fd = -1;
	fds[1].events = 0;
	expect("pidfd_open", 1, fds[0].fd >= 0);
	expect("pidfd_getpid", (long)pid, (long)pidfd_getpid(fds[0].fd));
	expect("poll of what lives", 0, poll(fds, 2, 0));
	/* How many is not to be known when this is compiled. */
	expect("ppoll of what lives", 0, ppoll(fds, (nfds_t)argc, &no_time, NULL));
	expect("waitid for what lives", 0, waitid(P_PIDFD, (id_t)fds[0].fd, &info, WEXITED | WNOHANG));

	expect("pidfd_send_signal", 0, pidfd_send_signal(fds[0].fd, SIGTERM, NULL, 0));
	expect("ppoll", 1, ppoll(fds, (nfds_t)argc, NULL, NULL));
	expect("poll through a pointer", 1, source.poll(fds, 2, -1));
	expect("poll", 1, poll(fds, (nfds_t)argc, -1));
	expect("its revents", POLLIN, fds[0].revents);
	expect("waitid", 0, waitid(P_PIDFD, (id_t)fds[0].fd, &info, WEXITED));
	expect("its si_pid", (long)pid, (long)info.si_pid);
	expect("its si_status", SIGTERM, info.si_status);
	expect("pidfd_send_signal afterwards", -1, pidfd_send_signal(fds[0].fd, 0, NULL, 0));
	expect("its errno", ESRCH, errno);
	return failed + source.close_range;
}
