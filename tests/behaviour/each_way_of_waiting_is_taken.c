/*
 * An end is awaited in the best way that is to be had: by the kernel's poll, without which perf events tell, for a crowd those
 * of the processors, without which a thread of pidfd_pollfd's sleeps in waitid for a child, and only then by looking again
 * and again.
 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libpidfd/pidfd.h>

#include "caps.h"
#include "child.h"
#include "raw.h"
#include "run.h"
#include "sleeper.h"
#include "valgrind.h"

/* More than a user may have perf events each with a page of its own. */
enum {
	MANY = 150
};

static bool is_by_kernel(enum libpidfd_call call)
{
	return libpidfd_path(call, NULL) == LIBPIDFD_PATH_KERNEL;
}

static bool hears(void)
{
	return !is_by_kernel(LIBPIDFD_CALL_POLL) && is_by_kernel(LIBPIDFD_CALL_PERF_EVENT);
}

/* Whether a processor's log may be read, and so of how many there are. */
static int logs(void)
{
	int event, count = 0;

	for (int cpu = 0; hears() && cpu < sysconf(_SC_NPROCESSORS_CONF); cpu++) {
		event = raw_perf_event_open(-1, cpu);
		count += event >= 0;
		close(event);
	}
	return count;
}

/* In TASK, a directory of a process or thread in /proc. */
static int perf_events(const char *task)
{
	char path[64], target[64];
	struct dirent *entry;
	int events = 0;
	DIR *fds;

	snprintf(path, sizeof(path), "%s/fd", task);
	fds = opendir(path);
	while (fds && (entry = readdir(fds))) {
		ssize_t size = readlinkat(dirfd(fds), entry->d_name, target, sizeof(target));

		events += size > 0 && memmem(target, (size_t)size, "[perf_event]", 12);
	}
	if (fds)
		closedir(fds);
	return events;
}

static int tell_what_parent_has(int talk, void *unused)
{
	char parent[32];

	(void)unused;
	talk_hear(talk);
	await_sleep_of_parent();
	await_sleep_of_parent();
	snprintf(parent, sizeof(parent), "/proc/%d", (int)getppid());
	talk_say(talk, (unsigned char)perf_events(parent));
	return 0;
}

/* Events of the test's own, which hold all the pages that the user may have for events. */
static int hoard[MANY], hoarded;

/* As many times as it can be had, a buffer of one page and PAGES, which is a power of two or 0. */
static void hoard_buffers(size_t pages)
{
	size_t size = (1 + pages) * (size_t)sysconf(_SC_PAGESIZE);
	int event;

	while ((event = raw_perf_event_open(0, -1)) >= 0) {
		void *buffer = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, event, 0);

		if (buffer == MAP_FAILED)
			break;
		hoard[hoarded++] = event;
		if (hoarded == MANY)
			skip_because("a user may have any number of pages for events");
	}
	close(event);
}

/* Pages are counted for each user, and others of these tests run beside. */
static void become_user_without_pages(void)
{
	if (!hears())
		skip_because("there are no events to be without");
	become_user((uid_t)(20000 + getpid() % 40000));
	setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){ 0, 0 });
	for (size_t pages = 4096; pages > 0; pages /= 2)
		hoard_buffers(pages);
	hoard_buffers(0);
}

enum whose {
	ROOTS,
	A_USERS,
	A_USERS_WITHOUT_PAGES
};

static const enum whose callers[] = { ROOTS, A_USERS, A_USERS_WITHOUT_PAGES };

static void become(enum whose whose)
{
	if (whose != ROOTS)
		must_be_root();
	if (whose == A_USERS)
		become_user(NOBODY);
	if (whose == A_USERS_WITHOUT_PAGES)
		become_user_without_pages();
}

static void close_hoard(void)
{
	while (hoarded > 0)
		close(hoard[--hoarded]);
}

START_TEST(by_pidfd_poll)
{
	struct child child, observer;
	struct pollfd fds[MANY + 1];
	int r, events;

	must_have_proc();
	become(callers[_i]);
	events = hoarded ? hoarded : logs() ? logs() : hears() ? MANY : 0;
	child = child_waiting();
	observer = child_start(tell_what_parent_has, NULL);
	fds[0] = (struct pollfd){ observer.talk, POLLIN, 0 };
	for (int i = 1; i <= MANY; i++)
		fds[i] = (struct pollfd){ pidfd_open(child.pid, 0), POLLIN, 0 };
	talk_say(observer.talk, 0);
	do
		r = pidfd_poll(fds, MANY + 1, -1);
	while (r < 0 && errno == EINTR);
	ck_assert_int_eq(r, 1);
	ck_assert_int_eq(talk_hear(observer.talk), events);
	ck_assert_int_eq(perf_events("/proc/self"), hoarded);
	child_reap(&observer);
	child_end(&child);
	for (int i = 1; i <= MANY; i++)
		close(fds[i].fd);
	close_hoard();
}
END_TEST

