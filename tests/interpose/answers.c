/*
 * What a program that knows nothing of the library is told, line by line: a call, its result, errno. By the names of libc,
 * or with the argument "syscall" by syscall(2).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static bool by_number;

/* errno is seen to be left alone by success. */
#define SHOW(what, named, ...)                                                               \
	do {                                                                                 \
		long result_;                                                                \
		errno = 0;                                                                   \
		result_ = by_number ? syscall(__VA_ARGS__) : (named);                        \
		printf("%s = %ld %s\n", what, result_, errno ? strerrorname_np(errno) : ""); \
	} while (0)

#define SHOW_SEND(what, fd, sig, info, flags) \
	SHOW(what, pidfd_send_signal(fd, sig, info, flags), SYS_pidfd_send_signal, fd, sig, info, flags)
#define SHOW_WAIT(what, fd, info, options) \
	SHOW(what, waitid(P_PIDFD, (id_t)(fd), info, options), SYS_waitid, P_PIDFD, fd, info, options, NULL)
#ifdef SYS_poll
#define SHOW_POLL(what, fds, count, timeout) SHOW(what, poll(fds, count, timeout), SYS_poll, fds, count, timeout)
#else /* arm64, riscv64 */
#define SHOW_POLL(what, fds, count, timeout)                                                                     \
	SHOW(what, poll(fds, count, timeout), SYS_ppoll, fds, count,                                             \
	     (timeout) < 0 ? NULL : (&(struct timespec){ (timeout) / 1000, (timeout) % 1000 * 1000000L }), NULL, \
	     _NSIG / 8)
#endif
#define SHOW_PPOLL(what, fds, count, timeout, mask) \
	SHOW(what, ppoll(fds, count, timeout, mask), SYS_ppoll, fds, count, timeout, mask, _NSIG / 8)
#define SHOW_EPOLL(what, set, operation, fd, event) \
	SHOW(what, epoll_ctl(set, operation, fd, event), SYS_epoll_ctl, set, operation, fd, event)
#define SHOW_CLOSE_RANGE(what, first, last, flags) \
	SHOW(what, close_range(first, last, flags), SYS_close_range, first, last, flags)

static int open_pidfd(pid_t pid, unsigned int flags)
{
	return by_number ? (int)syscall(SYS_pidfd_open, pid, flags) : pidfd_open(pid, flags);
}

static void close_fd(int fd)
{
	SHOW("close", close(fd), SYS_close, fd);
}

static void show_open(const char *what, pid_t pid, unsigned int flags)
{
	int fd, error;

	errno = 0;
	fd = open_pidfd(pid, flags);
	error = errno;
	printf("pidfd_open %s = %s %s\n", what, fd < 0 ? "-1" : "a descriptor", error ? strerrorname_np(error) : "");
	if (fd < 0)
		return;
	printf("it is close-on-exec: %d, non-blocking: %d\n", fcntl(fd, F_GETFD), fcntl(fd, F_GETFL) & O_NONBLOCK);
	close_fd(fd);
}

static void *show_thread(void *nothing)
{
	(void)nothing;
	show_open("a thread", gettid(), 0);
	return NULL;
}

/* A child that lives until it is sent a signal, or exits with 7 at once. */
static pid_t child(bool lives)
{
	pid_t pid = fork();

	if (pid < 0)
		exit(99);
	if (pid > 0)
		return pid;
	if (lives)
		for (;;)
			pause();
	_exit(7);
}

static void opening(void)
{
	pthread_t thread;

	show_open("itself", getpid(), 0);
	show_open("itself, PIDFD_NONBLOCK", getpid(), PIDFD_NONBLOCK);
	show_open("0", 0, 0);
	show_open("-1", -1, 0);
	show_open("nobody", INT_MAX, 0);
	show_open("itself, unknown flags", getpid(), 0x40000000);
	if (pthread_create(&thread, NULL, show_thread, NULL) == 0)
		pthread_join(thread, NULL);
}

