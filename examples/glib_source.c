/*
 * A child in GLib's main loop: a GSource on the descriptor of pidfd_pollfd, which calls back once the child has ended, on
 * every kernel. Unlike g_child_watch_add it needs neither SIGCHLD nor a child of one's own, and the pidfd stays for
 * the callback to learn the status by.
 */
#include <libpidfd/pidfd.h>

#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

struct job {
	GMainLoop *loop;
	int pidfd, end;
};

static gboolean ended(gint fd, GIOCondition condition, gpointer data)
{
	struct job *job = data;
	int status;

	(void)fd, (void)condition;
	if (pidfd_wait(job->pidfd, &status, NULL, NULL, WEXITED, 0) < 0)
		perror("pidfd_wait");
	else if (WIFSIGNALED(status))
		printf("the child was ended by signal %d\n", WTERMSIG(status));
	else
		printf("the child exited with %d\n", WEXITSTATUS(status));
	g_main_loop_quit(job->loop);
	return G_SOURCE_REMOVE;
}

static gboolean out_of_patience(gpointer data)
{
	struct job *job = data;

	pidfd_send_signal(job->pidfd, SIGTERM, NULL, 0);
	return G_SOURCE_REMOVE;
}

int main(void)
{
	struct job job = { .loop = g_main_loop_new(NULL, FALSE) };
	pid_t pid = pidfd_fork(&job.pidfd, 0);

	if (pid == 0)
		for (;;)
			pause();
	if (pid < 0 || (job.end = pidfd_pollfd(job.pidfd, 0)) < 0) {
		perror("a child with a pidfd");
		return 1;
	}
	g_unix_fd_add(job.end, G_IO_IN, ended, &job);
	g_timeout_add(100, out_of_patience, &job);
	g_main_loop_run(job.loop);
	close(job.end);
	close(job.pidfd);
	g_main_loop_unref(job.loop);
	return 0;
}
