/* The text of /proc is read for what it says, whatever a name holds, and is refused where it is no such text. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proc_text.h"
#include "run.h"

#define FIELDS(flags) "1 7 7 0 -1 " flags " 91 0 0 0 0 0 0 0 20 0" /* 4 to 19 */
#define FIELDS_4_TO_19 FIELDS("4194304")
#define FIELDS_21_TO_51 "0 100 2289664 128 18446744073709551615 1 1 0 0 0 0 4096 0 0 0 0 17 0 0 0 0 0 0 0 0 0 0 0 0 0 0"
#define LINE(name, state, threads, exit_code) \
	"7 (" name ") " state " " FIELDS_4_TO_19 " " threads " " FIELDS_21_TO_51 " " exit_code "\n"

static const struct {
	const char *text;
	struct proc_stat stat;
} stats[] = {
	{ LINE("sh", "S", "1", "0"), { 7, 'S', 1, 0 } },
	{ LINE("sh", "Z", "2", "256"), { 7, 'Z', 2, 256 } },
	{ LINE("sh", "Z", "1", "139"), { 7, 'Z', 1, 139 } },
	{ LINE("a)", "R", "3", "0"), { 7, 'R', 3, 0 } },
	{ LINE("a) Z 1 1", "R", "3", "0"), { 7, 'R', 3, 0 } },
	{ LINE(") Z 1 (", "T", "3", "0"), { 7, 'T', 3, 0 } },
	{ LINE("a\nb) Z", "D", "1", "0"), { 7, 'D', 1, 0 } },
	{ LINE("))))))))))))))", "X", "1", "0"), { 7, 'X', 1, 0 } },
	{ LINE("", "I", "1", "0"), { 7, 'I', 1, 0 } },
	{ LINE("\t\n \x80\xff", "S", "1", "0"), { 7, 'S', 1, 0 } },
	{ LINE("sh", "S", "2147483647", "-1"), { 7, 'S', INT_MAX, -1 } },
	{ LINE("sh", "Z", "1", "99999999999"), { 7, 'Z', 1, 0 } },
	{ "0 () X " FIELDS_4_TO_19 " 0\n", { 0, 'X', 0, 0 } },
	{ "7 (sh) D " FIELDS("4294967291") " 1", { 7, 'D', 1, 0, false } },
	{ "7 (sh) D " FIELDS("4") " 1", { 7, 'D', 1, 0, true } },
	{ "7 (sh) Z " FIELDS("4228108") " 2", { 7, 'Z', 2, 0, true } },
	{ "7 (sh) Z " FIELDS_4_TO_19 " 2", { 7, 'Z', 2, 0 } }, /* without what later kernels added, and the newline */
};

START_TEST(a_stat_line)
{
	struct proc_stat stat;

	ck_assert(proc_text_stat(stats[_i].text, strlen(stats[_i].text), &stat));
	ck_assert_int_eq(stat.pid, stats[_i].stat.pid);
	ck_assert_int_eq(stat.state, stats[_i].stat.state);
	ck_assert_int_eq(stat.threads, stats[_i].stat.threads);
	ck_assert_int_eq(stat.exit_code, stats[_i].stat.exit_code);
	ck_assert(stat.is_ending == stats[_i].stat.is_ending);
}
END_TEST

static const char *const no_stats[] = {
	"",
	"\n",
	" ",
	"7",
	"7 ",
	"7 (sh",
	"7 (sh)",
	"7 (sh) ",
	"7 (sh) Z",
	"(sh) Z " FIELDS_4_TO_19 " 2",
	"seven (sh) Z " FIELDS_4_TO_19 " 2",
	"99999999999 (sh) Z " FIELDS_4_TO_19 " 2",
	"99999999999999999999 (sh) Z " FIELDS_4_TO_19 " 2",
	"7 sh Z " FIELDS_4_TO_19 " 2",
	"7 (sh) Z " FIELDS("x") " 2",
	"7 (sh) Z " FIELDS_4_TO_19,
	"7 (sh) Z " FIELDS_4_TO_19 " ",
	"7 (sh) Z " FIELDS_4_TO_19 " x",
	"7 (sh) Z " FIELDS_4_TO_19 " 99999999999",
	"7 (sh) Z " FIELDS_4_TO_19 " 99999999999999999999",
};

