/* Written for glibc 2.39 and Linux 5.4, in what C89 to C23 and C++ have in common. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/pidfd.h>
#include <sys/wait.h>

static char name[] = "sh", option[] = "-c", script[] = "exit 7";
static char *const arguments[] = { name, option, script, NULL };
static char *const environment[] = { NULL };

static int failed;

static void expect(const char *what, int wanted, int got)
{
	if (wanted == got)
		return;
	printf("%s: %d, not %d\n", what, got, wanted);
	failed = 1;
}

static void expect_its_end(struct pollfd end)
{
	siginfo_t info;

	end.events = POLLIN;
	expect("poll", 1, poll(&end, 1, -1));
	expect("waitid", 0, waitid(P_PIDFD, (id_t)end.fd, &info, WEXITED));
	expect("its si_status", 7, info.si_status);
	expect("pidfd_getpid afterwards", -1, (int)pidfd_getpid(end.fd));
}

int main(void)
{
	struct pollfd end;

	expect("pidfd_spawn", 0, pidfd_spawn(&end.fd, "/bin/sh", NULL, NULL, arguments, environment));
	expect_its_end(end);
	expect("pidfd_spawnp", 0, pidfd_spawnp(&end.fd, "sh", NULL, NULL, arguments, environment));
	expect_its_end(end);
	expect("pidfd_spawn of nothing", ENOENT, pidfd_spawn(&end.fd, "/nothing", NULL, NULL, arguments, environment));
	return failed;
}
