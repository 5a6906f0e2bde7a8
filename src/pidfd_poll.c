#include <stddef.h>
#include <time.h>

#include "export.h"
#include "kernel.h"
#include "poll_mixed.h"

LIBPIDFD_API int libpidfd_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	if (kernel_has(LIBPIDFD_CALL_POLL))
		return poll(fds, nfds, timeout);
	return answer(poll_mixed(fds, nfds, timeout < 0 ? -1 : timeout * INT64_C(1000000), NULL));
}

LIBPIDFD_API int libpidfd_ppoll(struct pollfd *fds, nfds_t nfds, const struct timespec *timeout,
				const sigset_t *sigmask)
{
	int64_t seconds, ns = -1;

	if (kernel_has(LIBPIDFD_CALL_POLL))
		return ppoll(fds, nfds, timeout, sigmask);
	if (timeout) {
		seconds = timeout->tv_sec;
		if (seconds < 0 || timeout->tv_nsec < 0 || timeout->tv_nsec >= 1000000000)
			return answer(-EINVAL);
		/* Centuries are for ever. */
		if (seconds < INT64_MAX / 1000000000 - 1)
			ns = seconds * 1000000000 + timeout->tv_nsec;
	}
	return answer(poll_mixed(fds, nfds, ns, sigmask));
}
