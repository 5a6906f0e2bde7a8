#include "proc_text.h"

#include <limits.h>
#include <string.h>

#include "uapi.h"

/* What is left to read. */
struct span {
	const char *at, *end;
};

static void skip_blanks(struct span *s)
{
	while (s->at < s->end && (*s->at == ' ' || *s->at == '\t'))
		s->at++;
}

/* A number that fits *VALUE; blanks before it are skipped. */
static bool take_number(struct span *s, long long *value)
{
	bool negative = false;
	long long n = 0;
	const char *first;

	skip_blanks(s);
	if (s->at < s->end && *s->at == '-') {
		negative = true;
		s->at++;
	}
	for (first = s->at; s->at < s->end && *s->at >= '0' && *s->at <= '9'; s->at++) {
		if (n > (LLONG_MAX - 9) / 10)
			return false;
		n = n * 10 + (*s->at - '0');
	}
	*value = negative ? -n : n;
	return s->at > first;
}

static bool take_int(struct span *s, int *value)
{
	long long n;

	if (!take_number(s, &n) || n < INT_MIN || n > INT_MAX)
		return false;
	*value = (int)n;
	return true;
}

static bool skip_fields(struct span *s, int count)
{
	for (; count > 0; count--) {
		skip_blanks(s);
		if (s->at == s->end)
			return false;
		while (s->at < s->end && *s->at != ' ')
			s->at++;
	}
	return true;
}

bool proc_text_stat(const char *text, size_t size, struct proc_stat *stat)
{
	struct span s = { text, text + size };
	const char *end_of_name;
	long long flags;

	if (!take_int(&s, &stat->pid))
		return false;
	/* The name may hold anything, ") Z" too; what follows it holds no parenthesis. */
	end_of_name = memrchr(text, ')', size);
	if (!end_of_name || s.end - end_of_name < 3)
		return false;
	stat->state = end_of_name[2];
	s.at = end_of_name + 3;
	if (!skip_fields(&s, 5) || !take_number(&s, &flags))
		return false;
	stat->is_ending = flags & UAPI_PF_EXITING;
	if (!skip_fields(&s, 10) || !take_int(&s, &stat->threads))
		return false;
	if (!skip_fields(&s, 31) || !take_int(&s, &stat->exit_code))
		stat->exit_code = 0;
	return true;
}

static bool take_key(struct span *s, const char *key)
{
	size_t size = strlen(key);

	if ((size_t)(s->end - s->at) < size || memcmp(s->at, key, size) != 0)
		return false;
	s->at += size;
	return true;
}

static void read_line(struct proc_status *status, const struct proc_line *line)
{
	struct span s = { line->text, line->text + line->length };
	long long a, b, c;

	if (take_key(&s, "Pid:")) {
		take_int(&s, &status->pid);
	} else if (take_key(&s, "Tgid:")) {
		take_int(&s, &status->tgid);
	} else if (take_key(&s, "State:")) {
		skip_blanks(&s);
		if (s.at < s.end)
			status->state = *s.at;
	} else if (take_key(&s, "NSpid:")) {
		for (status->namespaces = 0; take_int(&s, &status->innermost);)
			status->namespaces++;
	} else if (take_key(&s, "Uid:")) {
		status->has_uids = take_number(&s, &a) && take_number(&s, &b) && take_number(&s, &c);
		if (status->has_uids) {
			status->real = (uid_t)a;
			status->effective = (uid_t)b;
			status->saved = (uid_t)c;
		}
	} else if (take_key(&s, "SigQ:")) {
		status->has_queue = take_number(&s, &a) && take_key(&s, "/") && take_number(&s, &b);
		if (status->has_queue) {
			status->queued = (unsigned long)a;
			status->queue_limit = (unsigned long)b;
		}
	}
}

void proc_text_begin(struct proc_status *status, struct proc_line *line)
{
	*status = (struct proc_status){ .pid = PROC_NO_PID, .tgid = PROC_NO_PID };
	line->length = 0;
}

void proc_text_feed(struct proc_status *status, struct proc_line *line, const char *text, size_t size)
{
	for (; size > 0; text++, size--) {
		if (*text == '\n') {
			read_line(status, line);
			line->length = 0;
		} else if (line->length < sizeof(line->text)) {
			line->text[line->length++] = *text;
		}
	}
}

int proc_text_number(const char *name)
{
	int digit, n = 0;

	do {
		digit = *name - '0';
		if (digit < 0 || digit > 9 || n > (INT_MAX - digit) / 10)
			return -1;
		n = 10 * n + digit;
	} while (*++name);
	return n;
}