static void a_life(void)
{
	const struct timespec no_time = { 0, 0 };
	struct rusage usage = { .ru_maxrss = -1 };
	struct pollfd fds[] = { { .fd = -1 }, { .fd = -1, .events = POLLIN }, { .fd = 1000, .events = POLLIN } };
	siginfo_t info = { .si_signo = SIGUSR1 };
	sigset_t none;
	pid_t pid = child(true);
	int fd = open_pidfd(pid, 0);

	sigemptyset(&none);
	fds[1].fd = fd;
	SHOW_SEND("signal 0", fd, 0, NULL, 0);
	SHOW_SEND("an unknown signal", fd, 65, NULL, 0);
	SHOW_SEND("unknown flags", fd, 0, NULL, 0x40000000);
	SHOW_SEND("another signal's siginfo", fd, SIGTERM, &info, 0);
	SHOW_SEND("signal to no descriptor", -1, 0, NULL, 0);
	SHOW_SEND("signal to no pidfd", 0, 0, NULL, 0);
	SHOW_WAIT("waitid, alive", fd, &info, WEXITED | WNOHANG);
	printf("si_pid %d\n", info.si_pid);
	SHOW_WAIT("waitid for no pidfd", 0, &info, WEXITED | WNOHANG);
	SHOW_WAIT("waitid for nothing", fd, &info, 0);
	SHOW_POLL("poll, alive", fds, 2, 0);
	SHOW_POLL("poll, alive, and a closed number", fds, 3, 0);
	printf("revents %d\n", fds[2].revents);
	SHOW_PPOLL("ppoll, alive", fds, 2, &no_time, &none);
	SHOW_SEND("SIGTERM", fd, SIGTERM, NULL, 0);
	SHOW_PPOLL("ppoll, ended", fds, 2, NULL, &none);
	SHOW_POLL("poll, ended", fds, 2, -1);
	printf("revents %d\n", fds[1].revents);
	SHOW_WAIT("waitid, kept", fd, &info, WEXITED | WNOWAIT);
	SHOW("waitid", waitid(P_PIDFD, (id_t)fd, &info, WEXITED), SYS_waitid, P_PIDFD, fd, &info, WEXITED, &usage);
	printf("of the child: %d, si_status %d, si_code %d, rusage filled in: %d\n", info.si_pid == pid, info.si_status,
	       info.si_code, usage.ru_maxrss >= 0);
	SHOW_WAIT("waitid once more", fd, &info, WEXITED);
	SHOW_SEND("signal afterwards", fd, 0, NULL, 0);
	SHOW("waitid, P_PID", waitid(P_PID, (id_t)pid, &info, WEXITED), SYS_waitid, P_PID, pid, &info, WEXITED, NULL);
	close_fd(fd);
	close_fd(fd);
}

static int wait_in(int set, struct epoll_event *event, int timeout)
{
	int count;

	do
		count = epoll_wait(set, event, 1, timeout);
	while (count < 0 && errno == EINTR); /* a tracer's doing */
	return count;
}

static void show_event(int set)
{
	struct epoll_event event;
	int count = wait_in(set, &event, 0);

	printf("epoll_wait = %d\n", count);
	if (count == 1)
		printf("events %#x, data %#llx\n", event.events & EPOLLIN, (unsigned long long)event.data.u64);
}