START_TEST(no_stat_line)
{
	struct proc_stat stat;

	ck_assert(!proc_text_stat(no_stats[_i], strlen(no_stats[_i]), &stat));
}
END_TEST

/* Of any beginning of a line, either the whole of what is asked for is taken or nothing is; and nothing beyond it is read. */
START_TEST(a_stat_line_that_was_cut)
{
	const char *line = stats[1].text;
	size_t enough = (size_t)(strstr(line, " 2 ") - line) + 2;

	for (size_t size = 0; size <= strlen(line); size++) {
		char *cut = malloc(size + !size);
		struct proc_stat stat;
		bool taken;

		ck_assert_ptr_nonnull(cut);
		memcpy(cut, line, size);
		taken = proc_text_stat(cut, size, &stat);
		free(cut);
		ck_assert_msg(taken == (size >= enough), "cut at %zu", size);
		ck_assert(!taken || stat.threads == 2);
	}
}
END_TEST

static struct proc_status status_of(const char *text, size_t piece)
{
	struct proc_status status;
	struct proc_line line;
	size_t size = strlen(text);

	proc_text_begin(&status, &line);
	for (size_t at = 0; at < size; at += piece)
		proc_text_feed(&status, &line, text + at, size - at < piece ? size - at : piece);
	return status;
}

static const char ordinary[] =
	"Name:\tZ) Z\n"
	"Umask:\t0022\n"
	"State:\tS (sleeping)\n"
	"Tgid:\t41\n"
	"Ngid:\t0\n"
	"Pid:\t42\n"
	"PPid:\t1\n"
	"TracerPid:\t5\n"
	"Uid:\t1000\t1001\t1002\t1003\n"
	"Gid:\t7\t7\t7\t7\n"
	"Groups:\t4 24 27 \n"
	"NStgid:\t41\t3\n"
	"NSpid:\t42\t4\n"
	"SigQ:\t12/127390\n"
	"SigPnd:\t0000000000000000\n";

static void is_ordinary(const struct proc_status *status)
{
	ck_assert_int_eq(status->pid, 42);
	ck_assert_int_eq(status->tgid, 41);
	ck_assert_int_eq(status->state, 'S');
	ck_assert_int_eq(status->namespaces, 2);
	ck_assert_int_eq(status->innermost, 4);
	ck_assert(status->has_uids);
	ck_assert_uint_eq(status->real, 1000);
	ck_assert_uint_eq(status->saved, 1002);
	ck_assert(status->has_queue);
	ck_assert_uint_eq(status->queued, 12);
	ck_assert_uint_eq(status->queue_limit, 127390);
}

START_TEST(status_in_pieces_of_any_size)
{
	for (size_t piece = 1; piece <= sizeof(ordinary); piece++) {
		struct proc_status status = status_of(ordinary, piece);

		is_ordinary(&status);
	}
}
END_TEST

/* 65536 groups are what a process may have. */
START_TEST(status_with_very_many_groups)
{
	size_t groups = 65536, size = sizeof(ordinary) + groups * 5 + 16;
	char *text = malloc(size);
	const char *rest = strstr(ordinary, "Groups:");
	int used;

	ck_assert_ptr_nonnull(text);
	used = snprintf(text, size, "%.*sGroups:\t", (int)(rest - ordinary), ordinary);
	for (size_t i = 0; i < groups; i++)
		used += snprintf(text + used, size - (size_t)used, "%04x ", (unsigned int)i % 10000 % 4096);
	snprintf(text + used, size - (size_t)used, "\n%s", strchr(rest, '\n') + 1);
	ck_assert_uint_gt(strlen(text), 300000);

	struct proc_status status = status_of(text, 2048);

	free(text);
	is_ordinary(&status);
}
END_TEST

