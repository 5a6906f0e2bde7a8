/*
 * Calls of the library, good and bad, a line for each: "call = result errno", and what it handed out. Descriptors, PIDs
 * and times are told only as that, so that the lines are the same wherever the answers are. The first line is the paths.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000 /* 5.2 */
#endif

static const char *error_name(int error)
{
	static const struct {
		int number;
		const char *name;
	} names[] = {
#define NAME(error) { error, #error }
		NAME(E2BIG),  NAME(EACCES), NAME(EAGAIN),  NAME(EBADF),	 NAME(ECHILD),	NAME(EFAULT),
		NAME(EINTR),  NAME(EINVAL), NAME(EMFILE),  NAME(ENFILE), NAME(ENODATA), NAME(ENOENT),
		NAME(ENOMEM), NAME(ENOSYS), NAME(ENOTDIR), NAME(ENOTTY), NAME(EPERM),	NAME(EREMOTE),
		NAME(ESRCH),  NAME(EUSERS), NAME(ENOSPC),  NAME(EXDEV),
#undef NAME
	};

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return "E?";
}

enum what {
	NUMBER,
	DESCRIPTOR,
	PID
};

/* errno is EXDEV before each call, which nothing here gives. No newline: more may be told. */
static void tell(const char *call, enum what what, int result)
{
	int error = errno;

	printf("%s = ", call);
	if (result < 0)
		printf("%d %s", result, error_name(error));
	else if (what == NUMBER)
		printf("%d", result);
	else
		printf("%s", what == DESCRIPTOR ? "fd" : result > 0 ? "pid" : "0");
	if (result >= 0 && error != EXDEV)
		printf(" and %s", error_name(error));
}

static void tell_number(const char *call, int result)
{
	tell(call, NUMBER, result);
	printf("\n");
}

/* The descriptor goes again. */
static void tell_open(const char *call, int fd)
{
	tell(call, DESCRIPTOR, fd);
	if (fd >= 0)
		printf(", close-on-exec %d, O_NONBLOCK %d", fcntl(fd, F_GETFD), (fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
	printf("\n");
	if (fd >= 0)
		close(fd);
}

#define NUMBER_OF(call) (errno = EXDEV, tell_number(#call, call))
#define OPEN_OF(call) (errno = EXDEV, tell_open(#call, call))

static const char *code_name(int code)
{
	static const char *const names[] = { "0", "exited", "killed", "dumped", "trapped", "stopped", "continued" };

	return code >= 0 && code <= CLD_CONTINUED ? names[code] : "?";
}

/* *status, *info and *rusage as a wait left them. */
static int status;
static siginfo_t info;
static struct rusage usage;

static void forget(void)
{
	status = 0x5a5a5a5a;
	memset(&info, 0x5a, sizeof(info));
	memset(&usage, 0x5a, sizeof(usage));
}

static void tell_wait(const char *call, int result, pid_t child)
{
	tell(call, PID, result);
	if (status != 0x5a5a5a5a)
		printf(", status 0x%x", (unsigned int)status);
	if (info.si_signo != 0x5a5a5a5a)
		printf(", signal %d, %s, %d, pid %s", info.si_signo, code_name(info.si_code), info.si_status,
		       info.si_pid == child ? "its"
		       : info.si_pid == 0   ? "0"
					    : "?");
	printf("%s\n", usage.ru_utime.tv_sec == 0 ? ", rusage" : "");
	forget();
}

#define WAIT_OF(child, call) (forget(), errno = EXDEV, tell_wait(#call, call, child))

struct family {
	pid_t pid;
	int talk, fd;
};

static void await(pid_t pid, int state)
{
	siginfo_t ignored;

	while (waitid(P_PID, (id_t)pid, &ignored, state | WNOWAIT) < 0 && errno == EINTR)
		;
}

/* A child that lives until its end of the socket hears a byte, or nothing more, and exits with that. */
static struct family begin(unsigned int flags)
{
	struct family family;
	unsigned char code = 0;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		exit(1);
	fflush(stdout);
	family.pid = fork();
	if (family.pid == 0) {
		close(ends[0]);
		if (read(ends[1], &code, 1) < 0)
			code = 1;
		_exit(code);
	}
	close(ends[1]);
	family.talk = ends[0];
	family.fd = pidfd_open(family.pid, flags);
	return family;
}

static void finish(const struct family *family, unsigned char code)
{
	if (write(family->talk, &code, 1) == 1)
		await(family->pid, WEXITED);
}

static void forget_family(const struct family *family)
{
	close(family->talk);
	close(family->fd);
	kill(family->pid, SIGKILL);
	waitpid(family->pid, NULL, __WALL);
}

/* What is no pidfd. */
static int closed, null, pipe_end, root, proc, proc_fd, task, path_only;

static void open_what_is_no_pidfd(void)
{
	char name[64];
	int ends[2];

	snprintf(name, sizeof(name), "/proc/self/task/%d", (int)getpid());
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	proc_fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	task = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	path_only = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC) < 0)
		exit(1);
	close(ends[1]);
	pipe_end = ends[0];
	closed = fcntl(null, F_DUPFD, 100); /* where nothing else will be opened */
	close(closed);
}

