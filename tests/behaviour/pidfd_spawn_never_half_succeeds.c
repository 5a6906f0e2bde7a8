/*
 * pidfd_spawn and pidfd_spawnp give the pidfd of the program that they started, or an error number, and then there is no
 * child, no zombie, no descriptor and no write to *PIDFD; whoever reaps, and however soon the program ends.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "creation.h"
#include "environment.h"
#include "fds.h"
#include "run.h"

static char shell[] = "sh", option[] = "-c", says_pid[] = "echo $$";
static char *nothing[] = { shell, NULL }, *pid_teller[] = { shell, option, says_pid, NULL };

static atomic_bool over;
static bool others_reap; /* so that nothing is told by what is left to wait for */

/* All is as before, but for a child that was, if the result is 0. */
static int try(const char *program, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes)
{
	uint64_t before = open_fds();
	int pidfd = -7, error;

	errno = EXDEV;
	error = pidfd_spawn(&pidfd, program, actions, attributes, nothing, NULL);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(pidfd == -7, error != 0);
	if (error == 0) {
		ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
		if (!others_reap)
			ck_assert_int_gt(waitpid(-1, NULL, 0), 0); /* pidfd_wait may want a descriptor, or /proc */
		close(pidfd);
	}
	if (!others_reap) {
		ck_assert_int_eq(waitpid(-1, NULL, WNOHANG | __WALL), -1);
		ck_assert_int_eq(errno, ECHILD);
	}
	ck_assert_uint_eq(open_fds(), before);
	return error;
}

static const struct {
	const char *program;
	int error;
} programs[] = {
	{ "/nowhere/program", ENOENT },
	{ "/dev/null/program", ENOTDIR },
	{ "/", EACCES },
	{ "", ENOENT },
	{ NULL, EFAULT },
};

static void fail_in_each_way(void)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		ck_assert_int_eq(try(programs[i].program, NULL, NULL), programs[i].error);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 5, "/nowhere/file", O_RDONLY, 0);
	ck_assert_int_eq(try("/bin/true", &actions, NULL), ENOENT);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setpgroup(&attributes, 0x7fffffff);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	ck_assert_int_eq(try("/bin/true", NULL, &attributes), EPERM);
	posix_spawnattr_destroy(&attributes);
}

START_TEST(what_fails_in_the_child)
{
	spawn_must_tell_errors();
	fail_in_each_way();
	ck_assert_int_eq(pidfd_spawn(NULL, "/bin/true", NULL, NULL, nothing, NULL), EFAULT);
	ck_assert_int_eq(pidfd_spawnp(NULL, "true", NULL, NULL, nothing, NULL), EFAULT);
}
END_TEST

/* The program tells its PID, and ends: it is gone when it is asked about, if others reap. */
static void spawn_well(void)
{
	posix_spawn_file_actions_t actions;
	int ends[2], pidfd = -7;
	char text[16];
	ssize_t size;
	pid_t pid, r;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	ck_assert_int_eq(pidfd_spawn(&pidfd, "/bin/sh", &actions, NULL, pid_teller, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	size = read(ends[0], text, sizeof(text) - 1);
	ck_assert_int_gt((int)size, 0);
	text[size] = '\0';
	pid = atoi(text);
	r = pidfd_getpid(pidfd);
	ck_assert(r == pid || (others_reap && r == -1 && errno == ESRCH));
	ck_assert_int_eq(pidfd_poll(&(struct pollfd){ .fd = pidfd, .events = POLLIN }, 1, -1), 1);
	r = pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0);
	ck_assert_msg(r == pid || (others_reap && r == -1 && errno == ECHILD), "%d of %d: %s", (int)r, (int)pid,
		      strerror(errno));
	close(pidfd);
	close(ends[0]);
}

static void *reap_any(void *unused)
{
	while (waitpid(-1, NULL, __WALL) > 0 || !over)
		;
	return unused;
}

START_TEST(another_thread_reaps_any_child)
{
	int rounds = under_valgrind() ? 5 : 30;
	pthread_t thread;

	spawn_must_tell_errors();
	others_reap = true;
	ck_assert_int_eq(pthread_create(&thread, NULL, reap_any, NULL), 0);
	for (int again = 0; again < rounds; again++) {
		spawn_well();
		fail_in_each_way();
		ck_assert_int_eq(try("/bin/true", NULL, NULL), 0);
	}
	over = true;
	pthread_join(thread, NULL);
	while (waitpid(-1, NULL, 0) > 0)
		;
}
END_TEST

static const struct sigaction unwanted[] = { { .sa_handler = SIG_IGN }, { .sa_flags = SA_NOCLDWAIT } };

START_TEST(zombies_are_not_wanted)
{
	int rounds = under_valgrind() ? 5 : 20;

	spawn_must_tell_errors();
	sigaction(SIGCHLD, &unwanted[_i], NULL);
	others_reap = true;
	for (int again = 0; again < rounds; again++) {
		spawn_well();
		fail_in_each_way();
	}
	while (waitpid(-1, NULL, 0) > 0)
		;
}
END_TEST

START_TEST(a_program_that_is_killed_at_once)
{
	for (int again = 0; again < 20; again++) {
		int pidfd, status;

		ck_assert_int_eq(pidfd_spawn(&pidfd, "/bin/true", NULL, NULL, nothing, NULL), 0);
		pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
		ck_assert_int_gt(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), 0);
		ck_assert(status == SIGKILL || status == 0);
		close(pidfd);
	}
	spawn_well();
}
END_TEST

