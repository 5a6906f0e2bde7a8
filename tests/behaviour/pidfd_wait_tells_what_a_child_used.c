/* pidfd_wait tells what a child used as wait4 does; each of its out-parameters may be NULL. */
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
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

/* A process that can be waited for has yet to leave its processor: that last switch may be counted between the two. */
static void same_usage(const struct rusage *a, const struct rusage *b)
{
	long switches = b->ru_nvcsw + b->ru_nivcsw - a->ru_nvcsw - a->ru_nivcsw;

	ck_assert_int_eq(a->ru_utime.tv_sec, b->ru_utime.tv_sec);
	ck_assert_int_eq(a->ru_utime.tv_usec, b->ru_utime.tv_usec);
	ck_assert_int_eq(a->ru_stime.tv_sec, b->ru_stime.tv_sec);
	ck_assert_int_eq(a->ru_stime.tv_usec, b->ru_stime.tv_usec);
	ck_assert_int_eq(a->ru_maxrss, b->ru_maxrss);
	ck_assert_int_eq(a->ru_minflt, b->ru_minflt);
	ck_assert_int_eq(a->ru_majflt, b->ru_majflt);
	ck_assert_int_ge(switches, 0);
	ck_assert_int_le(switches, 1);
}

static const bool by_wait4[] = { false, true };

START_TEST(what_it_used)
{
	struct child child = child_start(spin, NULL);
	int pidfd = pidfd_open(child.pid, 0);
	struct rusage looked, again;

	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &looked, WEXITED, WNOWAIT), child.pid);
	ck_assert_int_gt(looked.ru_utime.tv_sec + looked.ru_utime.tv_usec + looked.ru_stime.tv_usec, 0);
	if (by_wait4[_i])
		ck_assert_int_eq(wait4(child.pid, NULL, 0, &again), child.pid);
	else
		ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &again, WEXITED, 0), child.pid);
	same_usage(&looked, &again);
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

TESTS(TEST_EACH(what_it_used, by_wait4), TEST(each_out_parameter_may_be_null))
