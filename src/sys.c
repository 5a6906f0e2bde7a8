#include "sys.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys_raw.h"
#include "uapi.h"

/* For what libc has to do: restores errno, so that what a call tries on the way to its answer leaves no trace. */
#define QUIET(expression)                                      \
	({                                                     \
		int saved_ = errno;                            \
		__typeof__(expression) result_ = (expression); \
		if (result_ == -1) {                           \
			result_ = -(__typeof__(result_))errno; \
			errno = saved_;                        \
		}                                              \
		result_;                                       \
	})

#ifdef SYS_RAW_BY_LIBC
long sys_raw6(long nr, long a, long b, long c, long d, long e, long f)
{
	return QUIET(syscall(nr, a, b, c, d, e, f));
}
#endif

THIN(int, sys_pidfd_open, (pid_t pid, unsigned int flags), __NR_pidfd_open, pid, flags)
THIN(int, sys_pidfd_get_info, (int pidfd, struct uapi_pidfd_info *info), __NR_ioctl, pidfd, UAPI_PIDFD_GET_INFO, info)

THIN(pid_t, sys_getpid, (void), __NR_getpid)
THIN(pid_t, sys_getppid, (void), __NR_getppid)
THIN(pid_t, sys_gettid, (void), __NR_gettid)
THIN(int, sys_yield, (void), __NR_sched_yield)
THIN(int, sys_kill, (pid_t pid, int sig), __NR_kill, pid, sig)
THIN(int, sys_sigqueueinfo, (pid_t pid, int sig, const siginfo_t *info), __NR_rt_sigqueueinfo, pid, sig, info)
THIN(int, sys_seize, (pid_t pid), __NR_ptrace, PTRACE_SEIZE, pid, 0, PTRACE_O_TRACEEXIT)
THIN(int, sys_sigmask, (int how, const sigset_t *set, sigset_t *old), __NR_rt_sigprocmask, how, set, old, _NSIG / 8)
THIN(int, sys_unshare, (int flags), __NR_unshare, flags)
THIN(int, sys_unmap, (void *address, size_t size), __NR_munmap, address, size)

THIN(int, sys_open, (int dir, const char *path, int flags), __NR_openat, dir, path, flags)
THIN(int, sys_close, (int fd), __NR_close, fd)
THIN(ssize_t, sys_read, (int fd, void *buffer, size_t size), __NR_read, fd, buffer, size)
THIN(ssize_t, sys_write, (int fd, const void *buffer, size_t size), __NR_write, fd, buffer, size)
THIN(ssize_t, sys_getdents64, (int fd, void *buffer, size_t size), __NR_getdents64, fd, buffer, size)
THIN(int, sys_access, (int dir, const char *path), __NR_faccessat, dir, path, F_OK)
THIN(ssize_t, sys_readlink, (int dir, const char *path, char *buffer, size_t size), __NR_readlinkat, dir, path, buffer,
     size)
THIN(int, sys_fcntl, (int fd, int command, long argument), UAPI_NR_FCNTL, fd, command, argument)
THIN(int, sys_set_owner, (int fd, const struct uapi_owner *owner), UAPI_NR_FCNTL, fd, UAPI_F_SETOWN_EX, owner)
THIN(int, sys_perf_event_open, (const struct uapi_perf_event_attr *attr, pid_t pid), __NR_perf_event_open, attr, pid, 0,
     -1, UAPI_PERF_FLAG_FD_CLOEXEC)
THIN(int, sys_perf_event_share, (int fd, int of), __NR_ioctl, fd, UAPI_PERF_EVENT_IOC_SET_OUTPUT, of)
THIN(int, sys_pipe, (int ends[2]), __NR_pipe2, ends, O_CLOEXEC)
THIN(int, sys_socketpair, (int type, int ends[2]), __NR_socketpair, AF_UNIX, type | SOCK_CLOEXEC, 0, ends)
THIN(int, sys_finish, (int socket), __NR_shutdown, socket, SHUT_WR)
THIN(ssize_t, sys_sendmsg, (int fd, const struct msghdr *message), __NR_sendmsg, fd, message, MSG_NOSIGNAL)
THIN(ssize_t, sys_recvmsg, (int fd, struct msghdr *message), __NR_recvmsg, fd, message, MSG_CMSG_CLOEXEC)

