#include "caps.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static bool become(uid_t uid)
{
	return setgroups(0, NULL) == 0 && setresgid(uid, uid, uid) == 0 && setresuid(uid, uid, uid) == 0;
}

void must_be_root(void)
{
	int status = 1;
	pid_t pid = geteuid() == 0 ? fork() : -1;

	if (pid < 0)
		skip_because("not root");
	if (pid == 0)
		_exit(!become(NOBODY));
	waitpid(pid, &status, 0);
	if (status)
		skip_because("root of a user namespace that has no other user");
}

void must_have_capability(cap_value_t capability)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;
	char *name = cap_to_name(capability);

	ck_assert_ptr_nonnull(caps);
	if (cap_get_flag(caps, capability, CAP_EFFECTIVE, &value) < 0 || value != CAP_SET)
		skip_because("without %s", name);
	cap_free(name);
	cap_free(caps);
}

void drop_capability(cap_value_t capability)
{
	cap_t caps = cap_get_proc();

	ck_assert_ptr_nonnull(caps);
	for (cap_flag_t set = CAP_EFFECTIVE; set <= CAP_INHERITABLE; set++)
		ck_assert_int_eq(cap_set_flag(caps, set, 1, &capability, CAP_CLEAR), 0);
	ck_assert_msg(cap_set_proc(caps) == 0, "dropping a capability: %s", strerror(errno));
	cap_free(caps);
}

void drop_all_capabilities(void)
{
	cap_t none = cap_init();

	ck_assert_ptr_nonnull(none);
	ck_assert_msg(cap_set_proc(none) == 0, "dropping all capabilities: %s", strerror(errno));
	cap_free(none);
}

void become_user(uid_t uid)
{
	if (!become(uid))
		skip_because("can't become user %d: %s", (int)uid, strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
}
