/* A test that misbehaves fails, with a message that tells how, and one that skips is counted as that. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

/* Runs one test of misbehaving.c and returns the exit status of the program, with what it printed in OUTPUT. */
static int run_misbehaving(const char *name, char *output, size_t size)
{
	const char *program = getenv("MISBEHAVING");
	size_t used = 0;
	ssize_t got;
	int ends[2], status;

	if (!program)
		skip_because("MISBEHAVING does not name the program: meson test sets it");
	ck_assert_int_eq(pipe(ends), 0);

	pid_t pid = fork();

	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		setenv("CK_TIMEOUT_MULTIPLIER", "0.05", 1);
		execl(program, program, name, NULL);
		_exit(127);
	}
	close(ends[1]);
	while ((got = read(ends[0], output + used, size - 1 - used)) > 0)
		used += (size_t)got;
	output[used] = '\0';
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static const struct {
	const char *test;
	int status;
	const char *says, *counts;
} cases[] = {
	{ "behaves", 0, "", "1 passed, 0 failed, 0 skipped\n" },
	{ "leaks_a_descriptor", 1, "left descriptor", "0 passed, 1 failed, 0 skipped\n" },
	{ "leaks_a_descriptor_without_proc", 1, "left descriptor", "0 passed, 1 failed, 0 skipped\n" },
	{ "leaves_a_child", 1, "left a child running", "0 passed, 1 failed, 0 skipped\n" },
	{ "leaves_a_zombie", 1, "left a zombie", "0 passed, 1 failed, 0 skipped\n" },
	{ "hangs", 1, "timeout expired", "0 passed, 1 failed, 0 skipped\n" },
	{ "dies", 1, "signal 6", "0 passed, 1 failed, 0 skipped\n" },
	{ "fails", 1, "'1 == 2' failed", "0 passed, 1 failed, 0 skipped\n" },
	{ "fails_in_a_namespace", 1, "'1 == 2' failed", "0 passed, 1 failed, 0 skipped\n" },
	{ "skips", 77, "skipped: skips: of nothing\n", "0 passed, 0 failed, 1 skipped\n" },
	{ "is_not_there", 1, "", "0 passed, 0 failed, 0 skipped\n" },
};

START_TEST(each_case)
{
	char output[4096];
	int status = run_misbehaving(cases[_i].test, output, sizeof(output));
	bool needs_namespaces = strstr(cases[_i].test, "_proc") || strstr(cases[_i].test, "_namespace");

	if (status == 77 && needs_namespaces)
		skip_because("%s: no namespaces", cases[_i].test);
	ck_assert_msg(status == cases[_i].status && strstr(output, cases[_i].says) && strstr(output, cases[_i].counts),
		      "%s: status %d, output:\n%s", cases[_i].test, status, output);
}
END_TEST

TESTS(TEST_EACH(each_case, cases))
