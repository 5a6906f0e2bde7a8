#include "environment.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "run.h"

void must(int result, const char *what)
{
	if (result < 0)
		skip_because("%s: %s", what, strerror(errno));
}

void leave_mount_namespace(void)
{
	must(unshare(CLONE_NEWNS), "mount namespace");
	must(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL), "private mounts");
}

static int mount_proc(const char *options)
{
	return mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, options);
}

void without_proc(void)
{
	leave_mount_namespace();
	must(mount("none", "/proc", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL), "tmpfs over /proc");
}

/* unshare changes the PID namespace of children only, so that a process in between spares the test's own. */
static pid_t fork_into_pid_namespace(void)
{
	must(unshare(CLONE_NEWPID), "PID namespace");

	pid_t init = fork();

	must(init, "fork into a PID namespace");
	return init;
}

static int pass_on(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int be_init(int talk, void *unused)
{
	pid_t init = fork_into_pid_namespace();

	if (init > 0) {
		close(talk);
		return pass_on(init);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	must(mount_proc(NULL), "mount of /proc");
	talk_say(talk, 0);
	return child_obeys(talk, unused);
}

struct child with_foreign_proc(void)
{
	leave_mount_namespace();

	struct child child = child_start(be_init, NULL);

	if (talk_hear(child.talk) != 0) {
		end_if_skipped();
		ck_abort_msg("no process in a PID namespace of its own");
	}
	return child;
}

enum proc {
	OWN,
	OUTER,
	HIDEPID
};

static _Noreturn void be_body(enum proc proc, void (*body)(void))
{
	if (proc == HIDEPID) {
		become_user(NOBODY);
		if (access("/proc/1", F_OK) == 0)
			skip_because("hidepid=2 hides nothing here");
	}
	note_what_is_open();
	body();
	nothing_may_be_left();
	_exit(0);
}

/*
 * Process 1 is spared every signal that it has no handler for: the body is better another process. hidepid belongs to
 * the PID namespace before 5.8, so it is for a namespace of our own only.
 */
static _Noreturn void be_init_of_body(enum proc proc, void (*body)(void))
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (proc != OUTER) {
		leave_mount_namespace();
		must(mount_proc(proc == HIDEPID ? "hidepid=2" : NULL), "mount of /proc");
	}

	pid_t pid = fork();

	must(pid, "fork");
	if (pid == 0)
		be_body(proc, body);
	_exit(pass_on(pid));
}

/* What failed in the body is in check's records, which all processes of a test share; the status has to follow. */
static void run_inside(enum proc proc, void (*body)(void))
{
	pid_t between = fork();

	must(between, "fork");
	if (between == 0) {
		pid_t init = fork_into_pid_namespace();

		if (init == 0)
			be_init_of_body(proc, body);
		_exit(pass_on(init));
	}

	int status = pass_on(between);

	if (status)
		_exit(status);
	end_if_skipped();
}

void in_pid_namespace(void (*body)(void))
{
	run_inside(OWN, body);
}

void in_pid_namespace_with_outer_proc(void (*body)(void))
{
	run_inside(OUTER, body);
}

void in_pid_namespace_with_hidepid(void (*body)(void))
{
	run_inside(HIDEPID, body);
}

static bool write_into(const char *directory, const char *file, const char *text)
{
	char path[128];
	int fd;
	bool done;

	snprintf(path, sizeof(path), "%s/%s", directory, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return done;
}

/* Of v1, or of v2 where the controller is in use below. */
static void make_pids_cgroup(char *path, size_t size)
{
	static const char *const roots[] = { "/sys/fs/cgroup/pids", "/sys/fs/cgroup" };

	for (int i = 0; i < 2; i++) {
		snprintf(path, size, "%s/libpidfd-test-%d", roots[i], (int)getpid());
		if (mkdir(path, 0755) < 0)
			continue;
		if (write_into(path, "pids.max", "max"))
			return;
		rmdir(path);
	}
	skip_because("no cgroup with a limit of processes");
}

void in_pids_cgroup(int most, void (*body)(void))
{
	char path[64], limit[16];
	pid_t pid;
	int status;

	make_pids_cgroup(path, sizeof(path));
	snprintf(limit, sizeof(limit), "%d", most);
	pid = fork();
	if (pid == 0) {
		if (!write_into(path, "cgroup.procs", "0") || !write_into(path, "pids.max", limit))
			skip_because("cgroup: %s", strerror(errno));
		note_what_is_open();
		body();
		nothing_may_be_left();
		_exit(0);
	}
	status = pid > 0 ? pass_on(pid) : 0;
	ck_assert_msg(rmdir(path) == 0, "%s: %s", path, strerror(errno));
	must(pid, "fork");
	if (status)
		_exit(status);
	end_if_skipped();
}
