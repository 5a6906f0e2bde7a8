/* The open descriptors of the calling thread's table. No malloc, no locks: for signal handlers and vfork children too. */
#pragma once

/* What a visit says of its number; anything below 0 ends the visits. */
enum {
	FD_IS_CLOSED = 0,
	FD_WAS_OPEN = 1
};

/*
 * Calls VISIT, ascending, with numbers from FIRST to LAST, every descriptor among them that is open from before the call
 * until its turn; VISIT may close it. 0, or what VISIT returned if that is below 0, or -ENOMEM, or -ENOSYS where a sandbox
 * lets the table not be seen. From /proc/thread-self/fd where that can be read, else number by number as far as the table
 * goes. About 4.5 KiB of stack.
 */
int fd_table_visit(unsigned int first, unsigned int last, int (*visit)(int fd, void *data), void *data);
