/*
 * pidfd_wait tells how a child ended as wait4 does, bit for bit, and as waitid does, and then it is reaped. ENDINGS in the
 * environment is how many are drawn by chance, 300 without.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "run.h"
#include "valgrind.h"

static void is_reaped(pid_t pid)
{
	ck_assert_int_eq(waitpid(pid, NULL, WNOHANG | __WALL), -1);
	ck_assert_int_eq(errno, ECHILD);
}

/* INFO against STATUS, which says the same in other words. */
static void agree(const siginfo_t *info, int status, pid_t pid)
{
	int code = WIFEXITED(status) ? CLD_EXITED : WCOREDUMP(status) ? CLD_DUMPED : CLD_KILLED;

	ck_assert_int_eq(info->si_signo, SIGCHLD);
	ck_assert_int_eq(info->si_errno, 0);
	ck_assert_int_eq(info->si_code, code);
	ck_assert_int_eq(info->si_pid, pid);
	ck_assert_int_eq(info->si_status, WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

static void ends_with(struct child *child, int expected)
{
	int pidfd = pidfd_open(child->pid, 0), status = ~expected;
	siginfo_t info;

	ck_assert_int_ge(pidfd, 0);
	errno = EXDEV;
	ck_assert_int_eq(pidfd_wait(pidfd, &status, &info, NULL, WEXITED, 0), child->pid);
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(status, expected);
	agree(&info, status, child->pid);
	ck_assert_uint_eq(info.si_uid, getuid());
	is_reaped(child->pid);
	close(pidfd);
	close(child->talk);
}

START_TEST(exit_codes)
{
	for (int code = 0; code < 256; code++) {
		struct child child = child_waiting();

		talk_say(child.talk, (unsigned char)code);
		ends_with(&child, code << 8);
	}
}
END_TEST

/* Without a core where its limit is 0. A signal that does not end a process has it exit with 99. */
static int die_of(int talk, void *argument)
{
	int sig = *(int *)argument;
	sigset_t set;

	(void)talk;
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	signal(sig, SIG_DFL);
	kill(getpid(), sig);
	return 99;
}

/* One after the other: of two that dump at once into the same file, one gives up. What wait4 said of the first. */
static int both_die_of(int sig)
{
	struct child one = child_start(die_of, &sig), other;
	int status = child_reap(&one);

	other = child_start(die_of, &sig);
	ends_with(&other, status);
	return status;
}

static bool stops(int sig)
{
	return sig == SIGSTOP || sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU;
}

START_TEST(signals)
{
	ck_assert_int_eq(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }), 0);
	for (int sig = 1; sig <= SIGRTMAX; sig++)
		if (!stops(sig) && !valgrind_keeps(sig))
			both_die_of(sig);
}
END_TEST

/* By signal, or with a code of 31 bits, of which wait4 shows eight. */
static pid_t end_somehow(bool by_signal, int number)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	if (pid > 0)
		return pid;
	if (by_signal)
		die_of(-1, &number);
	_exit(number);
}

static bool ends_a_process(int sig)
{
	return sig > 0 && !stops(sig) && sig != SIGCHLD && sig != SIGCONT && sig != SIGURG && sig != SIGWINCH &&
	       !valgrind_keeps(sig);
}

START_TEST(endings_by_chance)
{
	const char *given = getenv("ENDINGS");
	int endings = given ? atoi(given) : under_valgrind() ? 20 : 300, expected, status;
	unsigned int seed = (unsigned int)getpid();

	ck_assert_int_eq(setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 }), 0);
	printf("seed %u, %d endings\n", seed, endings);
	fflush(stdout);
	srand(seed);
	for (int i = 0; i < endings; i++) {
		int number = rand();
		bool by_signal = i % 2 && ends_a_process(number % 32);
		pid_t pid;
		int pidfd;

		if (by_signal)
			number %= 32;
		pid = end_somehow(by_signal, number);
		ck_assert_int_eq(wait4(pid, &expected, 0, NULL), pid);
		pid = end_somehow(by_signal, number);
		pidfd = pidfd_open(pid, 0);
		ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), pid);
		ck_assert_int_eq(status, expected);
		close(pidfd);
	}
}
END_TEST

static void go_where_cores_fall(char directory[])
{
	char pattern[256] = "/";
	int fd = open("/proc/sys/kernel/core_pattern", O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, pattern, sizeof(pattern)) < 0)
		pattern[0] = '/';
	close(fd);
	if (strchr("/|", pattern[0]))
		skip_because("cores would not stay here: core_pattern");
	if (setrlimit(RLIMIT_CORE, &(struct rlimit){ RLIM_INFINITY, RLIM_INFINITY }) < 0)
		skip_because("RLIMIT_CORE: %s", strerror(errno));
	if (!mkdtemp(directory) || chdir(directory) < 0)
		skip_because("%s: %s", directory, strerror(errno));
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *place)
{
	(void)stat, (void)type, (void)place;
	return remove(path);
}

START_TEST(a_core)
{
	char directory[] = "/tmp/libpidfd-core-XXXXXX";
	int status;

	go_where_cores_fall(directory);
	status = both_die_of(SIGQUIT);
	nftw(directory, remove_one, 4, FTW_DEPTH | FTW_PHYS);
	if (!WCOREDUMP(status))
		skip_because("no core is dumped here");
}
END_TEST

static int become_nobody(int talk, void *unused)
{
	become_user(NOBODY);
	talk_say(talk, 0);
	return child_obeys(talk, unused);
}

START_TEST(the_uid_of_the_child)
{
	must_be_root();

	struct child child = child_start(become_nobody, NULL);
	int pidfd = pidfd_open(child.pid, 0);
	siginfo_t info;

	ck_assert_int_eq(talk_hear(child.talk), 0);
	close(child.talk);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, &info, NULL, WEXITED, 0), child.pid);
	ck_assert_int_eq(info.si_uid, NOBODY);
	close(pidfd);
}
END_TEST

TESTS(TEST(exit_codes), TEST(signals), TEST(endings_by_chance), TEST(a_core), TEST(the_uid_of_the_child))
