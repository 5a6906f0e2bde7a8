#include <libpidfd/pidfd.h>

#include "export.h"
#include "spawn_parent.h"
#include "spawn_child.h"

LIBPIDFD_API int libpidfd_spawnp(int *pidfd, const char *file, const posix_spawn_file_actions_t *actions,
				 const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	struct spawn_child child = {
		.program = file,
		.search = true,
		.actions = actions,
		.attributes = attributes,
		.argv = argv,
		.envp = envp,
	};

	return -spawn(pidfd, &child);
}
