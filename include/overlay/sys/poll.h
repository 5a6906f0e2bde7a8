/* glibc's <poll.h> is this file and nothing more: either way the overlay's comes first. Guarded by what it includes. */
#include <poll.h>
#pragma GCC system_header
#include_next <sys/poll.h>
