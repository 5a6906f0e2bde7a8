/*
 * A fuzzer's input is what a kernel answers: each answer takes a few of its bytes. Where it has come to its end, all answers
 * are 0. The system calls of sys.h that the rooms under test make are defined by the targets, which link without sys.c.
 */
#ifndef FUZZ_ANSWERS_H
#define FUZZ_ANSWERS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct answers {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t answers_byte(struct answers *answers)
{
	if (answers->left == 0)
		return 0;
	answers->left--;
	return *answers->at++;
}

/* What the target claims of the room; libFuzzer keeps the input on which it fails. */
#define MUST(condition)                                                                         \
	do {                                                                                    \
		if (!(condition)) {                                                             \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                \
		}                                                                               \
	} while (0)

#endif
