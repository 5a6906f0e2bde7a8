#include "fds.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "run.h"

bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static void see(struct fds *fds, int fd)
{
	if (!is_open(fd)) /* valgrind's own descriptors are listed so */
		return;
	if (fd < FDS_SEEN)
		fds->open[fd] = true;
	fds->count++;
}

void fds_look(struct fds *fds)
{
	DIR *list = opendir("/proc/self/fd");
	struct dirent *entry;

	memset(fds, 0, sizeof(*fds));
	for (int fd = 0; !list && fd < FDS_SEEN; fd++)
		see(fds, fd);
	while (list && (entry = readdir(list)))
		if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(list))
			see(fds, atoi(entry->d_name));
	if (list)
		closedir(list);
}

unsigned int count_open(void)
{
	static struct fds now;

	fds_look(&now);
	return now.count;
}

void table_fill(struct full_table *table)
{
	struct rlimit lower;
	int fd;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &table->before), 0);
	lower = (struct rlimit){ 64, table->before.rlim_max };
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &lower), 0);
	table->ours = 0;
	while ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0)
		table->ours |= UINT64_C(1) << fd;
	ck_assert_msg(errno == EMFILE, "filling the descriptor table: %s", strerror(errno));
}

void table_empty(struct full_table *table)
{
	for (int fd = 0; fd < 64; fd++)
		if (table->ours >> fd & 1)
			close(fd);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &table->before), 0);
}
