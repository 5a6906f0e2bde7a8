#include "injection.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "raw.h"
#include "run.h"
#include "sandbox.h"
#include "valgrind.h"

/* Linux 5.0; going on with the call 5.5. Of linux/seccomp.h, which may be older. */
struct notice {
	uint64_t id;
	uint32_t pid, flags;
	struct seccomp_data data;
};
struct answer {
	uint64_t id;
	int64_t value;
	int32_t error;
	uint32_t flags;
};
enum {
	SET_MODE_FILTER = 1,
	NEW_LISTENER = 1 << 3,
	GO_ON = 1
};
#define RET_USER_NOTIF 0x7fc00000U
#define RECEIVE _IOWR('!', 0, struct notice)
#define SEND _IOWR('!', 1, struct answer)

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORD 4
#else
#define LOW_WORD 0
#endif
#define ARGUMENT(n) ((uint32_t)(offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t) + LOW_WORD))

enum {
	MARK = 0x4d41524b, /* an option that prctl(2) does not have */
	CHANNEL = 30,	   /* BODY's end of the socket: a number that it leaves alone */
	PROCESSES = 16,
	PATIENCE = 20 /* seconds */
};

/*
 * What each system call can fail with when nothing is wrong with its arguments, but for close(2), whose failures close.
 * With no error there is only death. VALUE is that of (argument & MASK); a call has the first row that fits.
 */
static const struct row {
	const char *name;
	long call;
	unsigned int argument;
	uint32_t mask, value;
	int errors[5];
} rows[] = {
#define CALL(name, ...)                     \
	{                                   \
#name, SYS_##name, 0, 0, 0, \
		{                           \
			__VA_ARGS__         \
		}                           \
	}
	{ "clone with CLONE_PIDFD",
	  SYS_clone,
	  RAW_CLONE_FLAGS,
	  RAW_CLONE_PIDFD,
	  RAW_CLONE_PIDFD,
	  { EAGAIN, ENOMEM, EMFILE, ENFILE } },
	CALL(clone, EAGAIN, ENOMEM),
	CALL(clone3, EAGAIN, ENOMEM),
#ifdef SYS_fork
	CALL(fork, EAGAIN, ENOMEM),
#endif
	CALL(pidfd_open, EMFILE, ENFILE, ENOMEM),
	CALL(openat, EMFILE, ENFILE, ENOMEM),
	CALL(openat2, EMFILE, ENFILE, ENOMEM),
	CALL(socketpair, EMFILE, ENFILE, ENOMEM, EAFNOSUPPORT),
	CALL(pipe2, EMFILE, ENFILE, ENOMEM),
	CALL(sendmsg, EINTR, ENOBUFS, ENOMEM, ETOOMANYREFS),
	CALL(recvmsg, EINTR), /* what has come has its memory */
	CALL(ppoll, EINTR, ENOMEM),
	CALL(pselect6, ENOMEM),
	CALL(wait4, EINTR),
	CALL(waitid, EINTR),
	CALL(read, ENOMEM),
	CALL(getdents64, ENOMEM),
	CALL(readlinkat, ENOMEM),
	CALL(faccessat, ENOMEM),
	CALL(renameat2, ENOMEM),
	{ "stat", USE_STAT, 0, 0, 0, { ENOMEM } },
	{ "statfs", USE_STATFS, 0, 0, 0, { ENOMEM } },
	{ "mmap", USE_MMAP, 0, 0, 0, { ENOMEM } },
	CALL(perf_event_open, EMFILE, ENFILE, ENOMEM, EACCES),
	CALL(unshare, ENOMEM, EMFILE),
	CALL(ptrace, EPERM),
	CALL(rt_sigqueueinfo, EAGAIN),
	CALL(execve, ENOMEM, ENFILE, EIO),
	{ "close_range with CLOSE_RANGE_UNSHARE", SYS_close_range, 2, 2, 2, { ENOMEM, EMFILE } },
	{ "fcntl with F_DUPFD_CLOEXEC", USE_FCNTL, 1, UINT32_MAX, F_DUPFD_CLOEXEC, { EMFILE } },
	{ "fcntl with F_SETFL", USE_FCNTL, 1, UINT32_MAX, F_SETFL, { ENOMEM } },
	{ "prctl with PR_GET_TID_ADDRESS", SYS_prctl, 0, UINT32_MAX, 40, { EINVAL } },
	CALL(close),
	{ "fstatfs", USE_FSTATFS, 0, 0, 0, { 0 } }, /* of what is no real file it needs no memory */
	CALL(getpid),
	CALL(dup3),
	CALL(shutdown),
	CALL(rt_sigprocmask),
	CALL(exit_group),
};
enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

