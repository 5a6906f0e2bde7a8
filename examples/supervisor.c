/*
 * A supervisor to start from: keeps the commands of a file running. One epoll(7) loop hears of ended children by
 * pidfd_pollfd, of its own signals by a signalfd, of moments by timerfds. No process is ever named by its PID, no SIGCHLD
 * is heeded, and no child but the ones started here is waited for.
 *
 * usage: supervisor [-f MS] [-l MS] [-g MS] FILE
 *
 * FILE has a command on each line: words with blanks between them, no quotes; empty lines and lines that begin with # say
 * nothing. A command that ends is started again after -f milliseconds (100), and after twice as many each time that it does
 * so sooner than it was waited for, -l at most (10000). SIGTERM or SIGINT ends them, the last one first, each by SIGTERM and
 * after -g milliseconds (5000) by SIGKILL, and then the supervisor, with 0. Commands get the standard descriptors alone,
 * and no capabilities.
 */
#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 64 /* commands, and words of each */

struct service {
	char *argv[MOST + 1];
	int pidfd, end;		 /* -1 while it does not run; END is readable once it has ended */
	int timer;		 /* to start it again, or to kill it when its time to leave is over */
	long delay_ms, began_ms; /* how long it was waited with the last time, and when it was started then */
};

static struct service services[MOST];
static size_t count;
static long first_ms = 100, longest_ms = 10000, grace_ms = 5000;
static struct service *leaving; /* while all are being stopped: the one that is at it */
static int epoll, signals;
static sigset_t before; /* the signal mask that commands get */

__attribute__((format(printf, 1, 2))) _Noreturn static void fail(const char *format, ...)
{
	va_list arguments;

	fputs("supervisor: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* 0 is never. */
static void set_timer(int timer, long ms)
{
	struct itimerspec time = { .it_value = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 } };

	timerfd_settime(timer, 0, &time, NULL);
}

static bool hear(int fd, void *whose)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = whose };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) == 0;
}

/* The bounding set too, or root would get them back by execve(2). */
static bool drop_capabilities(void)
{
	cap_t none = cap_init();
	bool dropped = none != NULL;

	for (cap_value_t cap = 0; dropped && cap_get_bound(cap) >= 0; cap++)
		dropped = cap_get_bound(cap) == 0 || cap_drop_bound(cap) == 0 || geteuid() != 0;
	dropped = dropped && cap_set_proc(none) == 0;
	cap_free(none);
	return dropped;
}

_Noreturn static void become(const struct service *service)
{
	if (close_range(3, UINT_MAX, 0) == 0 && drop_capabilities()) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		execvp(service->argv[0], service->argv);
	}
	fprintf(stderr, "supervisor: %s: %s\n", service->argv[0], strerror(errno));
	_exit(127);
}

/* What could not be started is tried again like what has ended. */
static void start_later(struct service *service)
{
	if (now_ms() - service->began_ms >= service->delay_ms)
		service->delay_ms = first_ms;
	else
		service->delay_ms = service->delay_ms < longest_ms / 2 ? service->delay_ms * 2 : longest_ms;
	set_timer(service->timer, service->delay_ms);
}

static void forget(struct service *service)
{
	if (service->end >= 0) {
		/* A copy in a child would keep it in the epoll set beyond the close. */
		epoll_ctl(epoll, EPOLL_CTL_DEL, service->end, NULL);
		close(service->end);
	}
	close(service->pidfd);
	service->pidfd = service->end = -1;
	set_timer(service->timer, 0);
}

static void start(struct service *service)
{
	int pidfd;
	pid_t pid;

	service->began_ms = now_ms();
	pid = pidfd_fork(&pidfd, 0);
	if (pid == 0)
		become(service);
	if (pid < 0) {
		printf("%s: not started: %s\n", service->argv[0], strerror(errno));
		start_later(service);
		return;
	}
	service->pidfd = pidfd;
	service->end = pidfd_pollfd(pidfd, 0);
	if (service->end >= 0 && hear(service->end, service)) {
		printf("%s: started\n", service->argv[0]);
		return;
	}
	printf("%s: not watched: %s\n", service->argv[0], strerror(errno));
	pidfd_send_signal(pidfd, SIGKILL, NULL, 0);
	pidfd_wait(pidfd, NULL, NULL, NULL, WEXITED, 0);
	forget(service);
	start_later(service);
}

