#include "clearing.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fds.h"
#include "raw.h"
#include "run.h"

void table_look(struct table *table)
{
	for (int fd = 0; fd < SLOTS; fd++) {
		int flags = fcntl(fd, F_GETFD);

		table->slot[fd] = flags < 0 ? CLOSED : flags & FD_CLOEXEC ? MARKED : OPEN;
	}
}

static const int numbers[] = { 20,  21,	 22,  23,  24,	25,  26,  27,  28,  29,	 40,  63,   64,	  65,
			       100, 127, 128, 129, 200, 255, 256, 300, 511, 512, 700, 1000, 1022, SLOTS - 1 };

void table_populate(void)
{
	int kinds[] = {
		open("/dev/null", O_RDWR),
		open("/", O_PATH),
		open("/", O_RDONLY | O_DIRECTORY),
		socket(AF_UNIX, SOCK_STREAM, 0),
	};

	for (unsigned int i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int fd = dup3(kinds[i % 4], numbers[i], i % 3 ? 0 : O_CLOEXEC);

		if (fd < 0 && errno == EBADF)
			skip_because("can't open descriptor %d", numbers[i]);
		ck_assert_int_eq(fd, numbers[i]);
	}
}

void clear(struct clearing *clearing)
{
	table_look(&clearing->before);
	errno = EXDEV;
	clearing->result = clearing->call(clearing->first, clearing->last, clearing->flags);
	clearing->error = errno;
	table_look(&clearing->after);
	clearing->done = true;
}

const struct clearing *cleared(struct clearing what, void (*place)(struct clearing *clearing))
{
	struct clearing *shared =
		mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int status;

	ck_assert_ptr_ne(shared, MAP_FAILED);
	*shared = what;

	pid_t pid = fork();

	if (pid == 0) {
		place(shared);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	end_if_skipped();
	ck_assert_msg(status == 0 && shared->done, "clearing %u to %u, flags %d: status 0x%x", what.first, what.last,
		      what.flags, (unsigned int)status);
	return shared;
}

/* An assertion each would be a message each to check's runner, a thousand for every call. */
static void is_as_expected(const struct clearing *clearing, int fd, int expected)
{
	if (clearing->after.slot[fd] != expected)
		ck_abort_msg("clearing %u to %u, flags %d: descriptor %d was %d, is %d, not %d", clearing->first,
			     clearing->last, clearing->flags, fd, clearing->before.slot[fd], clearing->after.slot[fd],
			     expected);
}

void cleared_that_alone(const struct clearing *clearing)
{
	int cleared_is = clearing->flags & RAW_CLOSE_RANGE_CLOEXEC ? MARKED : CLOSED;

	ck_assert_msg(clearing->result == 0 && clearing->error == EXDEV, "clearing %u to %u, flags %d: %d, %s",
		      clearing->first, clearing->last, clearing->flags, clearing->result, strerror(clearing->error));
	for (int fd = 0; fd < SLOTS; fd++) {
		bool inside = (unsigned int)fd >= clearing->first && (unsigned int)fd <= clearing->last;
		signed char before = clearing->before.slot[fd];

		is_as_expected(clearing, fd, inside && before != CLOSED ? cleared_is : before);
	}
}

void cleared_nothing(const struct clearing *clearing, int why)
{
	ck_assert_msg(clearing->result == -1 && clearing->error == why, "clearing %u to %u, flags %d: %d, %s, not %s",
		      clearing->first, clearing->last, clearing->flags, clearing->result, strerror(clearing->error),
		      strerror(why));
	for (int fd = 0; fd < SLOTS; fd++)
		is_as_expected(clearing, fd, clearing->before.slot[fd]);
}

void clear_in_a_full_table(struct clearing *clearing)
{
	struct full_table full;

	table_populate();
	table_fill(&full);
	clear(clearing);
}
