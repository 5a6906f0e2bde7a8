/* The text of small /proc files, from bytes to numbers: no I/O, no malloc, no locale. */
#pragma once

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* /proc/PID/stat. */
struct proc_stat {
	pid_t pid;
	char state;
	int threads;
	int exit_code;	/* field 52; 0 where the reader may not know */
	bool is_ending; /* the main thread is, or has ended: PF_EXITING, in field 9 */
};

/* False unless TEXT is a whole stat line with these fields in it. */
bool proc_text_stat(const char *text, size_t size, struct proc_stat *stat);

/*
 * /proc/PID/status, and /proc/PID/fdinfo/FD, which spells its keys the same way. A key that did not come stays as
 * proc_text_begin left it. Lines come in any order and at any length: Groups: alone can be hundreds of kilobytes.
 */
#define PROC_NO_PID INT_MIN

struct proc_status {
	pid_t pid, tgid; /* PROC_NO_PID; in fdinfo 0 is a process out of sight, -1 one that is gone */
	char state;	 /* 0 */
	int namespaces;	 /* 0; how many numbers NSpid: (4.1) has, outermost first */
	pid_t innermost; /* 0; the last of them */
	bool has_uids;
	uid_t real, effective, saved;
	bool has_queue;
	unsigned long queued, queue_limit; /* SigQ: real-time signals */
};

/* The line that the text so far ends in. What does not fit is dropped; NSpid: with its 33 levels at most does. */
struct proc_line {
	size_t length;
	char text[400];
};

void proc_text_begin(struct proc_status *status, struct proc_line *line);
void proc_text_feed(struct proc_status *status, struct proc_line *line, const char *text, size_t size);

/* The number that NAME is, all digits and no sign, or -1: for the names in /proc/self/fd. */
int proc_text_number(const char *name);
