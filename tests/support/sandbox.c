#include "sandbox.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>

#include "run.h"

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LOW_WORD 4
#else
#define LOW_WORD 0
#endif

static void install(const struct use *use, uint32_t action)
{
	uint32_t argument =
		(uint32_t)(offsetof(struct seccomp_data, args) + use->argument * sizeof(uint64_t) + LOW_WORD);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)use->call, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, argument),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, use->mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, use->value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, action),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		skip_because("seccomp filter: %s", strerror(errno));
}

void sandbox_refuses(const struct use *use, int error)
{
	install(use, SECCOMP_RET_ERRNO | (uint32_t)error);
}

void sandbox_kills(const struct use *use)
{
	install(use, SECCOMP_RET_KILL);
}
