#include <stddef.h>

#include "export.h"
#include "kernel.h"
#include "poll_mixed.h"

LIBPIDFD_API int libpidfd_poll(struct pollfd *fds, nfds_t nfds, int timeout)
{
	if (kernel_has(LIBPIDFD_CALL_POLL))
		return poll(fds, nfds, timeout);
	return answer(poll_mixed(fds, nfds, timeout < 0 ? -1 : timeout * INT64_C(1000000), NULL));
}
