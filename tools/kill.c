/* pidfdctl kill: signals that reach the process named, or none. */
#include "pidfdctl.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char help[] =
	"Usage: pidfdctl kill [-s SIG] [--timeout T [--then SIG]] PID...\n"
	"       pidfdctl kill -l\n"
	"Opens a pidfd for every PID first, then signals the processes through them, never another that got a PID since.\n"
	"\n"
	"  -s, --signal SIG   a name with or without SIG, RTMIN+N, RTMAX-N, or a number; 0 only checks; TERM by default\n"
	"      --timeout T    then wait at most T for their end: seconds, a fraction allowed, or with a suffix ms, s, m,\n"
	"                     h or d; 0 only looks\n"
	"      --then SIG     after T signal with SIG those that have not ended, and wait at most T again\n"
	"  -l, --list         the signals\n"
	"  -h, --help         this text\n"
	"\n"
	"Exit status: 0 all signalled, and with --timeout ended; 1 some could not be signalled, the others were; 124 not\n"
	"ended in time; 2 usage.\n";

/* Those that cannot be signalled are forgotten. ENDED_IS_FINE: a process that has been reaped needs no signal. */
static bool signal_all(struct targets *targets, int sig, bool ended_is_fine)
{
	char name[SIGNAL_NAME_SIZE];
	bool failed = false;

	for (size_t i = 0; i < targets->count; i++) {
		if (pidfd_send_signal(targets->polls[i].fd, sig, NULL, 0) == 0)
			continue;
		if (errno != ESRCH || !ended_is_fine) {
			complain(errno, "%d: cannot send %s", (int)targets->pids[i], signal_name(sig, name));
			failed = true;
		}
		targets_drop(targets, i);
	}
	targets_compact(targets);
	return !failed;
}

/* 1: all have ended; 0: some have not; -1: it has complained. */
static int wait_for_all(struct targets *targets, int64_t timeout)
{
	int64_t deadline = deadline_after(timeout);
	int ended = 1;

	while (targets->count > 0 && ended > 0)
		ended = targets_wait(targets, deadline, NULL);
	return targets->count == 0 ? 1 : ended;
}

/* TIMEOUT negative: no waiting. THEN negative: no escalation. */
static int kill_all(struct targets *targets, int sig, int64_t timeout, int then)
{
	bool failed = !targets_open(targets);
	int ended = 1;

	failed |= !signal_all(targets, sig, false);
	if (timeout >= 0)
		ended = wait_for_all(targets, timeout);
	if (ended == 0 && then >= 0) {
		failed |= !signal_all(targets, then, true);
		ended = wait_for_all(targets, timeout);
	}
	return targets_status(targets, ended, failed);
}

int kill_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "signal", required_argument, NULL, 's' }, { "timeout", required_argument, NULL, 't' },
		{ "then", required_argument, NULL, 'n' },   { "list", no_argument, NULL, 'l' },
		{ "help", no_argument, NULL, 'h' },	    { 0 },
	};
	struct targets targets;
	int64_t timeout = -1;
	int sig = SIGTERM, then = -1;
	int option;

	while ((option = getopt_long(argc, argv, "s:lh", options, NULL)) != -1) {
		switch (option) {
		case 's':
		case 'n':
			if (!parse_signal(optarg, option == 's' ? &sig : &then))
				return bad_usage("'%s' is not a signal", optarg);
			break;
		case 't':
			if (!parse_duration(optarg, &timeout))
				return bad_usage("'%s' is not a duration", optarg);
			break;
		case 'l':
			list_signals();
			return EXIT_SUCCESS;
		case 'h':
			return say_help(help);
		default:
			return point_at_help();
		}
	}
	if (then >= 0 && timeout < 0)
		return bad_usage("--then needs --timeout");
	if (optind == argc)
		return bad_usage("a PID is missing");
	if (!targets_parse(&targets, argc - optind, argv + optind))
		return EXIT_USAGE;
	return kill_all(&targets, sig, timeout, then);
}
