/* Names of signals. A table of its own: sigabbrev_np(3) is newer than the libcs that pidfdctl is built with. */
#include "pidfdctl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The first name of a number is the one printed. */
static const struct {
	const char *name;
	int sig;
} names[] = {
	{ "HUP", SIGHUP },	 { "INT", SIGINT },	  { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP },	 { "ABRT", SIGABRT },	  { "BUS", SIGBUS },   { "FPE", SIGFPE },
	{ "KILL", SIGKILL },	 { "USR1", SIGUSR1 },	  { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE },	 { "ALRM", SIGALRM },	  { "TERM", SIGTERM },
#ifdef SIGSTKFLT
	{ "STKFLT", SIGSTKFLT },
#endif
	{ "CHLD", SIGCHLD },	 { "CONT", SIGCONT },	  { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN },	 { "TTOU", SIGTTOU },	  { "URG", SIGURG },   { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ },	 { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH },
	{ "IO", SIGIO },	 { "PWR", SIGPWR },	  { "SYS", SIGSYS },   { "IOT", SIGABRT },
	{ "CLD", SIGCHLD },	 { "POLL", SIGIO },
};

/* After "RTMIN" or "RTMAX": nothing, or SIGN and a number. */
static bool parse_offset(const char *text, char sign, int *offset)
{
	*offset = 0;
	if (!*text)
		return true;
	return *text == sign && parse_number(text + 1, 0, SIGRTMAX - SIGRTMIN, offset);
}

bool parse_signal(const char *text, int *sig)
{
	int offset;

	if (parse_number(text, 0, SIGRTMAX, sig))
		return true;
	if (!strncasecmp(text, "SIG", 3))
		text += 3;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(text, names[i].name) != 0)
			continue;
		*sig = names[i].sig;
		return true;
	}
	if (!strncasecmp(text, "RTMIN", 5) && parse_offset(text + 5, '+', &offset))
		*sig = SIGRTMIN + offset;
	else if (!strncasecmp(text, "RTMAX", 5) && parse_offset(text + 5, '-', &offset))
		*sig = SIGRTMAX - offset;
	else
		return false;
	return true;
}

const char *signal_name(int sig, char buf[static SIGNAL_NAME_SIZE])
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (names[i].sig != sig)
			continue;
		snprintf(buf, SIGNAL_NAME_SIZE, "SIG%s", names[i].name);
		return buf;
	}
	if (sig == SIGRTMIN)
		snprintf(buf, SIGNAL_NAME_SIZE, "SIGRTMIN");
	else if (sig > SIGRTMIN && sig <= SIGRTMAX)
		snprintf(buf, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", sig - SIGRTMIN);
	else
		snprintf(buf, SIGNAL_NAME_SIZE, "signal %d", sig);
	return buf;
}

void list_signals(void)
{
	char name[SIGNAL_NAME_SIZE];

	for (int sig = 1; sig <= SIGRTMAX; sig++) {
		signal_name(sig, name);
		if (!strncmp(name, "SIG", 3))
			printf("%2d %s\n", sig, name + 3);
	}
}
