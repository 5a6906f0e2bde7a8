/* A process that hidepid comes to hide after it was looked at, as when it changes its user, is EACCES, not some other errno. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "caps.h"
#include "environment.h"
#include "identity.h"
#include "run.h"

static const char *const options[] = { "hidepid=1", "hidepid=2" };
static const char *option;

static void looked_at_before(void)
{
	struct identity who;
	int dir = open("/proc/1", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	ck_assert_int_eq(identity_look(dir, &who), 0);
	if (mount("proc", "/proc", "proc", MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, option) < 0)
		skip_because("remount of /proc with %s: %s", option, strerror(errno));
	become_user(NOBODY);
	if (faccessat(dir, "stat", F_OK, 0) == 0)
		skip_because("%s hides nothing here", option);
	ck_assert_int_eq(identity_confirm(dir, &who), -EACCES);
	ck_assert_int_eq(identity_check(dir, &who), -EACCES);
	close(dir);
}

START_TEST(after_it_was_looked_at)
{
	option = options[_i];
	in_pid_namespace(looked_at_before);
}
END_TEST

TESTS(TEST_EACH(after_it_was_looked_at, options))
