#include <libpidfd/close_range.h>
#include <limits.h>
#include <stdbool.h>

#include "export.h"
#include "kept.h"
#include "range_clear.h"

static bool is_valid(unsigned int first, unsigned int last, int flags)
{
	return first <= last && !(flags & ~(int)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC));
}

LIBPIDFD_API int libpidfd_close_range(unsigned int first, unsigned int last, int flags)
{
	return answer(is_valid(first, last, flags) ? range_clear(first, last, flags) : -EINVAL);
}

LIBPIDFD_API int libpidfd_close_range_except(unsigned int first, unsigned int last, const int keep[], size_t count,
					     int flags)
{
	struct kept kept;

	if (!is_valid(first, last, flags))
		return answer(-EINVAL);
	if (!keep && count > 0)
		return answer(-EFAULT);
	kept_begin(&kept, keep, count);
	return answer(range_clear_except(first, last, &kept, flags));
}

LIBPIDFD_API void libpidfd_closefrom(int lowfd)
{
	range_clear(lowfd < 0 ? 0 : (unsigned int)lowfd, UINT_MAX, 0);
}
