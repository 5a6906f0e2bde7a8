#include "kept.h"

#include <string.h>

void kept_begin(struct kept *kept, const int list[], size_t count)
{
	kept->list = list;
	kept->count = count;
	kept->known = kept->base = KEPT_NONE;
}

static void look_from(struct kept *kept, unsigned int from)
{
	unsigned int number;

	kept->known = from;
	kept->base = KEPT_NONE;
	for (size_t i = 0; i < kept->count; i++) {
		number = (unsigned int)kept->list[i];
		if (number <= INT_MAX && number >= from && number < kept->base)
			kept->base = number;
	}
	memset(kept->bits, 0, sizeof(kept->bits));
	for (size_t i = 0; i < kept->count; i++) {
		number = (unsigned int)kept->list[i] - kept->base;
		if (number < KEPT_WINDOW)
			kept->bits[number / KEPT_LONG] |= 1UL << number % KEPT_LONG;
	}
}

unsigned int kept_from(struct kept *kept, unsigned int from)
{
	unsigned int at;
	unsigned long word;

	if (from < kept->known || (kept->base != KEPT_NONE && from >= kept->base + KEPT_WINDOW))
		look_from(kept, from);
	if (from <= kept->base)
		return kept->base;
	for (at = from - kept->base; at < KEPT_WINDOW; at = (at / KEPT_LONG + 1) * KEPT_LONG) {
		word = kept->bits[at / KEPT_LONG] >> at % KEPT_LONG;
		if (word)
			return kept->base + at + (unsigned int)__builtin_ctzl(word);
	}
	look_from(kept, kept->base + KEPT_WINDOW);
	kept->known = from;
	return kept->base;
}
