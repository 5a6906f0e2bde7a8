/* What LIBPIDFD_AVOID names is never called, not even to look whether it is there: a filter kills whoever does. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "raw.h"
#include "run.h"
#include "sandbox.h"
#include "valgrind.h"

#define MARK RAW_CLOSE_RANGE_CLOEXEC

static const struct {
	const char *name;
	enum libpidfd_call call;
	struct use use;
} calls[] = {
	{ "pidfd_open", LIBPIDFD_CALL_OPEN, { SYS_pidfd_open } },
	{ "pidfd_open_nonblock", LIBPIDFD_CALL_OPEN_NONBLOCK, { SYS_pidfd_open, 1, O_NONBLOCK, O_NONBLOCK } },
	{ "pidfd_send_signal", LIBPIDFD_CALL_SEND_SIGNAL, { SYS_pidfd_send_signal } },
	{ "clone_pidfd", LIBPIDFD_CALL_CLONE, { SYS_clone, RAW_CLONE_FLAGS, RAW_CLONE_PIDFD, RAW_CLONE_PIDFD } },
	{ "pidfd_wait", LIBPIDFD_CALL_WAIT, { SYS_waitid, 0, UINT32_MAX, RAW_P_PIDFD } },
	{ "pidfd_get_info", LIBPIDFD_CALL_GET_INFO, { SYS_ioctl, 1, 0xffff, RAW_PIDFD_GET_INFO & 0xffff } },
	{ "close_range", LIBPIDFD_CALL_CLOSE_RANGE, { SYS_close_range } },
	{ "close_range_cloexec", LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, { SYS_close_range, 2, MARK, MARK } },
	{ "perf_event_open", LIBPIDFD_CALL_PERF_EVENT, { SYS_perf_event_open } },
};

static int return_7(void *unused)
{
	(void)unused;
	return 7;
}

static void reap_7(int pidfd)
{
	int status;

	ck_assert_int_gt(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), 0);
	ck_assert_int_eq(WEXITSTATUS(status), 7);
	close(pidfd);
}

static int pass_by(void *unused, int number)
{
	(void)unused, (void)number;
	return 0;
}

static char sh[] = "sh", option[] = "-c",
	    exits_with_7[] = "exit 7", *const exit_7[] = { sh, option, exits_with_7, NULL };

/* Every call of the library, on either kind of pidfd, and what it has to do whichever way it goes. */
static void call_everything(void)
{
	int pidfd, fd, directory = open("/proc/self", O_RDONLY | O_DIRECTORY);
	siginfo_t info = { .si_signo = SIGURG, .si_code = SI_QUEUE };
	const struct timespec now = { 0 };

	must_have_proc();
	for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
		libpidfd_path(call, NULL);
	pidfd = pidfd_open(getpid(), 0);
	ck_assert_int_eq(pidfd_getpid(pidfd), getpid());
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGURG, NULL, 0), 0);
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGURG, &info, 0), 0);
	ck_assert_int_eq(pidfd_send_signal(directory, 0, NULL, 0), 0);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG | PIDFD_WFOREIGN), 0);
	ck_assert_int_eq(pidfd_poll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, 0), 0);
	ck_assert_int_eq(pidfd_ppoll(&(struct pollfd){ pidfd, POLLIN, 0 }, 1, &now, NULL), 0);
	for (int i = 0; i < 2; i++) {
		fd = pidfd_pollfd(i == 0 ? pidfd : directory, 0);
		ck_assert_int_ge(fd, 0);
		close(fd);
	}
	close(pidfd);
	close(directory);

	pidfd = pidfd_open(getpid(), PIDFD_NONBLOCK);
	ck_assert_int_eq(pidfd_waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED), -1);
	close(pidfd);

	ck_assert_int_gt(clone_pidfd(return_7, NULL, SIGCHLD, NULL, &pidfd), 0);
	reap_7(pidfd);
	if (pidfd_fork(&pidfd, 0) == 0)
		_exit(7);
	reap_7(pidfd);
	ck_assert_int_eq(pidfd_spawn(&pidfd, "/bin/sh", NULL, NULL, exit_7, NULL), 0);
	reap_7(pidfd);

	fd = dup(STDERR_FILENO);
	ck_assert_int_eq(close_range((unsigned int)fd, (unsigned int)fd, CLOSE_RANGE_CLOEXEC), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(close_range((unsigned int)fd, (unsigned int)fd, 0), 0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), -1);
	ck_assert_int_eq(close_range_except(1000000, 1000009, (int[]){ 1000005 }, 1, 0), 0);
	closefrom(1000000);
	ck_assert_int_eq(nextfd(1000000), -1);
	ck_assert_int_eq(fdwalk(pass_by, NULL), 0);
}

