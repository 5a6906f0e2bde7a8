/*
 * under_kernel PROFILE PROGRAM [ARGUMENT...] runs PROGRAM on a pretended older kernel or in a pretended sandbox, with
 * UNDER_KERNEL=PROFILE in its environment; --list prints the profiles of profiles.def.
 *
 * A seccomp filter does it, so that what PROGRAM links to is what ships, and its children inherit it. Exits as PROGRAM
 * does (128+n where it traced a PROGRAM that signal n ended), 77 where a filter or tracing is not permitted, 2 for its
 * own bad arguments, 127 where PROGRAM can't be run.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "profiles.h"
#include "raw.h"

#ifndef NT_PRSTATUS
#define NT_PRSTATUS 1 /* elf.h */
#endif

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U /* 4.14; kills the thread before */
#endif

#if defined __x86_64__
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined __i386__
#define ARCHITECTURE AUDIT_ARCH_I386
#elif defined __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#elif defined __arm__
#define ARCHITECTURE AUDIT_ARCH_ARM
#elif defined __riscv && __riscv_xlen == 64
#define ARCHITECTURE AUDIT_ARCH_RISCV64
#elif defined __powerpc64__ && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_PPC64LE
#elif defined __powerpc64__
#define ARCHITECTURE AUDIT_ARCH_PPC64
#elif defined __s390x__
#define ARCHITECTURE AUDIT_ARCH_S390X
#elif defined __mips64 && _MIPS_SIM == _ABI64 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_MIPSEL64
#elif defined __mips__ && _MIPS_SIM == _ABIO32 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define ARCHITECTURE AUDIT_ARCH_MIPSEL
#else
#error "add this architecture's AUDIT_ARCH"
#endif

#ifdef __i386__
#define OF_OTHERS SECCOMP_RET_ALLOW
#else
#define OF_OTHERS SECCOMP_RET_KILL_PROCESS
#endif

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORD 4
#else
#define LOW_WORD 0
#endif
#define ARGUMENT(n) (offsetof(struct seccomp_data, args) + (n) * sizeof(uint64_t) + LOW_WORD)

/* A call that uses a feature: its number, and what (argument & mask) is then, equal to VALUE or (BPF_JSET) not zero. */
static const struct {
	uint32_t call, argument, mask, test, value;
} uses[FEATURES] = {
	[PIDFD_OPEN] = { SYS_pidfd_open, 0, 0, BPF_JEQ, 0 },
	[PIDFD_OPEN_FLAGS] = { SYS_pidfd_open, 1, UINT32_MAX, BPF_JSET, UINT32_MAX },
	[PIDFD_SEND_SIGNAL] = { SYS_pidfd_send_signal, 0, 0, BPF_JEQ, 0 },
	[PIDFD_SEND_SIGNAL_FLAGS] = { SYS_pidfd_send_signal, 3, UINT32_MAX, BPF_JSET, UINT32_MAX },
	[CLONE_WITH_PIDFD] = { SYS_clone, RAW_CLONE_FLAGS, RAW_CLONE_PIDFD, BPF_JEQ, RAW_CLONE_PIDFD },
	[CLONE3] = { SYS_clone3, 0, 0, BPF_JEQ, 0 },
	[PIDFD_GETFD] = { SYS_pidfd_getfd, 0, 0, BPF_JEQ, 0 },
	[WAITID_PIDFD] = { SYS_waitid, 0, UINT32_MAX, BPF_JEQ, RAW_P_PIDFD },
	[WAITID_WALL] = { SYS_waitid, 3, __WALL | __WCLONE | __WNOTHREAD, BPF_JSET, UINT32_MAX },
	[GET_INFO] = { SYS_ioctl, 1, 0xffff, BPF_JEQ, RAW_PIDFD_GET_INFO & 0xffff }, /* whatever the structure's size */
	[CLOSE_RANGE] = { SYS_close_range, 0, 0, BPF_JEQ, 0 },
	[CLOSE_RANGE_WITH_CLOEXEC] = { SYS_close_range, 2, RAW_CLOSE_RANGE_CLOEXEC, BPF_JSET, UINT32_MAX },
	[PERF_EVENT_OPEN] = { SYS_perf_event_open, 0, 0, BPF_JEQ, 0 },
	[OPENAT2] = { SYS_openat2, 0, 0, BPF_JEQ, 0 },
};

enum {
	PROLOGUE = 3,
	PER_FEATURE = 6,
	EPILOGUE = 4
};

static uint32_t action_of(int answer)
{
	return answer == IGNORED  ? SECCOMP_RET_TRACE
	       : answer == KILLED ? SECCOMP_RET_KILL_PROCESS
				  : SECCOMP_RET_ERRNO | (uint32_t)answer;
}

