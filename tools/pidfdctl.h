/* What the subcommands of pidfdctl share. */
#ifndef PIDFDCTL_H
#define PIDFDCTL_H

#include <libpidfd/pidfd.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Exit statuses beyond EXIT_SUCCESS and EXIT_FAILURE. Those above 123 are timeout(1)'s, env(1)'s and nohup(1)'s. */
enum {
	EXIT_USAGE = 2,
	EXIT_NO_WAY = 3,
	EXIT_TIMED_OUT = 124,
	EXIT_RUN = 125,
	EXIT_NO_EXEC = 126,
	EXIT_NOT_FOUND = 127
};

/* pidfdctl.c. A subcommand's argv[0] is "pidfdctl NAME", so that getopt's own messages carry the prefix too. */
void complain(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* To return: EXIT_USAGE after a message of one's own or of getopt's, EXIT_SUCCESS after the help. */
int bad_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));
int point_at_help(void);
int say_help(const char *help_text);
int features_main(int argc, char **argv);
int run_main(int argc, char **argv);
int wait_main(int argc, char **argv);
int kill_main(int argc, char **argv);

/* arguments.c: false unless TEXT is one from its first character to its last. */
bool parse_number(const char *text, int least, int most, int *number);
bool parse_duration(const char *text, int64_t *nanoseconds);

/* deadline.c: moments of CLOCK_MONOTONIC in nanoseconds. */
#define NEVER INT64_MAX
int64_t deadline_after(int64_t nanoseconds);
const struct timespec *deadline_left(int64_t deadline, struct timespec *left); /* NULL for NEVER, as ppoll wants it */

/* signals.c */
#define SIGNAL_NAME_SIZE 24
bool parse_signal(const char *text, int *sig);
const char *signal_name(int sig, char buf[static SIGNAL_NAME_SIZE]);
void list_signals(void);

/* targets.c: the processes named on the command line, as far as they have not ended. */
struct targets {
	size_t count;
	pid_t *pids;
	struct pollfd *polls;
};
bool targets_parse(struct targets *targets, int count, char **pids); /* false: it has complained */
bool targets_open(struct targets *targets);			     /* false: some could not be; it has complained */
void targets_drop(struct targets *targets, size_t i);		     /* forgets one at the next targets_compact */
void targets_compact(struct targets *targets);
/* Waits, calls ENDED for each that has ended and forgets it. Their number; 0: the deadline; -1: it has complained. */
int targets_wait(struct targets *targets, int64_t deadline, void (*ended)(pid_t pid, int pidfd));
/* The exit status after ENDED of targets_wait and whatever else has FAILED; complains of what has not ended in time. */
int targets_status(const struct targets *targets, int ended, bool failed);

/* credentials.c: whom the command runs as, with which capabilities. */
struct credentials {
	uint64_t dropped; /* bit n: capability n */
	bool change_user;
	uid_t uid;
	gid_t gid;
	gid_t *groups;
	int group_count;
};
bool parse_capabilities(const char *list, struct credentials *credentials); /* false: it has complained */
bool parse_user(const char *user, struct credentials *credentials);	    /* false: it has complained */
/* Makes them the caller's. NULL, or what could not be done, with errno. */
const char *credentials_take(const struct credentials *credentials);

/* command.c: the child that becomes the command. */
struct command {
	char **argv;
	bool close_fds; /* but 0, 1, 2 and KEPT */
	int *kept;
	size_t kept_count;
	struct credentials credentials;
	sigset_t mask;		       /* to exec with */
	struct sigaction child_action; /* SIGCHLD's, to exec with */
	pid_t pid;
	int pidfd;
	int report; /* a pipe's read end: empty once the command runs */
};
bool command_start(struct command *command); /* false: it has complained */
/* After the end: why the command never ran, as an exit status, having complained; 0 when it ran. */
int command_failure(const struct command *command);

#endif