static void sets(void)
{
	struct epoll_event in = { .events = EPOLLIN, .data.u64 = 0x123456789abcdef0 };
	struct epoll_event once = { .events = EPOLLIN | EPOLLONESHOT, .data.u64 = 2 };
	int set = epoll_create1(EPOLL_CLOEXEC), other = epoll_create1(EPOLL_CLOEXEC), pipe_ends[2];
	int file = open("/dev/null", O_RDONLY), directory = open("/proc", O_RDONLY),
	    proc = open("/proc/self/stat", O_RDONLY);
	pid_t pid = child(true);
	int fd = open_pidfd(pid, 0), file_at_number;
	struct stat status;
	siginfo_t info;

	if (pipe(pipe_ends) < 0)
		exit(99);
	SHOW_EPOLL("DEL before", set, EPOLL_CTL_DEL, fd, NULL);
	SHOW_EPOLL("MOD before", set, EPOLL_CTL_MOD, fd, &in);
	SHOW_EPOLL("ADD", set, EPOLL_CTL_ADD, fd, &in);
	SHOW_EPOLL("ADD again", set, EPOLL_CTL_ADD, fd, &in);
	SHOW_EPOLL("ADD to another set", other, EPOLL_CTL_ADD, fd, &in);
	show_event(set);
	SHOW_EPOLL("DEL", set, EPOLL_CTL_DEL, fd, NULL);
	SHOW_EPOLL("DEL again", set, EPOLL_CTL_DEL, fd, NULL);
	SHOW_EPOLL("ADD anew", set, EPOLL_CTL_ADD, fd, &in);
	pidfd_send_signal(fd, SIGKILL, NULL, 0);
	printf("epoll_wait = %d\n", wait_in(set, &in, -1));
	show_event(set);
	show_event(other);
	SHOW_EPOLL("MOD", set, EPOLL_CTL_MOD, fd, &once);
	show_event(set);
	show_event(set);
	waitid(P_PIDFD, (id_t)fd, &info, WEXITED);
	SHOW_EPOLL("MOD of what is reaped", set, EPOLL_CTL_MOD, fd, &in);
	show_event(set);
	/* A file of /proc that is no pidfd, at a position that is the number of a pipe, which is not its. */
	file_at_number = open("/proc/self/mem", O_RDONLY);
	fstat(pipe_ends[0], &status);
	lseek(file_at_number, (off_t)(status.st_ino & INT32_MAX), SEEK_SET);
	close_fd(file_at_number);
	printf("the pipe is open: %d\n", fcntl(pipe_ends[0], F_GETFD) >= 0);
	close_fd(fd);
	show_event(set);
	show_event(other);

	SHOW_EPOLL("ADD to no set", file, EPOLL_CTL_ADD, pipe_ends[0], &in);
	SHOW_EPOLL("ADD of what is closed", set, EPOLL_CTL_ADD, fd, &in);
	SHOW_EPOLL("ADD of a directory", set, EPOLL_CTL_ADD, directory, &in);
	SHOW_EPOLL("ADD of a file in /proc", set, EPOLL_CTL_ADD, proc, &in);
	SHOW_EPOLL("ADD of a pipe", set, EPOLL_CTL_ADD, pipe_ends[0], &in);
	SHOW_EPOLL("DEL of the other end", set, EPOLL_CTL_DEL, pipe_ends[1], NULL);

	/* A number that has been a pidfd's in the set means another process in it. */
	pid = child(false);
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	printf("the same number: %d\n", open_pidfd(getpid(), 0) == fd);
	SHOW_EPOLL("DEL of the number", set, EPOLL_CTL_DEL, fd, NULL);
	SHOW_EPOLL("ADD of the number", set, EPOLL_CTL_ADD, fd, &in);
	show_event(set);
}

static void ranges(void)
{
	if (!getenv("LIBPIDFD_AVOID")) /* set where a sandbox may kill for it */
		printf("no such call = %ld\n", syscall(-1));
	SHOW_CLOSE_RANGE("close_range, backwards", 2U, 1U, 0);
	SHOW_CLOSE_RANGE("close_range, unknown flags", 100U, 200U, 0x40000000);
	dup2(0, 150);
	SHOW_CLOSE_RANGE("close_range, marked", 100U, 200U, CLOSE_RANGE_CLOEXEC);
	printf("marked: %d\n", fcntl(150, F_GETFD));
	SHOW_CLOSE_RANGE("close_range", 100U, UINT_MAX, CLOSE_RANGE_UNSHARE);
	printf("closed: %d\n", fcntl(150, F_GETFD));
	dup2(0, 150);
	closefrom(100);
	printf("closed: %d\n", fcntl(150, F_GETFD));
}

int main(int argc, char *argv[])
{
	by_number = argc > 1 && strcmp(argv[1], "syscall") == 0;
	setvbuf(stdout, NULL, _IOLBF, 0);
	opening();
	a_life();
	sets();
	ranges();
	return 0;
}
