#include "kernel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
#define CALL(enumerator, name, since) [LIBPIDFD_CALL_##enumerator] = name,
#include "calls.def"
#undef CALL
};

#define CALLS (sizeof(names) / sizeof(names[0]))

atomic_int kernel_verdicts[CALLS];

/* A bit for each call, and one that says that they have been read. */
static atomic_uint avoided;
#define AVOIDED_READ (1U << CALLS)

/* LIST: names with commas between them, or "all". Names of other versions of the library are passed over. */
static unsigned int calls_in(const char *list)
{
	unsigned int found = 0;

	while (list && *list) {
		size_t length = strcspn(list, ",");

		for (size_t i = 0; i < CALLS; i++)
			if ((length == strlen(names[i]) && strncmp(list, names[i], length) == 0) ||
			    (length == 3 && strncmp(list, "all", 3) == 0))
				found |= 1U << i;
		list += length;
		list += *list == ',';
	}
	return found;
}

static bool is_avoided(enum libpidfd_call call)
{
	unsigned int calls = atomic_load_explicit(&avoided, memory_order_relaxed);

	if (!calls) {
		calls = AVOIDED_READ | calls_in(AVOID) | calls_in(secure_getenv("LIBPIDFD_AVOID"));
		atomic_store_explicit(&avoided, calls, memory_order_relaxed);
	}
	return calls & 1U << call;
}

static int settle(enum libpidfd_call call, int verdict)
{
	atomic_store_explicit(&kernel_verdicts[call], verdict, memory_order_relaxed);
	return verdict;
}

int kernel_ask(enum libpidfd_call call)
{
	int verdict = atomic_load_explicit(&kernel_verdicts[call], memory_order_relaxed);

	if (verdict == KERNEL_UNASKED)
		verdict = settle(call, is_avoided(call) ? -ECANCELED : KERNEL_UNKNOWN);
	return verdict;
}

int kernel_try(enum libpidfd_call call)
{
	int verdict = kernel_ask(call);

	return verdict == KERNEL_UNKNOWN ? settle(call, kernel_probes[call]()) : verdict;
}

/* A verdict of old is no proof: a seccomp filter may have come since. */
bool kernel_refused_by(enum libpidfd_call call, int result)
{
	switch (result) {
	case -ENOSYS:
		settle(call, result);
		return true;
	case -EPERM:
	case -EACCES:
	case -EINVAL:
		return settle(call, kernel_probes[call]()) < 0;
	}
	return false;
}
