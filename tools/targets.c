/* The processes named on the command line: a pidfd for each before anything is done to any of them. */
#include "pidfdctl.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

bool targets_parse(struct targets *targets, int count, char **pids)
{
	targets->count = (size_t)count;
	targets->pids = calloc(targets->count, sizeof(*targets->pids));
	targets->polls = calloc(targets->count, sizeof(*targets->polls));
	if (!targets->pids || !targets->polls) {
		complain(errno, "cannot hold %d PIDs", count);
		exit(EXIT_FAILURE);
	}
	for (size_t i = 0; i < targets->count; i++) {
		if (!parse_number(pids[i], 1, INT_MAX, &targets->pids[i])) {
			bad_usage("'%s' is not a PID", pids[i]);
			return false;
		}
	}
	return true;
}

void targets_drop(struct targets *targets, size_t i)
{
	if (targets->polls[i].fd >= 0)
		close(targets->polls[i].fd);
	targets->polls[i].fd = -1;
}

void targets_compact(struct targets *targets)
{
	size_t kept = 0;

	for (size_t i = 0; i < targets->count; i++) {
		if (targets->polls[i].fd < 0)
			continue;
		targets->polls[kept] = targets->polls[i];
		targets->pids[kept++] = targets->pids[i];
	}
	targets->count = kept;
}

/* A descriptor a PID: the soft limit, 1024 as a rule, is for the sake of select(2), which pidfdctl does not use. */
static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

bool targets_open(struct targets *targets)
{
	size_t named = targets->count;

	raise_descriptor_limit();
	for (size_t i = 0; i < targets->count; i++) {
		targets->polls[i].events = POLLIN;
		targets->polls[i].fd = pidfd_open(targets->pids[i], 0);
		if (targets->polls[i].fd < 0)
			complain(errno, "%d", (int)targets->pids[i]);
	}
	targets_compact(targets);
	return targets->count == named;
}

int targets_wait(struct targets *targets, int64_t deadline, void (*ended)(pid_t pid, int pidfd))
{
	struct timespec left;
	int ready;

	do
		ready = pidfd_ppoll(targets->polls, targets->count, deadline_left(deadline, &left), NULL);
	while (ready < 0 && errno == EINTR);
	if (ready < 0)
		complain(errno, "cannot wait");
	if (ready <= 0)
		return ready;
	for (size_t i = 0; i < targets->count; i++) {
		if (!targets->polls[i].revents)
			continue;
		if (ended)
			ended(targets->pids[i], targets->polls[i].fd);
		targets_drop(targets, i);
	}
	targets_compact(targets);
	return ready;
}

int targets_status(const struct targets *targets, int ended, bool failed)
{
	if (ended == 0)
		for (size_t i = 0; i < targets->count; i++)
			complain(0, "%d: has not ended in time", (int)targets->pids[i]);
	if (failed || ended < 0)
		return EXIT_FAILURE;
	return ended == 0 ? EXIT_TIMED_OUT : EXIT_SUCCESS;
}