void sys_block_signals(sigset_t *old)
{
	sigset_t all;

	sigfillset(&all);
	sys_sigmask(SIG_BLOCK, &all, old);
}

int sys_seek(int fd, long position)
{
	return QUIET(lseek(fd, position, SEEK_SET)) < 0 ? -EINVAL : 0;
}

pid_t sys_clone_on(int (*fn)(void *), void *stack, int flags, void *argument, int *parent_tid)
{
	return QUIET(clone(fn, stack, flags, argument, parent_tid));
}

/*
 * The last two arguments are the thread pointer, unused without CLONE_SETTLS, and CHILD_TID, in an order that depends on
 * the architecture; so both are CHILD_TID. sparc and ia64 return from a bare clone in ways of their own.
 */
pid_t sys_clone(unsigned long flags, int *parent_tid, int *child_tid)
{
#if defined __sparc__ || defined __ia64__
	(void)flags, (void)parent_tid, (void)child_tid;
	return -ENOSYS;
#elif defined __s390__ || defined __CRIS__
	return (pid_t)SYS_RAW(__NR_clone, 0L, flags, parent_tid, child_tid, child_tid);
#elif defined __microblaze__
	return (pid_t)SYS_RAW(__NR_clone, flags, 0L, 0L, parent_tid, child_tid, child_tid);
#else
	return (pid_t)SYS_RAW(__NR_clone, flags, 0L, parent_tid, child_tid, child_tid);
#endif
}

/*
 * Where libc keeps the calling thread's TID, if the kernel tells (PR_GET_TID_ADDRESS, 3.5, CONFIG_CHECKPOINT_RESTORE) and
 * what is there is that: glibc has the kernel clear its TID at exit, musl a lock.
 */
int *sys_tid_address(void)
{
	/* A 64-bit kernel stores 64 bits for a 32-bit program too; the half that is not 0 is the address. */
	union {
		int *pointer;
		uint64_t stored;
		uint32_t half[2];
	} told = { .stored = 0 };
	int *address;

	if (QUIET(prctl(PR_GET_TID_ADDRESS, &told)) < 0)
		return NULL;
	address = sizeof(address) == sizeof(told) ? told.pointer : (int *)(uintptr_t)(told.half[0] | told.half[1]);
	if (!address || *address != SYS_RAW(__NR_gettid))
		return NULL;
	return address;
}

/* All that is loaded, though some of it may be had on demand elsewhere. */
static int add_thread_local(struct dl_phdr_info *object, size_t size, void *sum)
{
	(void)size;
	for (int i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_TLS)
			*(size_t *)sum += object->dlpi_phdr[i].p_memsz + object->dlpi_phdr[i].p_align;
	return 0;
}

/* glibc takes a thread's variables, of the program and of its libraries, from its stack; a big array is not rare. */
int sys_thread(void *(*run)(void *), void *argument, size_t stack_size)
{
	int error, saved = errno;
	pthread_attr_t attributes;
	pthread_t thread;

	dl_iterate_phdr(add_thread_local, &stack_size);
	error = pthread_attr_init(&attributes);
	if (!error) {
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
		pthread_attr_setstacksize(&attributes, (stack_size + 4095) & ~(size_t)4095);
		error = pthread_create(&thread, &attributes, run, argument);
		pthread_attr_destroy(&attributes);
	}
	errno = saved;
	return -error;
}

void sys_exit(int status)
{
	for (;;)
		SYS_RAW(__NR_exit_group, status);
}

int64_t sys_filesystem_at(const char *path)
{
	struct statfs fs;
	int r = QUIET(statfs(path, &fs));

	return r < 0 ? r : (int64_t)(uint32_t)fs.f_type;
}

int64_t sys_filesystem(int fd)
{
	struct statfs fs;
	int r = QUIET(fstatfs(fd, &fs));

	return r < 0 ? r : (int64_t)(uint32_t)fs.f_type;
}

static void *map(size_t size, int protection, int flags, int fd)
{
	int saved = errno;
	void *address = mmap(NULL, size, protection, flags, fd, 0);

	errno = saved;
	return address == MAP_FAILED ? NULL : address;
}

void *sys_map(size_t size)
{
	return map(size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

void *sys_map_page(int fd)
{
	return map((size_t)sysconf(_SC_PAGESIZE), PROT_READ, MAP_SHARED, fd);
}
