/* close_range and its kin say so where a sandbox lets nothing be done, and do it where there is another way. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>

#include <libpidfd/close_range.h>
#include <libpidfd/pidfd.h>

#include "clearing.h"
#include "environment.h"
#include "raw.h"
#include "run.h"
#include "sandbox.h"

static const int errors[] = { EPERM, EACCES, ENOSYS, EIO, EINVAL, EMFILE, ENOMEM, EOPNOTSUPP };

static struct use use;
static int error;

static void refused(struct clearing *clearing)
{
	table_populate();
	sandbox_refuses(&use, error);
	clear(clearing);
}

static bool is_native(int flags)
{
	return libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE, NULL) == LIBPIDFD_PATH_KERNEL &&
	       (!(flags & (int)CLOSE_RANGE_CLOEXEC) ||
		libpidfd_path(LIBPIDFD_CALL_CLOSE_RANGE_CLOEXEC, NULL) == LIBPIDFD_PATH_KERNEL);
}

static const struct clearing *cleared_from_20(int flags, void (*place)(struct clearing *clearing))
{
	return cleared((struct clearing){ 20, UINT_MAX, flags, close_range }, place);
}

static void fails_unless_native(int flags)
{
	const struct clearing *clearing = cleared_from_20(flags, refused);

	if (is_native(flags)) {
		cleared_that_alone(clearing);
	} else {
		ck_assert_int_eq(clearing->result, -1);
		ck_assert_int_eq(clearing->error, ENOSYS);
	}
}

START_TEST(where_close_is_refused)
{
	use = (struct use){ SYS_close };
	error = errors[_i];
	fails_unless_native(0);
}
END_TEST

START_TEST(where_marking_is_refused)
{
	use = (struct use){ USE_FCNTL, 1, UINT32_MAX, F_SETFD };
	error = errors[_i];
	fails_unless_native(CLOSE_RANGE_CLOEXEC);
}
END_TEST

/* By the arguments too: with flags, the library's own other way is open. */
START_TEST(where_close_range_is_refused)
{
	error = errors[_i];
	if (error == EMFILE || error == ENOMEM)
		return; /* answers, with flags */
	use = (struct use){ SYS_close_range };
	cleared_that_alone(cleared_from_20(0, refused));
	use = (struct use){ SYS_close_range, 2, UINT32_MAX, CLOSE_RANGE_UNSHARE };
	cleared_that_alone(cleared_from_20(CLOSE_RANGE_UNSHARE, refused));
	use = (struct use){ SYS_close_range, 2, UINT32_MAX, CLOSE_RANGE_CLOEXEC };
	cleared_that_alone(cleared_from_20(CLOSE_RANGE_CLOEXEC, refused));
}
END_TEST

/* Where select is asked for the size of the table, which must not be taken for smaller than it is: 64 is not ready to read. */
static void refused_without_proc(struct clearing *clearing)
{
	int ends[2];

	without_proc();
	table_populate();
	if (pipe(ends) < 0 || dup2(ends[0], 64) < 0 || dup2(ends[0], 128) < 0 || dup2(ends[1], 19) < 0)
		_exit(1);
	sandbox_refuses(&use, error);
	clear(clearing);
}

static const struct use size_uses[] = { { USE_FCNTL, 0, 0, 0 }, { SYS_pselect6, 0, 0, 0 } };

START_TEST(where_the_size_of_the_table_is_refused)
{
	use = size_uses[_i % 2];
	error = errors[_i / 2];

	const struct clearing *clearing = cleared_from_20(0, refused_without_proc);

	if (clearing->result == 0)
		cleared_that_alone(clearing);
	else
		ck_assert_msg(clearing->error == ENOSYS || clearing->error == ENOMEM, "errno %d", clearing->error);
}
END_TEST

static int never(void *unused, int fd)
{
	(void)unused, (void)fd;
	return 7;
}

static int walk(unsigned int first, unsigned int last, int flags)
{
	(void)first, (void)last, (void)flags;
	return fdwalk(never, NULL);
}

static int next(unsigned int first, unsigned int last, int flags)
{
	(void)last, (void)flags;
	return nextfd((int)first);
}

static void refused_to_look(struct clearing *clearing)
{
	table_populate();
	sandbox_refuses(&(struct use){ USE_FCNTL, 1, UINT32_MAX, F_GETFD }, error);
	errno = 0;
	clearing->result = clearing->call(clearing->first, clearing->last, 0);
	clearing->error = errno;
	clearing->done = true;
}

START_TEST(where_looking_is_refused)
{
	error = errors[_i];
	for (int i = 0; i < 2; i++) {
		const struct clearing *clearing =
			cleared((struct clearing){ 20, UINT_MAX, 0, i ? walk : next }, refused_to_look);

		ck_assert_int_eq(clearing->result, -1);
		ck_assert_int_eq(clearing->error, ENOSYS);
	}
}
END_TEST

/* Where more are open than the list has room for on the stack. */
static void without_memory(struct clearing *clearing)
{
	for (int fd = 3; fd < SLOTS; fd++)
		if (dup2(0, fd) != fd)
			skip_because("no descriptor %d", fd);
	sandbox_refuses(&(struct use){ USE_MMAP }, ENOMEM);
	errno = 0;
	clearing->result = clearing->call(clearing->first, clearing->last, 0);
	clearing->error = errno;
	clearing->done = true;
}

START_TEST(where_there_is_no_memory_for_a_list)
{
	const struct clearing *clearing = cleared((struct clearing){ 0, UINT_MAX, 0, walk }, without_memory);

	ck_assert_int_eq(clearing->result, -1);
	ck_assert_int_eq(clearing->error, ENOMEM);
}
END_TEST

static const int rows[2 * sizeof(errors) / sizeof(errors[0])];

TESTS(TEST_EACH(where_close_is_refused, errors), TEST_EACH(where_marking_is_refused, errors),
      TEST_EACH(where_close_range_is_refused, errors), TEST_EACH(where_the_size_of_the_table_is_refused, rows),
      TEST_EACH(where_looking_is_refused, errors), TEST(where_there_is_no_memory_for_a_list))
