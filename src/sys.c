#include "sys.h"

#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

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

uint64_t sys_most_descriptors(void)
{
	struct rlimit limit;

	return QUIET(getrlimit(RLIMIT_NOFILE, &limit)) < 0 ? UINT64_MAX : limit.rlim_cur;
}

int64_t sys_filesystem(int fd)
{
	struct statfs fs;
	int r = QUIET(fstatfs(fd, &fs));

	return r < 0 ? r : (int64_t)(uint32_t)fs.f_type;
}

/* In /proc inodes are numbered in turn, by 32 bits: two may share a number, but not the time as well, which nobody can set. */
int sys_is_file_at(int fd, const char *path)
{
	struct stat one, other;
	int r = QUIET(fstat(fd, &one));

	if (r < 0)
		return r;
	r = QUIET(stat(path, &other));
	if (r < 0)
		return r;
	return one.st_dev == other.st_dev && one.st_ino == other.st_ino && one.st_mtim.tv_sec == other.st_mtim.tv_sec &&
	       one.st_mtim.tv_nsec == other.st_mtim.tv_nsec;
}

/*
 * "." is no name that could be renamed: EBUSY; but Linux compares the mounts first: EXDEV (do_renameat2, fs/namei.c). gVisor,
 * which does not, says that of the root too.
 */
bool sys_shares_mount_of_proc(int dir)
{
	static atomic_bool is_told;

	if (SYS_RAW(__NR_renameat2, dir, ".", AT_FDCWD, "/proc/.", 0) != -EBUSY)
		return false;
	if (atomic_load_explicit(&is_told, memory_order_relaxed))
		return true;
	if (SYS_RAW(__NR_renameat2, dir, ".", AT_FDCWD, "/.", 0) != -EXDEV)
		return false;
	atomic_store_explicit(&is_told, true, memory_order_relaxed);
	return true;
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

void *sys_map_event(int fd, size_t size)
{
	return map(size, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
}