/* PID namespaces nest 32 deep below the first; a PID has seven digits at most. */
START_TEST(status_in_the_deepest_namespace)
{
	char text[512] = "NSpid:";
	struct proc_status status;

	for (int level = 0; level < 33; level++)
		sprintf(text + strlen(text), "\t%d", 4194304 - level);
	strcat(text, "\nTgid:\t9\n");
	status = status_of(text, sizeof(text));
	ck_assert_int_eq(status.namespaces, 33);
	ck_assert_int_eq(status.innermost, 4194304 - 32);
	ck_assert_int_eq(status.tgid, 9);
}
END_TEST

static const struct {
	const char *text;
	pid_t pid, tgid;
	int namespaces;
} fragments[] = {
	{ "", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "\n\n\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "Pid:\t5", PROC_NO_PID, PROC_NO_PID, 0 }, /* no whole line */
	{ "Pid:\t5\n", 5, PROC_NO_PID, 0 },
	{ "Pid:5\n", 5, PROC_NO_PID, 0 },
	{ "Pid:\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "Pid:\tfive\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "Pid:\t99999999999\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "Pid:\t99999999999999999999\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "PPid:\t5\nTracerPid:\t6\nName:\tPid:\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "Name:\tx\\nPid:\t5\nTgid:\t6\n", PROC_NO_PID, 6, 0 }, /* the kernel escapes newlines in names */
	{ "NSpid:\n", PROC_NO_PID, PROC_NO_PID, 0 },
	{ "NSpid:\t1\n", PROC_NO_PID, PROC_NO_PID, 1 },
	/* fdinfo of a kernel's pidfd, reaped, out of sight, before 5.5, and of other files */
	{ "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nino:\t1057\nPid:\t41\nNSpid:\t41\n", 41, PROC_NO_PID, 1 },
	{ "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nPid:\t-1\nNSpid:\t-1\n", -1, PROC_NO_PID, 1 },
	{ "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nPid:\t0\nNSpid:\t0\n", 0, PROC_NO_PID, 1 },
	{ "pos:\t0\nflags:\t02000002\nmnt_id:\t15\nPid:\t41\n", 41, PROC_NO_PID, 0 },
	{ "pos:\t0\nflags:\t02000002\nmnt_id:\t15\neventfd-count: 0\n", PROC_NO_PID, PROC_NO_PID, 0 },
};

START_TEST(status_in_fragments)
{
	struct proc_status status = status_of(fragments[_i].text, 7);

	ck_assert_int_eq(status.pid, fragments[_i].pid);
	ck_assert_int_eq(status.tgid, fragments[_i].tgid);
	ck_assert_int_eq(status.namespaces, fragments[_i].namespaces);
	ck_assert(!status.has_uids);
	ck_assert(!status.has_queue);
}
END_TEST

static const struct {
	const char *name;
	int number;
} names[] = {
	{ "0", 0 },    { "7", 7 },    { "2147483647", INT_MAX },
	{ "007", 7 },  { "", -1 },    { "2147483648", -1 },
	{ ".", -1 },   { "..", -1 },  { "99999999999999999999", -1 },
	{ "-1", -1 },  { "-0", -1 },  { " 7", -1 },
	{ "\t7", -1 }, { "7 ", -1 },  { "7\n", -1 },
	{ "+7", -1 },  { "0x7", -1 }, { "self", -1 },
};

START_TEST(names_that_are_numbers)
{
	ck_assert_int_eq(proc_text_number(names[_i].name), names[_i].number);
}
END_TEST

TESTS(TEST_EACH(a_stat_line, stats), TEST_EACH(no_stat_line, no_stats), TEST(a_stat_line_that_was_cut),
      TEST(status_in_pieces_of_any_size), TEST(status_with_very_many_groups), TEST(status_in_the_deepest_namespace),
      TEST_EACH(status_in_fragments, fragments), TEST_EACH(names_that_are_numbers, names))