/* The last one that runs is told to end, and given its time. With none left the supervisor's work is done. */
static void stop_next(void)
{
	size_t left = count;

	while (left > 0 && services[left - 1].pidfd < 0)
		left--;
	if (left == 0)
		exit(0);
	leaving = &services[left - 1];
	pidfd_send_signal(leaving->pidfd, SIGTERM, NULL, 0);
	set_timer(leaving->timer, grace_ms);
}

static void report(const struct service *service, int status)
{
	if (WIFEXITED(status))
		printf("%s: exited with %d\n", service->argv[0], WEXITSTATUS(status));
	else
		printf("%s: ended by signal %d\n", service->argv[0], WTERMSIG(status));
}

static void see_to(struct service *service)
{
	struct pollfd end = { .fd = service->end, .events = POLLIN };
	uint64_t times;
	int status;

	if (service->end >= 0 && poll(&end, 1, 0) > 0) {
		if (pidfd_wait(service->pidfd, &status, NULL, NULL, WEXITED, 0) < 0)
			fail("%s: pidfd_wait: %s", service->argv[0], strerror(errno));
		report(service, status);
		forget(service);
		if (!leaving)
			start_later(service);
		else if (service == leaving)
			stop_next();
	} else if (read(service->timer, &times, sizeof(times)) == sizeof(times)) {
		if (leaving)
			pidfd_send_signal(service->pidfd, SIGKILL, NULL, 0);
		else
			start(service);
	}
}

static void take_signal(void)
{
	struct signalfd_siginfo info;

	if (read(signals, &info, sizeof(info)) != sizeof(info) || leaving)
		return;
	for (size_t i = 0; i < count; i++)
		set_timer(services[i].timer, 0);
	stop_next();
}

static void add_service(char *line)
{
	struct service *service = &services[count];
	size_t words = 0;
	char *rest;

	if (count++ == MOST)
		fail("more than %d commands", MOST);
	for (char *word = strtok_r(line, " \t\n", &rest); word; word = strtok_r(NULL, " \t\n", &rest)) {
		if (words == MOST)
			fail("%s: more than %d words", service->argv[0], MOST);
		service->argv[words++] = word;
	}
	service->pidfd = service->end = -1;
	service->timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (service->timer < 0)
		fail("%s", strerror(errno));
}

static void read_services(const char *path)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	if (!file)
		fail("%s: %s", path, strerror(errno));
	while (getline(&line, &room, file) >= 0) {
		if (line[strspn(line, " \t\n")] == '\0' || line[0] == '#')
			continue;
		add_service(line);
		line = NULL; /* the words point into it */
		room = 0;
	}
	if (ferror(file))
		fail("%s: %s", path, strerror(errno));
	free(line);
	fclose(file);
	if (count == 0)
		fail("%s: no commands", path);
}

static long milliseconds(int option, const char *text)
{
	char *end;
	long ms = strtol(text, &end, 10);

	if (end == text || *end || ms < 1 || ms > INT_MAX)
		fail("-%c: milliseconds from 1 to %d, not '%s'", option, INT_MAX, text);
	return ms;
}

int main(int argc, char **argv)
{
	struct epoll_event event;
	sigset_t ours;
	int option;

	while ((option = getopt(argc, argv, "f:l:g:")) != -1) {
		if (option == '?')
			exit(1);
		*(option == 'f' ? &first_ms : option == 'l' ? &longest_ms : &grace_ms) = milliseconds(option, optarg);
	}
	if (argc - optind != 1 || longest_ms < first_ms)
		fail("usage: supervisor [-f MS] [-l MS] [-g MS] FILE");
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_services(argv[optind]);
	sigemptyset(&ours);
	sigaddset(&ours, SIGTERM);
	sigaddset(&ours, SIGINT);
	sigprocmask(SIG_BLOCK, &ours, &before);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	signals = signalfd(-1, &ours, SFD_CLOEXEC | SFD_NONBLOCK);
	if (epoll < 0 || signals < 0 || !hear(signals, NULL))
		fail("%s", strerror(errno));
	for (size_t i = 0; i < count; i++) {
		if (!hear(services[i].timer, &services[i]))
			fail("%s", strerror(errno));
		start(&services[i]);
	}
	for (;;) {
		if (epoll_wait(epoll, &event, 1, -1) == 1)
			event.data.ptr ? see_to(event.data.ptr) : take_signal();
		else if (errno != EINTR)
			fail("epoll_wait: %s", strerror(errno));
	}
}
