/*
 * Under a filter that kills for whatever libpidfd(7) does not list for a call, the call does its work: natively, and with
 * LIBPIDFD_AVOID=all by the list of the emulation.
 */
#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "child.h"
#include "descriptors.h"
#include "raw.h"
#include "run.h"
#include "valgrind.h"

enum {
	MOST = 96
};

static const struct needs {
	const char *of;
	bool emulated;
	long calls[MOST];
} needs[] = {
#include "needs.h"
};

/* What the C library adds: for returning from a handler and ending, for fork(2), and for a thread. */
static const long libc[] = { SYS_rt_sigreturn, SYS_exit_group, SYS_exit, SYS_restart_syscall, -1 };
static const long libc_forks[] = { SYS_clone, SYS_set_robust_list, SYS_rt_sigprocmask, SYS_gettid, SYS_getpid,
#ifdef SYS_rseq
				   SYS_rseq,
#endif
#ifdef SYS_fork
				   SYS_fork,
#endif
				   -1 };
static const long libc_threads[] = {
	SYS_clone, SYS_clone3,		SYS_mprotect,	       SYS_munmap,	 SYS_madvise,
	SYS_futex, SYS_set_robust_list, SYS_rt_sigprocmask,    SYS_rt_sigaction, SYS_gettid,
	SYS_prctl, SYS_prlimit64,	SYS_sched_getaffinity,
#ifdef SYS_rseq
	SYS_rseq,
#endif
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_mmap2
	SYS_mmap2,
#endif
	-1
};

static unsigned short allow(struct sock_filter *code, unsigned short length, const long *calls)
{
	for (; calls && *calls >= 0; calls++) {
		code[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)*calls, 0, 1);
		code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	return length;
}

/* Which system call was not in the list: shared, as the process that makes it ends by that. */
static volatile int *refused;

static void tell(int sig, siginfo_t *info, void *unused)
{
	(void)sig, (void)unused;
	*refused = info->si_syscall;
	_exit(1);
}

static void allow_only(const struct needs *need, const long *also)
{
	const struct sigaction telling = { .sa_sigaction = tell, .sa_flags = SA_SIGINFO };
	struct sock_filter code[2 + 2 * (MOST + 2 * 32)] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	unsigned short length = allow(code, 1, need->calls);

	length = allow(code, length, libc);
	length = allow(code, length, also);
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);

	struct sock_fprog program = { length, code };

	sigaction(SIGSYS, &telling, NULL);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		skip_because("seccomp filter: %s", strerror(errno));
}

/* What each call has to work on: a child of the caller's that lives, one that has ended, and no child, if it may be traced. */
struct things {
	int of_living, of_ended, of_parent, fd;
	pid_t living, ended;
	siginfo_t info;
};

static int return_7(void *unused)
{
	(void)unused;
	return 7;
}

static int visit(void *unused, int fd)
{
	(void)unused;
	return fd < 0;
}

static bool opens(const struct things *t)
{
	return pidfd_open(t->living, 0) >= 0 && pidfd_open(t->living, PIDFD_NONBLOCK) >= 0;
}

static bool sends(const struct things *t)
{
	siginfo_t info = t->info;

	if (t->of_parent >= 0 && pidfd_send_signal(t->of_parent, SIGURG, &info, 0) < 0)
		return false;
	return pidfd_send_signal(t->of_living, 0, NULL, 0) == 0 &&
	       pidfd_send_signal(t->of_living, SIGURG, NULL, 0) == 0 &&
	       pidfd_send_signal(t->of_living, SIGURG, &info, 0) == 0;
}

static bool waits(const struct things *t)
{
	return pidfd_wait(t->of_living, NULL, NULL, NULL, WEXITED, WNOHANG) == 0 &&
	       pidfd_wait(t->of_ended, NULL, NULL, NULL, WEXITED, 0) == t->ended;
}

static bool waits_for_foreign(const struct things *t)
{
	return pidfd_wait(t->of_living, NULL, NULL, NULL, WEXITED, PIDFD_WFOREIGN | WNOHANG) == 0;
}

static bool polls(const struct things *t)
{
	struct pollfd fds[] = { { t->of_living, POLLIN, 0 }, { t->of_ended, POLLIN, 0 } };

	return pidfd_poll(fds, 1, 10) == 0 && pidfd_poll(fds, 2, -1) == 1 &&
	       pidfd_ppoll(fds, 1, &(struct timespec){ 0, 1 }, NULL) == 0;
}

static bool makes_a_pollfd(const struct things *t)
{
	return pidfd_pollfd(t->of_living, 0) >= 0;
}

static bool tells_the_pid(const struct things *t)
{
	return pidfd_getpid(t->of_living) == t->living;
}

static bool clones(const struct things *t)
{
	int pidfd;

	(void)t;
	return clone_pidfd(return_7, NULL, SIGCHLD, NULL, &pidfd) > 0;
}

static bool forks(const struct things *t)
{
	int pidfd;
	pid_t pid = pidfd_fork(&pidfd, 0);

	(void)t;
	if (pid == 0)
		_exit(7);
	return pid > 0;
}