static void avoid(const char *list)
{
	const struct rlimit no_core = { 0, 0 };

	if (strcmp(list, "all") != 0 && raw_kills())
		skip_because("a filter kills for what is not avoided");
	setrlimit(RLIMIT_CORE, &no_core); /* of what a filter kills */
	ck_assert_int_eq(setenv("LIBPIDFD_AVOID", list, 1), 0);
}

static void is_avoided(enum libpidfd_call call)
{
	int why = 0;

	ck_assert_int_ne(libpidfd_path(call, &why), LIBPIDFD_PATH_KERNEL);
	ck_assert_int_eq(why, ECANCELED);
}

static void is_not_avoided(enum libpidfd_call call)
{
	int why;

	libpidfd_path(call, &why);
	ck_assert_int_ne(why, ECANCELED);
}

START_TEST(one)
{
	avoid(calls[_i].name);
	sandbox_kills(&calls[_i].use);
	call_everything();
	is_avoided(calls[_i].call);
}
END_TEST

START_TEST(all)
{
	avoid("all");
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		sandbox_kills(&calls[i].use);
	call_everything();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		is_avoided(calls[i].call);
	is_avoided(LIBPIDFD_CALL_POLL);
}
END_TEST

START_TEST(poll_alone)
{
	avoid("pidfd_poll");
	call_everything();
	for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
		(call == LIBPIDFD_CALL_POLL ? is_avoided : is_not_avoided)(call);
}
END_TEST

static const char *const lists[] = { "pidfd_send_signal,close_range", "nonsense,,close_range,,pidfd_send_signal,",
				     "pidfd_send_signal,pidfd_opens,close_range, all,ALL,al" };

START_TEST(several_and_nothing_else)
{
	avoid(lists[_i]);
	sandbox_kills(&(struct use){ SYS_pidfd_send_signal });
	sandbox_kills(&(struct use){ SYS_close_range });
	call_everything();
	is_avoided(LIBPIDFD_CALL_SEND_SIGNAL);
	is_avoided(LIBPIDFD_CALL_CLOSE_RANGE);
	is_avoided(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC);
	for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_GET_INFO; call++)
		if (call != LIBPIDFD_CALL_SEND_SIGNAL)
			is_not_avoided(call);
}
END_TEST

static const char *const empty_lists[] = { "", ",", "pidfd", "pidfd_ope", "nonsense", "PIDFD_OPEN", "pidfd_open;all" };

START_TEST(unknown_names_are_passed_over)
{
	avoid(empty_lists[_i]);
	for (enum libpidfd_call call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
		is_not_avoided(call);
}
END_TEST

START_TEST(it_is_read_once)
{
	avoid("");
	is_not_avoided(LIBPIDFD_CALL_OPEN);
	avoid("all");
	is_not_avoided(LIBPIDFD_CALL_OPEN);
	is_not_avoided(LIBPIDFD_CALL_SEND_SIGNAL);
}
END_TEST

/* Were it not avoided, it would be seen. */
START_TEST(the_filter_kills)
{
	int status;

	if (under_valgrind())
		skip_because("valgrind does not make the call");
	avoid("");
	sandbox_kills(&(struct use){ SYS_pidfd_send_signal });

	pid_t child = fork();

	if (child == 0) {
		raw_pidfd_send_signal(-1, 0, NULL, 0);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(WTERMSIG(status), SIGSYS);
}
END_TEST

TESTS(TEST_EACH(one, calls), TEST(all), TEST(poll_alone), TEST_EACH(several_and_nothing_else, lists),
      TEST_EACH(unknown_names_are_passed_over, empty_lists), TEST(it_is_read_once), TEST(the_filter_kills))
