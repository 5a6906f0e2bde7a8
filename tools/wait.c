/* pidfdctl wait: the end of processes that need not be children, and how they ended where the kernel tells it. */
#include "pidfdctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const char help[] =
	"Usage: pidfdctl wait [--any] [--timeout T] PID...\n"
	"Waits until all the processes have ended, and tells of each how:\n"
	"\n"
	"  1234: exited 3\n"
	"  1234: killed by SIGSEGV (core dumped)\n"
	"  1234: ended, status unknown (the kernel does not tell it of processes that are no children)\n"
	"\n"
	"      --any         until one of them has ended\n"
	"      --timeout T   at most T: seconds, a fraction allowed, or with a suffix ms, s, m, h or d; 0 only looks\n"
	"  -h, --help        this text\n"
	"\n"
	"A PID that does not exist is told at once; the others are waited for, but not with --any: it may be the one that\n"
	"was to end. Linux tells the exit status of other processes since 6.15. On a terminal a line on standard error\n"
	"counts those left.\n"
	"\n"
	"Exit status: 0 all have ended (--any: one has); 1 a PID could not be waited for; 124 not ended in time; 2 usage.\n";

/*
 * As far as the kernel tells: of a child always, of the others since 6.15. It has ended, so neither wait takes long: a
 * tracer may have to let go of the child first, the parent of another may have to reap it.
 */
static bool exit_status(int pidfd, int *status)
{
	static const int flags[] = { 0, PIDFD_WFOREIGN };

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		pid_t ended;

		do
			ended = pidfd_wait(pidfd, status, NULL, NULL, WEXITED, flags[i]);
		while (ended < 0 && errno == EINTR);
		if (ended > 0)
			return true;
	}
	return false;
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static void show_progress(size_t left, int named)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu of %d left\033[K", left, named);
}

static void tell_end(pid_t pid, int pidfd)
{
	char name[SIGNAL_NAME_SIZE];
	int status;

	clear_progress();
	if (!exit_status(pidfd, &status))
		printf("%d: ended, status unknown (the kernel does not tell it of processes that are no children)\n",
		       (int)pid);
	else if (WIFSIGNALED(status))
		printf("%d: killed by %s%s\n", (int)pid, signal_name(WTERMSIG(status), name),
		       WCOREDUMP(status) ? " (core dumped)" : "");
	else
		printf("%d: exited %d\n", (int)pid, WEXITSTATUS(status));
	fflush(stdout);
}

static int wait_for(struct targets *targets, bool any, int64_t deadline)
{
	int named = (int)targets->count;
	bool failed = !targets_open(targets);
	int ended = 1;

	if (any && failed)
		return EXIT_FAILURE;
	while (targets->count > 0 && ended > 0) {
		show_progress(targets->count, named);
		ended = targets_wait(targets, deadline, tell_end);
		if (any && ended > 0)
			break;
	}
	clear_progress();
	return targets_status(targets, ended, failed);
}

int wait_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "any", no_argument, NULL, 'a' },
		{ "timeout", required_argument, NULL, 't' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	struct targets targets;
	bool any = false;
	int64_t timeout = NEVER;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'a':
			any = true;
			break;
		case 't':
			if (!parse_duration(optarg, &timeout))
				return bad_usage("'%s' is not a duration", optarg);
			break;
		case 'h':
			return say_help(help);
		default:
			return point_at_help();
		}
	}
	if (optind == argc)
		return bad_usage("a PID is missing");
	if (!targets_parse(&targets, argc - optind, argv + optind))
		return EXIT_USAGE;
	return wait_for(&targets, any, deadline_after(timeout));
}
