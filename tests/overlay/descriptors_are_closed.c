/* Written for glibc 2.34 and Linux 5.11, in what C89 to C23 and C++ have in common. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int failed;

static void expect(const char *what, int wanted, int got)
{
	if (wanted == got)
		return;
	printf("%s: %d, not %d\n", what, got, wanted);
	failed = 1;
}

int main(void)
{
	expect("dup2 to 20", 20, dup2(0, 20));
	expect("dup2 to 30", 30, dup2(0, 30));
	expect("dup2 to 40", 40, dup2(0, 40));
	expect("close_range to mark", 0, close_range(20, 25, CLOSE_RANGE_CLOEXEC));
	expect("20 is close-on-exec", FD_CLOEXEC, fcntl(20, F_GETFD));
	expect("30 is not", 0, fcntl(30, F_GETFD));
	expect("close_range", 0, close_range(15, 35, 0));
	expect("20 is closed", -1, fcntl(20, F_GETFD));
	expect("30 is closed", -1, fcntl(30, F_GETFD));
	expect("40 is open", 0, fcntl(40, F_GETFD));
	closefrom(3);
	expect("40 is closed", -1, fcntl(40, F_GETFD));
	expect("close_range of nothing", -1, close_range(2, 1, 0));
	return failed;
}
