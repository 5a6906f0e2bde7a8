/* As of glibc 2.39: pidfd_spawn and pidfd_spawnp. */
#ifndef LIBPIDFD_OVERLAY_SPAWN_H
#define LIBPIDFD_OVERLAY_SPAWN_H

#include <libpidfd-overlay.h>
#pragma GCC system_header
#include_next <spawn.h>

#ifdef LIBPIDFD_OVERLAY_MISC
LIBPIDFD_OVERLAY_BEGIN
extern int pidfd_spawn(int *__pidfd, const char *__path, const posix_spawn_file_actions_t *__actions,
		       const posix_spawnattr_t *__attributes, char *const __argv[], char *const __envp[])
	LIBPIDFD_OVERLAY_BOUND(spawn);
extern int pidfd_spawnp(int *__pidfd, const char *__file, const posix_spawn_file_actions_t *__actions,
			const posix_spawnattr_t *__attributes, char *const __argv[], char *const __envp[])
	LIBPIDFD_OVERLAY_BOUND(spawnp);
LIBPIDFD_OVERLAY_END
#endif

#endif
