/*
 * The system calls that the library makes, one function each: no policy, -errno for failure, errno as it was.
 * None is a cancellation point.
 */
#pragma once

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "sys_raw.h"
#include "uapi.h"

/* Says nothing of what was asked about, only that it could not be asked just now. */
static inline bool sys_is_shortage(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM;
}

/* A function that is its system call and nothing else; fuzz/ declares them, and answers in the kernel's place. */
#ifndef THIN
#define THIN(type, name, parameters, ...)          \
	static inline type name parameters         \
	{                                          \
		return (type)SYS_RAW(__VA_ARGS__); \
	}
#endif

THIN(int, sys_pidfd_open, (pid_t pid, unsigned int flags), __NR_pidfd_open, pid, flags)
THIN(int, sys_pidfd_send_signal, (int pidfd, int sig, const siginfo_t *info, unsigned int flags),
     __NR_pidfd_send_signal, pidfd, sig, info, flags)
THIN(int, sys_pidfd_get_info, (int pidfd, struct uapi_pidfd_info *info), __NR_ioctl, pidfd, UAPI_PIDFD_GET_INFO, info)
THIN(int, sys_close_range, (unsigned int first, unsigned int last, int flags), __NR_close_range, first, last, flags)

/* Processes and signals. */
THIN(pid_t, sys_getpid, (void), __NR_getpid)
THIN(pid_t, sys_getppid, (void), __NR_getppid)
THIN(pid_t, sys_gettid, (void), __NR_gettid)
THIN(int, sys_yield, (void), __NR_sched_yield)
THIN(int, sys_kill, (pid_t pid, int sig), __NR_kill, pid, sig)
THIN(int, sys_sigqueueinfo, (pid_t pid, int sig, const siginfo_t *info), __NR_rt_sigqueueinfo, pid, sig, info)
THIN(int, sys_seize, (pid_t pid), __NR_ptrace, PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT)
THIN(int, sys_sigmask, (int how, const sigset_t *set, sigset_t *old), __NR_rt_sigprocmask, how, set, old, _NSIG / 8)
THIN(int, sys_unshare, (int flags), __NR_unshare, flags)
void sys_block_signals(sigset_t *old);
int sys_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage);
pid_t sys_wait4(pid_t pid, int *status, int options, struct rusage *rusage);

/* A child with a copy of everything that FLAGS do not share; returns twice, with libc none the wiser. */
pid_t sys_clone(unsigned long flags, int *parent_tid, int *child_tid);
pid_t sys_clone_on(int (*fn)(void *), void *stack, int flags, void *argument, int *parent_tid); /* libc's clone(2) */
int *sys_tid_address(void);
_Noreturn void sys_exit(int status);
int sys_thread(void *(*run)(void *), void *argument, size_t stack_size); /* detached */

/* For a child that is to be another program: of the calling process itself. */
struct sched_param;
THIN(int, sys_setsid, (void), __NR_setsid)
THIN(int, sys_setpgid, (pid_t group), __NR_setpgid, 0, group)
THIN(pid_t, sys_getpgid, (void), __NR_getpgid, 0)
THIN(int, sys_set_foreground, (int terminal, pid_t group), __NR_ioctl, terminal, TIOCSPGRP, &group)
THIN(int, sys_set_priority, (const struct sched_param *priority), __NR_sched_setparam, 0, priority)
THIN(int, sys_set_scheduler, (int policy, const struct sched_param *priority), __NR_sched_setscheduler, 0, policy,
     priority)
THIN(int, sys_chdir, (const char *path), __NR_chdir, path)
THIN(int, sys_fchdir, (int fd), __NR_fchdir, fd)
THIN(int, sys_create, (const char *path, int flags, mode_t mode), __NR_openat, AT_FDCWD, path, flags, mode)
THIN(int, sys_dup_to, (int fd, int to), __NR_dup3, fd, to, 0) /* another number */
THIN(int, sys_exec, (const char *path, char *const argv[], char *const envp[]), __NR_execve, path, argv, envp)
int sys_reset_ids(void); /* the effective user and group to the real ones, of the calling thread alone */
bool sys_has_handler(int sig);
void sys_reset_signal(int sig); /* SIG_DFL */

