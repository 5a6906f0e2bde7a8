/* pidfd_fork is fork to the child and to the parent, which has the child's pidfd besides. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "run.h"
#include "sleeper.h"

static int status_of(int pidfd, pid_t pid)
{
	int status;

	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(fcntl(pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pidfd_getpid(pidfd), pid);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), pid);
	close(pidfd);
	return status;
}

START_TEST(each_knows_itself_and_the_other)
{
	int ends[2], pidfd = -7;
	pid_t parent = getpid(), told[2], pid;

	ck_assert_int_eq(pipe(ends), 0);
	errno = EXDEV;
	pid = pidfd_fork(&pidfd, 0);
	if (pid == 0) {
		told[0] = getpid();
		told[1] = getppid();
		_exit(errno != EXDEV || pidfd != -7 || write(ends[1], told, sizeof(told)) != sizeof(told));
	}
	ck_assert_int_eq(errno, EXDEV);
	ck_assert_int_eq(read(ends[0], told, sizeof(told)), sizeof(told));
	ck_assert_int_eq(told[0], pid);
	ck_assert_int_eq(told[1], parent);
	ck_assert_int_eq(status_of(pidfd, pid), 0);
	close(ends[0]);
	close(ends[1]);
}
END_TEST

static int prepared, in_parent, in_child;

static void prepare(void)
{
	prepared++;
}

static void parent(void)
{
	in_parent++;
}

static void child(void)
{
	in_child++;
}

START_TEST(atfork_handlers_run)
{
	int pidfd;
	pid_t pid;

	pthread_atfork(prepare, parent, child);
	pid = pidfd_fork(&pidfd, 0);
	if (pid == 0)
		_exit(prepared << 4 | in_child);
	ck_assert_int_eq(in_parent, 1);
	ck_assert_int_eq(prepared, 1);
	ck_assert_int_eq(in_child, 0);
	ck_assert_int_eq(status_of(pidfd, pid), 0x11 << 8);
}
END_TEST

START_TEST(raise_works)
{
	int pidfd;
	pid_t pid = pidfd_fork(&pidfd, 0);

	if (pid == 0) {
		signal(SIGUSR1, SIG_DFL);
		raise(SIGUSR1);
		_exit(1);
	}
	ck_assert_int_eq(status_of(pidfd, pid), SIGUSR1);
}
END_TEST

static void *return_it(void *result)
{
	return result;
}

START_TEST(threads_work)
{
	int pidfd;
	pid_t pid = pidfd_fork(&pidfd, 0);

	if (pid == 0) {
		pthread_t thread;
		void *result = NULL;

		if (pthread_create(&thread, NULL, return_it, &pidfd) == 0)
			pthread_join(thread, &result);
		_exit(result != &pidfd);
	}
	ck_assert_int_eq(status_of(pidfd, pid), 0);
}
END_TEST

START_TEST(the_mask_stays_and_sigchld_is_sent)
{
	sigset_t set, now;
	int pidfd, sig;
	pid_t pid;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = pidfd_fork(&pidfd, 0);
	sigprocmask(SIG_BLOCK, NULL, &now);
	if (pid == 0)
		_exit(!sigismember(&now, SIGCHLD) || sigismember(&now, SIGTERM));
	ck_assert(sigismember(&now, SIGCHLD) && !sigismember(&now, SIGTERM));
	ck_assert_int_eq(sigwait(&set, &sig), 0);
	ck_assert_int_eq(sig, SIGCHLD);
	ck_assert_int_eq(waitpid(-1, NULL, 0), pid);
	close(pidfd);
}
END_TEST

START_TEST(standard_streams_are_forked_once)
{
	char text[8];
	int ends[2], pidfd;
	FILE *stream;
	pid_t pid;

	ck_assert_int_eq(pipe(ends), 0);
	stream = fdopen(ends[1], "w");
	ck_assert_ptr_nonnull(stream);
	pid = pidfd_fork(&pidfd, 0);
	if (pid == 0) {
		fputs("child", stream);
		exit(fflush(stream));
	}
	ck_assert_int_eq(status_of(pidfd, pid), 0);
	fclose(stream);
	ck_assert_int_eq(read(ends[0], text, sizeof(text)), 5);
	close(ends[0]);
}
END_TEST

static const unsigned int sorts[] = { 0, PIDFD_FORK_HIDDEN };
static unsigned int sort;

static bool forks_well(int code)
{
	int pidfd = -1, status = -1;
	pid_t pid = pidfd_fork(&pidfd, sort), r;

	if (pid == 0)
		_exit(code);
	if (pid < 0 || pidfd_getpid(pidfd) != pid)
		return false;
	do
		r = pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, (int)__WALL);
	while (r < 0 && errno == EINTR);
	close(pidfd);
	return r == pid && status == code << 8;
}

static void *fork_again_and_again(void *code)
{
	for (int again = 0; again < 25; again++)
		if (!forks_well(*(int *)code))
			return code;
	return NULL;
}

START_TEST(threads_fork_at_once)
{
	int codes[] = { 1, 2, 3, 4 };
	pthread_t threads[4];
	void *failed;

	sort = sorts[_i];
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, fork_again_and_again, &codes[i]), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failed);
		ck_assert_ptr_null(failed);
	}
}
END_TEST

/* In parent and child; timers are not inherited, so another process sends to both. */
START_TEST(signals_arrive)
{
	pid_t sender;

	setpgid(0, 0);
	sort = sorts[_i];
	handle_with(SIGUSR1, handle, 0);
	sender = fork();
	if (sender == 0) {
		signal(SIGUSR1, SIG_IGN);
		for (;;)
			kill(0, SIGUSR1);
	}
	for (int again = 0; again < 50; again++)
		ck_assert(forks_well(again));
	kill(sender, SIGKILL);
	while (waitpid(sender, NULL, 0) < 0)
		ck_assert_int_eq(errno, EINTR); /* by the last of its signals */
}
END_TEST

TESTS(TEST(each_knows_itself_and_the_other), TEST(atfork_handlers_run), TEST(raise_works), TEST(threads_work),
      TEST(the_mask_stays_and_sigchld_is_sent), TEST(standard_streams_are_forked_once),
      TEST_EACH(threads_fork_at_once, sorts), TEST_EACH(signals_arrive, sorts))
