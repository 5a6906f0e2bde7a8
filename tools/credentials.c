/* Whom a command runs as, with which capabilities: looked up before anything runs, taken on in the child. */
#include "pidfdctl.h"

#include <sys/capability.h>

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* NAME with or without "cap_", in either case; -1 for none. Numbers are refused: libcap would take them. */
static int capability_by_name(const char *name, size_t length)
{
	char full[64] = "cap_";
	cap_value_t value;

	if (length >= 4 && !strncasecmp(name, "cap_", 4)) {
		name += 4;
		length -= 4;
	}
	if (!length || length > sizeof(full) - 5 || !isalpha((unsigned char)*name))
		return -1;
	for (size_t i = 0; i < length; i++)
		full[4 + i] = (char)tolower((unsigned char)name[i]);
	return cap_from_name(full, &value) == 0 ? value : -1;
}

bool parse_capabilities(const char *list, struct credentials *credentials)
{
	for (;;) {
		size_t length = strcspn(list, ",");

		if (length == 3 && !strncasecmp(list, "all", 3)) {
			credentials->dropped = UINT64_MAX;
		} else {
			int value = capability_by_name(list, length);

			if (value < 0 || value > 63) {
				bad_usage("'%.*s' is not a capability", (int)length, list);
				return false;
			}
			credentials->dropped |= UINT64_C(1) << value;
		}
		if (!list[length])
			return true;
		list += length + 1;
	}
}

static bool find_groups(const char *name, struct credentials *credentials)
{
	int room = 0;

	do {
		gid_t *larger;

		room = credentials->group_count > room ? credentials->group_count : 2 * room + 16;
		larger = realloc(credentials->groups, (size_t)room * sizeof(*larger));
		if (!larger) {
			complain(errno, "cannot hold the groups of user %s", name);
			return false;
		}
		credentials->groups = larger;
		credentials->group_count = room;
	} while (getgrouplist(name, credentials->gid, credentials->groups, &credentials->group_count) < 0);
	return true;
}

bool parse_user(const char *user, struct credentials *credentials)
{
	const struct passwd *entry = getpwnam(user);
	unsigned long number;

	credentials->change_user = true;
	credentials->group_count = 0;
	if (!entry) {
		errno = 0;
		number = strtoul(user, NULL, 10);
		/* The largest uid_t means "leave as it is" to setresuid. */
		if (!*user || user[strspn(user, "0123456789")] || errno || number >= (uid_t)-1) {
			bad_usage("there is no user '%s'", user);
			return false;
		}
		credentials->uid = (uid_t)number;
		credentials->gid = (gid_t)number;
		entry = getpwuid((uid_t)number);
		if (!entry)
			return true;
	}
	credentials->uid = entry->pw_uid;
	credentials->gid = entry->pw_gid;
	return find_groups(entry->pw_name, credentials);
}

static const char *drop_from_bounding_set(uint64_t dropped)
{
	static char what[96];

	for (cap_value_t value = 0; value < cap_max_bits(); value++) {
		char *name;

		if (!(dropped >> value & 1) || cap_get_bound(value) == 0 || cap_drop_bound(value) == 0)
			continue;
		name = cap_to_name(value);
		snprintf(what, sizeof(what), "cannot drop %s from the bounding set", name ? name : "a capability");
		return what;
	}
	return NULL;
}

/* The kernel takes what leaves the permitted or the inheritable set out of the ambient set. */
static int drop_from_own_sets(uint64_t dropped)
{
	cap_t sets = cap_get_proc();
	int result = sets ? 0 : -1;

	for (cap_value_t value = 0; result == 0 && value < cap_max_bits(); value++) {
		if (!(dropped >> value & 1))
			continue;
		result = cap_set_flag(sets, CAP_EFFECTIVE, 1, &value, CAP_CLEAR) ||
			 cap_set_flag(sets, CAP_PERMITTED, 1, &value, CAP_CLEAR) ||
			 cap_set_flag(sets, CAP_INHERITABLE, 1, &value, CAP_CLEAR);
	}
	return result == 0 ? cap_set_proc(sets) : -1;
}

/*
 * The bounding set first, while CAP_SETPCAP is there: without it root would get everything back by exec. Groups before
 * the user, while CAP_SETGID is there. The own sets last: until then CAP_SETUID, CAP_SETGID and CAP_SETPCAP are needed.
 */
const char *credentials_take(const struct credentials *credentials)
{
	const char *what = drop_from_bounding_set(credentials->dropped);

	if (what)
		return what;
	if (credentials->change_user) {
		if (setgroups((size_t)credentials->group_count, credentials->groups) != 0)
			return "cannot set the supplementary groups";
		if (setresgid(credentials->gid, credentials->gid, credentials->gid) != 0)
			return "cannot set the group";
		if (setresuid(credentials->uid, credentials->uid, credentials->uid) != 0)
			return "cannot set the user";
	}
	if (credentials->dropped && drop_from_own_sets(credentials->dropped) != 0)
		return "cannot drop capabilities";
	return NULL;
}
