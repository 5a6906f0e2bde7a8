/* Emptying a range of the descriptor table, or marking it close-on-exec, for every call that does. */
#pragma once

struct kept;

/* FIRST <= LAST; FLAGS: CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC. 0 when all is done, -EMFILE, -ENOMEM, -ENOSYS. */
int range_clear(unsigned int first, unsigned int last, int flags);
int range_clear_except(unsigned int first, unsigned int last, struct kept *kept, int flags);
