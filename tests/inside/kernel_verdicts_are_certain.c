/* A verdict on a call is not reached while descriptors are short, and once there are some it is what it always was. */
#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "fds.h"
#include "kernel.h"
#include "run.h"
#include "sys.h"

enum {
	CALLS = LIBPIDFD_CALL_PERF_EVENT + 1
};

/* Asked by a process that has never been short of anything. */
static int verdict_elsewhere(enum libpidfd_call call)
{
	int ends[2], verdict = 0;

	ck_assert_int_eq(pipe(ends), 0);

	pid_t pid = fork();

	if (pid == 0) {
		verdict = kernel_try(call);
		_exit(write(ends[1], &verdict, sizeof(verdict)) != sizeof(verdict));
	}
	ck_assert_int_eq(read(ends[0], &verdict, sizeof(verdict)), sizeof(verdict));
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	close(ends[0]);
	close(ends[1]);
	return verdict;
}

START_TEST(however_full_the_table_was)
{
	int elsewhere = verdict_elsewhere((enum libpidfd_call)_i), short_of, later;
	struct full_table full;

	table_fill(&full);
	short_of = kernel_try((enum libpidfd_call)_i);
	table_empty(&full);
	later = kernel_try((enum libpidfd_call)_i);
	ck_assert_msg(short_of == KERNEL_UNKNOWN || short_of == elsewhere, "%d when short, %d elsewhere", short_of,
		      elsewhere);
	ck_assert_int_eq(later, elsewhere);
	ck_assert(elsewhere == KERNEL_HAS || elsewhere < 0);
}
END_TEST

/* A probe that needs a descriptor has none, and must have left the verdict open; what it has allowed stays allowed. */
START_TEST(and_unknown_is_no_refusal)
{
	struct full_table full;

	if (kernel_ask((enum libpidfd_call)_i) < 0)
		return;
	table_fill(&full);

	bool may = kernel_may((enum libpidfd_call)_i);
	bool refused[] = {
		kernel_refused((enum libpidfd_call)_i, -EMFILE), kernel_refused((enum libpidfd_call)_i, -ENFILE),
		kernel_refused((enum libpidfd_call)_i, -ENOMEM), kernel_refused((enum libpidfd_call)_i, -EINTR),
		kernel_refused((enum libpidfd_call)_i, -EAGAIN), kernel_refused((enum libpidfd_call)_i, 0),
	};
	int verdict = atomic_load(&kernel_verdicts[_i]);

	table_empty(&full);
	ck_assert(may);
	for (unsigned int i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		ck_assert_msg(!refused[i], "result %u", i);
	ck_assert_int_eq(verdict, KERNEL_UNKNOWN);
}
END_TEST

/* pidfds are there natively, but in a full table nobody can make one. */
START_TEST(pidfd_open_is_unknown_when_it_gives_emfile)
{
	struct full_table full;

	if (verdict_elsewhere(LIBPIDFD_CALL_OPEN) != KERNEL_HAS)
		skip_because("no pidfd_open here");
	table_fill(&full);

	int verdict = kernel_try(LIBPIDFD_CALL_OPEN);
	bool has_poll = kernel_has(LIBPIDFD_CALL_POLL);

	table_empty(&full);
	ck_assert_int_eq(verdict, KERNEL_UNKNOWN);
	ck_assert(!has_poll);
	ck_assert_int_eq(kernel_try(LIBPIDFD_CALL_OPEN), KERNEL_HAS);
}
END_TEST

START_TEST(enosys_is_settled_at_once)
{
	ck_assert(kernel_refused((enum libpidfd_call)_i, -ENOSYS));
	ck_assert(!kernel_may((enum libpidfd_call)_i));
	ck_assert(!kernel_has((enum libpidfd_call)_i));
	ck_assert_int_eq(kernel_try((enum libpidfd_call)_i), -ENOSYS);
}
END_TEST

/* EPERM, EACCES and EINVAL can be answers of the call that is there: the probe knows. */
START_TEST(doubtful_errnos_are_probed)
{
	static const int doubtful[] = { -EPERM, -EACCES, -EINVAL };
	int elsewhere = verdict_elsewhere((enum libpidfd_call)_i);

	if (kernel_ask((enum libpidfd_call)_i) == -ECANCELED)
		return;
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(kernel_refused((enum libpidfd_call)_i, doubtful[i]), elsewhere < 0);
	ck_assert_int_eq(kernel_try((enum libpidfd_call)_i), elsewhere);
}
END_TEST

static char calls[CALLS];

TESTS(TEST_EACH(however_full_the_table_was, calls), TEST_EACH(and_unknown_is_no_refusal, calls),
      TEST(pidfd_open_is_unknown_when_it_gives_emfile), TEST_EACH(enosys_is_settled_at_once, calls),
      TEST_EACH(doubtful_errnos_are_probed, calls))
