/*
 * Processes to open, signal and wait for. All of them follow orders that come over a socket, so that a test never has
 * to sleep, and end when it is closed. What fails here fails the test.
 */
#ifndef TESTS_CHILD_H
#define TESTS_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid;
	int talk; /* to the child, which has its own end as descriptor TALK */
};

/* A child that runs BODY and exits with what it returns. It must not use check's assertions, but may skip. */
struct child child_start(int (*body)(int talk, void *argument), void *argument);

void talk_say(int talk, unsigned char byte);
int talk_hear(int talk); /* the next byte; -1 when the other end is closed */

/* BODY for a child that lives until child_exit_with. */
int child_obeys(int talk, void *unused);

struct child child_waiting(void);
struct child child_zombie(int code);
struct child child_with_ended_main_thread(void); /* only a second thread lives, and obeys child_exit_with */
struct child child_with_pid(pid_t pid);		 /* waits; PID must be free. Skips where PIDs can't be chosen. */
struct child child_start_with_pid(pid_t pid, int (*body)(int talk, void *argument), void *argument);
bool child_will_have_pid(
	pid_t pid);	  /* the next of this PID namespace, if it is free; false where that can't be chosen */
pid_t child_reaped(void); /* the PID that a process had */

void child_exit_with(struct child *child, int code); /* orders it, waits until it is a zombie */
void child_await_zombie(const struct child *child);
void child_await_stop(const struct child *child);
int child_reap(struct child *child); /* the status that waitpid gives */
void child_end(struct child *child); /* whatever has become of it: kills and reaps what is still this process's child */

/* A process that waits and is no child of the test's, and its parent, which reaps it when told, never before. */
struct stranger {
	pid_t pid;
	int talk;
	struct child parent;
};

struct stranger stranger_start(void);
struct stranger stranger_orphan(void); /* its parent has ended: init's, to be reaped at any time after its end */
void stranger_exit_with(struct stranger *stranger, int code); /* and, with a parent, waits until it is a zombie */
void stranger_await_zombie(struct stranger *stranger);	      /* not for orphans; once */
void stranger_reap(struct stranger *stranger);		      /* not for orphans; a zombie that has been awaited */
void stranger_end(struct stranger *stranger);

#endif
