/* The open descriptors of the calling thread's table. No malloc, no locks: for signal handlers and vfork children too. */
#ifndef LIBPIDFD_SRC_FD_TABLE_H
#define LIBPIDFD_SRC_FD_TABLE_H

/*
 * Calls VISIT with each open descriptor from FIRST to LAST, ascending, but for those that another thread opens meanwhile;
 * VISIT may close it. 0, or what VISIT returned if that is not 0, or -ENOMEM, or -ENOSYS where a sandbox lets none be
 * seen. From /proc/thread-self/fd where that can be read, else number by number as far as the table goes.
 */
int fd_table_visit(unsigned int first, unsigned int last, int (*visit)(int fd, void *data), void *data);

#endif
