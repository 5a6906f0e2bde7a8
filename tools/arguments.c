/* PIDs, descriptors and durations as users write them. Independent of the locale: pidfdctl never sets one. */
#include "pidfdctl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char digits[] = "0123456789";

bool parse_number(const char *text, int least, int most, int *number)
{
	long value;

	if (!*text || text[strspn(text, digits)])
		return false;
	errno = 0;
	value = strtol(text, NULL, 10);
	if (errno || value < least || value > most)
		return false;
	*number = (int)value;
	return true;
}

bool parse_duration(const char *text, int64_t *nanoseconds)
{
	static const struct {
		const char *suffix;
		double nanoseconds;
	} units[] = { { "", 1e9 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "h", 3600e9 }, { "d", 86400e9 } };
	const char *after_whole = text + strspn(text, digits);
	const char *end = after_whole;
	double value;

	if (*end == '.')
		end += 1 + strspn(end + 1, digits);
	/* One digit at least, on either side; strtod alone would take signs, blanks, hexadecimal, "inf" and "nan" too. */
	if (after_whole == text && end - after_whole < 2)
		return false;
	value = strtod(text, NULL);
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (strcmp(end, units[i].suffix) != 0)
			continue;
		value *= units[i].nanoseconds;
		if (value > 9.2e18) /* 292 years; int64_t holds a little more */
			return false;
		*nanoseconds = (int64_t)value;
		return true;
	}
	return false;
}
