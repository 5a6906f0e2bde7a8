/* A program started with a pidfd, and neither without the other. */
#ifndef LIBPIDFD_SRC_SPAWN_PARENT_H
#define LIBPIDFD_SRC_SPAWN_PARENT_H

struct spawn_child;

/* 0 and *PIDFD, or -errno and no child. Fills in CHILD's mask and error. */
int spawn(int *pidfd, struct spawn_child *child);

#endif
