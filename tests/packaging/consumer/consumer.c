/* A program that somebody else builds, in C or C++: a child, how it ended, and the descriptors that it left open. */
#ifdef VENDORED
#include "libpidfd.h"
#else
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>
#include <libpidfd/version.h>
#endif
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int pidfd, status = 0;
	pid_t pid = pidfd_fork(&pidfd, 0);

	if (pid == 0)
		_exit(3);
	if (pid < 0 || pidfd_getpid(pidfd) != pid || pidfd_wait(pidfd, &status, NULL, NULL, WEXITED, 0) != pid ||
	    !WIFEXITED(status) || WEXITSTATUS(status) != 3) {
		perror("child");
		return 1;
	}
	if (close_range(3, ~0U, 0) < 0 || nextfd(3) >= 0) {
		perror("close_range");
		return 1;
	}
	puts(LIBPIDFD_VERSION);
	return 0;
}
