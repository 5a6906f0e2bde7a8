/* close_range and its kin call no allocator: this program's own aborts while they run, and they run while it does. */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "environment.h"
#include "run.h"
#include "valgrind.h"

static volatile sig_atomic_t forbidden, interrupting;

/* Under a sanitizer or valgrind the allocator is theirs, and all of it is defined once more in vain. */
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__

static _Alignas(16) char heap[1 << 28];
static size_t used;

/* A block is never used again, and tells its size in the 16 bytes before it. */
static void *take(size_t size)
{
	size_t all = (size + 31) / 16 * 16;
	char *block;

	if (forbidden)
		abort();
	if (interrupting)
		raise(SIGUSR1);
	if (size > sizeof(heap) || used + all > sizeof(heap))
		return NULL;
	block = heap + used;
	used += all;
	memcpy(block, &size, sizeof(size));
	return block + 16;
}

void *malloc(size_t size)
{
	return take(size);
}

void free(void *block)
{
	(void)block;
	if (forbidden)
		abort();
}

void *calloc(size_t count, size_t size)
{
	return size && count > SIZE_MAX / size ? NULL : take(count * size); /* the heap is zero from the start */
}

void *realloc(void *block, size_t size)
{
	size_t before;
	void *grown = take(size);

	if (block && grown) {
		memcpy(&before, (char *)block - 16, sizeof(before));
		memcpy(grown, block, before < size ? before : size);
	}
	return grown;
}
#endif

static int leave(void *unused, int fd)
{
	(void)unused, (void)fd;
	return 0;
}

/* The whole family, without an allocation. */
static void call_all(void)
{
	static const int keep[] = { 700, 40, 3, -1, 40 };

	forbidden = 1;
	if (fdwalk(leave, NULL) != 0 || nextfd(0) != 0 || nextfd(30000) != -1)
		_exit(1);
	if (close_range(50, 60, CLOSE_RANGE_CLOEXEC) != 0 || close_range(40, 60, CLOSE_RANGE_UNSHARE) != 0)
		_exit(2);
	if (close_range_except(3, UINT_MAX, keep, sizeof(keep) / sizeof(keep[0]), 0) != 0 || nextfd(3) != 3 ||
	    nextfd(4) != 700)
		_exit(3);
	closefrom(3);
	if (nextfd(3) != -1 && !under_valgrind()) /* which has descriptors of its own */
		_exit(4);
	forbidden = 0;
}

static void many_open(void)
{
	for (int fd = 3; fd < 900; fd++)
		dup2(0, fd);
}

static void in_a_child(void (*body)(void))
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		body();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 0);
}

static void with_proc(void)
{
	many_open();
	call_all();
}

static void with_none(void)
{
	without_proc();
	with_proc();
}

static void handle(int sig)
{
	(void)sig;
	interrupting = 0;
	many_open();
	call_all();
}

/* The handler runs between the first and the last instruction of malloc. */
static void interrupting_malloc(void)
{
	void *volatile block; /* or the compiler does without */

	signal(SIGUSR1, handle);
	interrupting = 1;
	block = malloc(100);
	free(block);
	if (interrupting)
		skip_because("malloc is not this program's own here");
}

static void (*const bodies[])(void) = { with_proc, with_none, interrupting_malloc };

START_TEST(nor_frees)
{
	in_a_child(bodies[_i]);
}
END_TEST

TESTS(TEST_EACH(nor_frees, bodies))
