/*
 * fd_table_visit on a table of 1024 descriptors: whatever the list holds, the visits ascend, keep to their range and end, and
 * nothing stays open; where the list is procfs's, or cannot be had, all that is open is visited.
 */
#include "fd_table.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "answers.h"
#include "proc_text.h"
#include "sys.h"

#define SIZE 1024
#define PROCFS 0x9fa0

/* What the list is: procfs's own, that with some answers wrong, or none. */
enum list {
	FAITHFUL,
	WRONG,
	NONE
};

static struct {
	struct answers answers;
	enum list list;
	bool open[SIZE], visited[SIZE];
	int dir;       /* our own descriptor while it is open, or -1 */
	long position; /* of it */
	int first, last_seen, calls;
	unsigned int last;
	bool closes;
} world;

static bool lies(void)
{
	return world.list == WRONG && (answers_byte(&world.answers) & 7) == 7;
}

pid_t sys_gettid(void)
{
	return 7;
}

pid_t sys_getpid(void)
{
	return answers_byte(&world.answers) & 1 ? 7 : 6;
}

int sys_open(int dir, const char *path, int flags)
{
	(void)dir, (void)path, (void)flags;
	MUST(world.dir < 0);
	if (world.list == NONE)
		return -EMFILE;
	for (world.dir = 0; world.dir < SIZE && world.open[world.dir]; world.dir++)
		;
	if (world.dir == SIZE) {
		world.dir = -1;
		return -EMFILE;
	}
	world.open[world.dir] = true;
	world.position = 0;
	return world.dir;
}

int sys_close(int fd)
{
	MUST(fd == world.dir && world.open[fd]);
	world.open[fd] = false;
	world.dir = -1;
	return 0;
}

int64_t sys_filesystem_at(const char *path)
{
	(void)path;
	return lies() ? 0 : PROCFS;
}

int sys_seek(int fd, long position)
{
	MUST(fd == world.dir);
	if (lies())
		return -EINVAL;
	world.position = position;
	return 0;
}

/* "." and ".." are at 0 and 1, descriptor N at N + 2. What lies may be in another order, be no number, or end early. */
ssize_t sys_getdents64(int fd, void *buffer, size_t room)
{
	size_t used = 0;

	MUST(fd == world.dir && ++world.calls < 10 * SIZE);
	if (lies())
		return -EIO;
	for (; world.position < SIZE + 2; world.position++) {
		struct uapi_dirent64 *entry = (void *)((char *)buffer + used);
		char name[24];
		size_t length;

		if (world.position >= 2 && !world.open[world.position - 2])
			continue;
		if (world.position < 2)
			strcpy(name, world.position == 0 ? "." : "..");
		else
			sprintf(name, "%ld", world.position - 2);
		if (lies())
			sprintf(name, "%d%c", (int8_t)answers_byte(&world.answers), (char)answers_byte(&world.answers));
		length = (offsetof(struct uapi_dirent64, d_name) + strlen(name) + 1 + 7) & ~7UL;
		if (length > room - used)
			break;
		entry->d_off = lies() ? (int8_t)answers_byte(&world.answers) : world.position + 1;
		entry->d_reclen = (uint16_t)length;
		strcpy(entry->d_name, name);
		used += length;
	}
	return (ssize_t)used;
}

int sys_fcntl(int fd, int command, long argument)
{
	(void)command, (void)argument;
	return fd >= 0 && fd < SIZE && world.open[fd] ? 0 : -EBADF;
}

int sys_select_is_inside(int fd, unsigned long *bits)
{
	MUST(bits[(size_t)fd / (8 * sizeof(long))] == 0);
	return fd < SIZE && !world.open[fd];
}

void *sys_map(size_t size)
{
	return calloc(1, size);
}

int sys_unmap(void *address, size_t size)
{
	(void)size;
	free(address);
	return 0;
}

static int visit(int fd, void *data)
{
	(void)data;
	MUST(fd >= world.first && (unsigned int)fd <= world.last && fd > world.last_seen && fd != world.dir);
	world.last_seen = fd;
	if (fd >= SIZE || !world.open[fd])
		return FD_IS_CLOSED;
	world.visited[fd] = true;
	if (world.closes)
		world.open[fd] = false;
	return FD_WAS_OPEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool before[SIZE];
	uint8_t how;
	int r;

	memset(&world, 0, sizeof(world));
	world.answers = (struct answers){ data, size };
	how = answers_byte(&world.answers);
	world.list = how % 3;
	world.closes = how & 0x40;
	world.dir = world.last_seen = -1;
	world.first = answers_byte(&world.answers) * (how & 0x80 ? 8 : 1);
	world.last =
		answers_byte(&world.answers) == 0 ? UINT_MAX : (unsigned int)world.first + answers_byte(&world.answers);
	/* Runs of open and of closed numbers in turn. */
	for (int fd = 0, open = 1, runs = answers_byte(&world.answers); runs > 0 && fd < SIZE; runs--, open = !open)
		for (int length = answers_byte(&world.answers); length > 0 && fd < SIZE; length--)
			world.open[fd++] = open;
	memcpy(before, world.open, sizeof(before));
	r = fd_table_visit((unsigned int)world.first, world.last, visit, NULL);
	MUST(r == 0 && world.dir == -1);
	for (int fd = 0; fd < SIZE && world.list != WRONG; fd++)
		MUST(world.visited[fd] == (before[fd] && fd >= world.first && (unsigned int)fd <= world.last));
	return 0;
}
