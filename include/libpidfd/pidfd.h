/*
 * Process descriptors on every Linux.
 *
 * Each call is the kernel's own where this kernel, under this sandbox, has it, and an emulation with the same contract
 * elsewhere; libpidfd(7) tells them apart. Unless a declaration says otherwise a call returns -1 and sets errno on
 * failure, leaves errno alone on success and its out-parameters alone on failure, may be called from any thread, and is
 * async-signal-safe. Every descriptor that a call makes is close-on-exec and the caller's to close(2).
 *
 * libc's own header comes first, where there is one, so that the names bound at the end of this file are this library's
 * whatever libc has grown.
 */
#ifndef LIBPIDFD_PIDFD_H
#define LIBPIDFD_PIDFD_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/select.h>
#include <sys/types.h>
#include <sys/wait.h>
#if defined __has_include
#if __has_include(<sys/pidfd.h>)
#include <sys/pidfd.h>
/* glibc 2.36's lacks its guard: read once more, after this file, it would declare this library's names as its own. */
#ifndef _PIDFD_H
#define _PIDFD_H 1
#endif
#endif
#endif

/* pidfd_open: read and wait do not block. Linux 5.10; emulated below. */
#ifndef PIDFD_NONBLOCK
#define PIDFD_NONBLOCK O_NONBLOCK
#endif

/* waitid(2)'s idtype for a pidfd. Linux 5.4. An enumerator in newer libcs; plain 3, as in <linux/wait.h>, where C takes it. */
#ifndef P_PIDFD
#ifdef __cplusplus
#define P_PIDFD ((idtype_t)3)
#else
#define P_PIDFD 3
#endif
#endif

/* pidfd_wait: wait for a process that is no child. A bit that no flag of waitid(2) uses. */
#define PIDFD_WFOREIGN 0x10000000

/* pidfd_fork: until it execs, only waits that say __WALL or __WCLONE see the child, and it sends no SIGCHLD. */
#define PIDFD_FORK_HIDDEN 0x00000001U

/* Strict ISO C hides siginfo_t, idtype_t and id_t; types with the same representation stand in for them. */
#if defined SI_USER || defined __siginfo_t_defined
typedef siginfo_t libpidfd_siginfo_t;
#else
typedef void libpidfd_siginfo_t;
#endif
#if defined __idtype_t_defined || !defined __GLIBC__
typedef idtype_t libpidfd_idtype_t;
#else
typedef unsigned int libpidfd_idtype_t;
#endif
#if defined __id_t_defined || !defined __GLIBC__
typedef id_t libpidfd_id_t;
#else
typedef unsigned int libpidfd_id_t;
#endif

