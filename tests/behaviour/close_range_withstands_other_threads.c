/* close_range clears what was open, and nothing outside its range, while other threads open and close all the while. */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include <libpidfd/close_range.h>

#include "quirks.h"
#include "run.h"

enum {
	THREADS = 2,
	LOWEST = 30, /* below is room for what the library opens */
	FIRST = 100, /* the range */
	LAST = 600,
	HIGHEST = 700,
	SOURCE = 800,
	ROUNDS = 300
};

static atomic_bool enough;
static atomic_int started;

/* Every third number is the test's, and each of the others one thread's. */
static void *open_and_close(void *number)
{
	int mine = *(const int *)number;

	atomic_fetch_add(&started, 1);
	while (!atomic_load(&enough)) {
		for (int fd = LOWEST + mine; fd <= HIGHEST; fd += 21)
			dup2(0, fd);
		for (int fd = LOWEST + mine; fd <= HIGHEST; fd += 21)
			close(fd);
	}
	return NULL;
}

static void one_round(int flags)
{
	for (int fd = LOWEST; fd <= HIGHEST; fd += 3)
		if (dup2(SOURCE, fd) != fd)
			_exit(1);
	if (close_range(FIRST, LAST, flags) != 0)
		_exit(2);
	for (int fd = LOWEST; fd <= HIGHEST; fd += 3) {
		int is = fcntl(fd, F_GETFD), cleared = flags ? FD_CLOEXEC : -1;

		if (is != (fd >= FIRST && fd <= LAST ? cleared : 0))
			_exit(3);
	}
}

static void all_rounds(int flags)
{
	static const int numbers[THREADS] = { 1, 2 };
	pthread_t threads[THREADS];

	if (dup2(0, SOURCE) != SOURCE)
		_exit(4);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, open_and_close, (void *)&numbers[i]) != 0)
			_exit(5);
	while (atomic_load(&started) < THREADS)
		sched_yield();
	for (int round = 0; round < (under_valgrind() ? 10 : ROUNDS); round++)
		one_round(flags);
	atomic_store(&enough, true);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static const int all_flags[] = { 0, CLOSE_RANGE_CLOEXEC };

START_TEST(that_open_and_close)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		all_rounds(all_flags[_i]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

TESTS(TEST_EACH(that_open_and_close, all_flags))
