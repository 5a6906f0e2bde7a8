/*
 * A perf event of a processor, not of a task, logs each end of a task there (PERF_RECORD_EXIT), to who may trace everybody's:
 * with CAP_PERFMON or CAP_SYS_ADMIN outside of user namespaces, or by perf_event_paranoid 0. A log is a hint, as an event's
 * hanging up is. Before it is written the thread is marked as ending, which /proc shows: what is not marked is logged later.
 */
#include <errno.h>
#include <unistd.h>

#include "exit_watch.h"
#include "kernel.h"
#include "sys.h"

/* Pages of any size, and a power of two of them: a thousand births and ends, which may be a tenth of a second's. */
#define DATA_SIZE 131072

/* To open and close a log is dearer than an event of a process' own, but not than as many. */
#define WATCHED_EACH 8

#define MOST_PROCESSORS 8192 /* that any kernel is built for */
#define TRUSTED_NS INT64_C(30000000000)

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static int open_log(int cpu, void **log)
{
	struct uapi_perf_event_attr attr = UAPI_PERF_DUMMY;
	int fd;

	attr.disabled = 0;
	attr.task = attr.watermark = 1;
	attr.wakeup_watermark = 1; /* byte: each record wakes */
	fd = sys_perf_event_open(&attr, -1, cpu);
	if (fd < 0)
		return fd;
	*log = exit_ear_has_room(fd) ? sys_map_event(fd, page_size() + DATA_SIZE) : NULL;
	if (*log)
		return fd;
	sys_close(fd);
	return -EMFILE;
}

static void close_log(int fd, void *log)
{
	sys_unmap(log, page_size() + DATA_SIZE);
	sys_close(fd);
}

/* Of whole words, any of which may be the last before the data begin again. */
static struct uapi_perf_task_record read_record(const char *data, unsigned int at)
{
	union {
		uint64_t words[sizeof(struct uapi_perf_task_record) / sizeof(uint64_t)];
		struct uapi_perf_task_record record;
	} copy;

	for (size_t i = 0; i < sizeof(copy) / sizeof(uint64_t); i++)
		copy.words[i] = *(const uint64_t *)(data + (at + i * sizeof(uint64_t)) % DATA_SIZE);
	return copy.record;
}

/*
 * The next process whose main thread has ended, in the caller's namespace; 0 if there is none, or it may have been missed.
 * What finds no room is dropped, and nothing says so until another record does. The kernel looks for room up to where it has
 * seen that things were taken, which may be a little behind: a log three quarters full counts as one that was full.
 */
static pid_t take(void *log, bool *missed)
{
	struct uapi_perf_event_mmap_page *page = log;
	atomic_uint *head = &page->data_head[UAPI_LOWER_HALF], *tail = &page->data_tail[UAPI_LOWER_HALF];
	struct uapi_perf_task_record record;

	do {
		unsigned int at = atomic_load_explicit(tail, memory_order_relaxed);
		unsigned int used = atomic_load_explicit(head, memory_order_acquire) - at;

		if (used > DATA_SIZE / 4 * 3)
			*missed = true;
		if (*missed || used == 0) {
			atomic_store_explicit(tail, at + used, memory_order_release);
			return 0;
		}
		record = read_record((const char *)log + page_size(), at);
		atomic_store_explicit(tail, at + record.size, memory_order_release);
	} while (record.type != UAPI_PERF_RECORD_EXIT || record.tid != record.pid || (pid_t)record.pid <= 0);
	return (pid_t)record.pid;
}

void exit_logs_close(struct exit_mix *mix)
{
	for (nfds_t i = 0; i < mix->count && mix->logs > 0; i++) {
		if (mix->entries[i].log) {
			close_log(mix->others[i].fd, mix->entries[i].log);
			mix->others[i] = exit_without_ear(&mix->entries[i]);
			mix->entries[i].log = NULL;
			mix->logs--;
		}
	}
	mix->heard = 0;
}

/* Running, or not to be told from such. */
static bool has_processor(nfds_t number)
{
	static const struct uapi_perf_event_attr attr = UAPI_PERF_DUMMY;
	int fd = sys_perf_event_open(&attr, -1, (int)number);

	if (fd >= 0)
		sys_close(fd);
	return fd != -EINVAL && fd != -ENODEV;
}

/* In the places of the first that are watched. */
static bool get_logs(struct exit_mix *mix)
{
	nfds_t i = 0;
	int fd = 0;

	if (!kernel_has(LIBPIDFD_CALL_PERF_EVENT) || has_processor(mix->watched / WATCHED_EACH))
		return false;
	for (int cpu = 0; fd != -EINVAL && cpu < MOST_PROCESSORS; cpu++) {
		void *log = NULL;

		fd = open_log(cpu, &log);
		if (fd == -ENODEV || (fd == -EINVAL && mix->logs))
			continue;
		if (fd < 0)
			return false;
		while (!mix->entries[i].is_watched)
			i++;
		mix->others[i] = (struct pollfd){ fd, POLLIN, 0 };
		mix->entries[i++].log = log;
		if (++mix->logs * WATCHED_EACH > mix->watched)
			return false;
	}
	return mix->logs > 0;
}

void exit_logs_count(struct exit_mix *mix)
{
	if (mix->logs == 0)
		return;
	mix->heard = 0;
	for (nfds_t i = 0; i < mix->count; i++)
		mix->heard += mix->entries[i].is_watched && exit_logs_tell_of(&mix->entries[i]);
}

bool exit_logs_open(struct exit_mix *mix)
{
	int64_t now = sys_now_ns();

	if (mix->logs && now < mix->logs_until_ns)
		return true;
	if (mix->refuses_logs)
		return false;
	exit_logs_close(mix);
	mix->refuses_logs = !get_logs(mix);
	if (mix->refuses_logs)
		exit_logs_close(mix);
	exit_logs_count(mix);
	mix->logs_until_ns = now + TRUSTED_NS;
	mix->missed = mix->logs > 0; /* before */
	return mix->logs > 0;
}

/* Of what other threads do after the end of the first no log is needed: it was looked at then, and is suspected for good. */
static void suspect(struct exit_mix *mix, pid_t pid)
{
	for (nfds_t i = 0; i < mix->count; i++) {
		struct exit_entry *e = &mix->entries[i];
		int place = mix->others[i].fd;

		if (place < 0 && place != -pid && place != EXIT_UNKNOWN)
			continue; /* most of them */
		if (e->who.pid == pid && e->is_watched) {
			e->is_suspected = true;
			mix->heard = 0;
			exit_timer_at_hand(&mix->timer);
		}
	}
}

void exit_logs_hear(struct exit_mix *mix)
{
	nfds_t left = mix->logs;

	for (nfds_t i = 0; left > 0; i++) {
		pid_t pid;

		if (!mix->entries[i].log)
			continue;
		if (mix->others[i].revents & ~POLLIN)
			mix->logs_until_ns = 0;
		while ((pid = take(mix->entries[i].log, &mix->missed)) > 0)
			suspect(mix, pid);
		left--;
	}
}
