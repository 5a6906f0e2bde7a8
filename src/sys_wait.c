/* The waits of sys.h, whose rusage is the kernel's to lay out. */
#include <string.h>

#include "sys.h"
#include "sys_raw.h"
#include "uapi.h"

/* waitid and wait4 fill in longs, whatever libc's time_t: two times, then the counts. */
struct kernel_rusage {
	long utime[2], stime[2], counts[14];
};

static void rusage_from_kernel(struct rusage *to, const struct kernel_rusage *from)
{
	to->ru_utime = (struct timeval){ .tv_sec = from->utime[0], .tv_usec = from->utime[1] };
	to->ru_stime = (struct timeval){ .tv_sec = from->stime[0], .tv_usec = from->stime[1] };
	memcpy(&to->ru_maxrss, from->counts, sizeof(from->counts));
}

int sys_waitid(int idtype, int id, siginfo_t *info, int options, struct rusage *rusage)
{
	struct kernel_rusage usage;
	int r;

	usage.utime[0] = -1;
	r = (int)SYS_RAW(__NR_waitid, idtype, id, info, options, rusage ? &usage : NULL);
	if (rusage && usage.utime[0] != -1)
		rusage_from_kernel(rusage, &usage);
	return r;
}

pid_t sys_wait4(pid_t pid, int *status, int options, struct rusage *rusage)
{
	struct kernel_rusage usage;
	pid_t r = (pid_t)SYS_RAW(__NR_wait4, pid, status, options, rusage ? &usage : NULL);

	if (rusage && r > 0)
		rusage_from_kernel(rusage, &usage);
	return r;
}
