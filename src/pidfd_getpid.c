#include <libpidfd/pidfd.h>

#include "export.h"
#include "identity.h"

LIBPIDFD_API pid_t libpidfd_getpid(int pidfd)
{
	struct identity who;
	int r = identity_read(pidfd, &who);

	return answer(r < 0 ? r : who.pid);
}
