#include <limits.h>
#include <stddef.h>
#include <sys/wait.h>

#include "child_wait.h"
#include "export.h"
#include "uapi.h"
#include "wait_status.h"

#include <libpidfd/pidfd.h>

LIBPIDFD_API int libpidfd_waitid(idtype_t idtype, id_t id, siginfo_t *info, int options)
{
	siginfo_t report;
	int r;

	if ((int)idtype != UAPI_P_PIDFD)
		return waitid(idtype, id, info, options);
	r = child_wait(id <= INT_MAX ? (int)id : -1, &report, options, NULL);
	if (r == 0 && info)
		wait_status_copy(info, &report);
	return answer(r);
}
