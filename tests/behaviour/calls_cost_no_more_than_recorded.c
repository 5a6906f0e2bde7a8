/*
 * What a call costs in system calls, from the second time on, is on record: one, the kernel's own, where the kernel has it;
 * and no more than it takes where it is emulated, in the main thread and in another. Those of a child, or of a helper, do
 * not count.
 */
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "held.h"
#include "kinds.h"
#include "run.h"

enum {
	ABOVE = 500 /* all that is open */
};

static int target, directory, kernels;
static pid_t target_pid;

static void do_open(void)
{
	pidfd_open(target_pid, 0); /* left open for the end of the process */
}

static void do_check(void)
{
	pidfd_send_signal(target, 0, NULL, 0);
}

static void do_send(void)
{
	pidfd_send_signal(target, SIGURG, NULL, 0);
}

static void do_send_by_directory(void)
{
	pidfd_send_signal(directory, SIGURG, NULL, 0);
}

static void do_send_by_kernels(void)
{
	pidfd_send_signal(kernels, SIGURG, NULL, 0);
}

static void do_queue(void)
{
	siginfo_t info = { .si_signo = SIGURG, .si_code = SI_QUEUE };

	pidfd_send_signal(target, SIGURG, &info, 0);
}

static void do_getpid(void)
{
	pidfd_getpid(target);
}

static void do_wait(void)
{
	siginfo_t info;
	int status;

	pidfd_wait(target, &status, &info, NULL, WEXITED, WNOHANG);
}

static void do_waitid(void)
{
	siginfo_t info;

	pidfd_waitid(P_PIDFD, (id_t)target, &info, WEXITED | WNOHANG);
}

static void do_poll(void)
{
	struct pollfd p = { .fd = target, .events = POLLIN };

	pidfd_poll(&p, 1, 0);
}

static void do_ppoll(void)
{
	struct pollfd p = { .fd = target, .events = POLLIN };
	struct timespec zero = { 0 };

	pidfd_ppoll(&p, 1, &zero, NULL);
}

static void do_pollfd(void)
{
	pidfd_pollfd(target, 0);
}

static int leave(void *nothing)
{
	(void)nothing;
	return 0;
}

static void do_clone(void)
{
	static char stack[65536] __attribute__((aligned(16)));
	int pidfd;

	clone_pidfd(leave, stack + sizeof(stack), CLONE_VM | CLONE_VFORK, NULL, &pidfd);
}

static void do_close_range(void)
{
	close_range(ABOVE, UINT_MAX, 0);
}

static void do_close_range_cloexec(void)
{
	close_range(ABOVE, UINT_MAX, CLOSE_RANGE_CLOEXEC);
}

static void do_closefrom(void)
{
	closefrom(ABOVE);
}

static void do_nextfd(void)
{
	nextfd(ABOVE);
}

static void do_nothing(void)
{
}

/*
 * System calls where the kernel has the call, and where it has none of them, or 0 for what is not the same each time; and
 * instructions where the kernel has it, those that gcc 12 makes for x86-64 with -O2 and a seventh more for other compilers, and
 * for the library in one file.
 */
static const struct row {
	const char *name;
	void (*act)(void);
	int native, emulated, instructions;
} rows[] = {
	{ "pidfd_open", do_open, 1, 11, 55 },
	{ "pidfd_send_signal, signal 0", do_check, 1, 10, 46 },
	{ "pidfd_send_signal", do_send, 1, 17, 46 },
	{ "pidfd_send_signal, directory", do_send_by_directory, 1, 17, 46 },
	{ "pidfd_send_signal, kernel's pidfd", do_send_by_kernels, 1, 22, 46 },
	{ "pidfd_send_signal, siginfo", do_queue, 1, 22, 74 },
	{ "pidfd_getpid", do_getpid, 2, 9, 0 },
	{ "pidfd_wait", do_wait, 1, 10, 168 },
	{ "pidfd_waitid", do_waitid, 1, 10, 143 },
	{ "pidfd_poll", do_poll, 1, 16, 39 },
	{ "pidfd_ppoll", do_ppoll, 1, 16, 72 },
	{ "pidfd_pollfd", do_pollfd, 2, 0, 0 },
	{ "clone_pidfd", do_clone, 1, 12, 0 },
	{ "close_range", do_close_range, 1, 8, 71 },
	{ "close_range, CLOEXEC", do_close_range_cloexec, 1, 8, 78 },
	{ "closefrom", do_closefrom, 1, 8, 62 },
	{ "nextfd", do_nextfd, 8, 8, 0 },
};

enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

static const struct row *row, nothing = { .act = do_nothing };
static bool in_thread;

/* The one that is held. */
static void *act_between_marks(void *talk)
{
	pid_t tid = (pid_t)syscall(SYS_gettid);

	row->act();
	if (write((int)(intptr_t)talk, &tid, sizeof(tid)) != sizeof(tid) || talk_hear((int)(intptr_t)talk) < 0)
		_exit(1);
	held_mark();
	row->act();
	held_mark();
	_exit(0);
}

static int act(int talk, void *unused)
{
	pthread_t thread;

	(void)unused;
	if (in_thread && pthread_create(&thread, NULL, act_between_marks, (void *)(intptr_t)talk) == 0)
		pthread_join(thread, NULL);
	act_between_marks((void *)(intptr_t)talk);
	return 1;
}

/* In two stops each; a mark is three. */
static int calls_of(struct held *held)
{
	ck_assert(!held_at(held, INT_MAX));
	return held->stops / 2 - 3;
}

static int count(const struct row *what, int (*in)(struct held *held))
{
	struct child child;
	struct held held;
	pid_t tid;
	int result;

	row = what;
	child = child_start(act, NULL);
	ck_assert_int_eq(read(child.talk, &tid, sizeof(tid)), sizeof(tid));
	held = held_start(tid);
	talk_say(child.talk, 0);
	result = in(&held);
	held_end(&held);
	if (in_thread)
		child_reap(&child);
	else
		close(child.talk);
	return result;
}

static bool all_are(enum libpidfd_path path)
{
	bool all = true;

	for (int call = 0; call <= LIBPIDFD_CALL_PERF_EVENT; call++)
		all = all && (libpidfd_path((enum libpidfd_call)call, NULL) == LIBPIDFD_PATH_KERNEL) ==
				     (path == LIBPIDFD_PATH_KERNEL);
	return all;
}

static void compare(const char *name, const char *of, int found, int on_record)
{
	printf("%s: %d %s, %d on record\n", name, found, of, on_record);
	fflush(stdout);
	ck_assert_msg(found <= on_record, "%s: %d %s, %d on record", name, found, of, on_record);
}

static struct child begin(const struct row *what)
{
	struct child child;

	must_be_able_to_hold();
	if (what->act == do_send_by_directory || what->act == do_nextfd) /* without it, other ways */
		must_have_proc();
	child = child_waiting();
	target_pid = child.pid;
	target = pidfd_open(child.pid, 0);
	directory = open_directory(child.pid);
	kernels = open_kernels_pidfd(child.pid);
	return child;
}

static void end(struct child *child)
{
	close(target);
	close(directory);
	close(kernels);
	child_end(child);
}

/* Once for each thread. */
static const char places[2 * ROWS] __attribute__((used));

START_TEST(in_system_calls)
{
	const struct row *what = &rows[_i % ROWS];
	int on_record = all_are(LIBPIDFD_PATH_KERNEL)	  ? what->native
			: all_are(LIBPIDFD_PATH_EMULATED) ? what->emulated
							  : 0;
	struct child child;

	if (on_record == 0)
		skip_because("not on record");
	child = begin(what);
	in_thread = _i >= ROWS;
	compare(what->name, "system calls", count(what, calls_of), on_record);
	end(&child);
}
END_TEST

START_TEST(in_instructions)
{
	const struct row *what = &rows[_i];
	struct child child;

#if !defined __x86_64__ || !defined __OPTIMIZE__ || defined __SANITIZE_ADDRESS__
	skip_because("not on record");
#endif
	if (what->instructions == 0 || !all_are(LIBPIDFD_PATH_KERNEL))
		skip_because("not on record, or not native");
	child = begin(what);
	compare(what->name, "instructions", count(what, held_steps) - count(&nothing, held_steps), what->instructions);
	end(&child);
}
END_TEST

TESTS(TEST_EACH(in_system_calls, places), TEST_EACH(in_instructions, rows))
