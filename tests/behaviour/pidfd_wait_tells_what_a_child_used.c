/* pidfd_wait tells what a child used as wait4 does, in every field; each of its out-parameters may be NULL. */
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "quirks.h"
#include "raw.h"
#include "run.h"

static int spin(void)
{
	struct timespec used;

	do
		clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	while (used.tv_sec == 0 && used.tv_nsec < 20000000);
	return 0;
}

/* What its own child used, which it has reaped, counts. */
static int spin_twice(int talk, void *unused)
{
	pid_t pid = fork();

	(void)talk, (void)unused;
	if (pid == 0)
		_exit(spin());
	return waitpid(pid, NULL, 0) != pid || spin();
}

enum {
	MAXRSS = 2,
	FIELDS = 16
};

static void fields_of(const struct rusage *rusage, long long fields[FIELDS])
{
	const long long all[FIELDS] = {
		rusage->ru_utime.tv_sec * 1000000LL + rusage->ru_utime.tv_usec,
		rusage->ru_stime.tv_sec * 1000000LL + rusage->ru_stime.tv_usec,
		rusage->ru_maxrss,
		rusage->ru_ixrss,
		rusage->ru_idrss,
		rusage->ru_isrss,
		rusage->ru_minflt,
		rusage->ru_majflt,
		rusage->ru_nswap,
		rusage->ru_inblock,
		rusage->ru_oublock,
		rusage->ru_msgsnd,
		rusage->ru_msgrcv,
		rusage->ru_nsignals,
		rusage->ru_nvcsw,
		rusage->ru_nivcsw,
	};

	memcpy(fields, all, sizeof(all));
}

/* What this process' children used that were reaped so far. */
static void fields_of_reaped(long long fields[FIELDS])
{
	struct rusage reaped;

	ck_assert_int_eq(getrusage(RUSAGE_CHILDREN, &reaped), 0);
	fields_of(&reaped, fields);
}

static const int flags[] = { WNOWAIT, 0, (int)__WALL };

/*
 * Between what the kernel says before and what wait4, or whoever counts the reaped, says after. A process that can be waited
 * for has yet to leave its processor, and until then what it used grows a little: so whether those two were the same.
 */
static bool is_told(int _i)
{
	struct child child = child_start(spin_twice, NULL);
	int pidfd = pidfd_open(child.pid, 0);
	long long earlier[FIELDS], before[FIELDS], told[FIELDS], after[FIELDS];
	struct rusage rusage;
	siginfo_t info;
	bool same = true;

	fields_of_reaped(earlier);
	ck_assert_int_eq(raw_waitid(P_PID, child.pid, &info, WEXITED | WNOWAIT, &rusage), 0);
	fields_of(&rusage, before);
	ck_assert_int_gt(before[0] + before[1], 0);
	memset(&rusage, 0x5a, sizeof(rusage));
	ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &rusage, WEXITED, flags[_i]), child.pid);
	fields_of(&rusage, told);
	if (flags[_i] & WNOWAIT) {
		ck_assert_int_eq(wait4(child.pid, NULL, 0, &rusage), child.pid);
		fields_of(&rusage, after);
	} else {
		fields_of_reaped(after);
		for (int i = 0; i < FIELDS; i++)
			after[i] = i == MAXRSS ? before[i] : after[i] - earlier[i];
	}
	for (int i = 0; i < FIELDS; i++) {
		ck_assert_msg(before[i] <= told[i] && told[i] <= after[i], "field %d: %lld, %lld, %lld", i, before[i],
			      told[i], after[i]);
		same &= before[i] == after[i];
	}
	close(pidfd);
	close(child.talk);
	return same;
}

START_TEST(what_it_used_in_every_field)
{
	while (!is_told(_i))
		;
}
END_TEST

START_TEST(what_a_stopped_child_has_used)
{
	waitid_must_tell_stops();

	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);
	long long before[FIELDS], told[FIELDS], after[FIELDS];
	struct rusage rusage;
	siginfo_t info;

	kill(child.pid, SIGSTOP);
	do {
		ck_assert_int_eq(raw_waitid(P_PID, child.pid, &info, WSTOPPED | WNOWAIT, &rusage), 0);
		fields_of(&rusage, before);
		ck_assert_int_eq(pidfd_wait(pidfd, NULL, NULL, &rusage, WSTOPPED, WNOWAIT), child.pid);
		fields_of(&rusage, told);
		ck_assert_int_eq(raw_waitid(P_PID, child.pid, &info, WSTOPPED | WNOWAIT, &rusage), 0);
		fields_of(&rusage, after);
	} while (memcmp(before, after, sizeof(before)) != 0);
	ck_assert_mem_eq(told, before, sizeof(told));
	child_end(&child);
	close(pidfd);
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

TESTS(TEST_EACH(what_it_used_in_every_field, flags), TEST(what_a_stopped_child_has_used),
      TEST(each_out_parameter_may_be_null))
