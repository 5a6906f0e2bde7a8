#include <libpidfd/close_range.h>

#include "export.h"
#include "range_clear.h"

LIBPIDFD_API int libpidfd_close_range(unsigned int first, unsigned int last, int flags)
{
	if (flags & ~(int)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC) || first > last)
		return answer(-EINVAL);
	return answer(range_clear(first, last, flags));
}
