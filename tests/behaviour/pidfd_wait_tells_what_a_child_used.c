/* pidfd_wait tells what a child used as wait4 does; each of its out-parameters may be NULL. */
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "raw.h"
#include "run.h"

static int spin(int talk, void *unused)
{
	struct timespec used;

	(void)talk, (void)unused;
	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec == 0 && used.tv_nsec < 50000000);
	return 0;
}

static long long microseconds(const struct timeval *time)
{
	return time->tv_sec * 1000000LL + time->tv_usec;
}

/* A process that can be waited for has yet to leave its processor, and until then what it used still grows a little. */
static void in_order(const struct rusage *a, const struct rusage *b, const struct rusage *c)
{
	const long long fields[][3] = {
		{ microseconds(&a->ru_utime), microseconds(&b->ru_utime), microseconds(&c->ru_utime) },
		{ microseconds(&a->ru_stime), microseconds(&b->ru_stime), microseconds(&c->ru_stime) },
		{ a->ru_maxrss, b->ru_maxrss, c->ru_maxrss },
		{ a->ru_minflt, b->ru_minflt, c->ru_minflt },
		{ a->ru_majflt, b->ru_majflt, c->ru_majflt },
		{ a->ru_inblock, b->ru_inblock, c->ru_inblock },
		{ a->ru_oublock, b->ru_oublock, c->ru_oublock },
		{ a->ru_nvcsw, b->ru_nvcsw, c->ru_nvcsw },
		{ a->ru_nivcsw, b->ru_nivcsw, c->ru_nivcsw },
	};

	for (unsigned int i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		ck_assert_msg(fields[i][0] <= fields[i][1] && fields[i][1] <= fields[i][2],
			      "field %u: %lld, %lld, %lld", i, fields[i][0], fields[i][1], fields[i][2]);
}

static const int options[] = { WNOWAIT, 0, __WALL };

START_TEST(what_it_used)
{
	struct child child = child_start(spin, NULL);
	int pidfd = pidfd_open(child.pid, 0);
	struct rusage before, used, after;
	siginfo_t info;

	ck_assert_int_eq(raw_waitid(P_PID, child.pid, &info, WEXITED | WNOWAIT, &before), 0);
	ck_assert_int_gt(microseconds(&before.ru_utime) + microseconds(&before.ru_stime), 0);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &used, WEXITED, options[_i]), child.pid);
	if (options[_i] & WNOWAIT)
		ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
	ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &after), 0);
	in_order(&before, &used, &after);
	close(pidfd);
	close(child.talk);
}
END_TEST

START_TEST(each_out_parameter_may_be_null)
{
	struct child child = child_zombie(6);
	int pidfd = pidfd_open(child.pid, 0), status = 0;
	struct rusage rusage;
	siginfo_t info;

	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, WNOWAIT), child.pid);
	ck_assert_int_eq(status, 6 << 8);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, &info, NULL, WEXITED, WNOWAIT), child.pid);
	ck_assert_int_eq(info.si_status, 6);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &rusage, WEXITED, WNOWAIT), child.pid);
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0), child.pid);
	ck_assert_int_eq(waitpid(child.pid, NULL, WNOHANG), -1);
	close(pidfd);
	close(child.talk);
}
END_TEST

TESTS(TEST_EACH(what_it_used, options), TEST(each_out_parameter_may_be_null))
