/* pidfd_send_signal and pidfd_getpid call every descriptor that is no pidfd EBADF, and nobody is signalled. */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "run.h"

/* Negative numbers, and closed ones. */
static const int no_descriptors[] = { -1, -2, INT_MIN, AT_FDCWD, 1000, INT_MAX };

static void is_refused(int fd)
{
	static const int signals[] = { 0, SIGUSR1, SIGKILL, SIGCONT };

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		siginfo_t info = { .si_signo = signals[i], .si_code = SI_QUEUE };

		errno = 0;
		ck_assert_int_eq(pidfd_send_signal(fd, signals[i], NULL, 0), -1);
		ck_assert_int_eq(errno, EBADF);
		errno = 0;
		ck_assert_int_eq(pidfd_send_signal(fd, signals[i], &info, 0), -1);
		ck_assert_int_eq(errno, EBADF);
	}
	errno = 0;
	ck_assert_int_eq(pidfd_send_signal(fd, 1000000, NULL, 0), -1);
	ck_assert_int_eq(errno, EBADF);
	errno = 0;
	ck_assert_int_eq(pidfd_getpid(fd), -1);
	ck_assert_int_eq(errno, EBADF);
}

START_TEST(what_is_not_open)
{
	is_refused(no_descriptors[_i]);
}
END_TEST

START_TEST(what_was_closed)
{
	int pidfd = pidfd_open(getpid(), 0);

	ck_assert_int_eq(pidfd_send_signal(pidfd, 0, NULL, 0), 0);
	close(pidfd);
	is_refused(pidfd);
}
END_TEST

/* PID in the path is the test's own. */
static const struct {
	const char *path;
	int flags;
} paths[] = {
	{ "/proc/self/exe", O_RDONLY },
	{ "/dev/null", O_RDWR },
	{ "/", O_RDONLY },
	{ "/tmp", O_RDONLY | O_DIRECTORY },
	{ "/dev", O_RDONLY | O_DIRECTORY },
	{ "/sys", O_RDONLY | O_DIRECTORY },
	{ "/proc", O_RDONLY | O_DIRECTORY },
	{ "/proc/sys", O_RDONLY | O_DIRECTORY },
	{ "/proc/sys/kernel", O_RDONLY | O_DIRECTORY },
	{ "/proc/tty", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID", O_PATH },
	{ "/proc/PID", O_PATH | O_DIRECTORY },
	{ "/proc/PID/fd", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/fdinfo", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/ns", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/ns/pid", O_RDONLY },
	{ "/proc/PID/net", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/attr", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/task", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/task/PID", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/task/PID/fd", O_RDONLY | O_DIRECTORY },
	{ "/proc/PID/status", O_RDONLY },
	{ "/proc/PID/stat", O_RDONLY },
	{ "/proc/uptime", O_RDONLY },
};

/* Copies TEMPLATE with NUMBER in each place of PID. */
static void put_number(char *path, size_t size, const char *template, pid_t number)
{
	size_t used = 0;

	for (; *template && used + 12 < size; template ++) {
		if (template[0] == 'P' && template[1] == 'I' && template[2] == 'D') {
			used += (size_t)snprintf(path + used, size - used, "%d", (int)number);
			template += 2;
		} else {
			path[used++] = *template;
		}
	}
	path[used] = '\0';
}

START_TEST(a_file)
{
	char path[64];
	int fd;

	put_number(path, sizeof(path), paths[_i].path, getpid());
	fd = open(path, paths[_i].flags | O_CLOEXEC);
	if (fd < 0)
		skip_because("%s: errno %d", paths[_i].path, errno);
	is_refused(fd);
	close(fd);
}
END_TEST

START_TEST(pipes_sockets_and_events)
{
	int ends[2], fd;

	ck_assert_int_eq(pipe(ends), 0);
	is_refused(ends[0]);
	is_refused(ends[1]);
	close(ends[0]);
	close(ends[1]);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	is_refused(fd);
	close(fd);
	/* Of the same file system as pidfds to 6.8. */
	fd = eventfd(0, 0);
	is_refused(fd);
	close(fd);
	fd = epoll_create1(0);
	is_refused(fd);
	close(fd);
}
END_TEST

static void *refuse_own_thread(void *unused)
{
	char path[64];
	int fd;

	(void)unused;
	put_number(path, sizeof(path), "/proc/self/task/PID", (pid_t)syscall(SYS_gettid));
	fd = open(path, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	is_refused(fd);
	close(fd);

	/* The kernel's own pidfd_send_signal takes this one. */
	put_number(path, sizeof(path), "/proc/PID", (pid_t)syscall(SYS_gettid));
	fd = open(path, O_RDONLY | O_DIRECTORY);
	ck_assert_int_ge(fd, 0);
	if (libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) != LIBPIDFD_PATH_KERNEL)
		is_refused(fd);
	errno = 0;
	ck_assert_int_eq(pidfd_getpid(fd), -1);
	ck_assert_int_eq(errno, EBADF);
	close(fd);
	return NULL;
}

START_TEST(a_thread_that_leads_no_process)
{
	pthread_t thread;

	must_have_proc();
	ck_assert_int_eq(pthread_create(&thread, NULL, refuse_own_thread, NULL), 0);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

TESTS(TEST_EACH(what_is_not_open, no_descriptors), TEST(what_was_closed), TEST_EACH(a_file, paths),
      TEST(pipes_sockets_and_events), TEST(a_thread_that_leads_no_process))
