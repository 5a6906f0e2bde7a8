/* close_range and its kin work in a vfork child, in a signal handler, and on 16 KiB of stack, from their first call on. */
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "clearing.h"
#include "environment.h"
#include "run.h"

static int except(unsigned int first, unsigned int last, int flags)
{
	static const int closed[] = { 50, -1, 30, SLOTS + 20000, 50 };

	return close_range_except(first, last, closed, sizeof(closed) / sizeof(closed[0]), flags);
}

static int from(unsigned int first, unsigned int last, int flags)
{
	(void)last, (void)flags;
	closefrom((int)first);
	return 0;
}

static int close_it(void *unused, int fd)
{
	int error = errno;

	(void)unused;
	close(fd);
	errno = error; /* EBADF of valgrind's own */
	return 0;
}

static int by_walk(unsigned int first, unsigned int last, int flags)
{
	(void)first, (void)last, (void)flags;
	return fdwalk(close_it, NULL);
}

static int one_by_one(unsigned int first, unsigned int last, int flags)
{
	int error = errno;

	(void)last, (void)flags;
	for (int fd = (int)first; (fd = nextfd(fd)) >= 0; fd++)
		close(fd);
	errno = error;
	return 0;
}

static const struct {
	int (*call)(unsigned int first, unsigned int last, int flags);
	int flags;
} ways[] = {
	{ close_range, 0 },
	{ close_range, CLOSE_RANGE_UNSHARE },
	{ close_range, CLOSE_RANGE_CLOEXEC },
	{ close_range, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC },
	{ except, 0 },
	{ except, CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC },
	{ from, 0 },
	{ by_walk, 0 },
	{ one_by_one, 0 },
};

static struct clearing from_0_on(int way)
{
	return (struct clearing){ 0, UINT_MAX, ways[way].flags, ways[way].call };
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
	cleared_that_alone(cleared(from_0_on(_i), by_vfork));
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
	cleared_that_alone(cleared(from_0_on(_i), by_handler));
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
	cleared_that_alone(cleared(from_0_on(_i), by_small_stack));
}
END_TEST

static void by_small_stack_without_proc(struct clearing *clearing)
{
	without_proc();
	by_small_stack(clearing);
}

START_TEST(on_a_small_stack_without_proc)
{
	cleared_that_alone(cleared(from_0_on(_i), by_small_stack_without_proc));
}
END_TEST

TESTS(TEST_EACH(in_a_vfork_child, ways), TEST_EACH(in_a_signal_handler, ways), TEST_EACH(on_a_small_stack, ways),
      TEST_EACH(on_a_small_stack_without_proc, ways))