static int ends_when_parent_sleeps(int talk, void *unused)
{
	(void)unused;
	talk_hear(talk);
	await_sleep_of_parent();
	return 0;
}

/* More and more, so that there are none, one, some, and as many as there are processors; an end is told in any way. */
START_TEST(with_few_descriptors_for_events)
{
	struct pollfd fds[MANY];
	struct rlimit limit;
	rlim_t before;

	if (under_valgrind())
		skip_because("valgrind keeps the limit to itself");
	must_have_proc();
	getrlimit(RLIMIT_NOFILE, &limit);
	before = limit.rlim_cur;
	for (int events = 0; events < 6; events++) {
		struct child child = child_start(ends_when_parent_sleeps, NULL);
		int r, last;

		for (int i = 0; i < MANY; i++)
			fds[i] = (struct pollfd){ pidfd_open(i == MANY / 2 ? child.pid : getpid(), 0), POLLIN, 0 };
		last = fds[MANY - 1].fd;
		/* A quarter is always left. */
		limit.rlim_cur = (rlim_t)(last + 1 + events) * 4 / 3 + 1;
		setrlimit(RLIMIT_NOFILE, &limit);
		talk_say(child.talk, 0);
		do
			r = pidfd_poll(fds, MANY, -1);
		while (r < 0 && errno == EINTR);
		ck_assert_int_eq(r, 1);
		ck_assert_int_eq(fds[MANY / 2].revents & POLLIN, POLLIN);
		limit.rlim_cur = before;
		setrlimit(RLIMIT_NOFILE, &limit);
		for (int i = 0; i < MANY; i++)
			close(fds[i].fd);
		child_reap(&child);
	}
}
END_TEST

/* The thread beside this one, if there is any. */
static bool find_thread(char task[32])
{
	DIR *tasks = opendir("/proc/self/task");
	struct dirent *entry;
	bool found = false;

	ck_assert_ptr_nonnull(tasks);
	while ((entry = readdir(tasks)))
		if (atoi(entry->d_name) > 0 && atoi(entry->d_name) != getpid()) {
			snprintf(task, 32, "/proc/self/task/%d", atoi(entry->d_name));
			found = true;
		}
	closedir(tasks);
	return found;
}

/* -1 while it runs. */
static long system_call_of(const char *task)
{
	char path[64], text[16] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/syscall", task);
	file = fopen(path, "r");
	if (!file || !fgets(text, sizeof(text), file))
		skip_because("/proc does not tell in which system call a thread is");
	fclose(file);
	return text[0] >= '0' && text[0] <= '9' ? atol(text) : -1;
}

#ifdef __NR_ppoll
#define NR_PPOLL __NR_ppoll
#else
#define NR_PPOLL __NR_ppoll_time64
#endif

/* Of a child, or of a process that is none. */
static const struct {
	bool is_child;
	enum whose whose;
} watchers[] = { { true, ROOTS }, { false, ROOTS }, { true, A_USERS_WITHOUT_PAGES } };

START_TEST(by_pidfd_pollfd)
{
	bool is_child = watchers[_i].is_child, found;
	struct child child;
	char task[32];
	int pidfd, fd;

	must_have_proc();
	become(watchers[_i].whose);
	child = child_waiting();
	pidfd = pidfd_open(is_child ? child.pid : getppid(), 0);
	fd = pidfd_pollfd(pidfd, 0);
	found = find_thread(task);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(found, !is_by_kernel(LIBPIDFD_CALL_POLL));
	if (found) {
		bool heard = hears() && !hoarded;
		long expected = is_child && !heard ? __NR_waitid : NR_PPOLL;

		/* On its way there it asks whether events are to be had. */
		while (system_call_of(task) != expected || perf_events(task) != heard)
			sched_yield();
	}
	close(fd);
	close(pidfd);
	child_end(&child);
	while (find_thread(task))
		sched_yield();
	close_hoard();
}
END_TEST

TESTS(TEST_EACH(by_pidfd_poll, callers), TEST_EACH(by_pidfd_pollfd, watchers), TEST(with_few_descriptors_for_events))
