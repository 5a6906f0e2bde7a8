/* A status of wait4(2) and a siginfo of waitid(2) tell the same, so that either can be made of the other. */
#include <string.h>
#include <sys/wait.h>

#include "run.h"
#include "wait_status.h"

static void goes_both_ways(int status, int code, int of)
{
	siginfo_t info;

	memset(&info, 0xff, sizeof(info));
	wait_status_to_info(status, 42, 1000, &info);
	ck_assert_int_eq(info.si_signo, SIGCHLD);
	ck_assert_int_eq(info.si_errno, 0);
	ck_assert_int_eq(info.si_pid, 42);
	ck_assert_uint_eq(info.si_uid, 1000);
	ck_assert_msg(info.si_code == code && info.si_status == of, "status 0x%x: si_code %d, si_status 0x%x",
		      (unsigned int)status, info.si_code, (unsigned int)info.si_status);
	ck_assert_msg(wait_status_from_info(&info) == status, "status 0x%x: 0x%x", (unsigned int)status,
		      (unsigned int)wait_status_from_info(&info));
}

START_TEST(of_every_exit)
{
	for (int code = 0; code < 256; code++)
		goes_both_ways(code << 8, CLD_EXITED, code);
}
END_TEST

/* To 126: 127 in these bits says stopped. */
START_TEST(of_every_signal)
{
	for (int sig = 1; sig < 127; sig++) {
		goes_both_ways(sig, CLD_KILLED, sig);
		goes_both_ways(sig | 0x80, CLD_DUMPED, sig);
	}
}
END_TEST

START_TEST(of_every_stop)
{
	for (int sig = 1; sig < 256; sig++) /* SIGTRAP | 0x80 with PTRACE_O_TRACESYSGOOD */
		goes_both_ways(sig << 8 | 0x7f, CLD_STOPPED, sig);
}
END_TEST

START_TEST(of_every_trap)
{
	for (int event = 1; event <= 128; event++)
		goes_both_ways(event << 16 | SIGTRAP << 8 | 0x7f, CLD_TRAPPED, event << 8 | SIGTRAP);
}
END_TEST

START_TEST(of_a_continuation)
{
	goes_both_ways(0xffff, CLD_CONTINUED, SIGCONT);
}
END_TEST

/* What exit(2) is given beyond eight bits is not in a status, although some kernels have it in si_status. */
START_TEST(with_eight_bits_of_an_exit_code)
{
	siginfo_t info = { .si_signo = SIGCHLD, .si_code = CLD_EXITED };

	info.si_status = 0x1234507;
	ck_assert_int_eq(wait_status_from_info(&info), 7 << 8);
}
END_TEST

TESTS(TEST(of_every_exit), TEST(of_every_signal), TEST(of_every_stop), TEST(of_every_trap), TEST(of_a_continuation),
      TEST(with_eight_bits_of_an_exit_code))
