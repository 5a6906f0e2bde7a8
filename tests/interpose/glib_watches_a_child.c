/* A program of GLib's that knows nothing of the library: g_child_watch_add opens a pidfd where it can, and polls it. */
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Whether a descriptor of this process shows as TARGET. */
static gboolean has_open(const char *target)
{
	char path[32], shown[64];

	for (int fd = 3; fd < 64; fd++) {
		ssize_t length;

		g_snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		length = readlink(path, shown, sizeof(shown) - 1);
		if (length < 0)
			continue;
		shown[length] = '\0';
		if (strcmp(shown, target) == 0)
			return TRUE;
	}
	return FALSE;
}

static void ended(GPid pid, gint status, gpointer loop)
{
	(void)pid;
	printf("exited with %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
	g_main_loop_quit(loop);
}

static gboolean let_go(gpointer end)
{
	close(GPOINTER_TO_INT(end));
	return G_SOURCE_REMOVE;
}

int main(void)
{
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	char directory[32], byte;
	int hold[2];
	pid_t pid;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe(hold) < 0 || (pid = fork()) < 0)
		return 1;
	if (pid == 0) {
		close(hold[1]);
		if (read(hold[0], &byte, 1) < 0)
			_exit(1);
		_exit(3);
	}
	g_child_watch_add(pid, ended, loop);
	g_snprintf(directory, sizeof(directory), "/proc/%d", pid);
	puts(has_open("anon_inode:[pidfd]") || has_open(directory) ? "by a pidfd" : "by SIGCHLD");
	g_timeout_add(50, let_go, GINT_TO_POINTER(hold[1]));
	g_main_loop_run(loop);
	g_main_loop_unref(loop);
	return 0;
}
