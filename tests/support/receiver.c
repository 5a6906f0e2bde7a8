#include "receiver.h"

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "run.h"

enum {
	NEXT = 255
};

int receiver_body(int talk, void *unused)
{
	const struct timespec at_once = { 0 };
	int order;
	sigset_t all;

	(void)unused;
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	talk_say(talk, 0);
	while ((order = talk_hear(talk)) == NEXT) {
		siginfo_t info;

		if (sigtimedwait(&all, &info, &at_once) < 0)
			memset(&info, 0, sizeof(info));
		if (write(talk, &info, sizeof(info)) != sizeof(info))
			return 1;
	}
	return order < 0 ? 0 : order;
}

struct child receiver_start(void)
{
	struct child receiver = child_start(receiver_body, NULL);

	ck_assert_int_eq(talk_hear(receiver.talk), 0);
	return receiver;
}

struct child receiver_with_pid(pid_t pid)
{
	struct child receiver = child_start_with_pid(pid, receiver_body, NULL);

	ck_assert_int_eq(talk_hear(receiver.talk), 0);
	return receiver;
}

int receiver_next(const struct child *receiver, siginfo_t *info)
{
	siginfo_t got;

	talk_say(receiver->talk, NEXT);
	ck_assert_int_eq(read(receiver->talk, &got, sizeof(got)), sizeof(got));
	if (info)
		*info = got;
	return got.si_signo;
}
