#include "run.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "fds.h"
#include "profiles.h"
#include "raw.h"

#ifdef WITHOUT_CLONE3
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#endif

enum {
	SECONDS = 60
};

/* In the order of enum libpidfd_call, with the letters of profiles.def for the paths. */
/* clang-format off */
static const char *const calls[] = {
	"pidfd_open", "pidfd_open_nonblock", "pidfd_send_signal", "clone_pidfd", "pidfd_poll", "pidfd_wait",
	"pidfd_get_info", "close_range", "close_range_cloexec", "perf_event_open",
};
/* clang-format on */
static const char *const path_names[] = { "none", "kernel", "emulated" };
static const char path_letters[] = "-ke";

enum {
	CALLS = sizeof(calls) / sizeof(calls[0])
};

/*
 * A skipped test ends with status 0, which check counts as passed; this page, shared with all its processes, tells. A
 * test adds at most one to COUNT, which was SKIPS_BEFORE at its start.
 */
struct skips {
	unsigned int count;
	char reasons[64][256];
};
static struct skips *skips;
static unsigned int skips_before;

void end_if_skipped(void)
{
	if (skips->count > skips_before)
		_exit(0);
}

void skip_because(const char *reason, ...)
{
	char text[160];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof(text), reason, arguments);
	va_end(arguments);
	end_if_skipped();
	if (skips->count < sizeof(skips->reasons) / sizeof(skips->reasons[0]))
		snprintf(skips->reasons[skips->count], sizeof(skips->reasons[0]), "%s: %s", tcase_name(), text);
	skips->count++;
	_exit(0);
}

void must_have_proc(void)
{
	if (access("/proc/self", F_OK) < 0)
		skip_because("nothing is on /proc");
}

static const struct profile *pretended(void)
{
	return profile_named(getenv("UNDER_KERNEL"));
}

bool tracer_is_under_kernel(void)
{
	return pretended() && profile_needs_tracer(pretended());
}

/* LeakSanitizer's hook: it needs ptrace and /proc, and has the process fail at its exit where it can't use them. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
	return tracer_is_under_kernel() || access("/proc/self/task", F_OK) < 0;
}

static struct fds before;

void note_what_is_open(void)
{
	skips_before = skips->count;
	fds_look(&before);
}

void nothing_may_be_left(void)
{
	static struct fds now;
	int status;
	pid_t child = waitpid(-1, &status, WNOHANG | __WALL);

	ck_assert_msg(child <= 0, "the test left a zombie: PID %d, status 0x%x", (int)child, (unsigned int)status);
	ck_assert_msg(child < 0 && errno == ECHILD, "the test left a child running");
	fds_look(&now);
	for (int fd = 0; fd < FDS_SEEN; fd++)
		if (now.open[fd] && !before.open[fd])
			ck_abort_msg("the test left descriptor %d open", fd);
	ck_assert_msg(now.count <= before.count, "the test left %u descriptors open", now.count - before.count);
}

/* Asks the kernel itself, past the library, whether CALL is there: under a pretended kernel, if the filter lets it. */
static bool kernel_has_it(enum libpidfd_call call)
{
	struct raw_pidfd_info info = { .mask = RAW_PIDFD_INFO_EXIT };
	struct pollfd self = { .fd = -1, .events = POLLIN };
	siginfo_t none;
	pid_t child;
	int fd = -1;
	bool has = false;

	switch (call) {
	case LIBPIDFD_CALL_OPEN:
		return raw_pidfd_open(-1, 0) < 0 && errno == EINVAL;
	case LIBPIDFD_CALL_SEND_SIGNAL:
		return raw_pidfd_send_signal(-1, 0, NULL, 0) < 0 && errno == EBADF;
	case LIBPIDFD_CALL_WAIT:
		return raw_waitid(RAW_P_PIDFD, INT_MAX, &none, WEXITED, NULL) < 0 && errno == EBADF;
	case LIBPIDFD_CALL_CLOSE_RANGE:
		return raw_close_range(1, 0, 0) < 0 && errno == EINVAL;
	case LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC:
		return raw_close_range(INT_MAX, INT_MAX, RAW_CLOSE_RANGE_CLOEXEC) == 0;
	case LIBPIDFD_CALL_OPEN_NONBLOCK:
		fd = raw_pidfd_open(getpid(), O_NONBLOCK);
		has = fd >= 0;
		break;
	case LIBPIDFD_CALL_PERF_EVENT:
		fd = raw_perf_event_open(0, -1);
		has = fd >= 0;
		break;
	case LIBPIDFD_CALL_POLL:
		self.fd = fd = raw_pidfd_open(getpid(), 0);
		has = fd >= 0 && poll(&self, 1, 0) == 0;
		break;
	case LIBPIDFD_CALL_CLONE:
	case LIBPIDFD_CALL_GET_INFO:
		child = raw_fork_pidfd(&fd);
		if (child == 0)
			_exit(0);
		if (child > 0)
			waitpid(child, NULL, 0);
		has = fd >= 0;
		if (call == LIBPIDFD_CALL_GET_INFO)
			has = has && raw_pidfd_get_info(fd, &info) == 0 && info.mask & RAW_PIDFD_INFO_EXIT;
		break;
	}
	if (fd >= 0)
		close(fd);
	return has;
}