static pid_t reaped(void)
{
	struct family family = begin(0);

	finish(&family, 0);
	forget_family(&family);
	return family.pid;
}

/* What pidfd_send_signal and the waits say of each. */
static int check_signal(int fd)
{
	return pidfd_send_signal(fd, 0, NULL, 0);
}

static int wait_exited(int fd)
{
	return pidfd_wait(fd, NULL, NULL, NULL, WEXITED, WNOHANG);
}

static int wait_foreign(int fd)
{
	return pidfd_wait(fd, NULL, NULL, NULL, WEXITED, WNOHANG | PIDFD_WFOREIGN);
}

static pid_t pid_of(int fd)
{
	return pidfd_getpid(fd);
}

static int waitid_exited(int fd)
{
	return pidfd_waitid(P_PIDFD, (id_t)fd, &info, WEXITED | WNOHANG);
}

static pid_t tid;

static void *tell_tid(void *talk)
{
	char byte;

	__atomic_store_n(&tid, (pid_t)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	if (write((int)(intptr_t)talk, "", 1) == 1 && read((int)(intptr_t)talk, &byte, 1) < 0)
		abort();
	return NULL;
}

static void opening(void)
{
	pthread_t thread;
	char byte, name[32];
	int ends[2], of_thread;
	pid_t gone = reaped();

	OPEN_OF(pidfd_open(getpid(), 0));
	OPEN_OF(pidfd_open(getpid(), PIDFD_NONBLOCK));
	OPEN_OF(pidfd_open(0, 0));
	OPEN_OF(pidfd_open(-1, 0));
	OPEN_OF(pidfd_open(INT_MIN, 0));
	OPEN_OF(pidfd_open(INT_MAX, 0));
	OPEN_OF(pidfd_open(INT_MAX, PIDFD_NONBLOCK));
	OPEN_OF(pidfd_open(gone, 0));
	OPEN_OF(pidfd_open(getpid(), 1));
	OPEN_OF(pidfd_open(getpid(), UINT_MAX));
	OPEN_OF(pidfd_open(0, UINT_MAX));
	OPEN_OF(pidfd_open(INT_MAX, 1));
	OPEN_OF(pidfd_open(getpid(), O_EXCL));

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0 ||
	    pthread_create(&thread, NULL, tell_tid, (void *)(intptr_t)ends[1]) != 0 || read(ends[0], &byte, 1) != 1)
		exit(1);
	OPEN_OF(pidfd_open(tid, 0));
	OPEN_OF(pidfd_open(tid, PIDFD_NONBLOCK));
	snprintf(name, sizeof(name), "/proc/%d", (int)tid);
	of_thread = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	NUMBER_OF(check_signal(of_thread));
	NUMBER_OF(wait_exited(of_thread));
	NUMBER_OF(pid_of(of_thread));
	close(of_thread);
	close(ends[0]);
	pthread_join(thread, NULL);
	close(ends[1]);
}

