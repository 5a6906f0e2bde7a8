/*
 * The table that close_range clears is that of the calling thread: shared or not, and with CLOSE_RANGE_UNSHARE its own from
 * then on. Where it cannot be had nothing is closed.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "clearing.h"
#include "creation.h"
#include "run.h"
#include "sandbox.h"

static const int all_flags[] = {
	0,
	CLOSE_RANGE_UNSHARE,
	CLOSE_RANGE_CLOEXEC,
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC,
};

static struct clearing from_20_on(int flags)
{
	return (struct clearing){ 20, UINT_MAX, flags, close_range };
}

/* What is seen by the other side, once CLEARING is done. */
static void sees(const struct table *expected)
{
	struct table now;

	table_look(&now);
	for (int fd = 20; fd < SLOTS; fd++)
		if (now.slot[fd] != expected->slot[fd])
			_exit(fd % 100 + 1);
}

static void *clear_in_thread(void *clearing)
{
	clear(clearing);
	return NULL;
}

static struct table left_behind;

/* The two tables must not be the same, lest the other one be taken for the list of this. */
static void *unshare_and_clear(void *clearing)
{
	table_look(&left_behind);
	if (unshare(CLONE_FILES) == 0 && dup2(20, 900) == 900 && close(20) == 0)
		clear(clearing);
	return NULL;
}

static void join(void *(*routine)(void *), struct clearing *clearing)
{
	pthread_t thread;

	table_populate();
	ck_assert_int_eq(pthread_create(&thread, NULL, routine, clearing), 0);
	pthread_join(thread, NULL);
}

static void by_thread(struct clearing *clearing)
{
	join(clear_in_thread, clearing);
	sees(clearing->flags & (int)CLOSE_RANGE_UNSHARE ? &clearing->before : &clearing->after);
}

START_TEST(in_a_thread)
{
	cleared_that_alone(cleared(from_20_on(all_flags[_i]), by_thread));
}
END_TEST

static void by_unshared_thread(struct clearing *clearing)
{
	join(unshare_and_clear, clearing);
	sees(&left_behind);
}

START_TEST(in_a_thread_with_a_table_of_its_own)
{
	cleared_that_alone(cleared(from_20_on(all_flags[_i]), by_unshared_thread));
}
END_TEST

/* The table is shared with a process that is no thread. */
static int clear_and_exit(void *clearing)
{
	clear(clearing);
	_exit(0);
}

static void by_sharing_process(struct clearing *clearing)
{
	static _Alignas(16) char stack[65536];
	int status;

	table_populate();

	pid_t pid = clone(clear_and_exit, stack + sizeof(stack), CLONE_FILES | SIGCHLD, clearing);

	if (waitpid(pid, &status, 0) != pid || status != 0)
		_exit(1);
	sees(clearing->flags & (int)CLOSE_RANGE_UNSHARE ? &clearing->before : &clearing->after);
}

START_TEST(in_a_process_that_shares_it)
{
	valgrind_must_know(CLONE_FILES | SIGCHLD, NULL);
	cleared_that_alone(cleared(from_20_on(all_flags[_i]), by_sharing_process));
}
END_TEST

static const struct {
	int result, error;
} unshare_refusals[] = {
	{ EPERM, ENOSYS }, { ENOSYS, ENOSYS }, { EACCES, ENOSYS }, { EMFILE, EMFILE }, { ENOMEM, ENOMEM },
};

static int refusal;

static void where_unshare_is_refused(struct clearing *clearing)
{
	table_populate();
	sandbox_refuses(&(struct use){ SYS_unshare }, refusal);
	clear(clearing);
}

static bool is_native(int flags)
{
	return libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE, NULL) == LIBPIDFD_PATH_KERNEL &&
	       (!(flags & (int)CLOSE_RANGE_CLOEXEC) ||
		libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, NULL) == LIBPIDFD_PATH_KERNEL);
}

START_TEST(not_if_it_cannot_be_unshared)
{
	refusal = unshare_refusals[_i].result;
	for (int i = 0; i < 4; i++) {
		const struct clearing *clearing = cleared(from_20_on(all_flags[i]), where_unshare_is_refused);

		if (all_flags[i] & (int)CLOSE_RANGE_UNSHARE && !is_native(all_flags[i]))
			cleared_nothing(clearing, unshare_refusals[_i].error);
		else
			cleared_that_alone(clearing);
	}
}
END_TEST

TESTS(TEST_EACH(in_a_thread, all_flags), TEST_EACH(in_a_thread_with_a_table_of_its_own, all_flags),
      TEST_EACH(in_a_process_that_shares_it, all_flags), TEST_EACH(not_if_it_cannot_be_unshared, unshare_refusals))
