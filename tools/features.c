/* pidfdctl features: what libpidfd rests on here. */
#include "pidfdctl.h"

#include <libpidfd/version.h>

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static const char help[] =
	"Usage: pidfdctl features [--json]\n"
	"Shows by which path each call of libpidfd goes on this machine, under this sandbox.\n"
	"\n"
	"  CALL    its name, as LIBPIDFD_AVOID takes it\n"
	"  PATH    kernel: its own system call; emulated: by libpidfd; none: the call fails\n"
	"  SINCE   the Linux version that has it\n"
	"  REASON  the errno that decided against the kernel; LIBPIDFD_AVOID for ECANCELED\n"
	"\n"
	"      --json   an object: version, kernel (uname -r), calls: an array of\n"
	"               {name, path, since, errno, reason}; errno and reason are null for the path kernel\n"
	"  -h, --help   this text\n"
	"\n"
	"Exit status: 0; 3 when pidfd_open or pidfd_send_signal has no path; 1 error; 2 usage.\n";

static const struct row {
	enum libpidfd_call call;
	const char *name;
	const char *since;
} rows[] = {
#define CALL(call, name, since) { LIBPIDFD_CALL_##call, name, since },
#include "calls.def"
#undef CALL
};

/* strerrorname_np(3) is newer than the libcs that pidfdctl is built with. */
static const char *errno_name(int err, char buf[static 24])
{
	static const struct {
		int err;
		const char *name;
	} names[] = {
#define ERR(name) { name, #name }
		ERR(EPERM),   ERR(ENOENT),  ERR(ESRCH),	     ERR(EINTR),     ERR(EIO),	  ERR(E2BIG),  ERR(EBADF),
		ERR(ECHILD),  ERR(EAGAIN),  ERR(ENOMEM),     ERR(EACCES),    ERR(EFAULT), ERR(EBUSY),  ERR(EXDEV),
		ERR(ENODEV),  ERR(EINVAL),  ERR(ENFILE),     ERR(EMFILE),    ERR(ENOTTY), ERR(ENOSPC), ERR(ENOSYS),
		ERR(ENODATA), ERR(EREMOTE), ERR(EOPNOTSUPP), ERR(ECANCELED),
#undef ERR
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].err == err)
			return names[i].name;
	snprintf(buf, 24, "errno %d", err);
	return buf;
}

static const char *reason(int err)
{
	if (err == ECANCELED)
		return "LIBPIDFD_AVOID";
	if (err == EOPNOTSUPP)
		return "Pidfds poll readable before the end";
	return strerror(err);
}

static const char *path_name(enum libpidfd_path path)
{
	switch (path) {
	case LIBPIDFD_PATH_KERNEL:
		return "kernel";
	case LIBPIDFD_PATH_EMULATED:
		return "emulated";
	case LIBPIDFD_PATH_NONE:
		break;
	}
	return "none";
}

static void print_json_string(const char *text)
{
	putchar('"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			printf("\\%c", c);
		else if (c < ' ')
			printf("\\u%04x", c);
		else
			putchar(c);
	}
	putchar('"');
}

static void print_json_row(const struct row *row, enum libpidfd_path path, int why)
{
	char buf[24];

	printf("    {\"name\": \"%s\", \"path\": \"%s\", \"since\": \"%s\", ", row->name, path_name(path), row->since);
	if (why) {
		printf("\"errno\": \"%s\", \"reason\": ", errno_name(why, buf));
		print_json_string(reason(why));
		putchar('}');
	} else {
		fputs("\"errno\": null, \"reason\": null}", stdout);
	}
}

static void print_row(const struct row *row, enum libpidfd_path path, int why)
{
	char buf[24];

	printf("%-20s %-9s %-6s ", row->name, path_name(path), row->since);
	if (why)
		printf("%s (%s)\n", errno_name(why, buf), reason(why));
	else
		puts("-");
}

static int print_features(bool json)
{
	struct utsname system;
	bool no_way = false;

	if (uname(&system) != 0) {
		complain(errno, "uname");
		return EXIT_FAILURE;
	}
	if (json) {
		fputs("{\n  \"version\": \"" LIBPIDFD_VERSION "\",\n  \"kernel\": ", stdout);
		print_json_string(system.release);
		fputs(",\n  \"calls\": [\n", stdout);
	} else {
		printf("libpidfd " LIBPIDFD_VERSION " on Linux %s\n\n", system.release);
		printf("%-20s %-9s %-6s %s\n", "CALL", "PATH", "SINCE", "REASON");
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		int why = 0;
		enum libpidfd_path path = libpidfd_path(rows[i].call, &why);

		if (json && i)
			fputs(",\n", stdout);
		(json ? print_json_row : print_row)(&rows[i], path, why);
		if (rows[i].call == LIBPIDFD_CALL_OPEN || rows[i].call == LIBPIDFD_CALL_SEND_SIGNAL)
			no_way |= path == LIBPIDFD_PATH_NONE;
	}
	if (json)
		fputs("\n  ]\n}\n", stdout);
	return no_way ? EXIT_NO_WAY : EXIT_SUCCESS;
}

int features_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			return say_help(help);
		default:
			return point_at_help();
		}
	}
	if (optind < argc)
		return bad_usage("unexpected argument '%s'", argv[optind]);
	return print_features(json);
}
