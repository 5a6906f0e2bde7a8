/*
 * gcc's counters in a file that all processes of an image share, in the place of gcov's runtime: what ends by a signal or by
 * _exit, shares memory as after vfork, or may open no file by then, is counted too, and nothing happens at an exit.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct gcov_info;
void __gcov_info_to_gcda(const struct gcov_info *info, void (*name)(const char *, void *),
			 void (*dump)(const void *, unsigned int, void *), void *(*allocate)(unsigned int, void *),
			 void *data); /* of gcc 12's libgcov */

/* Of coverage.ld, and of the linker for the section that -fprofile-info-section names. */
extern char counters[], counters_end[];
extern const struct gcov_info *const __start_infos[] __attribute__((weak, visibility("hidden")));
extern const struct gcov_info *const __stop_infos[] __attribute__((weak, visibility("hidden")));

extern const char counters_directory[];

static void begin(const char *name, void *file)
{
	*(FILE **)file = fopen(name, "w");
}

static void add(const void *bytes, unsigned int size, void *file)
{
	fwrite(bytes, 1, size, *(FILE **)file);
}

static void *allocate(unsigned int size, void *file)
{
	(void)file;
	return malloc(size);
}

/* Beside each object, where gcov looks. */
static void dump(void)
{
	FILE *file;

	for (const struct gcov_info *const *info = __start_infos; info < __stop_infos; info++) {
		__gcov_info_to_gcda(*info, begin, add, allocate, &file);
		fclose(file);
	}
	_exit(0);
}

__attribute__((constructor(101))) static void share(void)
{
	char path[PATH_MAX];
	Dl_info image;
	int fd;

	if (&counters[0] == &counters_end[0] || !dladdr(counters, &image))
		return;
	snprintf(path, sizeof(path), "%s/%s", counters_directory, basename((char *)image.dli_fname));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	if (ftruncate(fd, counters_end - counters) == 0 &&
	    mmap(counters, (size_t)(counters_end - counters), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, 0) ==
		    MAP_FAILED)
		abort(); /* what was there may be gone */
	close(fd);
	if (getenv("DUMP_COUNTERS"))
		dump();
}