void injection_mark(void)
{
	prctl(MARK, 0, 0, 0, 0);
}

/*
 * A descriptor that hears of every call of the table. Not of those on CHANNEL, nor of waits for any child, which the library
 * does not make; nor, where a tracer makes a kernel of it, of CLONE_PIDFD, which the tracer would not hear of then.
 */
static int listen_to_self(void)
{
	const uint32_t pidfd = tracer_is_under_kernel() ? RAW_CLONE_PIDFD : 0;
	struct sock_filter code[11 + 2 * ROWS] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(0)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CHANNEL, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, UINT32_MAX, 5, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, ARGUMENT(RAW_CLONE_FLAGS)),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, pidfd, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	unsigned short length = 9;

	for (int i = 0; i < ROWS; i++) {
		code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)rows[i].call, 0, 1);
		code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, RET_USER_NOTIF);
	}
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { length, code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return (int)syscall(SYS_seccomp, SET_MODE_FILTER, NEW_LISTENER, &program);
}

union control {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int))];
};

static void pass(int channel, int fd)
{
	union control control = {
		.header = { .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS }
	};
	char none = 0;
	struct iovec byte = { &none, 1 };
	struct msghdr message = { .msg_iov = &byte, .msg_iovlen = 1 };

	if (fd >= 0) {
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
	}
	sendmsg(channel, &message, MSG_NOSIGNAL);
}

