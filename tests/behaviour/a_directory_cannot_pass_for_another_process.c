/*
 * Who sends a directory of /proc as a pidfd cannot have it pass for a process that it is not: whatever was mounted over what is
 * in it, or it was mounted over, nobody else is named, signalled or waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "environment.h"
#include "kinds.h"
#include "passing.h"
#include "receiver.h"
#include "run.h"

static pid_t victim;

static void have_tmp(const char *filesystem)
{
	must(mount("none", "/tmp", filesystem, MS_NOSUID | MS_NODEV, NULL), "mount on /tmp");
}

static void mount_over(const char *path, const char *what)
{
	must(mount(what, path, "none", MS_BIND, NULL), "bind mount");
}

static int open_at(pid_t pid)
{
	int fd = open_proc_of(pid, 0);

	must(fd, "directory of /proc");
	return fd;
}

static int with_the_status_of_another(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/status", (int)victim);
	mount_over("/proc/self/status", path);
	return open_at(getpid());
}

static int with_a_status_of_its_own(void)
{
	FILE *file;

	have_tmp("tmpfs");
	file = fopen("/tmp/status", "w");
	if (!file)
		skip_because("/tmp/status: %s", strerror(errno));
	fprintf(file,
		"Name:\tx\nState:\tS (sleeping)\nTgid:\t%d\nPid:\t%d\nUid:\t0\t0\t0\t0\nSigQ:\t0/1000\nNSpid:\t%d\n",
		(int)victim, (int)victim, (int)victim);
	fclose(file);
	mount_over("/proc/self/status", "/tmp/status");
	return open_at(getpid());
}

/* Process 1 of a PID namespace, with one of the victim's number and the other's /proc on /tmp. */
static void have_a_namesake(void)
{
	pid_t pid;

	must(unshare(CLONE_NEWPID), "PID namespace");
	pid = fork();
	must(pid, "fork");
	if (pid > 0) {
		waitpid(pid, NULL, 0);
		_exit(0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	have_tmp("proc");
	do {
		pid = fork();
		must(pid, "fork");
		if (pid == 0)
			for (;;)
				pause();
	} while (pid < victim);
	if (pid > victim)
		skip_because("no process of that number");
}

static int over_another_in_its_proc(void)
{
	char path[64], namesake[64];

	have_a_namesake();
	snprintf(namesake, sizeof(namesake), "/tmp/%d", (int)victim);
	snprintf(path, sizeof(path), "/proc/%d", (int)victim);
	mount_over(path, namesake);
	return open_at(victim);
}

/* DIRECTORY where, beside it, the caller's own status seems to be that of DIRECTORY's process. */
static int in_what_looks_like_proc(const char *directory)
{
	char status[64];

	must(mount("none", "/mnt", "tmpfs", MS_NOSUID | MS_NODEV, NULL), "mount on /mnt");
	must(mkdir("/mnt/x", 0755), "/mnt/x");
	must(mkdir("/mnt/thread-self", 0755), "/mnt/thread-self");
	must(creat("/mnt/thread-self/status", 0644), "/mnt/thread-self/status");
	snprintf(status, sizeof(status), "%s/status", directory);
	mount_over("/mnt/thread-self/status", status);
	mount_over("/mnt/x", directory);
	return open("/mnt/x", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int over_what_looks_like_proc(void)
{
	char namesake[32];

	have_a_namesake();
	snprintf(namesake, sizeof(namesake), "/tmp/%d", (int)victim);
	return in_what_looks_like_proc(namesake);
}

static int with_the_caller_for_itself(void)
{
	char directory[32];

	snprintf(directory, sizeof(directory), "/proc/%d", (int)victim);
	return in_what_looks_like_proc(directory);
}

static int (*const tricks[])(void) = {
	with_the_status_of_another,
	with_a_status_of_its_own,
	over_another_in_its_proc,
	over_what_looks_like_proc,
};
static int (*trick)(void);

static int deceive(int talk, void *unused)
{
	int fd;

	signal(SIGUSR1, SIG_IGN); /* the kernel's own call finds its process */
	leave_mount_namespace();
	fd = trick();
	if (!fd_pass(talk, fd))
		return 1;
	return child_obeys(talk, unused);
}

/* The kernel says that a mount is in the way; or nothing proves the number. */
static void is_seen_through(void)
{
	ck_assert(errno == EREMOTE || errno == ENOSYS);
}

static int directory_from(struct child *deceiver)
{
	int pidfd;

	*deceiver = child_start(deceive, NULL);
	pidfd = fd_receive(deceiver->talk, NULL);
	if (pidfd < 0)
		end_if_skipped();
	ck_assert_int_ge(pidfd, 0);
	return pidfd;
}

static void is_not_taken_in(void)
{
	bool is_native = libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
	struct child bystander = receiver_start(), deceiver;
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };
	int pidfd;

	victim = bystander.pid;
	pidfd = directory_from(&deceiver);

	errno = 0;
	ck_assert_int_eq(pidfd_getpid(pidfd), -1);
	is_seen_through();
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGUSR1, NULL, 0), is_native ? 0 : -1);
	if (!is_native)
		is_seen_through();
	pidfd_send_signal(pidfd, SIGUSR1, &info, 0);
	ck_assert_int_eq(receiver_next(&bystander, NULL), 0);

	child_exit_with(&bystander, 5);
	errno = 0;
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG), -1);
	ck_assert(errno == ECHILD || errno == ENOSYS);
	ck_assert_int_eq(WEXITSTATUS(child_reap(&bystander)), 5);
	child_end(&deceiver);
	close(pidfd);
}

START_TEST(a_deceiver)
{
	trick = tricks[_i];
	in_pid_namespace(is_not_taken_in);
}
END_TEST

/* To oneself a signal goes by number, which nobody else can be given meanwhile. */
static void is_not_taken_for_oneself(void)
{
	struct child receiver = receiver_start(), deceiver;
	siginfo_t info;
	int pidfd;

	victim = receiver.pid;
	pidfd = directory_from(&deceiver);
	errno = 0;
	if (pidfd_send_signal(pidfd, SIGUSR1, NULL, 0) < 0) {
		is_seen_through();
	} else {
		ck_assert_int_eq(receiver_next(&receiver, &info), SIGUSR1);
		if (libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) != LIBPIDFD_PATH_KERNEL)
			ck_assert_int_ne(info.si_code, SI_USER);
	}
	ck_assert_int_eq(receiver_next(&receiver, NULL), 0);
	child_end(&deceiver);
	child_end(&receiver);
	close(pidfd);
}

START_TEST(one_who_has_the_caller_for_itself)
{
	trick = with_the_caller_for_itself;
	in_pid_namespace(is_not_taken_for_oneself);
}
END_TEST

TESTS(TEST_EACH(a_deceiver, tricks), TEST(one_who_has_the_caller_for_itself))
