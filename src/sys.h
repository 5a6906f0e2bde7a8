/*
 * The system calls that the library makes, one function each: no policy, -errno for failure, errno as it was.
 * None is a cancellation point.
 */
#ifndef LIBPIDFD_SRC_SYS_H
#define LIBPIDFD_SRC_SYS_H

#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "sys_raw.h"
#include "uapi.h"

/* These two are inlined: a call that is over in a tenth of a microsecond feels what it takes to save its arguments. */

static inline int sys_pidfd_send_signal(int pidfd, int sig, const siginfo_t *info, unsigned int flags)
{
	return (int)SYS_RAW(__NR_pidfd_send_signal, pidfd, sig, info, flags);
}

static inline int sys_close_range(unsigned int first, unsigned int last, int flags)
{
	return (int)SYS_RAW(__NR_close_range, first, last, flags);
}

struct uapi_owner;
struct uapi_perf_event_attr;
struct uapi_pidfd_info;

int sys_pidfd_open(pid_t pid, unsigned int flags);
int sys_pidfd_get_info(int pidfd, struct uapi_pidfd_info *info);

int sys_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage);
pid_t sys_wait4(pid_t pid, int *status, int options, struct rusage *rusage);
pid_t sys_getpid(void);
pid_t sys_getppid(void);
pid_t sys_gettid(void);
int sys_yield(void);
int sys_kill(pid_t pid, int sig);
int sys_sigqueueinfo(pid_t pid, int sig, const siginfo_t *info);
int sys_seize(pid_t pid); /* PTRACE_SEIZE, PTRACE_O_TRACEEXIT */
int sys_sigmask(int how, const sigset_t *set, sigset_t *old);
void sys_block_signals(sigset_t *old);

/* A child with a copy of everything that FLAGS do not share; returns twice, with libc none the wiser. */
pid_t sys_clone(unsigned long flags, int *parent_tid, int *child_tid);
pid_t sys_clone_on(int (*fn)(void *), void *stack, int flags, void *argument, int *parent_tid); /* libc's clone(2) */
int sys_unshare(int flags);
int *sys_tid_address(void);
_Noreturn void sys_exit(int status);
int sys_thread(void *(*run)(void *), void *argument, size_t stack_size); /* detached */

/* For a child that is to be another program: of the calling process itself. */
struct sched_param;
int sys_setsid(void);
int sys_setpgid(pid_t group);
pid_t sys_getpgid(void);
int sys_set_foreground(int terminal, pid_t group); /* TIOCSPGRP */
int sys_set_priority(const struct sched_param *priority);
int sys_set_scheduler(int policy, const struct sched_param *priority);
int sys_reset_ids(void); /* the effective user and group to the real ones, of the calling thread alone */
bool sys_has_handler(int sig);
void sys_reset_signal(int sig); /* SIG_DFL */
int sys_chdir(const char *path);
int sys_fchdir(int fd);
int sys_create(const char *path, int flags, mode_t mode);
int sys_dup_to(int fd, int to); /* dup2(2), of another number */
int sys_exec(const char *path, char *const argv[], char *const envp[]);

int sys_open(int dir, const char *path, int flags);
int sys_close(int fd);
ssize_t sys_read(int fd, void *buffer, size_t size);
ssize_t sys_write(int fd, const void *buffer, size_t size);
int sys_seek(int fd, long position); /* SEEK_SET */
ssize_t sys_getdents64(int fd, void *buffer, size_t size);
int sys_access(int dir, const char *path);
ssize_t sys_readlink(int dir, const char *path, char *buffer, size_t size);
int64_t sys_filesystem(int fd);		     /* f_type of fstatfs(2) */
int64_t sys_filesystem_at(const char *path); /* of statfs(2) */
int sys_fcntl(int fd, int command, long argument);
int sys_set_owner(int fd, const struct uapi_owner *owner); /* F_SETOWN_EX */
int sys_pipe(int ends[2]);
int sys_socketpair(int type, int ends[2]); /* AF_UNIX */
int sys_finish(int socket);		   /* SHUT_WR */
ssize_t sys_sendmsg(int fd, const struct msghdr *message);
ssize_t sys_recvmsg(int fd, struct msghdr *message);

int sys_perf_event_open(const struct uapi_perf_event_attr *attr, pid_t pid); /* on processor 0, close-on-exec */
int sys_perf_event_share(int fd, int of);				     /* the buffer of another */

/* TIMEOUT_NS < 0 is for ever. */
int sys_ppoll(struct pollfd *fds, nfds_t nfds, int64_t timeout_ns, const sigset_t *sigmask);
int64_t sys_now_ns(void); /* CLOCK_MONOTONIC */

/* 1: FD is a number inside the descriptor table; 0: outside, or open; or -errno. BITS: zero, up to and with bit FD. */
int sys_select_is_inside(int fd, unsigned long *bits);

void *sys_map(size_t size);
void *sys_map_page(int fd); /* the first, to be read; sys_unmap it with a size of 1 */
int sys_unmap(void *address, size_t size);

#endif
