/*
 * pidfd_spawn and pidfd_spawnp start what posix_spawn and posix_spawnp start, in the same state, with each attribute and each
 * action, or fail as they do. The program tells its state itself: a shell, by what is built in.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "quirks.h"
#include "run.h"

/* Group, session, foreground group, nice value, scheduler, IDs, signals, directory, umask, descriptors. */
static char script[] =
	"read -r stat </proc/$$/stat; set -- ${stat##*) }; "
	"for id in $3 $4 $6; do if [ $id = $$ ]; then echo own; else echo $id; fi; done; "
	"shift 9; echo $7 $8; shift 9; shift 9; shift 9; echo $2 $3; "
	"while read -r line; do case $line in Uid*|Gid*|Groups*|SigBlk*|SigIgn*) echo $line;; esac; done "
	"</proc/$$/status; pwd -P; umask; echo $0 $GIVEN; "
	"for fd in /proc/$$/fd/*; do info=${fd%fd/*}fdinfo/${fd##*/}; [ ! -e $info ] || { echo ${fd##*/}; "
	"while read -r line; do case $line in flags*) echo $line;; esac; done <$info; }; done";
static char self[] = "name", option[] = "-c", zero[] = "zero", variable[] = "GIVEN=this and that";

static char *report[] = { self, option, script, zero, NULL }, *given[] = { variable, NULL };
static char **report_argv = report, **report_envp = given;
static const char *program = "/bin/sh";
static posix_spawn_file_actions_t actions;
static posix_spawnattr_t attributes;
static bool search;
static int told[2];

/* What it told, until it had ended. */
static int read_report(char *text, size_t size)
{
	ssize_t length = read(told[0], text, size - 1);

	text[length > 0 ? length : 0] = '\0';
	return 0;
}

static int by_posix_spawn(char *text, size_t size)
{
	int status;
	pid_t pid = -1;
	int error =
		(search ? posix_spawnp : posix_spawn)(&pid, program, &actions, &attributes, report_argv, report_envp);

	if (error)
		return error;
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	must_have_proc();
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		skip_because("a filter kills libc's posix_spawn");
	ck_assert_int_eq(status, 0);
	return read_report(text, size);
}

static int by_pidfd_spawn(char *text, size_t size)
{
	int pidfd = -7, status, error;

	errno = EXDEV;
	error = (search ? pidfd_spawnp : pidfd_spawn)(&pidfd, program, &actions, &attributes, report_argv, report_envp);
	ck_assert_int_eq(errno, EXDEV);
	if (error) {
		ck_assert_int_eq(pidfd, -7);
		return error;
	}
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_gt(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), 0);
	ck_assert_int_eq(status, 0);
	close(pidfd);
	return read_report(text, size);
}

static void begin(void)
{
	ck_assert_int_eq(pipe2(told, O_CLOEXEC | O_NONBLOCK), 0);
	ck_assert_int_eq(dup2(told[1], STDOUT_FILENO), STDOUT_FILENO);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
}

static void end(void)
{
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	close(told[0]);
	close(told[1]);
}

/* With ERROR, or 0 and the same report. */
static void both_do(int error)
{
	static char theirs[8192], ours[8192];

	int theirs_fails;

	if (error)
		spawn_must_tell_errors();
	theirs_fails = by_posix_spawn(theirs, sizeof(theirs));
	if (theirs_fails != error)
		must_not_be_gvisor("posix_spawn fails otherwise, or not at all");
	ck_assert_int_eq(theirs_fails, error);
	ck_assert_int_eq(by_pidfd_spawn(ours, sizeof(ours)), error);
	if (error == 0) {
		ck_assert_uint_gt(strlen(theirs), 100);
		/* Signals of libc's own, which some of its versions leave ignored. */
		for (char *line = strstr(theirs, "SigIgn"), *other = strstr(ours, "SigIgn"); line && other;
		     line = NULL) {
			unsigned long long a, b, internal = 7ULL << 31;

			ck_assert_int_eq(sscanf(line, "SigIgn: %llx", &a), 1);
			ck_assert_int_eq(sscanf(other, "SigIgn: %llx", &b), 1);
			ck_assert_uint_eq(a & ~internal, b & ~internal);
			memset(line, '.', 24);
			memset(other, '.', 24);
		}
		ck_assert_str_eq(theirs, ours);
	}
}

