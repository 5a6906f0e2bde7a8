/* execvpe(3), but a file of no known format is left to no shell, as posix_spawnp(3) has it. */
#pragma once

/* -errno if it returns: -EACCES if one was found that may not be executed, else what the last directory came to. */
int exec_search(const char *name, char *const argv[], char *const envp[]);
