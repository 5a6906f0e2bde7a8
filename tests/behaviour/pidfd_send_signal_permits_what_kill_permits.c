/*
 * The right to signal, in every cell of real, effective and saved user IDs of both sides, CAP_KILL, the session and user
 * namespaces, is as kill(2)'s. What kill(2) permits for another reason than the IDs, the emulation does too where it may
 * trace, or says EPERM; it never says 0 and sends nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "receiver.h"
#include "run.h"

enum {
	A = 4001,
	B = 4002,
	MANY = 8 /* real, effective and saved each of two */
};

static uid_t bit(int ids, int which)
{
	return ids >> which & 1 ? B : A;
}

static void take_ids(int ids)
{
	if (setresuid(bit(ids, 0), bit(ids, 1), bit(ids, 2)) < 0)
		skip_because("setresuid: %s", strerror(errno));
	prctl(PR_SET_DUMPABLE, 1);
}

/* Receivers with all IDs in one session or two; kept for all cells of a row. */
static struct child receivers[MANY];
static int pidfds[MANY];

static int target_ids;
static bool own_session;

static int be_target(int talk, void *unused)
{
	if (own_session)
		setsid();
	take_ids(target_ids);
	return receiver_body(talk, unused);
}

static bool ids_permit(int sender, int target)
{
	return bit(sender, 0) == bit(target, 0) || bit(sender, 0) == bit(target, 2) ||
	       bit(sender, 1) == bit(target, 0) || bit(sender, 1) == bit(target, 2);
}

static bool is_native(void)
{
	return libpidfd_path(LIBPIDFD_CALL_SEND_SIGNAL, NULL) == LIBPIDFD_PATH_KERNEL;
}

struct cell {
	int kill, pidfd, got_kill, got_pidfd;
};

static int outcome(int r)
{
	return r == 0 ? 0 : errno;
}

static struct cell try(int target, int sig)
{
	struct cell cell;

	cell.kill = outcome(kill(receivers[target].pid, sig));
	cell.got_kill = receiver_next(&receivers[target], NULL);
	cell.pidfd = outcome(pidfd_send_signal(pidfds[target], sig, NULL, 0));
	cell.got_pidfd = receiver_next(&receivers[target], NULL);
	return cell;
}

static struct {
	int cells, permitted, refused, otherwise;
} count;

static bool in_user_namespace;

/* gVisor's is none that is known. */
static bool begins_in_user_namespace(void)
{
	static const char initial[] = "user:[4026531837]";
	char name[sizeof(initial)];
	ssize_t size = readlink("/proc/self/ns/user", name, sizeof(name));

	return size >= 0 && (size != sizeof(initial) - 1 || memcmp(name, initial, sizeof(initial) - 1) != 0);
}

static bool is_right(const struct cell *cell, bool by_ids, int sig)
{
	if (cell->got_pidfd != (cell->pidfd == 0 ? sig : 0))
		return false;
	if (cell->pidfd == cell->kill)
		return true;
	if (is_native() || cell->kill != 0)
		return false;
	/* Of a process in what may be another user namespace the queue cannot be seen. */
	if (in_user_namespace && cell->pidfd == EAGAIN)
		return sig >= SIGRTMIN;
	return !by_ids && cell->pidfd == EPERM;
}

/* As one sender: exits 0 when all cells are right. Its counts go by the page that they are in. */
static void try_all(int sender, const char *what)
{
	const int signals[] = { 0, SIGUSR1, SIGCONT, SIGRTMIN };

	for (int target = 0; target < MANY; target++) {
		for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
			struct cell cell = try(target, signals[i]);

			ck_assert_msg(is_right(&cell, sender >= 0 && ids_permit(sender, target), signals[i]),
				      "%s, IDs %d to %d, signal %d: kill %d, pidfd %d, got %d", what, sender, target,
				      signals[i], cell.kill, cell.pidfd, cell.got_pidfd);
			count.cells++;
			count.permitted += cell.pidfd == 0;
			count.refused += cell.pidfd != 0 && cell.kill != 0;
			count.otherwise += cell.pidfd != cell.kill;
		}
	}
}

static void start_receivers(void)
{
	in_user_namespace = begins_in_user_namespace();
	for (target_ids = 0; target_ids < MANY; target_ids++) {
		receivers[target_ids] = child_start(be_target, NULL);
		ck_assert_int_eq(talk_hear(receivers[target_ids].talk), 0);
		pidfds[target_ids] = pidfd_open(receivers[target_ids].pid, 0);
		ck_assert_int_ge(pidfds[target_ids], 0);
	}
}