/* A test whose body sets up what is asked for, and has both_do it. */
#define CASE(name)                          \
	static void name##_asked_for(void); \
	START_TEST(name)                    \
	{                                   \
		begin();                    \
		name##_asked_for();         \
		end();                      \
	}                                   \
	END_TEST                            \
	static void name##_asked_for(void)

static void with_flags(int flags)
{
	ck_assert_int_eq(posix_spawnattr_setflags(&attributes, (short)flags), 0);
}

static void handle(int sig)
{
	(void)sig;
}

static sigset_t set_of(int a, int b)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, a);
	sigaddset(&set, b);
	return set;
}

CASE(nothing)
{
	both_do(0);
}

CASE(a_process_group_of_its_own)
{
	with_flags(POSIX_SPAWN_SETPGROUP);
	both_do(0);
}

CASE(the_process_group_of_another)
{
	struct child leader = child_waiting();

	ck_assert_int_eq(setpgid(leader.pid, leader.pid), 0);
	posix_spawnattr_setpgroup(&attributes, leader.pid);
	with_flags(POSIX_SPAWN_SETPGROUP);
	both_do(0);
	child_end(&leader);
}

CASE(a_process_group_that_is_not_to_be_joined)
{
	posix_spawnattr_setpgroup(&attributes, INT_MAX);
	with_flags(POSIX_SPAWN_SETPGROUP);
	both_do(EPERM);
}

CASE(a_session)
{
	with_flags(POSIX_SPAWN_SETSID);
	both_do(0);
}

CASE(a_session_before_a_process_group)
{
	with_flags(POSIX_SPAWN_SETSID | POSIX_SPAWN_SETPGROUP);
	both_do(EPERM);
}

CASE(signals_blocked_before)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN);

	sigprocmask(SIG_BLOCK, &set, NULL);
	both_do(0);
	sigprocmask(SIG_BLOCK, NULL, &set);
	ck_assert(sigismember(&set, SIGUSR1) && !sigismember(&set, SIGUSR2));
}

CASE(a_signal_mask)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMAX);

	sigprocmask(SIG_BLOCK, &set, NULL);
	set = set_of(SIGHUP, SIGRTMIN + 1);
	posix_spawnattr_setsigmask(&attributes, &set);
	with_flags(POSIX_SPAWN_SETSIGMASK);
	both_do(0);
}

/* With libc's own, which it blocks in no program. */
CASE(a_mask_of_all_signals)
{
	sigset_t set;

	memset(&set, 0xff, sizeof(set));
	posix_spawnattr_setsigmask(&attributes, &set);
	with_flags(POSIX_SPAWN_SETSIGMASK);
	both_do(0);
}

CASE(signals_ignored_and_handled_before)
{
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, handle);
	signal(SIGRTMIN, SIG_IGN);
	both_do(0);
}

CASE(signals_to_default)
{
	sigset_t set = set_of(SIGUSR1, SIGRTMIN);

	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR2, SIG_IGN);
	signal(SIGHUP, handle);
	signal(SIGRTMIN, SIG_IGN);
	posix_spawnattr_setsigdefault(&attributes, &set);
	with_flags(POSIX_SPAWN_SETSIGDEF);
	both_do(0);
}

CASE(a_scheduler)
{
	posix_spawnattr_setschedpolicy(&attributes, SCHED_BATCH);
	with_flags(POSIX_SPAWN_SETSCHEDULER);
	both_do(0);
}

CASE(a_real_time_scheduler)
{
	const struct sched_param third = { .sched_priority = 3 }, none = { 0 };

	/* For root of a user namespace the capability is not enough. */
	if (sched_setscheduler(0, SCHED_RR, &third) < 0)
		skip_because("SCHED_RR: %s", strerror(errno));
	ck_assert_int_eq(sched_setscheduler(0, SCHED_OTHER, &none), 0);
	posix_spawnattr_setschedpolicy(&attributes, SCHED_RR);
	posix_spawnattr_setschedparam(&attributes, &third);
	with_flags(POSIX_SPAWN_SETSCHEDULER | POSIX_SPAWN_SETSCHEDPARAM);
	both_do(0);
}

