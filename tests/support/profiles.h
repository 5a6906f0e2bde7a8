/* The pretended kernels, as under_kernel makes them and as the tests expect them: profiles.def in C. */
#ifndef TESTS_PROFILES_H
#define TESTS_PROFILES_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* What a kernel may lack, in the order of the columns of profiles.def. */
enum feature {
	PIDFD_OPEN,
	PIDFD_OPEN_FLAGS,
	PIDFD_SEND_SIGNAL,
	PIDFD_SEND_SIGNAL_FLAGS,
	CLONE_WITH_PIDFD,
	CLONE3,
	PIDFD_GETFD,
	WAITID_PIDFD,
	WAITID_WALL,
	GET_INFO,
	CLOSE_RANGE,
	CLOSE_RANGE_WITH_CLOEXEC,
	PERF_EVENT_OPEN,
	OPENAT2,
	FEATURES
};

enum {
	IGNORED = -1,
	KILLED = -2
};

struct profile {
	const char *name;
	const char *paths;
	int answers[FEATURES];
};

static const struct profile profiles[] = {
#define PROFILE(name, paths, ...) { name, paths, { __VA_ARGS__ } },
#include "profiles.def"
#undef PROFILE
};

enum {
	PROFILES = sizeof(profiles) / sizeof(profiles[0])
};

static inline const struct profile *profile_named(const char *name)
{
	for (size_t i = 0; name && i < PROFILES; i++)
		if (strcmp(profiles[i].name, name) == 0)
			return &profiles[i];
	return NULL;
}

/* Whether it is a filter that kills, which nobody is to try. */
static inline bool profile_kills(const struct profile *profile)
{
	return profile->answers[PIDFD_OPEN] == KILLED;
}

/* Whether under_kernel traces the program to make this kernel, so that nobody else can. */
static inline bool profile_needs_tracer(const struct profile *profile)
{
	return profile->answers[CLONE_WITH_PIDFD] == IGNORED;
}

#endif