static void end_receivers(const char *what)
{
	for (int i = 0; i < MANY; i++) {
		close(pidfds[i]);
		child_exit_with(&receivers[i], 42);
		ck_assert_int_eq(child_reap(&receivers[i]), 42 << 8);
	}
	printf("%s, %s: %d cells: %d permitted, %d refused as by kill(2), %d refused with EPERM for want of tracing\n",
	       what, own_session ? "other session" : "same session", count.cells, count.permitted, count.refused,
	       count.otherwise);
	fflush(stdout);
}

/* What may be kept beside the IDs. */
static const struct privilege {
	const char *name;
	int count;
	cap_value_t capabilities[2];
} privileges[] = {
	{ "no capability", 0, { 0 } },
	{ "CAP_KILL", 1, { CAP_KILL } },
	{ "CAP_KILL and CAP_SYS_PTRACE", 2, { CAP_KILL, CAP_SYS_PTRACE } },
	{ "CAP_SYS_PTRACE", 1, { CAP_SYS_PTRACE } },
};

enum {
	PRIVILEGES = sizeof(privileges) / sizeof(privileges[0])
};

static void keep(const struct privilege *privilege)
{
	cap_t caps = cap_init();

	if (privilege->count > 0) {
		cap_set_flag(caps, CAP_PERMITTED, privilege->count, privilege->capabilities, CAP_SET);
		cap_set_flag(caps, CAP_EFFECTIVE, privilege->count, privilege->capabilities, CAP_SET);
	}
	ck_assert_int_eq(cap_set_proc(caps), 0);
	cap_free(caps);
	prctl(PR_SET_DUMPABLE, 1);
}

/* A row for each privilege, each sender's IDs and each session. */
static const char rows[PRIVILEGES * MANY * 2] __attribute__((used));

START_TEST(with_these_ids)
{
	const struct privilege *privilege = &privileges[_i / 2 / MANY];
	int sender = _i / 2 % MANY;

	must_be_root();
	for (int i = 0; i < privilege->count; i++)
		must_have_capability(privilege->capabilities[i]);
	own_session = _i % 2;
	start_receivers();
	ck_assert_int_eq(prctl(PR_SET_KEEPCAPS, 1), 0);
	take_ids(sender);
	keep(privilege);
	try_all(sender, privilege->name);
	end_receivers(privilege->name);
}
END_TEST

START_TEST(as_root)
{
	must_be_root();
	own_session = _i;
	start_receivers();
	try_all(-1, "root");
	end_receivers("root");
}
END_TEST

START_TEST(as_root_without_capabilities)
{
	must_be_root();
	own_session = _i;
	start_receivers();
	drop_all_capabilities();
	try_all(-1, "root without capabilities");
	end_receivers("root without capabilities");
}
END_TEST

static bool map_own_id(void)
{
	char map[32];
	int length = snprintf(map, sizeof(map), "0 %d 1", A), fd = open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, map, (size_t)length) == length;

	if (fd >= 0)
		close(fd);
	return done;
}

/* Root there is nobody here. Without a map all IDs are 65534, and tell nothing: EPERM where kill(2) permits. */
START_TEST(as_root_of_a_user_namespace)
{
	bool mapped = _i / 2;

	must_be_root();
	own_session = _i % 2;
	start_receivers();
	take_ids(0);
	in_user_namespace = true;
	if (unshare(CLONE_NEWUSER) < 0)
		skip_because("user namespace: %s", strerror(errno));
	if (mapped && !map_own_id())
		skip_because("uid_map: %s", strerror(errno));
	try_all(mapped ? 0 : -1, mapped ? "user namespace" : "user namespace without map");
	end_receivers(mapped ? "user namespace" : "user namespace without map");
}
END_TEST

static int leave_session(int talk, void *unused)
{
	setsid();
	talk_say(talk, 0);
	return child_obeys(talk, unused);
}

START_TEST(a_zombie_of_another_session)
{
	must_be_root();

	struct child zombie = child_start(leave_session, NULL);
	int pidfd = pidfd_open(zombie.pid, 0);

	ck_assert_int_eq(talk_hear(zombie.talk), 0);
	child_exit_with(&zombie, 0);
	become_user(NOBODY);
	ck_assert_int_eq(outcome(kill(zombie.pid, SIGCONT)), EPERM);
	ck_assert_int_eq(outcome(pidfd_send_signal(pidfd, SIGCONT, NULL, 0)), EPERM);
	child_end(&zombie);
	close(pidfd);
}
END_TEST

static const char sessions[2] __attribute__((used)), sessions_and_maps[4] __attribute__((used));

TESTS(TEST_EACH(with_these_ids, rows), TEST_EACH(as_root, sessions), TEST(a_zombie_of_another_session),
      TEST_EACH(as_root_without_capabilities, sessions), TEST_EACH(as_root_of_a_user_namespace, sessions_and_maps))
