/* The pidfd that clone_pidfd and pidfd_fork give is the new child's, whoever reaps it meanwhile. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "creation.h"
#include "run.h"

static atomic_bool over;

static void *reap_any(void *unused)
{
	while (waitpid(-1, NULL, __WALL) > 0 || !over)
		;
	return unused;
}

/* RESULT of a call that cannot do without the process: the PID or, when it has been reaped, GONE. */
static void tells(int result, pid_t pid, int gone)
{
	ck_assert_msg(result == pid || (result == -1 && errno == gone), "child %d: %d, %s", (int)pid, result,
		      strerror(errno));
}

static void made_well(pid_t pid, int pidfd)
{
	ck_assert_int_gt(pid, 0);
	tells(pidfd_getpid(pidfd), pid, ESRCH);
	tells(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, (int)__WALL), pid, ECHILD);
	close(pidfd);
}

START_TEST(another_thread_reaps_any_child)
{
	pthread_t thread;

	valgrind_must_know_way(&ways[_i]);
	ck_assert_int_eq(pthread_create(&thread, NULL, reap_any, NULL), 0);
	for (int again = 0; again < 50; again++) {
		int pidfd;
		pid_t pid = make(&ways[_i], end_at_once, NULL, &pidfd);

		made_well(pid, pidfd);
	}
	over = true;
	pthread_join(thread, NULL);
}
END_TEST

static void kernel_reaps(const struct way *way, const struct sigaction *ignored)
{
	valgrind_must_know_way(way);
	sigaction(SIGCHLD, ignored, NULL);
	for (int again = 0; again < 20; again++) {
		int pidfd;
		pid_t pid = make(way, end_at_once, NULL, &pidfd);

		made_well(pid, pidfd);
	}
}

START_TEST(sigchld_is_ignored)
{
	kernel_reaps(&ways[_i], &(struct sigaction){ .sa_handler = SIG_IGN });
}
END_TEST

START_TEST(zombies_are_not_wanted)
{
	kernel_reaps(&ways[_i], &(struct sigaction){ .sa_flags = SA_NOCLDWAIT });
}
END_TEST

TESTS(TEST_EACH(another_thread_reaps_any_child, ways), TEST_EACH(sigchld_is_ignored, ways),
      TEST_EACH(zombies_are_not_wanted, ways))
