/* pidfd_pollfd works in a program whose variables of each thread would fill a small stack, from which glibc takes them. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "child.h"
#include "run.h"

/* All but as much as the 128 KiB of a small stack: pthread_create does not refuse, but little is left. */
static __thread char much[118 * 1024];

START_TEST(of_a_child)
{
	struct child child = child_waiting();
	int pidfd = pidfd_open(child.pid, 0);
	struct pollfd end = { .fd = pidfd_pollfd(pidfd, 0), .events = POLLIN };

	memset(much, 1, sizeof(much));
	ck_assert_int_ge(end.fd, 0);
	talk_say(child.talk, 0);
	while (poll(&end, 1, -1) < 0)
		;
	ck_assert(end.revents & POLLIN);
	ck_assert_int_eq(much[sizeof(much) - 1], 1);
	child_reap(&child);
	close(end.fd);
	close(pidfd);
}
END_TEST

TESTS(TEST(of_a_child))
