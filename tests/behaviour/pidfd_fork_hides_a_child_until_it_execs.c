/* A child of PIDFD_FORK_HIDDEN is seen by those waits only that ask for it, and sends no SIGCHLD, till it execs. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"

static void block_sigchld(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool sigchld_came(void)
{
	sigset_t pending;

	sigpending(&pending);
	return sigismember(&pending, SIGCHLD);
}

/* A hidden child that obeys, or becomes cat. */
static struct child hidden(int *pidfd, bool execs)
{
	int ends[2];
	pid_t pid;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	block_sigchld();
	pid = pidfd_fork(pidfd, PIDFD_FORK_HIDDEN);
	if (pid == 0) {
		close(ends[0]);
		if (!execs)
			_exit(child_obeys(ends[1], NULL));
		dup2(ends[1], STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		execlp("cat", "cat", (char *)NULL);
		_exit(127);
	}
	ck_assert_int_gt(pid, 0);
	close(ends[1]);
	return (struct child){ pid, ends[0] };
}

static void no_child(int result)
{
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(errno, ECHILD);
}

static void is_unseen(const struct child *child, int pidfd)
{
	siginfo_t info;

	no_child(waitpid(-1, NULL, WNOHANG));
	no_child(waitpid(-1, NULL, 0));
	no_child(waitpid(0, NULL, 0));
	no_child(waitid(P_ALL, 0, &info, WEXITED));
	no_child(waitpid(child->pid, NULL, WNOHANG));
	no_child(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0));
	ck_assert(!sigchld_came());
}

static const int flags[] = { (int)__WALL, (int)__WCLONE };

START_TEST(it_is_found_by_those_who_ask)
{
	int pidfd, status;
	struct child child = hidden(&pidfd, false);
	struct pollfd end = { .fd = pidfd, .events = POLLIN };
	siginfo_t info;

	ck_assert_int_eq(pidfd_getpid(pidfd), child.pid);
	is_unseen(&child, pidfd);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG | flags[_i]), 0);
	talk_say(child.talk, 6);
	ck_assert_int_eq(pidfd_poll(&end, 1, -1), 1);
	is_unseen(&child, pidfd);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, &info, NULL, WEXITED, flags[_i]), child.pid);
	ck_assert_int_eq(status, 6 << 8);
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_code, CLD_EXITED);
	ck_assert_int_eq(info.si_pid, child.pid);
	ck_assert_uint_eq(info.si_uid, getuid());
	ck_assert_int_eq(info.si_status, 6);
	no_child(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, flags[_i]));
	ck_assert(!sigchld_came());
	close(child.talk);
	close(pidfd);
}
END_TEST

START_TEST(it_is_waited_for_while_it_lives)
{
	int pidfd, status;
	struct child child = hidden(&pidfd, false), other = child_waiting();

	/* The other closes its end of the hidden one's talk at its own end, which comes last. */
	close(child.talk);
	talk_say(other.talk, 0);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, flags[_i]), child.pid);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(child_reap(&other), 0);
	close(pidfd);
}
END_TEST

START_TEST(killed)
{
	int pidfd, status;
	struct child child = hidden(&pidfd, false);

	ck_assert_int_eq(pidfd_send_signal(pidfd, SIGKILL, NULL, 0), 0);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, (int)__WALL), child.pid);
	ck_assert_int_eq(status, SIGKILL);
	ck_assert(!sigchld_came());
	close(child.talk);
	close(pidfd);
}
END_TEST

/* cat says what it hears, so that it is known to have been executed. */
START_TEST(exec_shows_it)
{
	int pidfd, status;
	struct child child = hidden(&pidfd, true);

	talk_say(child.talk, 'c');
	if (talk_hear(child.talk) != 'c') {
		child_end(&child);
		skip_because("no cat");
	}
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), 0);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, WNOHANG), 0);
	close(child.talk);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0), child.pid);
	ck_assert_int_eq(status, 0);
	ck_assert(sigchld_came());
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(it_is_found_by_those_who_ask, flags), TEST_EACH(it_is_waited_for_while_it_lives, flags), TEST(killed),
      TEST(exec_shows_it))
