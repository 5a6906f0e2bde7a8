#include <libpidfd/pidfd.h>

#include "export.h"
#include "spawn_parent.h"
#include "spawn_child.h"

LIBPIDFD_API int libpidfd_spawn(int *pidfd, const char *path, const posix_spawn_file_actions_t *actions,
				const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	struct spawn_child child = {
		.program = path,
		.actions = actions,
		.attributes = attributes,
		.argv = argv,
		.envp = envp,
	};

	return -spawn(pidfd, &child);
}
