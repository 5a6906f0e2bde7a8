#include "exec_search.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "sys.h"

/* What means that it is not there, or that the file system is not, as glibc has it. */
static bool is_not_there(int error)
{
	switch (error) {
	case -EACCES:
	case -ENOENT:
	case -ENOTDIR:
	case -ESTALE:
	case -ENODEV:
	case -ETIMEDOUT:
		return true;
	}
	return false;
}

LEFT_BY_EXEC int exec_search(const char *name, char *const argv[], char *const envp[])
{
	const char *directory = getenv("PATH"), *end;
	char path[PATH_MAX + NAME_MAX + 1];
	size_t size = strlen(name) + 1;
	bool denied = false;
	int r = -ENOENT;

	if (!*name || strchr(name, '/'))
		return sys_exec(name, argv, envp);
	if (size > NAME_MAX + 1)
		return -ENAMETOOLONG;
	if (!directory)
		directory = "/bin:/usr/bin";
	for (;; directory = end + 1) {
		end = strchrnul(directory, ':');
		if (end - directory < PATH_MAX) {
			char *at = mempcpy(path, directory, (size_t)(end - directory));

			if (at != path) /* nothing is the current directory */
				*at++ = '/';
			memcpy(at, name, size);
			r = sys_exec(path, argv, envp);
			if (!is_not_there(r))
				return r;
			denied |= r == -EACCES;
		}
		if (!*end)
			return denied ? -EACCES : r;
	}
}
