/* The child that becomes the command: set up, then exec, and the parent told of the step that failed. */
#include "pidfdctl.h"

#include <libpidfd/close_range.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

/* What the child writes instead of running the command. Within PIPE_BUF: one write, whole or not at all. */
struct failure {
	int status;
	int err;
	char what[96];
};

static void fail(int report, int status, const char *what)
{
	struct failure failure = { .status = status, .err = errno };

	snprintf(failure.what, sizeof(failure.what), "%s", what);
	if (write(report, &failure, sizeof(failure)) < 0)
		_exit(status);
	_exit(status);
}

static void become(const struct command *command, int report)
{
	const char *what;

	/* While /proc/self still belongs to this user: close_range may need it, and setuid gives it to root. */
	if (command->close_fds &&
	    close_range_except(3, UINT_MAX, command->kept, command->kept_count, CLOSE_RANGE_CLOEXEC) != 0)
		fail(report, EXIT_RUN, "cannot make the descriptors close-on-exec");
	what = credentials_take(&command->credentials);
	if (what)
		fail(report, EXIT_RUN, what);
	if (sigaction(SIGCHLD, &command->child_action, NULL) != 0)
		fail(report, EXIT_RUN, "cannot restore SIGCHLD");
	/* Signals passed on since the fork are delivered here, as they would be to the command before it handles any. */
	if (sigprocmask(SIG_SETMASK, &command->mask, NULL) != 0)
		fail(report, EXIT_RUN, "cannot restore the signal mask");
	execvp(command->argv[0], command->argv);
	fail(report, errno == ENOENT ? EXIT_NOT_FOUND : EXIT_NO_EXEC, "");
}

bool command_start(struct command *command)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) != 0) {
		complain(errno, "cannot make a pipe");
		return false;
	}
	command->report = ends[0];
	command->pid = pidfd_fork(&command->pidfd, 0);
	if (command->pid == 0)
		become(command, ends[1]);
	if (command->pid < 0)
		complain(errno, "cannot fork");
	close(ends[1]);
	return command->pid > 0;
}

/* The child held the only other write end, so that the read does not block: a report, or nothing since it ran. */
int command_failure(const struct command *command)
{
	struct failure failure;

	if (read(command->report, &failure, sizeof(failure)) != (ssize_t)sizeof(failure))
		return 0;
	complain(failure.err, "%s", *failure.what ? failure.what : command->argv[0]);
	return failure.status;
}
