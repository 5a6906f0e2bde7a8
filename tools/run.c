/* pidfdctl run: a command behind a pidfd. Signals are passed on, the time is limited, its status becomes ours. */
#include "pidfdctl.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static const char help[] =
	"Usage: pidfdctl run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	"Runs COMMAND as a child behind a pidfd, passes on the signals that pidfdctl is sent, and exits with its status.\n"
	"\n"
	"      --timeout T        after T send SIGTERM: seconds, a fraction allowed, or with a suffix ms, s, m, h or d\n"
	"      --kill-after T     SIGKILL when it still runs T after that; without, SIGTERM alone, and pidfdctl waits\n"
	"      --close-fds        the command gets descriptors 0, 1 and 2 only\n"
	"      --keep-fd N        and this one, which must be open; may be given more than once, with --close-fds\n"
	"      --drop-caps NAMES  all, or names of capabilities with commas between: taken out of the bounding, permitted,\n"
	"                         effective, inheritable and ambient sets; cap_ may be left out. The bounding set\n"
	"                         takes CAP_SETPCAP: without it the command does not run\n"
	"      --user U           run as this user, a name or a number, with its group and supplementary groups; a number\n"
	"                         that no user has is the group too, with no others. The environment stays\n"
	"  -h, --help             this text\n"
	"\n"
	"Passed on are HUP, INT, QUIT, TERM, USR1, USR2, ALRM, WINCH, CONT, TSTP and the real-time signals, without their\n"
	"values. What the terminal sends to the whole foreground group is not sent again. On TSTP pidfdctl stops too.\n"
	"\n"
	"Exit status: the command's; 128+N when signal N ended it; 124 when it timed out, however it ended then; 125 when\n"
	"pidfdctl itself failed, wrong usage included; 126 when COMMAND cannot be run; 127 when it is not found.\n";

struct limit {
	int64_t timeout, kill_after; /* NEVER without */
	int64_t deadline;	     /* the next step's */
	bool timed_out;
};

static void pass_on(const struct command *command, int sig)
{
	char name[SIGNAL_NAME_SIZE];

	if (pidfd_send_signal(command->pidfd, sig, NULL, 0) != 0 && errno != ESRCH)
		complain(errno, "cannot send %s to %s", signal_name(sig, name), command->argv[0]);
}

/* By the signal's own default action: it stops nobody where no shell could continue them (an orphaned group). */
static void stop(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/*
 * SI_KERNEL: the terminal, whose signals go to the whole foreground group, so that a command in the same group has got
 * its own. SIGALRM with it comes from a timer that was set before pidfdctl was executed. The PID is not reused here: the
 * command has not been reaped.
 */
static void take_signals(const struct command *command, int signals)
{
	struct signalfd_siginfo info;

	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		int sig = (int)info.ssi_signo;
		bool has_it = info.ssi_code == SI_KERNEL && sig != SIGALRM && getpgid(command->pid) == getpgrp();

		if (sig == SIGCHLD)
			continue;
		if (!has_it)
			pass_on(command, sig);
		if (sig == SIGTSTP)
			stop();
	}
}

static void enforce(const struct command *command, struct limit *limit)
{
	struct timespec left;

	if (!deadline_left(limit->deadline, &left) || left.tv_sec || left.tv_nsec)
		return;
	pass_on(command, limit->timed_out ? SIGKILL : SIGTERM);
	/* A stopped command must run to meet its SIGTERM. */
	if (!limit->timed_out)
		pass_on(command, SIGCONT);
	limit->deadline = limit->timed_out ? NEVER : deadline_after(limit->kill_after);
	limit->timed_out = true;
}

/* The wait status; -1: it has complained. */
static int supervise(const struct command *command, int signals, struct limit *limit)
{
	struct pollfd polls[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = command->pidfd, .events = POLLIN },
	};

	limit->deadline = deadline_after(limit->timeout);
	for (;;) {
		struct timespec left;
		int status;
		pid_t ended;

		if (pidfd_ppoll(polls, 2, deadline_left(limit->deadline, &left), NULL) < 0 && errno != EINTR) {
			complain(errno, "cannot wait for %s", command->argv[0]);
			return -1;
		}
		take_signals(command, signals);
		ended = pidfd_wait(command->pidfd, &status, NULL, NULL, WEXITED, WNOHANG);
		if (ended > 0)
			return status;
		if (ended < 0 && errno != EINTR) {
			complain(errno, "cannot tell how %s ended", command->argv[0]);
			return -1;
		}
		/* Ended, but its tracer has not let go: SIGCHLD tells when it does. */
		if (polls[1].revents)
			polls[1].fd = -1;
		enforce(command, limit);
	}
}