#ifdef __cplusplus
extern "C" {
#endif

struct rusage;
struct timespec;

/*
 * A pidfd for the process PID. FLAGS: 0 or PIDFD_NONBLOCK; others are the kernel's to take or refuse, and EINVAL where
 * emulated. EINVAL: pid <= 0, flags, a thread that leads no process. ESRCH: no such process. EACCES: /proc hides it.
 * ENOSYS: neither the kernel nor a usable /proc. EMFILE, ENFILE, ENOMEM. Native since Linux 5.3; below, a directory
 * descriptor on /proc/PID.
 */
int libpidfd_open(pid_t pid, unsigned int flags);

/*
 * Sends SIG to the process that PIDFD refers to, or to none. INFO NULL: as kill(2); SIG 0 only checks. FLAGS as for
 * the kernel; EINVAL where emulated unless 0. EBADF: not a pidfd. EINVAL: signal, flags, info->si_signo other than SIG.
 * EPERM. ESRCH: reaped. EAGAIN: the queue for real-time signals is full. Emulated also EREMOTE: not of this PID namespace,
 * or a directory with mounts over its files; EACCES, ENOSYS: /proc hides the process or is no use, or a sandbox is in the
 * way; EMFILE, ENFILE, ENOMEM.
 * Native since Linux 5.1; below, by the owner of a socket (F_SETOWN): si_code is POLL_IN, not SI_USER.
 */
int libpidfd_send_signal(int pidfd, int sig, libpidfd_siginfo_t *info, unsigned int flags);

/*
 * Waits for a child. STATES: WEXITED, WSTOPPED, WCONTINUED, one or more. FLAGS: WNOHANG, WNOWAIT, __WNOTHREAD, __WCLONE,
 * __WALL, PIDFD_WFOREIGN. Returns its PID, with *STAT_ADDR as from wait4(2), *INFO and *RUSAGE, each unless NULL; 0 for
 * WNOHANG and nothing to report, with *INFO zeroed and the others untouched.
 * EINVAL: pidfd < 0, states, flags. EBADF: not a pidfd. EAGAIN: a PIDFD_NONBLOCK pidfd and nothing to report.
 * ECHILD: not a child, or somebody else reaped it. EINTR. Emulated also EACCES, ENOSYS, EMFILE, ENFILE, ENOMEM.
 * With PIDFD_WFOREIGN, STATES must be WEXITED and FLAGS else only WNOHANG: waits for any process to end, reaps nothing,
 * leaves *RUSAGE alone; ENODATA: it has ended and the kernel does not tell how. Emulated also EREMOTE: a pidfd of the
 * kernel's, not visible in this PID namespace.
 * Native since Linux 5.4 (P_PIDFD), exit status of others since 6.15 (PIDFD_GET_INFO).
 */
pid_t libpidfd_wait(int pidfd, int *stat_addr, libpidfd_siginfo_t *info, struct rusage *rusage, int states, int flags);

/* waitid(2), with P_PIDFD on every kernel; errors as from pidfd_wait. Every other idtype is passed to libc's waitid. */
int libpidfd_waitid(libpidfd_idtype_t idtype, libpidfd_id_t id, libpidfd_siginfo_t *info, int options);

/*
 * The PID, in the caller's PID namespace, that PIDFD refers to. EBADF: not a pidfd. EREMOTE: not visible in this PID
 * namespace, or a directory with mounts over its files. ESRCH: reaped. EACCES, ENOSYS: /proc hides it or is no use. EMFILE,
 * ENFILE, ENOMEM.
 * By PIDFD_GET_INFO since Linux 6.13; below, by /proc.
 */
pid_t libpidfd_getpid(int pidfd);

/*
 * poll(2) and ppoll(2), where some of the descriptors may be pidfds: a pidfd gets POLLIN once its process has ended.
 * Where the kernel polls pidfds (Linux 5.3) this is poll(2), and a /proc/PID directory is always readable there.
 * Errors as from poll(2): EFAULT, EINTR, EINVAL, ENOMEM; emulated also EMFILE, ENFILE.
 */
int libpidfd_poll(struct pollfd *fds, nfds_t nfds, int timeout);
int libpidfd_ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout, const sigset_t *sigmask);

/*
 * A new descriptor, close-on-exec and the caller's to close(2), that is readable (POLLIN, level-triggered) from when the
 * process has ended: for epoll, GLib, libevent, libuv. It is not to be read. FLAGS: 0.
 * Native since Linux 5.3: a duplicate of PIDFD, or for a /proc/PID directory the kernel's pidfd. Elsewhere the end of a
 * pipe, which a thread of this process serves until the process has ended or the descriptor and all its duplicates
 * are closed; see pidfd_pollfd(3) for when that exists. Then not async-signal-safe, and not for a vfork(2) child.
 * EBADF: not a pidfd. EINVAL: flags. EMFILE, ENFILE, ENOMEM. Elsewhere also EAGAIN: no thread; EACCES, ENOSYS: /proc;
 * EREMOTE: a pidfd of the kernel's, not visible in this PID namespace.
 */
int libpidfd_pollfd(int pidfd, unsigned int flags);

/*
 * clone(2) of libc with CLONE_PIDFD: runs FN(ARG) in a child, stores the child's pidfd in *PIDFD, returns its PID.
 * STACK: the top of the child's stack; NULL, without CLONE_VM, is a copy of the caller's. EINVAL: fn NULL; stack NULL with
 * CLONE_VM; CLONE_THREAD, CLONE_DETACHED, CLONE_PARENT_SETTID, CLONE_CHILD_SETTID, CLONE_CHILD_CLEARTID, CLONE_SETTLS;
 * CLONE_PARENT with CLONE_VFORK.
 * EFAULT: pidfd NULL. EAGAIN, ENOMEM, ENOSPC, EUSERS, EPERM as from clone(2); EMFILE, ENFILE; ENOSYS: as pidfd_open, or a
 * sandbox has no AF_UNIX sockets. No failure leaves a child, but, emulated with CLONE_PARENT, maybe one that has exited with
 * 127 before it called FN.
 * Native since Linux 5.2.
 */
pid_t libpidfd_clone(int (*fn)(void *), void *stack, int flags, void *arg, int *pidfd);

