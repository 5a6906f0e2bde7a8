/* Less privilege for the rest of a test. Each test is a process of its own, so nothing is given back. */
#ifndef TESTS_CAPS_H
#define TESTS_CAPS_H

#include <sys/capability.h>
#include <sys/types.h>

enum {
	NOBODY = 65534
};

void must_be_root(void);			   /* skips the test of any other */
void must_have_capability(cap_value_t capability); /* skips where it is not effective */

void drop_capability(cap_value_t capability);
void drop_all_capabilities(void);
void become_user(uid_t uid); /* uid and gid, no groups; traceable by its like, as after an exec */

#endif
