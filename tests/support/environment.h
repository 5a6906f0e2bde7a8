/*
 * Places to run a test in, or the rest of it. They are made of namespaces of the test's own, so the machine does not
 * change; a test that may not make them is skipped.
 */
#ifndef TESTS_ENVIRONMENT_H
#define TESTS_ENVIRONMENT_H

#include "child.h"

void must(int result, const char *what); /* skips where WHAT, which errno is about, is not to be had */
void leave_mount_namespace(void);	 /* what is mounted from here on does not show outside */
void without_proc(void);		 /* /proc is an empty directory */

/* /proc is that of another PID namespace, whose process 1 lives as long as the child returned, for the test to end. */
struct child with_foreign_proc(void);

/*
 * These run BODY in a new PID namespace, as a child of its process 1, which is root's. It is checked for descriptors
 * and children as a test is; its failure or skip is the test's, and ends it.
 */
void in_pid_namespace(void (*body)(void));		   /* with a /proc of its own */
void in_pid_namespace_with_outer_proc(void (*body)(void)); /* with the /proc of the namespace around it */
void in_pid_namespace_with_hidepid(void (*body)(void));	   /* with hidepid=2, as NOBODY: process 1 is hidden */

/* Runs BODY in a process of a cgroup of its own, which is removed, in which there may be MOST processes, that one included. */
void in_pids_cgroup(int most, void (*body)(void));

#endif