/* One descriptor is free, then two and so on, so that each step of the way finds none. */
START_TEST(too_few_descriptors)
{
	posix_spawn_file_actions_t actions;
	struct full_table table;
	int error = EMFILE, pair[2];
	char trace[32]; /* that the child has run */

	if (under_valgrind())
		skip_because("valgrind has descriptors of its own, and does not survive a clone that fails");
	snprintf(trace, sizeof(trace), "/tmp/pidfd_spawn.%d", (int)getpid());
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 3, trace, O_WRONLY | O_CREAT, 0600);
	for (int fd = 3; fd < 20; fd++)
		posix_spawn_file_actions_addclose(&actions, fd); /* for the program's loader */
	table_fill(&table);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0) {
		table_empty(&table);
		skip_because("socketpair works in a full table");
	}
	ck_assert_int_eq(try("/bin/true", &actions, NULL), EMFILE);
	for (int given = 0; given < 5; given++) {
		int fd = __builtin_ctzll(table.ours);

		close(fd);
		table.ours &= ~(UINT64_C(1) << fd);
		error = try("/bin/true", &actions, NULL);
		ck_assert(error == 0 || (error == EMFILE && given < 2)); /* three are enough */
		ck_assert_int_eq(unlink(trace), error == 0 ? 0 : -1);
		ck_assert_int_eq(try("/nowhere/program", &actions, NULL), error ? error : ENOENT);
		unlink(trace);
	}
	table_empty(&table);
	posix_spawn_file_actions_destroy(&actions);
	ck_assert_int_eq(error, 0);
}
END_TEST

START_TEST(too_many_processes)
{
	struct rlimit before;

	if (under_valgrind())
		skip_because("valgrind does not survive a clone that fails");
	before = allow_no_process();
	ck_assert_int_eq(try("/bin/true", NULL, NULL), EAGAIN);
	setrlimit(RLIMIT_NPROC, &before);
}
END_TEST

/* What a child opens of itself is of no use where /proc tells other numbers; the kernel's pidfds need none. */
static void only_natively(void)
{
	bool native = libpidfd_path(LIBPIDFD_CALL_OPEN, NULL) == LIBPIDFD_PATH_KERNEL ||
		      libpidfd_path(LIBPIDFD_CALL_CLONE, NULL) == LIBPIDFD_PATH_KERNEL;

	ck_assert_int_eq(try("/bin/true", NULL, NULL), native ? 0 : ENOSYS);
}

START_TEST(no_proc)
{
	without_proc();
	only_natively();
}
END_TEST

START_TEST(the_proc_of_an_outer_namespace)
{
	in_pid_namespace_with_outer_proc(only_natively);
}
END_TEST

/* The number that /proc has for the next process, if nobody else makes one first. */
static pid_t next_outside(void)
{
	char text[16] = { 0 };
	int ends[2];

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);

	pid_t pid = fork();

	if (pid == 0) {
		ssize_t size = readlink("/proc/self", text, sizeof(text));

		_exit(size <= 0 || write(ends[1], text, (size_t)size) != size);
	}
	close(ends[1]);
	ck_assert_int_gt((int)read(ends[0], text, sizeof(text) - 1), 0);
	close(ends[0]);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	return atoi(text) + 1;
}

/* Such a child takes /proc for its parent's. */
static void until_one_has_the_same_number(void)
{
	int error = ENOSYS;

	for (int tries = 0; tries < 1000 && error == ENOSYS; tries++) {
		if (!child_will_have_pid(next_outside()))
			skip_because("can't choose a PID: %s", strerror(errno));
		error = try("/nowhere/program", NULL, NULL);
	}
	if (error == ENOSYS)
		skip_because("others were always faster");
	ck_assert_int_eq(error, ENOENT);
}

