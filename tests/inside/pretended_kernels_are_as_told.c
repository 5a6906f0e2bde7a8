/* under_kernel makes the kernels of profiles.def, leaves the rest of a kernel alone, and ends as its program does. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiles.h"
#include "run.h"

static const char *program_in(const char *variable)
{
	const char *program = getenv(variable);

	if (!program)
		skip_because("%s does not name the program: meson test sets it", variable);
	return program;
}

/* Runs ARGV on the pretended kernel, or without under_kernel where PROFILE is NULL; its output comes from *OUTPUT. */
static pid_t start(const char *profile, const char *const argv[], FILE **output)
{
	const char *under_kernel = program_in("UNDER_KERNEL_PROGRAM");
	const char *arguments[8] = { under_kernel, profile };
	int ends[2];

	for (size_t i = 0; argv[i]; i++)
		arguments[i + 2] = argv[i];
	ck_assert_int_eq(pipe(ends), 0);

	pid_t pid = fork();

	if (pid == 0) {
		const char *const *command = profile ? arguments : arguments + 2;

		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(command[0], (char *const *)(uintptr_t)command);
		_exit(127);
	}
	close(ends[1]);
	ck_assert_int_gt(pid, 0);
	*output = fdopen(ends[0], "r");
	return pid;
}

static int end(pid_t pid, FILE *output)
{
	int status;

	fclose(output);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		skip_because("under_kernel is not permitted here");
	return status;
}

static void ask(const char *profile, int answers[FEATURES])
{
	const char *const argv[] = { program_in("ASK_KERNEL"), NULL };
	FILE *output;
	pid_t pid = start(profile, argv, &output);
	int asked = 0;

	while (asked < FEATURES && fscanf(output, "%d", &answers[asked]) == 1)
		asked++;
	ck_assert_int_eq(end(pid, output), 0);
	ck_assert_int_eq(asked, FEATURES);
}

START_TEST(each_refuses_what_it_lacks_and_nothing_else)
{
	const struct profile *profile = &profiles[_i];
	int natively[FEATURES], pretended[FEATURES];

	if (profile_kills(profile))
		skip_because("it kills who asks");
	ask(NULL, natively);
	ask(profile->name, pretended);
	for (int i = 0; i < FEATURES; i++) {
		int told = profile->answers[i] ? profile->answers[i] : natively[i];

		/* Asked of no pidfd where none can be opened. */
		if (i == GET_INFO && profile->answers[PIDFD_OPEN])
			told = ENOTTY;
		ck_assert_msg(pretended[i] == told, "%s, feature %d: %s, not %s", profile->name, i,
			      strerror(pretended[i]), strerror(told));
	}
}
END_TEST

START_TEST(who_asks_is_killed)
{
	const char *const argv[] = { program_in("ASK_KERNEL"), NULL };
	FILE *output;
	pid_t pid = start("kill", argv, &output);

	ck_assert_int_eq(WTERMSIG(end(pid, output)), SIGSYS);
}
END_TEST

START_TEST(statuses_pass)
{
	const char *const argv[] = { "sh", "-c", "exit 42", NULL };
	FILE *output;
	pid_t pid = start(profiles[_i].name, argv, &output);
	int status = end(pid, output);

	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 42);
}
END_TEST

START_TEST(signals_pass)
{
	const char *const argv[] = { "sh", "-c", "kill -USR1 $$", NULL };
	FILE *output;
	pid_t pid = start(profiles[_i].name, argv, &output);
	int status = end(pid, output);

	if (profile_needs_tracer(&profiles[_i]))
		ck_assert_int_eq(WEXITSTATUS(status), 128 + SIGUSR1);
	else
		ck_assert_int_eq(WTERMSIG(status), SIGUSR1);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_127)
{
	const char *const argv[] = { "/nonexistent", NULL };
	FILE *output;
	pid_t pid = start(profiles[_i].name, argv, &output);

	ck_assert_int_eq(WEXITSTATUS(end(pid, output)), 127);
}
END_TEST

START_TEST(an_unknown_kernel_is_refused)
{
	const char *const argv[] = { "true", NULL };
	FILE *output;
	pid_t pid = start("0.01", argv, &output);

	ck_assert_int_eq(WEXITSTATUS(end(pid, output)), 2);
}
END_TEST

TESTS(TEST_EACH(each_refuses_what_it_lacks_and_nothing_else, profiles), TEST(who_asks_is_killed),
      TEST_EACH(statuses_pass, profiles), TEST_EACH(signals_pass, profiles),
      TEST_EACH(a_program_that_is_not_there_is_127, profiles), TEST(an_unknown_kernel_is_refused))
