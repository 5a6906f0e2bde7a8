/* proc_text: nothing beyond the text is read, and status is the same in whatever pieces its text comes. */
#include <limits.h>
#include <string.h>

#include "answers.h"
#include "proc_text.h"

/* Of its own size, so that a byte too many is seen; the first says how big the pieces are. */
static void status_in_pieces(const char *text, size_t size, size_t piece)
{
	struct proc_status whole, pieces;
	struct proc_line line;

	memset(&whole, 0, sizeof(whole));
	memset(&pieces, 0, sizeof(pieces));
	proc_text_begin(&whole, &line);
	proc_text_feed(&whole, &line, text, size);
	proc_text_begin(&pieces, &line);
	for (size_t at = 0; at < size; at += piece)
		proc_text_feed(&pieces, &line, text + at, size - at < piece ? size - at : piece);
	MUST(whole.pid == pieces.pid && whole.tgid == pieces.tgid && whole.state == pieces.state);
	MUST(whole.namespaces == pieces.namespaces && whole.innermost == pieces.innermost);
	MUST(whole.has_uids == pieces.has_uids && whole.real == pieces.real && whole.saved == pieces.saved);
	MUST(whole.has_queue == pieces.has_queue && whole.queued == pieces.queued);
	MUST(whole.namespaces >= 0 && (size_t)whole.namespaces <= size);
}

static void stat_line(const char *text, size_t size)
{
	struct proc_stat stat;

	if (!proc_text_stat(text, size, &stat))
		return;
	MUST(memchr(text, ')', size));
	MUST(memchr(text, stat.state, size));
}

static void number(const char *name)
{
	int n = proc_text_number(name);
	size_t digits = strspn(name, "0123456789");
	unsigned long long value = strtoull(name, NULL, 10);

	if (digits == 0 || name[digits] || value > INT_MAX)
		MUST(n == -1);
	else
		MUST(n == (int)value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *name;

	if (size == 0)
		return 0;
	text = malloc(size - 1 + (size == 1));
	name = malloc(size);
	MUST(text && name);
	memcpy(text, data + 1, size - 1);
	memcpy(name, data + 1, size - 1);
	name[size - 1] = '\0';
	status_in_pieces(text, size - 1, data[0] + 1U);
	stat_line(text, size - 1);
	number(name);
	free(text);
	free(name);
	return 0;
}
