/*
 * Whichever system call of the library's fails, with whichever error, each call does all of what it is for, or fails with an
 * errno of its list and has done nothing; it leaves no descriptor and no child. Those that make a child have a test of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "creation.h"
#include "injection.h"
#include "kinds.h"
#include "run.h"

static int (*open_one)(pid_t pid);
static const struct injection *injected;

/* The process that is acted on: a child of the one that acts, which ends when ORDERS is closed. */
static pid_t target;
static int pidfd = -1, orders[2];

static int count_signals(void)
{
	const struct timespec now = { 0 };
	int count = 0;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	while (sigtimedwait(&set, NULL, &now) == SIGRTMIN)
		count++;
	return count;
}

static void have_target(void)
{
	sigset_t set;
	char byte;

	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, orders) < 0)
		_exit(1);
	target = fork();
	if (target == 0) {
		close(orders[1]);
		send(orders[0], "", 1, 0);
		if (recv(orders[0], &byte, 1, 0) != 0) /* which is none of those that fail */
			_exit(100);
		_exit(count_signals());
	}
	close(orders[0]);
	if (recv(orders[1], &byte, 1, 0) != 1)
		_exit(1);
	pidfd = open_one(target);
}

static void have_zombie(void)
{
	siginfo_t info;

	have_target();
	close(orders[1]);
	orders[1] = -1;
	waitid(P_PID, (id_t)target, &info, WEXITED | WNOWAIT);
}

/* The target's status, or -1: it has been reaped. */
static int end_target(void)
{
	int status = -1;

	if (orders[1] >= 0)
		close(orders[1]);
	close(pidfd);
	if (waitpid(target, &status, 0) < 0)
		return -1;
	return status;
}

static const char *target_is_well(int result)
{
	(void)result;
	return end_target() == 0 ? NULL : "the process is not as before";
}

static int do_open(void)
{
	return pidfd_open(target, 0);
}

static int do_open_nonblock(void)
{
	return pidfd_open(target, PIDFD_NONBLOCK);
}

static const char *opened(int fd)
{
	if (fd >= 0 && (fcntl(fd, F_GETFD) != FD_CLOEXEC || pidfd_getpid(fd) != target))
		return "not its pidfd";
	close(fd);
	return target_is_well(fd);
}

static int do_getpid(void)
{
	return pidfd_getpid(pidfd);
}

static const char *told_pid(int pid)
{
	return pid < 0 || pid == target ? target_is_well(pid) : "another PID";
}

static int do_send(void)
{
	return pidfd_send_signal(pidfd, SIGRTMIN, NULL, 0);
}

static int do_send_info(void)
{
	siginfo_t info = { .si_signo = SIGRTMIN, .si_code = SI_QUEUE };

	info.si_pid = getpid();
	return pidfd_send_signal(pidfd, SIGRTMIN, &info, 0);
}

static const char *sent(int result)
{
	int status = end_target();

	if (!WIFEXITED(status))
		return "the process was ended";
	if (WEXITSTATUS(status) != (result == 0))
		return result == 0 ? "it did not arrive, or twice" : "it arrived in spite of the failure";
	return NULL;
}

static int do_wait(void)
{
	struct rusage used;
	siginfo_t info;
	int status;

	return pidfd_wait(pidfd, &status, &info, &used, WEXITED, 0);
}

static int do_wait_all(void)
{
	return pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, (int)__WALL);
}

static int do_waitid(void)
{
	siginfo_t info;

	return pidfd_waitid(P_PIDFD, (id_t)pidfd, &info, WEXITED);
}

static const char *waited(int result)
{
	int status = end_target();

	return status == (result < 0 ? 0 : -1) ? NULL : "it is reaped, or not, against what was said";
}

static int do_wait_foreign(void)
{
	return pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN);
}

static int do_poll(void)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return pidfd_poll(&end, 1, -1);
}

