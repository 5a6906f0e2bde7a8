/* pidfdctl: libpidfd at the command line. Which subcommand, and how all of them talk to the user. */
#include "pidfdctl.h"

#include <libpidfd/version.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char help[] =
	"Usage: pidfdctl SUBCOMMAND [OPTION]... [ARGUMENT]...\n"
	"Processes by pidfd, on every Linux.\n"
	"\n"
	"  features   by which path each call of libpidfd goes on this machine\n"
	"  run        run a command: time limit, signals passed on, privileges dropped\n"
	"  wait       wait for processes that need not be children\n"
	"  kill       signal processes, never another that was given the same PID\n"
	"\n"
	"  -h, --help      this text; pidfdctl SUBCOMMAND --help tells more\n"
	"  -V, --version   the version\n"
	"\n"
	"LIBPIDFD_AVOID=NAME,... (names as features shows them, or all) keeps the library from using these system calls.\n";

static const struct {
	const char *name;
	const char *prefix;
	int (*main)(int argc, char **argv);
	int failure;
} subcommands[] = {
	{ "features", "pidfdctl features", features_main, EXIT_FAILURE },
	{ "run", "pidfdctl run", run_main, EXIT_RUN },
	{ "wait", "pidfdctl wait", wait_main, EXIT_FAILURE },
	{ "kill", "pidfdctl kill", kill_main, EXIT_FAILURE },
};

static const char *prefix = "pidfdctl";

/* ERR 0: without ": " and what it means. */
static void say(int err, const char *format, va_list arguments)
{
	fprintf(stderr, "%s: ", prefix);
	vfprintf(stderr, format, arguments);
	if (err)
		fprintf(stderr, ": %s", strerror(err));
	fputc('\n', stderr);
}

void complain(int err, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(err, format, arguments);
	va_end(arguments);
}

int point_at_help(void)
{
	fprintf(stderr, "Try '%s --help'.\n", prefix);
	return EXIT_USAGE;
}

int bad_usage(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(0, format, arguments);
	va_end(arguments);
	return point_at_help();
}

int say_help(const char *help_text)
{
	fputs(help_text, stdout);
	return EXIT_SUCCESS;
}

/*
 * Descriptors 0 to 2 that were closed would go to a pipe or a pidfd, and messages into it. Opened the wrong way, so that
 * using them is an error as before, and close-on-exec, so that a command finds them closed.
 */
static void occupy_standard_descriptors(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", (fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
}

/* A full disk or a closed pipe must not look like success. */
static int with_output_written(int status, int failure)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	complain(errno, "cannot write the output");
	return failure;
}

int main(int argc, char **argv)
{
	char *name = argc > 1 ? argv[1] : NULL;

	occupy_standard_descriptors();
	if (!name)
		return bad_usage("a subcommand is missing");
	if (!strcmp(name, "--help") || !strcmp(name, "-h"))
		return with_output_written(say_help(help), EXIT_FAILURE);
	if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
		puts("pidfdctl (libpidfd) " LIBPIDFD_VERSION);
		return with_output_written(EXIT_SUCCESS, EXIT_FAILURE);
	}
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(*subcommands); i++) {
		if (strcmp(name, subcommands[i].name) != 0)
			continue;
		prefix = subcommands[i].prefix;
		argv[1] = (char *)prefix;
		return with_output_written(subcommands[i].main(argc - 1, argv + 1), subcommands[i].failure);
	}
	if (*name == '-')
		return bad_usage("unknown option '%s'", name);
	return bad_usage("unknown subcommand '%s'", name);
}