/*
 * fork(2) of libc, with the child's pidfd in the parent's *PIDFD. FLAGS: 0 or PIDFD_FORK_HIDDEN, which does not run
 * pthread_atfork(3) handlers. EINVAL: flags. EFAULT: pidfd NULL. EAGAIN, ENOMEM, EMFILE, ENFILE; ENOSYS: as
 * clone_pidfd. No failure leaves a child. Async-signal-safe as far as fork(2) of this libc is.
 */
pid_t libpidfd_fork(int *pidfd, unsigned int flags);

/*
 * posix_spawn(3) and posix_spawnp(3), with a pidfd instead of a PID: execute PATH, or FILE as found on PATH, in a child, as
 * ATTRIBUTES and ACTIONS of libc's, each of which may be NULL, say. They return 0 or an error number, leave errno alone, and
 * are thread-safe but not async-signal-safe. EFAULT: pidfd NULL. ENOSYS: as clone_pidfd; or ATTRIBUTES or ACTIONS of a libc
 * that this library does not know. EAGAIN, ENOMEM, EMFILE, ENFILE; and whatever the child failed with: setting an attribute,
 * an action, or execve(2). No failure leaves a child.
 * Native since Linux 5.2. Signatures of glibc 2.39.
 */
int libpidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
		   const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);
int libpidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
		    const posix_spawnattr_t *attributes, char *const argv[], char *const envp[]);

/* What a call rests on. The names are those that LIBPIDFD_AVOID takes and pidfdctl(1) prints. */
enum libpidfd_call {
	LIBPIDFD_CALL_OPEN,		   /* pidfd_open */
	LIBPIDFD_CALL_OPEN_NONBLOCK,	   /* pidfd_open_nonblock: the flag PIDFD_NONBLOCK */
	LIBPIDFD_CALL_SEND_SIGNAL,	   /* pidfd_send_signal */
	LIBPIDFD_CALL_CLONE,		   /* clone_pidfd */
	LIBPIDFD_CALL_POLL,		   /* pidfd_poll, and pidfd_ppoll */
	LIBPIDFD_CALL_WAIT,		   /* pidfd_wait, and pidfd_waitid's P_PIDFD */
	LIBPIDFD_CALL_GET_INFO,		   /* pidfd_get_info: exit status of processes that are no children */
	LIBPIDFD_CALL_CLOSE_RANGE,	   /* close_range, and closefrom */
	LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, /* close_range_cloexec: the flag CLOSE_RANGE_CLOEXEC */
	LIBPIDFD_CALL_PERF_EVENT	   /* perf_event_open: what tells the emulated pidfd_poll of an end at once */
};

enum libpidfd_path {
	LIBPIDFD_PATH_NONE,    /* neither way: the call fails, unless a kernel's pidfd is all that it needs */
	LIBPIDFD_PATH_KERNEL,  /* by the kernel's own system call */
	LIBPIDFD_PATH_EMULATED /* by this library */
};

/*
 * Which way CALL goes in this process. *WHY, unless NULL: 0 for the kernel's, else the errno that decided against it;
 * ECANCELED stands for LIBPIDFD_AVOID, EAGAIN for not knowing just now. An unknown CALL is LIBPIDFD_PATH_NONE with EINVAL.
 * Never fails, leaves errno alone.
 */
enum libpidfd_path libpidfd_path(enum libpidfd_call call, int *why);

#ifdef __cplusplus
}
#endif

#undef pidfd_open
#undef pidfd_send_signal
#undef pidfd_wait
#undef pidfd_waitid
#undef pidfd_getpid
#undef pidfd_poll
#undef pidfd_pollfd
#undef pidfd_ppoll
#undef clone_pidfd
#undef pidfd_fork
#undef pidfd_spawn
#undef pidfd_spawnp
#define pidfd_open libpidfd_open
#define pidfd_send_signal libpidfd_send_signal
#define pidfd_wait libpidfd_wait
#define pidfd_waitid libpidfd_waitid
#define pidfd_getpid libpidfd_getpid
#define pidfd_poll libpidfd_poll
#define pidfd_pollfd libpidfd_pollfd
#define pidfd_ppoll libpidfd_ppoll
#define clone_pidfd libpidfd_clone
#define pidfd_fork libpidfd_fork
#define pidfd_spawn libpidfd_spawn
#define pidfd_spawnp libpidfd_spawnp

#endif
