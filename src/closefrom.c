#include <libpidfd/close_range.h>
#include <limits.h>

#include "export.h"
#include "range_clear.h"

LIBPIDFD_API void libpidfd_closefrom(int lowfd)
{
	range_clear(lowfd < 0 ? 0 : (unsigned int)lowfd, UINT_MAX, 0);
}