static int install_filter(const struct profile *profile)
{
	/* Another architecture has other numbers: its programs would pass by the filter. Only i386 has others' shells. */
	struct sock_filter code[PROLOGUE + PER_FEATURE * FEATURES + EPILOGUE] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, OF_OTHERS),
	};
	unsigned short length = PROLOGUE;

	for (int i = 0; i < FEATURES; i++) {
		int answer = profile->answers[i];
		const struct sock_filter refusal[PER_FEATURE] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, uses[i].call, 0, 4),
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)ARGUMENT(uses[i].argument)),
			BPF_STMT(BPF_ALU | BPF_AND | BPF_K, uses[i].mask),
			BPF_JUMP((uint16_t)(BPF_JMP | uses[i].test | BPF_K), uses[i].value, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, action_of(answer)),
		};

		if (answer == 0)
			continue;
		memcpy(code + length, refusal, sizeof(refusal));
		length += PER_FEATURE;
	}
	if (length == PROLOGUE)
		return 0;
	if (profile_kills(profile)) {
		/* The first call of 5.1, and those after it; clone3 has been answered. */
		const struct sock_filter later[] = {
			BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
			BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_pidfd_send_signal, 0, 1),
			BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		};

		memcpy(code + length, later, sizeof(later));
		length += sizeof(later) / sizeof(later[0]);
	}
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);

	struct sock_fprog program = { length, code };

	/* no_new_privs only where a filter needs it: it changes what PROGRAM's children may exec. */
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0)
		return 0;
	if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static _Noreturn void not_permitted(const char *what)
{
	fprintf(stderr, "under_kernel: skipped: %s: %s\n", what, strerror(errno));
	_exit(77);
}

static _Noreturn void run(const struct profile *profile, char *argv[])
{
	if (install_filter(profile) < 0)
		not_permitted("seccomp filter");
	execvp(argv[0], argv);
	fprintf(stderr, "under_kernel: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

/* The register of clone's flags where the tracee has stopped before the call. */
#if defined __x86_64__
#define FLAGS_REGISTER rdi
#elif defined __i386__
#define FLAGS_REGISTER ebx
#elif defined __aarch64__
#define FLAGS_REGISTER regs[0]
#endif

#ifdef FLAGS_REGISTER

static void clear_clone_pidfd(pid_t pid)
{
	struct user_regs_struct registers;
	struct iovec all = { &registers, sizeof(registers) };

	if (ptrace(PTRACE_GETREGSET, pid, (void *)NT_PRSTATUS, &all) < 0)
		return;
	registers.FLAGS_REGISTER &= ~(__typeof__(registers.FLAGS_REGISTER))RAW_CLONE_PIDFD;
	ptrace(PTRACE_SETREGSET, pid, (void *)NT_PRSTATUS, &all);
}

/*
 * Lets a stopped tracee go on as if nobody had looked. ptrace fails only with ESRCH here: SIGKILL was faster.
 * PTRACE_EVENT_STOP with a stopping signal is a stopped process, which stays so and still hears SIGCONT; with SIGTRAP
 * it is a new child or such a SIGCONT.
 */
static void pass(pid_t pid, int status)
{
	int event = status >> 16;

	if (event == PTRACE_EVENT_SECCOMP)
		clear_clone_pidfd(pid);
	if (event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP)
		ptrace(PTRACE_LISTEN, pid, NULL, NULL);
	else
		ptrace(PTRACE_CONT, pid, NULL, (void *)(intptr_t)(event ? 0 : WSTOPSIG(status)));
}

static int trace(pid_t program)
{
	for (;;) {
		int status;
		pid_t pid = waitpid(-1, &status, __WALL);

		if (pid < 0 && errno != EINTR)
			return 1;
		if (pid > 0 && WIFSTOPPED(status))
			pass(pid, status);
		else if (pid == program)
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}
}

/* PTRACE_O_EXITKILL: what PROGRAM leaves running ends with it. */
static int run_traced(const struct profile *profile, char *argv[])
{
	const long options = PTRACE_O_TRACESECCOMP | PTRACE_O_TRACECLONE | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
			     PTRACE_O_EXITKILL;
	int go[2];
	char byte = 0;

	if (pipe(go) < 0)
		not_permitted("pipe");

	pid_t program = fork();

	if (program < 0)
		not_permitted("fork");
	if (program == 0) {
		close(go[1]);
		if (read(go[0], &byte, 1) != 1)
			_exit(77);
		close(go[0]);
		run(profile, argv);
	}
	close(go[0]);
	if (ptrace(PTRACE_SEIZE, program, NULL, (void *)options) < 0)
		not_permitted("ptrace");
	if (write(go[1], &byte, 1) != 1)
		return 1;
	close(go[1]);
	return trace(program);
}

#else

static int run_traced(const struct profile *profile, char *argv[])
{
	(void)profile, (void)argv;
	errno = ENOSYS;
	not_permitted("clearing CLONE_PIDFD on this architecture");
}

#endif

int main(int argc, char *argv[])
{
	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (size_t i = 0; i < PROFILES; i++)
			puts(profiles[i].name);
		return 0;
	}
	if (argc < 3 || !profile_named(argv[1])) {
		fprintf(stderr, "usage: under_kernel PROFILE PROGRAM [ARGUMENT...]\n       under_kernel --list\n");
		return 2;
	}

	const struct profile *profile = profile_named(argv[1]);

	if (setenv("UNDER_KERNEL", profile->name, 1) < 0)
		not_permitted("setenv");
	if ((strcmp(profile->name, "avoid") == 0 || profile_kills(profile)) && setenv("LIBPIDFD_AVOID", "all", 1) < 0)
		not_permitted("setenv");
	if (profile_needs_tracer(profile))
		return run_traced(profile, argv + 2);
	run(profile, argv + 2);
}