static int do_ppoll(void)
{
	struct pollfd end = { .fd = pidfd, .events = POLLIN };

	return pidfd_ppoll(&end, 1, &(struct timespec){ .tv_nsec = 1000 }, NULL);
}

static const char *told_end(int result)
{
	return result < 0 || result == 1 ? target_is_well(result) : "no end was told";
}

/* Of a directory, where the kernel polls, poll(2) says at once that it is readable. */
static const char *told_no_end(int result)
{
	return result <= 0 || open_one == open_directory ? target_is_well(result) : "an end was told";
}

static int do_pollfd(void)
{
	return pidfd_pollfd(pidfd, 0);
}

static const char *polled(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };

	if (fd >= 0 && poll(&end, 1, -1) != 1)
		return "no end was told";
	close(fd);
	return target_is_well(fd);
}

static const char *served(int fd)
{
	struct pollfd end = { .fd = fd, .events = POLLIN };
	const char *complaint = NULL;
	int status;

	if (fd >= 0 && poll(&end, 1, 0) != 0)
		complaint = "an end was told";
	status = end_target();
	if (fd >= 0 && poll(&end, 1, -1) != 1)
		complaint = "no end was told";
	close(fd);
	return complaint ? complaint : status == 0 ? NULL : "the process is not as before";
}

enum {
	FIRST = 40,
	LAST = 50
};

static void have_descriptors(void)
{
	dup2(STDERR_FILENO, FIRST);
	dup2(STDERR_FILENO, FIRST + 1);
	dup2(STDERR_FILENO, FIRST + 5);
}

static int do_close_range(void)
{
	return close_range(FIRST, LAST, 0);
}

static int do_close_range_unshared(void)
{
	return close_range(FIRST, LAST, CLOSE_RANGE_UNSHARE);
}

static int do_mark_range(void)
{
	return close_range(FIRST, LAST, CLOSE_RANGE_CLOEXEC);
}

static int do_close_range_except(void)
{
	return close_range_except(FIRST, LAST, (int[]){ FIRST + 1 }, 1, 0);
}

static int do_closefrom(void)
{
	closefrom(FIRST);
	return 0;
}

static const char *let_go(bool well)
{
	for (int fd = FIRST; fd <= LAST; fd++)
		close(fd);
	return well ? NULL : "0 for a range that is not clear";
}

static const char *closed(int result)
{
	return let_go(result < 0 || !(open_fds() >> FIRST & 0x7ff));
}

/* Without any memory it has no way to say that it has none: see BUGS. */
static const char *closed_silently(int result)
{
	return closed(injected->lasting && injected->error == ENOMEM ? -1 : result);
}

static const char *closed_but_one(int result)
{
	return let_go(result < 0 || (open_fds() >> FIRST & 0x7ff) == 2);
}

static const char *marked(int result)
{
	return let_go(result < 0 || fcntl(FIRST + 5, F_GETFD) == FD_CLOEXEC);
}

static int seen;

static int see(void *unused, int fd)
{
	(void)unused;
	seen += fd >= FIRST && fd <= LAST;
	return 0;
}

static int do_fdwalk(void)
{
	return fdwalk(see, NULL);
}

static const char *walked(int result)
{
	let_go(true);
	return result < 0 || seen == 3 ? NULL : "descriptors were passed over";
}

static int do_nextfd(void)
{
	return nextfd(FIRST + 2);
}

static const char *found(int fd)
{
	let_go(true);
	return fd < 0 || fd == FIRST + 5 ? NULL : "not the next one";
}

#define SHORTAGE EMFILE, ENFILE, ENOMEM