/* Files and sockets. */
THIN(int, sys_open, (int dir, const char *path, int flags), __NR_openat, dir, path, flags)
THIN(int, sys_openat2, (int dir, const char *path, const struct uapi_open_how *how), __NR_openat2, dir, path, how,
     sizeof(*how))
THIN(int, sys_close, (int fd), __NR_close, fd)
THIN(ssize_t, sys_read, (int fd, void *buffer, size_t size), __NR_read, fd, buffer, size)
THIN(ssize_t, sys_write, (int fd, const void *buffer, size_t size), __NR_write, fd, buffer, size)
THIN(ssize_t, sys_getdents64, (int fd, void *buffer, size_t size), __NR_getdents64, fd, buffer, size)
THIN(int, sys_access, (int dir, const char *path), __NR_faccessat, dir, path, F_OK)
THIN(ssize_t, sys_readlink, (int dir, const char *path, char *buffer, size_t size), __NR_readlinkat, dir, path, buffer,
     size)
THIN(int, sys_fcntl, (int fd, int command, long argument), UAPI_NR_FCNTL, fd, command, argument)
THIN(int, sys_set_owner, (int fd, const struct uapi_owner *owner), UAPI_NR_FCNTL, fd, UAPI_F_SETOWN_EX, owner)
THIN(int, sys_pipe, (int ends[2]), __NR_pipe2, ends, O_CLOEXEC)
THIN(int, sys_socketpair, (int type, int ends[2]), __NR_socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0, ends)
THIN(int, sys_finish, (int socket), __NR_shutdown, socket, SHUT_WR)
THIN(ssize_t, sys_sendmsg, (int fd, const struct msghdr *message), __NR_sendmsg, fd, message, MSG_NOSIGNAL)
THIN(ssize_t, sys_recvmsg, (int fd, struct msghdr *message, int flags), __NR_recvmsg, fd, message,
     MSG_CMSG_CLOEXEC | flags)
uint64_t sys_most_descriptors(void);	      /* RLIMIT_NOFILE */
int sys_seek(int fd, long position);	      /* SEEK_SET */
int64_t sys_filesystem(int fd);		      /* f_type of fstatfs(2) */
int64_t sys_filesystem_at(const char *path);  /* of statfs(2) */
int sys_is_file_at(int fd, const char *path); /* whether FD is what PATH names: 1, 0 or -errno */
bool sys_shares_mount_of_proc(int dir);	      /* DIR was opened by the mount that is on /proc here */

/* Of task PID (0: the caller, -1: all) on processor CPU; the events of FD into the buffer that OF has mapped. */
THIN(int, sys_perf_event_open, (const struct uapi_perf_event_attr *attr, pid_t pid, int cpu), __NR_perf_event_open,
     attr, pid, cpu, -1, UAPI_PERF_FLAG_FD_CLOEXEC)
THIN(int, sys_perf_event_share, (int fd, int of), __NR_ioctl, fd, UAPI_PERF_EVENT_IOC_SET_OUTPUT, of)

/* TIMEOUT_NS < 0 is for ever. */
int sys_ppoll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask);
int64_t sys_now_ns(void); /* CLOCK_MONOTONIC */

/* 1: FD is a number inside the descriptor table; 0: outside, or open; or -errno. BITS: zero, up to and with bit FD. */
int sys_select_is_inside(int fd, unsigned long *bits);

void *sys_map(size_t size);
void *sys_map_event(int fd, size_t size); /* a perf event's first page, and what of data SIZE has beyond it */
THIN(int, sys_unmap, (void *address, size_t size), __NR_munmap, address, size)
