#include <libpidfd/close_range.h>

#include "export.h"
#include "kept.h"
#include "range_clear.h"

LIBPIDFD_API int libpidfd_close_range_except(unsigned int first, unsigned int last, const int keep[], size_t count,
					     int flags)
{
	struct kept kept;

	if (flags & ~(int)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return answer(-EINVAL);
	if (!keep && count > 0)
		return answer(-EFAULT);
	kept_begin(&kept, keep, count);
	return answer(range_clear_except(first, last, &kept, flags));
}