START_TEST(the_same_number_in_an_outer_namespace)
{
	spawn_must_tell_errors();
	in_pid_namespace_with_outer_proc(until_one_has_the_same_number);
}
END_TEST

/* As a program that changes the user is: unreadable, here. */
static char hidden[] = "/tmp/pidfd_spawn.XXXXXX/program";

static void make_hidden(void)
{
	int from = open("/bin/cat", O_RDONLY | O_CLOEXEC), to;
	struct stat cat;

	*strrchr(hidden, '/') = '\0';
	ck_assert_ptr_nonnull(mkdtemp(hidden));
	chmod(hidden, 0711);
	hidden[strlen(hidden)] = '/';
	to = open(hidden, O_WRONLY | O_CREAT | O_CLOEXEC, 0711);
	ck_assert_int_eq(fstat(from, &cat), 0);
	ck_assert_int_eq(sendfile(to, from, NULL, (size_t)cat.st_size), cat.st_size);
	fchmod(to, 0711);
	close(from);
	close(to);
}

static void spawn_hidden(void)
{
	posix_spawn_file_actions_t actions;
	int ends[2], pidfd, status;

	ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
	ck_assert_int_eq(pidfd_spawn(&pidfd, hidden, &actions, NULL, nothing, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[0]);
	close(ends[1]);
	ck_assert_int_gt(waitpid(-1, &status, 0), 0);
	ck_assert_int_eq(status, 0);
	close(pidfd);
}

static void do_nothing(void)
{
}

START_TEST(a_program_that_proc_hides)
{
	if (under_valgrind())
		skip_because("valgrind reads the program itself");
	must_be_root();
	in_pid_namespace_with_hidepid(do_nothing); /* or it is skipped, before there is anything to remove */
	make_hidden();
	in_pid_namespace_with_hidepid(spawn_hidden);
	unlink(hidden);
	*strrchr(hidden, '/') = '\0';
	rmdir(hidden);
}
END_TEST

static void handle(int sig)
{
	(void)sig;
}

/* Signals, of which each would end the program, come all the time; they are the caller's to handle, and the child's to have. */
START_TEST(a_storm_of_signals)
{
	pid_t parent = getpid(), sender;
	sigset_t set;

	spawn_must_tell_errors();
	sigaction(SIGUSR1, &(struct sigaction){ .sa_handler = handle }, NULL);
	sender = fork();
	if (sender == 0)
		for (;;)
			kill(parent, SIGUSR1);
	for (int again = 0; again < 50; again++)
		ck_assert_int_eq(pidfd_spawn(&(int){ -1 }, "/nowhere/program", NULL, NULL, nothing, NULL), ENOENT);
	sigprocmask(SIG_BLOCK, NULL, &set);
	ck_assert_int_eq(sigismember(&set, SIGUSR1), 0);
	signal(SIGUSR1, SIG_IGN); /* the last one may come in the wait */
	kill(sender, SIGKILL);
	ck_assert_int_eq(waitpid(-1, NULL, __WALL), sender);
}
END_TEST

/* A list as a later libc might make it: one action is of a kind that nobody knows. */
START_TEST(an_action_of_an_unknown_kind)
{
#ifdef __GLIBC__
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addclose(&actions, 40);
	posix_spawn_file_actions_addclose(&actions, 41);
	memset((char *)actions.__actions, 77, sizeof(int));
	ck_assert_int_eq(try("/bin/true", &actions, NULL), ENOSYS);
	memset((char *)actions.__actions, 0, sizeof(int));
	ck_assert_int_eq(try("/bin/true", &actions, NULL), 0);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_init(&attributes);
	attributes.__flags = 0x4000;
	ck_assert_int_eq(try("/bin/true", NULL, &attributes), ENOSYS);
	posix_spawnattr_destroy(&attributes);
#else
	skip_because("not glibc's");
#endif
}
END_TEST

TESTS(TEST(what_fails_in_the_child), TEST(another_thread_reaps_any_child), TEST_EACH(zombies_are_not_wanted, unwanted),
      TEST(a_program_that_is_killed_at_once), TEST(too_few_descriptors), TEST(too_many_processes), TEST(no_proc),
      TEST(the_proc_of_an_outer_namespace), TEST(the_same_number_in_an_outer_namespace),
      TEST(a_program_that_proc_hides), TEST(a_storm_of_signals), TEST(an_action_of_an_unknown_kind))