static int take(int channel)
{
	union control control = { .header = { 0 } };
	char byte;
	struct iovec bytes = { &byte, 1 };
	struct msghdr message = { .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control };
	int fd;

	message.msg_controllen = sizeof(control);
	if (recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		return -1;
	memcpy(&fd, CMSG_DATA(&control.header), sizeof(fd));
	return fd;
}

/* One run. What BODY may know of it is in memory that it shares. */
struct run {
	struct injection injection;
	int failure; /* the number of the injection among those of its call */
	bool reached, done;
	const char *complaint;

	int marks, processes;
	uint32_t pids[PROCESSES];
	int calls[PROCESSES];
};

static const struct row *row_of(const struct seccomp_data *data)
{
	for (const struct row *row = rows; row < rows + ROWS; row++)
		if (row->call == data->nr && ((uint32_t)data->args[row->argument] & row->mask) == row->value)
			return row;
	return NULL;
}

static int number_of(struct run *run, uint32_t pid)
{
	int i = 0;

	while (i < run->processes && run->pids[i] != pid)
		i++;
	if (i == run->processes && i < PROCESSES - 1)
		run->pids[run->processes++] = pid;
	return i;
}

static bool can_fail_with(const struct row *row, int error)
{
	for (int i = 0; i < 5 && row->errors[i]; i++)
		if (row->errors[i] == error)
			return true;
	return false;
}

/* Of the process that is the first: a thread that reaps beside it has no part in it. */
static bool is_another_thread(const struct run *run, uint32_t pid)
{
	return pid != run->pids[0] && syscall(SYS_tgkill, run->pids[0], pid, 0) == 0;
}

/* The error that is to be the answer, 0 for none; -1: the process is to be killed. */
static int judge(struct run *run, const struct notice *notice)
{
	struct injection *injection = &run->injection;
	const struct row *row = row_of(&notice->data);
	int process, failures = 0;

	if (run->marks != 1 || !row || is_another_thread(run, notice->pid))
		return 0;
	process = number_of(run, notice->pid);
	if (run->done)
		return injection->lasting && can_fail_with(row, injection->error) ? injection->error : 0;
	if (process != injection->process || run->calls[process]++ != injection->call)
		return 0;
	run->reached = true;
	while (failures < 5 && row->errors[failures])
		failures++;
	if (run->failure > failures || (run->failure == failures && process == 0))
		return 0;
	injection->name = row->name;
	injection->error = run->failure < failures ? row->errors[run->failure] : 0;
	if (injection->lasting && injection->error != EMFILE && injection->error != ENFILE &&
	    injection->error != ENOMEM)
		return 0;
	run->done = true;
	return injection->error ? injection->error : -1;
}

/* By the system call: in musl the request of ioctl(3) is an int. */
static void hear(int listener, struct run *run)
{
	struct notice notice = { 0 };
	struct answer answer = { 0 };
	int error;

	if (syscall(SYS_ioctl, listener, RECEIVE, &notice) < 0)
		return; /* it has been killed, or a signal came */
	answer.id = notice.id;
	if (notice.data.nr == SYS_prctl && notice.data.args[0] == MARK) {
		if (run->marks++ == 0)
			number_of(run, notice.pid);
	} else if ((error = judge(run, &notice)) < 0) {
		kill((pid_t)notice.pid, SIGKILL);
		return;
	} else if (error > 0) {
		answer.error = -error;
	} else {
		answer.flags = GO_ON;
	}
	syscall(SYS_ioctl, listener, SEND, &answer);
}

_Noreturn static void be_subject(int channel, struct run *run, const char *(*body)(const struct injection *))
{
	int listener;

	dup2(channel, CHANNEL);
	fcntl(CHANNEL, F_SETFD, FD_CLOEXEC);
	close(channel);
	listener = listen_to_self();
	pass(CHANNEL, listener);
	if (listener < 0)
		_exit(77);
	close(listener);
	run->complaint = body(&run->injection);
	pass(CHANNEL, -1);
	/* Heard, it would be refused, since nobody answers any more: with a thread of the library's left, no end. */
	_exit(CHANNEL);
}

static void try(const char *what, struct run *run, const char *(*body)(const struct injection *))
{
	const time_t end = time(NULL) + PATIENCE;
	int ends[2], status, listener;
	const struct injection *injection = &run->injection;
	pid_t subject;

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	subject = fork();
	if (subject == 0) {
		close(ends[0]);
		be_subject(ends[1], run, body);
	}
	ck_assert_int_gt(subject, 0);
	close(ends[1]);
	listener = take(ends[0]);

	struct pollfd events[] = { { .fd = ends[0], .events = POLLIN }, { .fd = listener, .events = POLLIN } };

	while (listener >= 0 && !events[0].revents && time(NULL) < end)
		if (poll(events, 2, 1000) > 0 && events[1].revents & POLLIN)
			hear(listener, run);
	if (listener >= 0 && !events[0].revents)
		kill(subject, SIGKILL);
	close(ends[0]);
	close(listener);
	ck_assert_int_eq(waitpid(subject, &status, 0), subject);
	if (listener < 0)
		skip_because("no listener to system calls here");
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == CHANNEL && !run->complaint,
		      "%s, with %s of %s, call %d of process %d%s: %s, status 0x%x", what,
		      !injection->name	 ? "nothing"
		      : injection->error ? strerror(injection->error)
					 : "death",
		      injection->name ? injection->name : "it", injection->call, injection->process,
		      injection->lasting ? ", lasting" : "",
		      !events[0].revents ? "hangs"
		      : run->complaint	 ? run->complaint
					 : "no complaint",
		      (unsigned int)status);
}

unsigned int inject_each(const char *what, const char *(*body)(const struct injection *))
{
	const bool one_each = getenv("ONE_ERROR_EACH"); /* the first that each can give, where the others take long */
	struct run *run;
	unsigned int count = 0;

	if (under_valgrind())
		skip_because("valgrind's own system calls are among the program's");
	run = mmap(NULL, sizeof(*run), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(run, MAP_FAILED);
	for (int process = 0, call = 0, failure = 0, lasting = 0;;) {
		*run = (struct run){ .injection = { .process = process, .call = call, .lasting = lasting },
				     .failure = failure };
		try(what, run, body);
		count += run->done;
		if (!run->reached && call == 0)
			break;
		if (!run->reached)
			process++, call = failure = lasting = 0;
		else if (one_each && run->done)
			call++;
		else if (!lasting && run->done && run->injection.error)
			lasting = 1;
		else if (lasting || run->done)
			failure++, lasting = 0;
		else
			call++, failure = 0;
	}
	munmap(run, sizeof(*run));
	return count;
}