CASE(a_priority_that_the_policy_does_not_have)
{
	posix_spawnattr_setschedparam(&attributes, &(struct sched_param){ .sched_priority = 3 });
	with_flags(POSIX_SPAWN_SETSCHEDPARAM);
	both_do(EINVAL);
}

CASE(the_effective_user)
{
	must_be_root();
	ck_assert_int_eq(setegid(NOBODY), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	both_do(0);
}

CASE(the_real_user)
{
	must_be_root();
	ck_assert_int_eq(setegid(NOBODY), 0);
	ck_assert_int_eq(seteuid(NOBODY), 0);
	with_flags(POSIX_SPAWN_RESETIDS);
	both_do(0);
}

CASE(the_real_user_who_is_not_root)
{
	must_be_root();
	ck_assert_int_eq(setresgid(NOBODY, 0, 0), 0);
	ck_assert_int_eq(setresuid(NOBODY, 0, 0), 0);
	with_flags(POSIX_SPAWN_RESETIDS);
	both_do(0);
}

CASE(a_fork_that_is_a_vfork)
{
	with_flags(POSIX_SPAWN_USEVFORK);
	both_do(0);
}

/* glibc 2.39's; with an older one the library finds this. */
#ifndef POSIX_SPAWN_SETCGROUP
#define POSIX_SPAWN_SETCGROUP 0x100
static int given_cgroup;

int posix_spawnattr_getcgroup_np(const posix_spawnattr_t *restrict unused, int *restrict cgroup);
int posix_spawnattr_getcgroup_np(const posix_spawnattr_t *restrict unused, int *restrict cgroup)
{
	(void)unused;
	*cgroup = given_cgroup;
	return 0;
}

static void set_cgroup(int cgroup)
{
	given_cgroup = cgroup;
	attributes.__flags = POSIX_SPAWN_SETCGROUP;
}
#else
static void set_cgroup(int cgroup)
{
	posix_spawnattr_setcgroup_np(&attributes, cgroup);
	with_flags(POSIX_SPAWN_SETCGROUP);
}
#endif

/* Of either version. -1: none can be made. */
static int make_cgroup(char *path, size_t size)
{
	const char *const roots[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/pids" };
	int cgroup, procs;

	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		snprintf(path, size, "%s/pidfd_spawn.%d", roots[i], (int)getpid());
		if (mkdir(path, 0700) < 0)
			continue;
		cgroup = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		/* Not by faccessat: glibc's makes faccessat2, of 5.8, for which a filter may kill. */
		procs = openat(cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
		close(procs);
		if (procs >= 0)
			return cgroup;
		close(cgroup);
		rmdir(path);
	}
	return -1;
}

/* posix_spawn does it with glibc 2.39 and Linux 5.7 only. */
CASE(a_cgroup)
{
	static char tell_cgroups[] = "while read -r line; do echo $line; done </proc/self/cgroup";
	char *argv[] = { self, option, tell_cgroups, NULL }, path[128], text[8192];
	int error, cgroup = make_cgroup(path, sizeof(path));

	if (cgroup < 0)
		skip_because("no cgroup: %s", strerror(errno));
	report_argv = argv;
	set_cgroup(cgroup);
	error = by_pidfd_spawn(text, sizeof(text));
	close(cgroup);
	rmdir(path);
	ck_assert_int_eq(error, 0);
	ck_assert_ptr_nonnull(strstr(text, strrchr(path, '/')));
	set_cgroup(900);
	spawn_must_tell_errors();
	ck_assert_int_eq(by_pidfd_spawn(text, sizeof(text)), EBADF);
}

static void add_open(int fd, const char *path, int flags)
{
	ck_assert_int_eq(posix_spawn_file_actions_addopen(&actions, fd, path, flags, 0640), 0);
}

static void add_dup2(int fd, int to)
{
	ck_assert_int_eq(posix_spawn_file_actions_adddup2(&actions, fd, to), 0);
}

static void add_close(int fd)
{
	ck_assert_int_eq(posix_spawn_file_actions_addclose(&actions, fd), 0);
}

CASE(files_opened)
{
	add_open(5, "/", O_RDONLY | O_DIRECTORY);
	add_open(7, "/dev/null", O_WRONLY | O_APPEND);
	add_open(5, "/dev/null", O_RDWR);
	add_open(8, "/dev/null", O_RDONLY | O_CLOEXEC);
	both_do(0);
}

CASE(a_file_made)
{
	char file[] = "/tmp/pidfd_spawn.XXXXXX/file";
	struct stat first, second;

	both_do(0); /* or it is skipped, before there is anything to remove */
	*strrchr(file, '/') = '\0';
	ck_assert_ptr_nonnull(mkdtemp(file));
	file[strlen(file)] = '/';
	umask(027);
	add_open(9, file, O_CREAT | O_EXCL | O_RDWR);
	program = "/bin/true";
	ck_assert_int_eq(by_posix_spawn((char[2]){ 0 }, 2), 0);
	ck_assert_int_eq(stat(file, &first), 0);
	unlink(file);
	ck_assert_int_eq(by_pidfd_spawn((char[2]){ 0 }, 2), 0);
	ck_assert_int_eq(stat(file, &second), 0);
	unlink(file);
	*strrchr(file, '/') = '\0';
	rmdir(file);
	ck_assert_uint_eq(first.st_mode, second.st_mode);
}

CASE(a_file_that_is_not_there)
{
	add_open(5, "/nowhere/file", O_RDONLY);
	both_do(ENOENT);
}

CASE(a_file_in_the_place_of_the_last_descriptor)
{
	struct rlimit before, limit;

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = 16;
	for (int fd = 3; fd < 16; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			add_dup2(STDERR_FILENO, fd);
		else
			fcntl(fd, F_SETFD, 0);
	add_open(15, "/", O_RDONLY | O_DIRECTORY);
	for (int fd = 10; fd < 15; fd++)
		add_close(fd); /* for the shell and its loader */
	setrlimit(RLIMIT_NOFILE, &limit);
	both_do(0);
	setrlimit(RLIMIT_NOFILE, &before);
}

CASE(descriptors_duplicated)
{
	add_dup2(STDOUT_FILENO, 6);
	add_dup2(6, 12);
	add_dup2(STDERR_FILENO, 6);
	both_do(0);
}

CASE(a_descriptor_kept_open)
{
	int fd = dup(STDERR_FILENO);

	fcntl(fd, F_SETFD, FD_CLOEXEC);
	add_dup2(fd, fd);
	both_do(0);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
}

CASE(no_descriptor_duplicated)
{
	add_dup2(40, 41);
	both_do(EBADF);
}

CASE(no_descriptor_kept_open)
{
	add_dup2(40, 40);
	both_do(EBADF);
}

CASE(descriptors_closed)
{
	add_dup2(STDERR_FILENO, 5);
	add_dup2(STDERR_FILENO, 6);
	add_close(5);
	add_close(5);
	add_close(STDIN_FILENO);
	both_do(0);
}

CASE(a_descriptor_beyond_the_limit_closed)
{
	struct rlimit before, limit;

	getrlimit(RLIMIT_NOFILE, &before);
	limit = before;
	limit.rlim_cur = 50;
	add_close(60);
	setrlimit(RLIMIT_NOFILE, &limit);
	both_do(EBADF);
	setrlimit(RLIMIT_NOFILE, &before);
}

CASE(another_directory)
{
	posix_spawn_file_actions_addchdir_np(&actions, "/");
	posix_spawn_file_actions_addchdir_np(&actions, "usr");
	add_open(5, "../usr/bin", O_RDONLY | O_DIRECTORY);
	both_do(0);
}

CASE(no_directory)
{
	posix_spawn_file_actions_addchdir_np(&actions, "/dev/null");
	both_do(ENOTDIR);
}

CASE(an_open_directory)
{
	add_open(5, "/usr", O_RDONLY | O_DIRECTORY);
	posix_spawn_file_actions_addfchdir_np(&actions, 5);
	add_close(5);
	both_do(0);
}

CASE(no_open_directory)
{
	posix_spawn_file_actions_addfchdir_np(&actions, 41);
	both_do(EBADF);
}

/* glibc 2.34 and 2.35; musl has neither. */
// NOLINTBEGIN(readability-redundant-declaration): weak, as libc's own are not
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int) __attribute__((weak));
int posix_spawn_file_actions_addtcsetpgrp_np(posix_spawn_file_actions_t *, int) __attribute__((weak));
// NOLINTEND(readability-redundant-declaration)

static void add_closefrom(int from)
{
	if (!posix_spawn_file_actions_addclosefrom_np)
		skip_because("this libc has no posix_spawn_file_actions_addclosefrom_np");
	posix_spawn_file_actions_addclosefrom_np(&actions, from);
}

static void add_tcsetpgrp(int terminal)
{
	if (!posix_spawn_file_actions_addtcsetpgrp_np)
		skip_because("this libc has no posix_spawn_file_actions_addtcsetpgrp_np");
	posix_spawn_file_actions_addtcsetpgrp_np(&actions, terminal);
}

CASE(all_descriptors_closed_from_one_on)
{
	add_dup2(STDERR_FILENO, 6);
	add_dup2(STDERR_FILENO, 7);
	add_dup2(STDERR_FILENO, 900);
	add_closefrom(7);
	add_dup2(STDERR_FILENO, 30);
	both_do(0);
}

/* The caller leads a session without a terminal. */
static int on_terminal(int talk, void *unused)
{
	static char theirs[8192], ours[8192];
	int terminal, other = posix_openpt(O_RDWR | O_CLOEXEC);

	(void)talk, (void)unused;
	if (setsid() < 0 || other < 0 || grantpt(other) < 0 || unlockpt(other) < 0)
		skip_because("no terminal: %s", strerror(errno));
	terminal = open(ptsname(other), O_RDWR | O_CLOEXEC);
	add_tcsetpgrp(terminal);
	with_flags(POSIX_SPAWN_SETPGROUP);
	if (terminal < 0 || by_posix_spawn(theirs, sizeof(theirs)) != 0)
		return 1;
	if (by_pidfd_spawn(ours, sizeof(ours)) != 0)
		return 2;
	/* Group, session, and the group in the foreground, which is the first. */
	return !strstr(ours, "\nown\n") || strncmp(ours, "own\n", 4) != 0 || strncmp(theirs, ours, 30) != 0;
}

CASE(the_foreground_of_a_terminal)
{
	struct child child = child_start(on_terminal, NULL);
	int status = child_reap(&child);

	end_if_skipped();
	if (status != 0)
		must_not_be_gvisor("its terminals' foreground");
	ck_assert_int_eq(status, 0);
}

CASE(the_foreground_of_no_terminal)
{
	add_tcsetpgrp(told[0]);
	both_do(ENOTTY);
}

CASE(no_program)
{
	program = "/nowhere/program";
	both_do(ENOENT);
}

CASE(no_name)
{
	program = "";
	both_do(ENOENT);
	search = true;
	both_do(ENOENT);
}

CASE(a_directory_for_a_program)
{
	program = "/";
	both_do(EACCES);
	search = true;
	both_do(EACCES);
}

CASE(a_program_below_a_file)
{
	program = "/dev/null/program";
	both_do(ENOTDIR);
}

CASE(too_much_to_pass_on)
{
	static char *too_much[40000];

	for (int i = 0; i < 39999; i++)
		too_much[i] = script;
	report_argv = too_much;
	both_do(E2BIG);
}

CASE(no_environment)
{
	report_envp = NULL;
	both_do(0);
}

/* In a directory of its own, first on PATH. */
static void with_file(const char *text, mode_t mode, int error)
{
	char directory[] = "/tmp/pidfd_spawn.XXXXXX", file[64], path[128];
	int fd;

	spawn_must_tell_errors();
	both_do(0); /* or it is skipped, before there is anything to remove */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(file, sizeof(file), "%s/spawned_program", directory);
	fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	fchmod(fd, mode);
	close(fd);
	snprintf(path, sizeof(path), "/nowhere:%s:/usr/bin", directory);
	setenv("PATH", path, 1);
	program = "spawned_program";
	search = true;
	both_do(error);
	program = file;
	both_do(error);
	search = false;
	both_do(error);
	unlink(file);
	rmdir(directory);
}

CASE(a_file_that_may_not_be_executed)
{
	with_file("#!/bin/sh\n", 0600, EACCES);
}

CASE(a_file_without_a_format)
{
	with_file("exit 0\n", 0700, ENOEXEC);
}

CASE(a_file_without_an_interpreter)
{
	with_file("#!/nowhere/sh\n", 0700, ENOENT);
}

static void on_path(const char *path, const char *file, int error)
{
	if (path)
		setenv("PATH", path, 1);
	else
		unsetenv("PATH");
	search = true;
	program = file;
	both_do(error);
}

CASE(on_the_path)
{
	static char too_long[PATH_MAX + NAME_MAX];

	on_path("/nowhere:/usr/bin:/bin", "sh", 0);
	on_path("/dev/null::/bin", "sh", 0);
	on_path("/bin:/nowhere", "nosuchprogram", ENOENT);
	on_path("/bin:/dev/null", "nosuchprogram", ENOTDIR);
	on_path(NULL, "sh", 0);
	chdir("/bin");
	on_path("/nowhere:", "sh", 0);
	on_path("", "sh", 0);
	on_path("/nowhere", "./sh", 0);
	memset(too_long, 'a', sizeof(too_long) - 1);
	on_path("/bin", too_long, ENAMETOOLONG);
	memcpy(too_long + sizeof(too_long) - 8, ":/bin", 6);
	on_path(too_long, "sh", 0);
}

static int error_on_little_stack;

static void *spawn_on_little_stack(void *unused)
{
	static char file[] = "true", *argv[] = { file, NULL };
	static posix_spawn_file_actions_t *const lists[] = { NULL, &actions };
	int error = 0, pidfd = -1;

	for (int i = 0; i < 4 && error == 0; i++) {
		error = (i < 2 ? pidfd_spawn : pidfd_spawnp)(&pidfd, i < 2 ? "/bin/true" : file, lists[i % 2],
							     &attributes, argv, NULL);
		close(pidfd);
	}
	error_on_little_stack = error;
	return unused;
}

CASE(from_a_thread_with_the_least_stack)
{
	const long least = sysconf(_SC_THREAD_STACK_MIN), in_glibc = 16384; /* musl's has no room for posix_spawn */
	pthread_attr_t little;
	pthread_t thread;

#ifdef __SANITIZE_ADDRESS__
	skip_because("AddressSanitizer takes more");
#endif
	add_open(5, "/dev/null", O_RDONLY);
	add_dup2(5, STDOUT_FILENO);
	if (posix_spawn_file_actions_addclosefrom_np)
		add_closefrom(6);
	ck_assert_int_eq(pthread_attr_init(&little), 0);
	ck_assert_int_eq(pthread_attr_setstacksize(&little, (size_t)(least > in_glibc ? least : in_glibc)), 0);
	ck_assert_int_eq(pthread_create(&thread, &little, spawn_on_little_stack, NULL), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(error_on_little_stack, 0);
	for (int i = 0, status; i < 4; i++) {
		ck_assert_int_gt(waitpid(-1, &status, 0), 0);
		ck_assert_int_eq(status, 0);
	}
}

TESTS(TEST(nothing), TEST(a_process_group_of_its_own), TEST(the_process_group_of_another),
      TEST(a_process_group_that_is_not_to_be_joined), TEST(a_session), TEST(a_session_before_a_process_group),
      TEST(signals_blocked_before), TEST(a_signal_mask), TEST(a_mask_of_all_signals),
      TEST(signals_ignored_and_handled_before), TEST(signals_to_default), TEST(a_scheduler),
      TEST(a_real_time_scheduler), TEST(a_priority_that_the_policy_does_not_have), TEST(the_effective_user),
      TEST(the_real_user), TEST(the_real_user_who_is_not_root), TEST(a_fork_that_is_a_vfork), TEST(a_cgroup),
      TEST(files_opened), TEST(a_file_made), TEST(a_file_that_is_not_there),
      TEST(a_file_in_the_place_of_the_last_descriptor), TEST(descriptors_duplicated), TEST(a_descriptor_kept_open),
      TEST(no_descriptor_duplicated), TEST(no_descriptor_kept_open), TEST(descriptors_closed),
      TEST(a_descriptor_beyond_the_limit_closed), TEST(another_directory), TEST(no_directory), TEST(an_open_directory),
      TEST(no_open_directory), TEST(all_descriptors_closed_from_one_on), TEST(the_foreground_of_a_terminal),
      TEST(the_foreground_of_no_terminal), TEST(no_program), TEST(no_name), TEST(a_directory_for_a_program),
      TEST(a_program_below_a_file), TEST(too_much_to_pass_on), TEST(no_environment),
      TEST(a_file_that_may_not_be_executed), TEST(a_file_without_a_format), TEST(a_file_without_an_interpreter),
      TEST(on_the_path), TEST(from_a_thread_with_the_least_stack))
