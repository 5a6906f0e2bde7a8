/* The descriptor table: what is open, and a full one. None of these needs /proc or a free descriptor. */
#ifndef TESTS_FDS_H
#define TESTS_FDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

enum {
	FDS_SEEN = 65536
};

/* Which descriptors below FDS_SEEN are open, and how many are; without /proc/self/fd those above are not seen. */
struct fds {
	bool open[FDS_SEEN];
	unsigned int count;
};

bool is_open(int fd);
void fds_look(struct fds *fds);
unsigned int count_open(void);

/* A table in which nothing more can be opened: RLIMIT_NOFILE lowered to 64, and descriptors on a socket in each gap. */
struct full_table {
	struct rlimit before;
	uint64_t ours;
};

void table_fill(struct full_table *table);
void table_empty(struct full_table *table);

#endif
