/* A child with a pidfd has the descriptors that its parent had before, and the parent has the pidfd more. */
#include <stdint.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "creation.h"
#include "run.h"

static uint64_t before;

static int compare(void *unused)
{
	(void)unused;
	return open_fds() != before;
}

START_TEST(whatever_the_way)
{
	/* In a shared table the child may see what the parent opens and closes. */
	bool shared = !(ways[_i].flags & FORK) && ways[_i].flags & CLONE_FILES;
	int pidfd, status;
	pid_t pid;

	valgrind_must_know_way(&ways[_i]);
	before = open_fds();
	pid = make(&ways[_i], shared ? end_at_once : compare, NULL, &pidfd);
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, (int)__WALL), pid);
	ck_assert_int_eq(status, 0);
	ck_assert_uint_eq(open_fds(), before | UINT64_C(1) << pidfd);
	close(pidfd);
}
END_TEST

TESTS(TEST_EACH(whatever_the_way, ways))
