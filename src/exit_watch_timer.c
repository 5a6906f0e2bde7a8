/*
 * Looking at /proc, with pauses that grow: works always, for every kind of pidfd. An end is seen up to one pause late, and
 * each look costs a few microseconds, so the pause follows both what has been waited so far and what a look costs: an
 * end is seen within a sixteenth of the life watched, and looking takes a twelfth of a core at most, or more where a look
 * takes longer than a sixth of a second: of some ten thousands.
 */
#include <errno.h>

#include "exit_watch.h"
#include "kernel.h"
#include "sys.h"

#define SHORTEST_NS INT64_C(1000000)
#define LONGEST_NS INT64_C(500000000)

#define COST_FACTOR 12

/* What a look costs is read off the clock: where this process was stopped in it, it did not cost that. */
#define LONGEST_REST_NS INT64_C(2000000000)

/* When an end is at hand, which takes milliseconds at most. */
#define AT_HAND_NS INT64_C(20000000)
#define SHORTEST_AT_HAND_NS INT64_C(50000)

static int look_once(int pidfd, struct identity *who, bool *is_ending)
{
	struct proc_stat stat;
	int r = who->pid ? 0 : identity_read(pidfd, who);

	/* The directory of a process that has no number here, or none that is proven, shows its state nevertheless. */
	if (r == 0 || ((r == -EREMOTE || r == -ENOSYS) && who->is_directory))
		r = identity_stat(pidfd, who, &stat);
	if (r != 0)
		return r == -ESRCH ? 1 : r;
	if (is_ending)
		*is_ending = stat.is_ending;
	/* The main thread of a live process may have ended: then it is a zombie, but not alone. */
	return stat.state == 'Z' && stat.threads <= 1;
}

/*
 * A thread that execs makes a zombie of the main thread first, and for a moment one alone (seen once in a million looks on
 * 6.18); what is read of it meanwhile may fit no process. An end lasts, and so does what is no pidfd.
 */
int exit_watch_look(int pidfd, struct identity *who, bool *is_ending)
{
	int r = look_once(pidfd, who, is_ending);

	for (int again = 0; (r > 0 || r == -EBADF) && again < 2; again++) {
		sys_yield();
		r = look_once(pidfd, who, is_ending);
	}
	/* Out of sight of /proc, and a shortage hid whether the kernel polls it: to say that it lives would be a guess. */
	if (r == -EACCES && !who->is_directory && kernel_ask(LIBPIDFD_CALL_POLL) == KERNEL_UNKNOWN)
		return -EMFILE;
	return r;
}

bool exit_watch_has_program(int pidfd)
{
	char target[1];

	return sys_readlink(pidfd, "exe", target, sizeof(target)) >= 0;
}

void exit_timer_at_hand(struct exit_timer *timer)
{
	timer->began_ns = sys_now_ns();
	timer->at_hand = true;
}

static int64_t rest_after(int64_t cost)
{
	return cost < LONGEST_REST_NS / COST_FACTOR ? cost * COST_FACTOR : LONGEST_REST_NS;
}

int64_t exit_timer_rest(int64_t look_ns)
{
	int64_t now = sys_now_ns();

	return now + rest_after(now - look_ns);
}

int64_t exit_timer_pause(struct exit_timer *timer, int64_t look_ns)
{
	int64_t now = sys_now_ns(), shortest = SHORTEST_NS, rest, waited, pause;

	if (!timer->began_ns)
		timer->began_ns = look_ns;
	waited = look_ns - timer->began_ns;
	timer->at_hand = timer->at_hand && waited < AT_HAND_NS;
	if (timer->at_hand)
		shortest = SHORTEST_AT_HAND_NS;
	rest = rest_after((now - look_ns) / (timer->at_hand ? COST_FACTOR : 1));
	pause = waited / 16;
	if (pause < shortest)
		pause = shortest;
	if (pause > LONGEST_NS)
		pause = LONGEST_NS;
	return pause < rest ? rest : pause;
}
