/* close_range works in a vfork child, in a signal handler, and on a stack of 16 KiB, from its first call in a process. */
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "run.h"

static const int all_flags[] = {
	0,
	CLOSE_RANGE_UNSHARE,
	CLOSE_RANGE_CLOEXEC,
	CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC,
};

static struct clearing from_0_on(int flags)
{
	return (struct clearing){ 0, UINT_MAX, flags, close_range };
}

static void await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || status != 0)
		_exit(1);
}

static void by_vfork(struct clearing *clearing)
{
	struct table now;

	table_populate();

	pid_t pid = vfork();

	if (pid == 0) {
		clear(clearing);
		_exit(0);
	}
	await(pid);
	table_look(&now);
	for (int fd = 0; fd < SLOTS; fd++)
		ck_assert_int_eq(now.slot[fd], clearing->before.slot[fd]);
}

START_TEST(in_a_vfork_child)
{
	cleared_that_alone(cleared(from_0_on(all_flags[_i]), by_vfork));
}
END_TEST

static struct clearing *interrupting;

static void handle(int sig)
{
	(void)sig;
	clear(interrupting);
}

static void by_handler(struct clearing *clearing)
{
	table_populate();
	interrupting = clearing;
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
}

START_TEST(in_a_signal_handler)
{
	cleared_that_alone(cleared(from_0_on(all_flags[_i]), by_handler));
}
END_TEST

static int clear_on_stack(void *clearing)
{
	clear(clearing);
	return 0;
}

/* Below the stack is a page that nothing may touch. */
static void by_small_stack(struct clearing *clearing)
{
	const size_t size = 16384, guard = 65536;
	char *stack = mmap(NULL, guard + size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ck_assert_int_eq(mprotect(stack + guard, size, PROT_READ | PROT_WRITE), 0);
	table_populate();
	await(clone(clear_on_stack, stack + guard + size, CLONE_VM | CLONE_VFORK | SIGCHLD, clearing));
}

START_TEST(on_a_small_stack)
{
	cleared_that_alone(cleared(from_0_on(all_flags[_i]), by_small_stack));
}
END_TEST

static void by_small_stack_without_proc(struct clearing *clearing)
{
	without_proc();
	by_small_stack(clearing);
}

START_TEST(on_a_small_stack_without_proc)
{
	cleared_that_alone(cleared(from_0_on(all_flags[_i]), by_small_stack_without_proc));
}
END_TEST

TESTS(TEST_EACH(in_a_vfork_child, all_flags), TEST_EACH(in_a_signal_handler, all_flags),
      TEST_EACH(on_a_small_stack, all_flags), TEST_EACH(on_a_small_stack_without_proc, all_flags))