/* What LIBPIDFD_AVOID forbids (ECANCELED), and what this machine lacks, need not be the kernel's. */
static bool path_is_as_pretended(const struct profile *profile, enum libpidfd_call call)
{
	int why;
	char path = path_letters[libpidfd_path(call, &why)], expected = profile->paths[call];

	if (expected == '?' || path == expected || (expected == 'k' && (why == ECANCELED || !kernel_has_it(call))))
		return true;
	printf("%s on %s: path %c, not %c (%s)\n", calls[call], profile->name, path, expected, strerror(why));
	return false;
}

/* Asked in a process of its own, so that each test meets a library that has not looked at the kernel yet. */
static bool paths_are_as_pretended(const struct profile *profile)
{
	int status;
	pid_t asker = fork();

	if (asker == 0) {
		bool right = true;

		for (unsigned int i = 0; i < CALLS; i++)
			right &= path_is_as_pretended(profile, i);
		fflush(stdout);
		_exit(!right);
	}
	return asker > 0 && waitpid(asker, &status, 0) == asker && status == 0;
}

/*
 * What the environment cannot do, by no fault of the library: NOT_HERE is a file with lines "program/test: reason". Such a
 * test is not run, but counted as skipped, with the reason.
 */
static bool is_not_here(const char *program, const struct test *test)
{
	const char *list = getenv("NOT_HERE"), *base = strrchr(program, '/');
	char line[256], name[160];
	FILE *file = list ? fopen(list, "r") : NULL;
	bool found = false;
	int length = snprintf(name, sizeof(name), "%s/%s: ", base ? base + 1 : program, (*test->test)->name);

	while (file && !found && fgets(line, sizeof(line), file))
		found = strncmp(line, name, (size_t)length) == 0;
	if (file)
		fclose(file);
	for (int row = 0; found && row < test->rows; row++)
		printf("skipped: %s: %s", (*test->test)->name, line + length);
	return found;
}

/* One test is one check test case, so that check can run it by its name and tell it in skip_because. */
static SRunner *runner_of_tests(const char *program, int *not_here)
{
	Suite *suite = suite_create(program);

	for (const struct test *test = tests; test->test; test++) {
		if (is_not_here(program, test)) {
			*not_here += test->rows;
			continue;
		}

		TCase *tcase = tcase_create((*test->test)->name);

		tcase_set_timeout(tcase, SECONDS);
		tcase_add_checked_fixture(tcase, note_what_is_open, nothing_may_be_left);
		tcase_add_loop_test(tcase, *test->test, 0, test->rows);
		suite_add_tcase(suite, tcase);
	}
	return srunner_create(suite);
}

static int report(SRunner *runner, int not_here)
{
	int run = srunner_ntests_run(runner) + not_here, failed = srunner_ntests_failed(runner);
	int skipped = (int)skips->count + not_here;
	TestResult **failures = srunner_failures(runner);

	for (int i = 0; i < failed; i++)
		printf("%s:%d: %s: %s\n", tr_lfile(failures[i]), tr_lno(failures[i]), tr_tcname(failures[i]),
		       tr_msg(failures[i]));
	free(failures);
	for (unsigned int i = 0; i < skips->count && i < sizeof(skips->reasons) / sizeof(skips->reasons[0]); i++)
		printf("skipped: %s\n", skips->reasons[i]);
	printf("paths:");
	for (unsigned int i = 0; i < CALLS; i++)
		printf(" %s=%s", calls[i], path_names[libpidfd_path(i, NULL)]);
	printf("\n%d passed, %d failed, %d skipped\n", run - failed - skipped, failed, skipped);
	if (failed || run == 0)
		return 1;
	return skipped == run ? 77 : 0;
}

#ifdef WITHOUT_CLONE3
/*
 * glibc 2.34's pthread_create takes clone3 where it is there, and that of Linux 5.3 was broken: it did not add the
 * stack's size to its start. Where no filter can be installed there is no such kernel to hide.
 */
static void hide_clone3(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0 && errno == EACCES &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}
#else
static void hide_clone3(void)
{
}
#endif

int main(int argc, char *argv[])
{
	if (argc > 1 && strcmp(argv[1], "--list") == 0) {
		for (const struct test *test = tests; test->test; test++)
			puts((*test->test)->name);
		return 0;
	}

	hide_clone3();

	const struct profile *profile = pretended();

	skips = mmap(NULL, sizeof(*skips), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (skips == MAP_FAILED || (profile && !paths_are_as_pretended(profile)))
		return 1;

	int not_here = 0;
	SRunner *runner = runner_of_tests(argv[0], &not_here);

	srunner_set_fork_status(runner, CK_FORK);
	fflush(stdout);
	srunner_run(runner, NULL, argc > 1 ? argv[1] : NULL, CK_SILENT);

	int status = report(runner, not_here);

	srunner_free(runner);
	return status;
}