#define EACH_NO_PIDFD(ANSWER, CALL)      \
	do {                             \
		ANSWER(CALL(-1));        \
		ANSWER(CALL(INT_MIN));   \
		ANSWER(CALL(INT_MAX));   \
		ANSWER(CALL(closed));    \
		ANSWER(CALL(null));      \
		ANSWER(CALL(pipe_end));  \
		ANSWER(CALL(root));      \
		ANSWER(CALL(proc));      \
		ANSWER(CALL(proc_fd));   \
		ANSWER(CALL(task));      \
		ANSWER(CALL(path_only)); \
	} while (0)

static void signalling(void)
{
	struct family child = begin(0), zombie = begin(0), gone = begin(0);
	siginfo_t queued = { .si_signo = SIGUSR1, .si_code = SI_QUEUE };

	finish(&zombie, 3);
	finish(&gone, 3);
	waitpid(gone.pid, NULL, 0);
	EACH_NO_PIDFD(NUMBER_OF, check_signal);
	NUMBER_OF(pidfd_send_signal(child.fd, 0, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, -1, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, INT_MIN, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, INT_MAX, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, _NSIG, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, 0, NULL, 8));
	NUMBER_OF(pidfd_send_signal(child.fd, 0, NULL, 0x80000000U));
	NUMBER_OF(pidfd_send_signal(child.fd, 0, NULL, UINT_MAX));
	NUMBER_OF(pidfd_send_signal(child.fd, SIGTERM, &queued, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, 0, &queued, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, -1, &queued, 0));
	NUMBER_OF(pidfd_send_signal(closed, -1, NULL, UINT_MAX));
	NUMBER_OF(pidfd_send_signal(zombie.fd, 0, NULL, 0));
	NUMBER_OF(pidfd_send_signal(zombie.fd, SIGKILL, NULL, 0));
	NUMBER_OF(pidfd_send_signal(zombie.fd, SIGUSR1, &queued, 0));
	NUMBER_OF(pidfd_send_signal(gone.fd, 0, NULL, 0));
	NUMBER_OF(pidfd_send_signal(gone.fd, SIGKILL, NULL, 0));
	NUMBER_OF(pidfd_send_signal(gone.fd, SIGUSR1, &queued, 0));
	NUMBER_OF(pidfd_send_signal(gone.fd, SIGTERM, &queued, 0));
	NUMBER_OF(pidfd_send_signal(gone.fd, -1, NULL, 0));
	NUMBER_OF(pidfd_send_signal(child.fd, SIGUSR1, &queued, 0));
	await(child.pid, WEXITED);
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, 0));
	forget_family(&child);
	forget_family(&zombie);
	forget_family(&gone);
	for (unsigned int i = 0; i < 4; i++) {
		static const int signals[] = { SIGTERM, SIGKILL, SIGHUP, 34 };

		child = begin(0);
		NUMBER_OF(pidfd_send_signal(child.fd, signals[i], NULL, 0));
		WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, 0));
		forget_family(&child);
	}
}