/* Blocked before the fork, so that none is lost. SIGCHLD must not be ignored, or the status would be. */
static int open_signals(struct command *command)
{
	static const int passed_on[] = { SIGHUP,  SIGINT,  SIGQUIT,  SIGTERM, SIGUSR1,
					 SIGUSR2, SIGALRM, SIGWINCH, SIGCONT, SIGTSTP };
	const struct sigaction by_default = { .sa_handler = SIG_DFL };
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	for (size_t i = 0; i < sizeof(passed_on) / sizeof(*passed_on); i++)
		sigaddset(&set, passed_on[i]);
	for (int sig = SIGRTMIN; sig <= SIGRTMAX; sig++)
		sigaddset(&set, sig);
	if (sigaction(SIGCHLD, &by_default, &command->child_action) != 0 ||
	    sigprocmask(SIG_BLOCK, &set, &command->mask) != 0)
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int run(struct command *command, struct limit *limit)
{
	int signals = open_signals(command);
	int status, failure;

	if (signals < 0) {
		complain(errno, "cannot take signals");
		return EXIT_RUN;
	}
	if (!command_start(command))
		return EXIT_RUN;
	status = supervise(command, signals, limit);
	if (status < 0)
		return EXIT_RUN;
	failure = command_failure(command);
	if (failure)
		return failure;
	if (limit->timed_out)
		return EXIT_TIMED_OUT;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Before anything else is opened, so that an open number is one that was inherited. */
static bool keep(struct command *command, const char *text)
{
	int fd, *more;

	if (!parse_number(text, 0, INT_MAX, &fd)) {
		bad_usage("'%s' is not a descriptor", text);
		return false;
	}
	more = fcntl(fd, F_GETFD) < 0 ? NULL : realloc(command->kept, (command->kept_count + 1) * sizeof(*more));
	if (!more) {
		complain(errno, "cannot keep descriptor %d", fd);
		return false;
	}
	command->kept = more;
	command->kept[command->kept_count++] = fd;
	return true;
}

int run_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "timeout", required_argument, NULL, 't' },
		{ "kill-after", required_argument, NULL, 'k' },
		{ "close-fds", no_argument, NULL, 'c' },
		{ "keep-fd", required_argument, NULL, 'f' },
		{ "drop-caps", required_argument, NULL, 'd' },
		{ "user", required_argument, NULL, 'u' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	static struct command command; /* which holds what it holds until the end */
	struct limit limit = { .timeout = NEVER, .kill_after = NEVER };
	int option;

	while ((option = getopt_long(argc, argv, "+h", options, NULL)) != -1) {
		switch (option) {
		case 't':
		case 'k':
			if (parse_duration(optarg, option == 't' ? &limit.timeout : &limit.kill_after))
				break;
			bad_usage("'%s' is not a duration", optarg);
			return EXIT_RUN;
		case 'c':
			command.close_fds = true;
			break;
		case 'f':
			if (!keep(&command, optarg))
				return EXIT_RUN;
			break;
		case 'd':
			if (!parse_capabilities(optarg, &command.credentials))
				return EXIT_RUN;
			break;
		case 'u':
			if (!parse_user(optarg, &command.credentials))
				return EXIT_RUN;
			break;
		case 'h':
			return say_help(help);
		default:
			point_at_help();
			return EXIT_RUN;
		}
	}
	if (limit.timeout == 0)
		bad_usage("a time-out of 0 leaves no time to run");
	else if (limit.kill_after != NEVER && limit.timeout == NEVER)
		bad_usage("--kill-after needs --timeout");
	else if (command.kept && !command.close_fds)
		bad_usage("--keep-fd needs --close-fds");
	else if (optind == argc)
		bad_usage("a command is missing");
	else {
		command.argv = argv + optind;
		return run(&command, &limit);
	}
	return EXIT_RUN;
}
