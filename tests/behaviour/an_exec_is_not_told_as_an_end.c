/* A process that execs, by whichever of its threads, has not ended, and its end is told. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "child.h"
#include "descriptors.h"
#include "quirks.h"
#include "run.h"
#include "valgrind.h"
#include "watching.h"

static void *become_cat(void *talk)
{
	talk_hear((int)(intptr_t)talk);
	dup2((int)(intptr_t)talk, STDIN_FILENO);
	dup2((int)(intptr_t)talk, STDOUT_FILENO);
	execlp("cat", "cat", (char *)NULL);
	_exit(127);
}

static int exec_cat(int talk, void *by_thread)
{
	pthread_t thread;

	if (by_thread && pthread_create(&thread, NULL, become_cat, (void *)(intptr_t)talk) == 0)
		pthread_join(thread, NULL);
	become_cat((void *)(intptr_t)talk);
	return 1;
}

static void lives(const struct watch *watch, int timeout)
{
	if (watch_is_over(watch, timeout)) {
		proc_must_know(watch->pidfd);
		ck_abort_msg("ready, but not ended");
	}
}

/* Under valgrind each program takes half a second to start; of a crowd each look takes that many times as long. */
static int times(const struct watching *watching)
{
	return under_valgrind() || watching->in_crowd ? 2 : 10;
}

/* cat, once executed, says what it hears. */
static void execs(const struct watching *watching, struct child *child)
{
	struct watch watch = watch_begin(watching, child->pid);

	talk_say(child->talk, 0);
	talk_say(child->talk, 'c');
	for (int looks = 0; looks < (watching->in_crowd ? 2 : 200); looks++)
		lives(&watch, 0);
	lives(&watch, 5);
	if (talk_hear(child->talk) != 'c')
		skip_because("no cat");
	lives(&watch, 5);
	close(child->talk);
	ck_assert(watch_ends(&watch));
	ck_assert_int_eq(waitpid(child->pid, NULL, 0), child->pid);
	watch_end(&watch);
}

START_TEST(by_the_main_thread)
{
	for (int again = 0; again < times(&watchings[_i]); again++) {
		struct child child = child_start(exec_cat, NULL);

		execs(&watchings[_i], &child);
	}
}
END_TEST

START_TEST(by_another_thread)
{
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
	/* Its locks may be held as a program with threads forks, as pidfd_pollfd's are. */
	if (watchings[_i].by_pollfd)
		skip_because("the sanitizer lets no child of threads have threads");
#endif
	for (int again = 0; again < times(&watchings[_i]); again++) {
		struct child child = child_start(exec_cat, &child);

		execs(&watchings[_i], &child);
	}
}
END_TEST

static char directory[] = "/tmp/exec_is_no_end.XXXXXX";
static char cat[sizeof(directory) + 4];

/* A cat that is another user's while it runs. */
static void make_set_uid_cat(void)
{
	char command[256];

	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(cat, sizeof(cat), "%s/cat", directory);
	/* To busybox's shell cat is a word of its own. */
	snprintf(command, sizeof(command),
		 "cp \"$(command -v cat | grep / || echo /bin/cat)\" %s && chmod 4755 %s && chmod 755 %s", cat, cat,
		 directory);
	ck_assert_int_eq(system(command), 0);
}

static int exec_set_uid_cat(int talk, void *unused)
{
	(void)unused;
	talk_hear(talk);
	dup2(talk, STDIN_FILENO);
	dup2(talk, STDOUT_FILENO);
	execl(cat, cat, (char *)NULL);
	return 127;
}

/* Its watcher may have been allowed to trace it before, and is not any more. */
static void watch_set_uid_cat(const struct watching *watching)
{
	become_user(NOBODY);
	for (int again = 0; again < times(watching); again++) {
		struct child child = child_start(exec_set_uid_cat, NULL);

		execs(watching, &child);
	}
}

START_TEST(of_a_set_uid_program)
{
	int status;
	pid_t watcher;

	if (under_valgrind())
		skip_because("valgrind executes no set-uid program");
	must_be_root();
	make_set_uid_cat();
	watcher = check_fork();
	if (watcher == 0) {
		watch_set_uid_cat(&watchings[_i]);
		exit(0);
	}
	ck_assert_int_eq(waitpid(watcher, &status, 0), watcher);
	unlink(cat);
	rmdir(directory);
	end_if_skipped();
	ck_assert_int_eq(status, 0);
}
END_TEST

TESTS(TEST_EACH(by_the_main_thread, watchings), { &by_another_thread, BY_ONESELF },
      TEST_EACH(of_a_set_uid_program, watchings))