static bool clears(const struct things *t)
{
	unsigned int fd = (unsigned int)t->fd;

	return close_range(fd, UINT_MAX, CLOSE_RANGE_CLOEXEC) == 0 && close_range(fd, fd, CLOSE_RANGE_UNSHARE) == 0 &&
	       close_range(fd, UINT_MAX, 0) == 0;
}

static bool walks(const struct things *t)
{
	return fdwalk(visit, NULL) == 0 && nextfd(t->fd) == t->fd;
}

static const struct {
	const char *name;
	bool (*works)(const struct things *t);
	enum libpidfd_call call;
	const long *libc;
} calls[] = {
	{ "pidfd_open", opens, LIBPIDFD_CALL_OPEN, NULL },
	{ "pidfd_send_signal", sends, LIBPIDFD_CALL_SEND_SIGNAL, NULL },
	{ "pidfd_wait", waits, LIBPIDFD_CALL_WAIT, NULL },
	{ "pidfd_wait foreign", waits_for_foreign, LIBPIDFD_CALL_POLL, NULL },
	{ "pidfd_poll", polls, LIBPIDFD_CALL_POLL, NULL },
	{ "pidfd_pollfd", makes_a_pollfd, LIBPIDFD_CALL_POLL, libc_threads },
	{ "pidfd_getpid", tells_the_pid, LIBPIDFD_CALL_GET_INFO, NULL },
	{ "clone_pidfd", clones, LIBPIDFD_CALL_CLONE, NULL },
	{ "pidfd_fork", forks, LIBPIDFD_CALL_OPEN, libc_forks },
	{ "close_range", clears, LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, NULL },
	{ "fdwalk", walks, LIBPIDFD_CALL_CLOSE_RANGE, NULL },
};

static const struct needs *needs_of(const char *name, bool emulated)
{
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (strcmp(needs[i].of, name) == 0 && needs[i].emulated == emulated)
			return &needs[i];
	ck_abort_msg("the manual has no list for %s", name);
	return NULL;
}

/* In a process of its own, lest the call's process has found out before the filter. */
static bool has_path(enum libpidfd_call call, enum libpidfd_path path)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(libpidfd_path(call, NULL) == path);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status == 1 << 8;
}

static bool may_trace(pid_t tracee)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(ptrace(PTRACE_SEIZE, tracee, NULL, NULL) == 0);
	waitpid(pid, &status, 0);
	return status == 1 << 8;
}

static _Noreturn void work(const struct needs *need, int row)
{
	struct child living = child_waiting(), ended = child_zombie(3);
	struct things things = {
		.living = living.pid,
		.ended = ended.pid,
		.fd = dup(STDERR_FILENO),
		.info = { .si_signo = SIGURG, .si_code = SI_QUEUE },
	};

	things.of_living = need->emulated ? open_proc_of(living.pid, 0) : raw_pidfd_open(living.pid, 0);
	things.of_parent = may_trace(getppid()) ? open_proc_of(getppid(), 0) : -1;
	things.of_ended = need->emulated ? open_proc_of(ended.pid, 0) : raw_pidfd_open(ended.pid, 0);
	allow_only(need, calls[row].libc);
	_exit(calls[row].works(&things) ? 0 : 2);
}

START_TEST(does_its_work)
{
	const char *profile = getenv("UNDER_KERNEL");
	bool emulated = profile && strcmp(profile, "avoid") == 0;
	int status;
	pid_t pid;

#ifdef __SANITIZE_ADDRESS__
	skip_because("AddressSanitizer makes system calls of its own");
#endif
	if (under_valgrind())
		skip_because("valgrind's own system calls are among the program's");
	if (profile && !emulated && strcmp(profile, "native") != 0)
		skip_because("what is refused is asked for first");
	if (!emulated && !has_path(calls[_i].call, LIBPIDFD_PATH_KERNEL))
		skip_because("not native here");
	refused = mmap(NULL, sizeof(*refused), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(refused != MAP_FAILED);
	*refused = -1;
	pid = fork();
	if (pid == 0)
		work(needs_of(calls[_i].name, emulated), _i);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_msg(status == 0 && *refused < 0, "%s: status 0x%x, not in the list: system call %d", calls[_i].name,
		      (unsigned int)status, *refused);
}
END_TEST

/* Were the list not heeded, it would be seen. */
START_TEST(a_list_too_short_is_noticed)
{
	const struct needs none = { "nothing", false, { -1 } };
	int status;
	pid_t pid;

#ifdef __SANITIZE_ADDRESS__
	skip_because("AddressSanitizer makes system calls of its own");
#endif
	if (under_valgrind())
		skip_because("valgrind's own system calls are among the program's");
	refused = mmap(NULL, sizeof(*refused), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ck_assert(refused != MAP_FAILED);
	pid = fork();
	if (pid == 0) {
		allow_only(&none, NULL);
		close(-1);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_int_eq(status, 1 << 8);
	ck_assert_int_eq(*refused, SYS_close);
}
END_TEST

TESTS(TEST_EACH(does_its_work, calls), TEST(a_list_too_short_is_noticed))