static const struct row {
	const char *name;
	void (*prepare)(void);
	int (*act)(void);
	const char *(*check)(int result);
	int errors[6]; /* what it may fail with where nothing but such a system call is in the way */
} rows[] = {
	{ "pidfd_open", have_target, do_open, opened, { SHORTAGE } },
	{ "pidfd_open PIDFD_NONBLOCK", have_target, do_open_nonblock, opened, { SHORTAGE } },
	{ "pidfd_getpid", have_target, do_getpid, told_pid, { SHORTAGE } },
	{ "pidfd_send_signal", have_target, do_send, sent, { SHORTAGE, EAGAIN, EPERM } },
	{ "pidfd_send_signal with siginfo", have_target, do_send_info, sent, { SHORTAGE, EAGAIN, EPERM } },
	{ "pidfd_wait", have_zombie, do_wait, waited, { SHORTAGE, EINTR } },
	{ "pidfd_wait __WALL", have_zombie, do_wait_all, waited, { SHORTAGE, EINTR } },
	{ "pidfd_waitid", have_zombie, do_waitid, waited, { SHORTAGE, EINTR } },
	{ "pidfd_wait PIDFD_WFOREIGN", have_zombie, do_wait_foreign, target_is_well, { SHORTAGE, EINTR, ENODATA } },
	{ "pidfd_poll", have_zombie, do_poll, told_end, { SHORTAGE, EINTR } },
	{ "pidfd_ppoll", have_target, do_ppoll, told_no_end, { SHORTAGE, EINTR } },
	{ "pidfd_pollfd", have_zombie, do_pollfd, polled, { SHORTAGE, EAGAIN } },
	{ "pidfd_pollfd of what lives", have_target, do_pollfd, served, { SHORTAGE, EAGAIN } },
	{ "close_range", have_descriptors, do_close_range, closed, { EMFILE, ENOMEM } },
	{ "close_range CLOSE_RANGE_UNSHARE", have_descriptors, do_close_range_unshared, closed, { EMFILE, ENOMEM } },
	{ "close_range CLOSE_RANGE_CLOEXEC", have_descriptors, do_mark_range, marked, { EMFILE, ENOMEM } },
	{ "close_range_except", have_descriptors, do_close_range_except, closed_but_one, { EMFILE, ENOMEM } },
	{ "closefrom", have_descriptors, do_closefrom, closed_silently, { 0 } },
	{ "fdwalk", have_descriptors, do_fdwalk, walked, { ENOMEM } },
	{ "nextfd", have_descriptors, do_nextfd, found, { ENOMEM } },
};

/* The first, which have a pidfd. */
enum {
	OF_PIDFDS = 13
};

static const struct row *row;

static const char *be_called(const struct injection *injection)
{
	const char *complaint = NULL;
	uint64_t before = open_fds();
	bool known = false;
	int result, why;

	injected = injection;
	row->prepare();
	injection_mark();
	errno = EXDEV;
	result = row->act();
	why = errno;
	injection_mark();
	for (int i = 0; i < 6 && row->errors[i]; i++)
		known |= why == row->errors[i];
	if (result >= 0 ? why != EXDEV : !known && (why != ENOSYS || injected->error != EAFNOSUPPORT))
		complaint = strerror(why);
	if (!complaint)
		complaint = row->check(result);
	else
		row->check(result);
	if (waitpid(-1, NULL, WNOHANG | __WALL) != -1)
		return "a child is left";
	return complaint || !(open_fds() & ~before) ? complaint : "a descriptor is left";
}

static void inject(int number, int kind, const char *of)
{
	char what[80];
	unsigned int count;

	must_have(kinds[kind]);
	row = &rows[number];
#ifdef __SANITIZE_ADDRESS__
	if (row->check == served)
		skip_because("the sanitizer makes system calls of its own in a new thread");
#endif
	open_one = kinds[kind];
	snprintf(what, sizeof(what), "%s%s", row->name, of);
	count = inject_each(what, be_called);
	printf("%s: %u injections\n", what, count);
	fflush(stdout);
}

START_TEST(each_call)
{
	inject(_i, 0, "");
}
END_TEST

START_TEST(each_call_of_a_directory)
{
	inject(_i, 1, ", /proc directory");
}
END_TEST

static const char of_pidfds[OF_PIDFDS] __attribute__((used));

TESTS(TEST_EACH(each_call, rows), TEST_EACH(each_call_of_a_directory, of_pidfds))