static void waiting(void)
{
	struct family child = begin(0), nonblock = begin(PIDFD_NONBLOCK), other;
	int self = pidfd_open(getpid(), 0), parent = pidfd_open(getppid(), 0);

	EACH_NO_PIDFD(NUMBER_OF, wait_exited);
	EACH_NO_PIDFD(NUMBER_OF, wait_foreign);
	EACH_NO_PIDFD(NUMBER_OF, waitid_exited);
	NUMBER_OF(pidfd_wait(-1, NULL, NULL, NULL, 0, -1));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, 0, 0));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, -1, 0));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED | 0x40, 0));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, INT_MIN, 0));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED, 0x40));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED, WSTOPPED));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED, INT_MIN));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED, -1));
	NUMBER_OF(pidfd_wait(closed, NULL, NULL, NULL, 0, 0));
	NUMBER_OF(pidfd_wait(closed, NULL, NULL, NULL, WEXITED, 0x40));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WSTOPPED, PIDFD_WFOREIGN));
	NUMBER_OF(pidfd_wait(child.fd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOWAIT));
	NUMBER_OF(pidfd_waitid(P_PIDFD, (id_t)child.fd, &info, 0));
	NUMBER_OF(pidfd_waitid(P_PIDFD, (id_t)child.fd, &info, -1));
	NUMBER_OF(pidfd_waitid(P_PIDFD, UINT_MAX, &info, WEXITED));
	NUMBER_OF(pidfd_waitid((idtype_t)77, 1, &info, WEXITED));
	NUMBER_OF(pidfd_waitid(P_PID, (id_t)getpid(), &info, WEXITED));

	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, WNOHANG));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, WNOHANG | PIDFD_WFOREIGN));
	WAIT_OF(nonblock.pid, pidfd_wait(nonblock.fd, &status, &info, &usage, WEXITED, 0));
	WAIT_OF(nonblock.pid, pidfd_wait(nonblock.fd, &status, &info, &usage, WEXITED, WNOHANG));
	WAIT_OF(nonblock.pid, pidfd_wait(nonblock.fd, &status, &info, &usage, WEXITED, PIDFD_WFOREIGN));
	WAIT_OF(nonblock.pid, pidfd_waitid(P_PIDFD, (id_t)nonblock.fd, &info, WEXITED));
	WAIT_OF(0, pidfd_wait(self, &status, &info, &usage, WEXITED, 0));
	WAIT_OF(0, pidfd_wait(parent, &status, &info, &usage, WEXITED, 0));
	WAIT_OF(0, pidfd_wait(parent, &status, &info, &usage, WEXITED, WNOHANG | PIDFD_WFOREIGN));

	kill(child.pid, SIGSTOP);
	await(child.pid, WSTOPPED);
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED | WSTOPPED, WNOWAIT));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WSTOPPED, 0));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WSTOPPED, WNOHANG));
	kill(child.pid, SIGCONT);
	await(child.pid, WCONTINUED);
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WCONTINUED | WEXITED, 0));
	finish(&child, 7);
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, PIDFD_WFOREIGN));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WSTOPPED, WNOHANG));
	WAIT_OF(child.pid, pidfd_waitid(P_PIDFD, (id_t)child.fd, &info, WEXITED | WNOWAIT));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, WNOWAIT));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, __WALL));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, 0));
	WAIT_OF(child.pid, pidfd_wait(child.fd, &status, &info, &usage, WEXITED, WNOHANG));
	WAIT_OF(child.pid, pidfd_waitid(P_PIDFD, (id_t)child.fd, &info, WEXITED));
	forget_family(&child);

	finish(&nonblock, 255);
	WAIT_OF(nonblock.pid, pidfd_wait(nonblock.fd, NULL, NULL, NULL, WEXITED, 0));
	WAIT_OF(nonblock.pid, pidfd_wait(nonblock.fd, &status, &info, &usage, WEXITED, WNOHANG | PIDFD_WFOREIGN));
	forget_family(&nonblock);

	other = begin(0);
	kill(other.pid, SIGTERM);
	WAIT_OF(other.pid, pidfd_waitid(P_PIDFD, (id_t)other.fd, &info, WEXITED));
	forget_family(&other);
	close(self);
	close(parent);
}

static void tell_polled(const char *call, int result, const struct pollfd *fds, unsigned int count)
{
	tell(call, NUMBER, result);
	for (unsigned int i = 0; i < count; i++)
		printf(", 0x%x", (unsigned int)fds[i].revents & ~(unsigned int)POLLHUP); /* 6.9 adds it when reaped */
	printf("\n");
}

#define POLL_OF(fds, count, call) (errno = EXDEV, tell_polled(#call, call, fds, count))

