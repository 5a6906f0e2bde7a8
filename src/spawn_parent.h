/* A program started with a pidfd, and neither without the other. */
#pragma once

struct spawn_child;

/* 0 and *PIDFD, or -errno and no child. Fills in CHILD's mask and error. */
int spawn(int *pidfd, struct spawn_child *child);