/* What a child sees of a signal. */
static void receiving(void)
{
	struct family child;
	siginfo_t seen;
	sigset_t set;
	int ends[2], seen_code = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		exit(1);
	fflush(stdout);
	child.pid = fork();
	if (child.pid == 0) {
		if (sigwaitinfo(&set, &seen) < 0 || write(ends[1], &seen.si_code, sizeof(int)) < 0)
			_exit(1);
		_exit(0);
	}
	child.fd = pidfd_open(child.pid, 0);
	child.talk = ends[1];
	NUMBER_OF(pidfd_send_signal(child.fd, SIGUSR1, NULL, 0));
	if (read(ends[0], &seen_code, sizeof(int)) < 0)
		exit(1);
	NUMBER_OF(seen_code == SI_USER);
	forget_family(&child);
	close(ends[0]);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Directories on /proc/PID are pidfds too, on every kernel. */
static void taking_directories(void)
{
	struct family child = begin(0);
	struct pollfd fds[1] = { { .events = POLLIN } };
	char name[32];
	int directory;

	snprintf(name, sizeof(name), "/proc/%d", (int)child.pid);
	directory = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	fds[0].fd = directory;
	NUMBER_OF(pid_of(directory) - child.pid);
	NUMBER_OF(check_signal(directory));
	NUMBER_OF(pidfd_send_signal(directory, SIGCONT, NULL, 0));
	NUMBER_OF(pidfd_send_signal(directory, -1, NULL, 0));
	POLL_OF(fds, 1, pidfd_poll(fds, 1, 0));
	WAIT_OF(child.pid, pidfd_wait(directory, &status, &info, &usage, WEXITED, WNOHANG));
	WAIT_OF(child.pid, pidfd_wait(directory, &status, &info, &usage, WEXITED, WNOHANG | PIDFD_WFOREIGN));
	finish(&child, 5);
	POLL_OF(fds, 1, pidfd_poll(fds, 1, -1));
	WAIT_OF(child.pid, pidfd_wait(directory, &status, &info, &usage, WEXITED, 0));
	NUMBER_OF(check_signal(directory));
	NUMBER_OF(pid_of(directory));
	WAIT_OF(child.pid, pidfd_wait(directory, &status, &info, &usage, WEXITED, 0));
	WAIT_OF(child.pid, pidfd_wait(directory, &status, &info, &usage, WEXITED, PIDFD_WFOREIGN));
	close(directory);
	forget_family(&child);
}

static void naming(void)
{
	struct family child = begin(0);
	int self = pidfd_open(getpid(), 0);

	EACH_NO_PIDFD(NUMBER_OF, pid_of);
	NUMBER_OF(pidfd_getpid(self) - getpid());
	NUMBER_OF(pidfd_getpid(child.fd) - child.pid);
	finish(&child, 0);
	NUMBER_OF(pidfd_getpid(child.fd) - child.pid);
	waitpid(child.pid, NULL, 0);
	NUMBER_OF(pidfd_getpid(child.fd));
	close(self);
	forget_family(&child);
}

static void polling(void)
{
	struct family child = begin(0), zombie = begin(0), gone = begin(0);
	const struct timespec none = { 0, 0 }, negative = { -1, 0 }, too_many = { 0, 1000000000 };
	struct pollfd fds[] = {
		{ child.fd, POLLIN, 0x5a }, { zombie.fd, POLLIN, 0x5a }, { gone.fd, POLLIN, 0x5a },
		{ -1, POLLIN, 0x5a },	    { closed, POLLIN, 0x5a },	 { null, POLLIN | POLLOUT, 0x5a },
		{ pipe_end, POLLIN, 0x5a }, { zombie.fd, 0, 0x5a },
	};

	finish(&zombie, 0);
	finish(&gone, 0);
	waitpid(gone.pid, NULL, 0);
	POLL_OF(fds, 8, pidfd_poll(fds, 8, 0));
	POLL_OF(fds, 8, pidfd_poll(fds, 8, -1));
	POLL_OF(fds, 8, pidfd_ppoll(fds, 8, &none, NULL));
	POLL_OF(fds, 1, pidfd_poll(fds, 1, 0));
	POLL_OF(fds, 1, pidfd_poll(fds, 1, 5));
	POLL_OF(fds, 1, pidfd_ppoll(fds, 1, &negative, NULL));
	POLL_OF(fds, 1, pidfd_ppoll(fds, 1, &too_many, NULL));
	POLL_OF(fds, 0, pidfd_poll(NULL, 0, 0));
	POLL_OF(fds, 0, pidfd_poll(NULL, 1, 0));
	POLL_OF(fds, 0, pidfd_poll(fds, UINT_MAX, 0));
	finish(&child, 0);
	POLL_OF(fds, 1, pidfd_poll(fds, 1, -1));
	forget_family(&child);
	forget_family(&zombie);
	forget_family(&gone);
}

static int exit_with_9(void *unused)
{
	(void)unused;
	return 9;
}

static void tell_made(const char *call, pid_t pid, int *fd)
{
	if (pid == 0)
		_exit(8);
	tell(call, PID, pid);
	if (pid < 0) {
		printf("%s\n", *fd == -7 ? "" : ", *pidfd touched");
		return;
	}
	printf(", close-on-exec %d, %s\n", fcntl(*fd, F_GETFD), pidfd_getpid(*fd) == pid ? "its" : "another's");
	WAIT_OF(pid, pidfd_wait(*fd, &status, &info, &usage, WEXITED, __WALL));
	close(*fd);
}

#define MADE_BY(call) (fflush(stdout), fd = -7, errno = EXDEV, tell_made(#call, call, &fd))

static void making(void)
{
	static _Alignas(16) char stack[262144];
	char *top = stack + sizeof(stack);
	int fd;

	MADE_BY(clone_pidfd(exit_with_9, NULL, SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, NULL, 0, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_VM | CLONE_FILES | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_PIDFD | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, NULL, CLONE_VM | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(NULL, top, SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, SIGCHLD, NULL, NULL));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_VM | CLONE_SIGHAND | CLONE_THREAD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_DETACHED | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_PARENT_SETTID | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_SIGHAND | SIGCHLD, NULL, &fd));
	MADE_BY(clone_pidfd(exit_with_9, top, CLONE_NEWNS | CLONE_FS | SIGCHLD, NULL, &fd));
	MADE_BY(pidfd_fork(&fd, 0));
	MADE_BY(pidfd_fork(&fd, PIDFD_FORK_HIDDEN));
	MADE_BY(pidfd_fork(NULL, 0));
	MADE_BY(pidfd_fork(&fd, 2));
	MADE_BY(pidfd_fork(&fd, UINT_MAX));
	MADE_BY(pidfd_fork(NULL, UINT_MAX));
}

static void clearing(void)
{
	int high = fcntl(null, F_DUPFD, 200), higher = fcntl(null, F_DUPFD, 300);

	NUMBER_OF(close_range(1, 0, 0));
	NUMBER_OF(close_range(UINT_MAX, 0, 0));
	NUMBER_OF(close_range(200, UINT_MAX, 1));
	NUMBER_OF(close_range(200, UINT_MAX, INT_MIN));
	NUMBER_OF(close_range(200, UINT_MAX, -1));
	NUMBER_OF(close_range(1, 0, -1));
	NUMBER_OF(close_range(UINT_MAX, UINT_MAX, 0));
	NUMBER_OF(close_range(INT_MAX, UINT_MAX, (int)CLOSE_RANGE_UNSHARE));
	NUMBER_OF(close_range(200, 250, (int)CLOSE_RANGE_CLOEXEC));
	NUMBER_OF(fcntl(high, F_GETFD));
	NUMBER_OF(fcntl(higher, F_GETFD));
	NUMBER_OF(close_range(200, 250, (int)(CLOSE_RANGE_CLOEXEC | CLOSE_RANGE_UNSHARE)));
	NUMBER_OF(close_range(200, 250, 0));
	NUMBER_OF(fcntl(high, F_GETFD));
	NUMBER_OF(fcntl(higher, F_GETFD));
	NUMBER_OF((closefrom(250), 0));
	NUMBER_OF(fcntl(higher, F_GETFD));
	NUMBER_OF(fcntl(null, F_GETFD));
}

static void asking(void)
{
	int why = 0;

	NUMBER_OF((int)libpidfd_path((enum libpidfd_call)10, &why));
	NUMBER_OF((int)libpidfd_path((enum libpidfd_call) - 1, NULL));
	NUMBER_OF(why - EINVAL);
}

static const struct rlimit no_core;

int main(void)
{
	setrlimit(RLIMIT_CORE, &no_core);
	printf("paths =");
	for (int call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
		printf(" %c", "-ke"[libpidfd_path((enum libpidfd_call)call, NULL)]);
	printf("\n");
	open_what_is_no_pidfd();
	opening();
	signalling();
	waiting();
	receiving();
	taking_directories();
	naming();
	polling();
	making();
	clearing();
	asking();
	return 0;
}
