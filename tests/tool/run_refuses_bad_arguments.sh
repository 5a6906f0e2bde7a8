#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

# refused ARGUMENT...: by status and message, and without running anything
refused() {
	call "$pidfdctl" run "$@" touch "$dir/ran"
	is "run $*" 125 "$status"
	like "run $*: message" 'pidfdctl run: *' "$err"
}

for t in '' -1 1x 1.2.3 . s 1e3 0x10 ' 1' '1 ' inf nan 1w 99999999999d; do
	refused --timeout "$t"
	refused --timeout 1 --kill-after "$t"
done
refused --timeout 0
refused --kill-after 1
for fd in '' -1 1x ' 1' 0x1 2147483648 400; do
	refused --close-fds --keep-fd "$fd"
done
refused --keep-fd 1
refused --no-such-option
refused --close-fds=yes
refused -x
is 'nothing ran' no "$([ -e "$dir/ran" ] && echo yes || echo no)"
call "$pidfdctl" run
is 'no command' 125 "$status"
call "$pidfdctl" run --timeout
is 'no duration' 125 "$status"

call "$pidfdctl"
is 'no subcommand' 2 "$status"
call "$pidfdctl" frobnicate
is 'unknown subcommand' 2 "$status"
like 'unknown subcommand: message' "pidfdctl: unknown subcommand 'frobnicate'*" "$err"
call "$pidfdctl" features now
is 'features takes no argument' 2 "$status"
for help in --help 'features --help' 'run --help' 'wait --help' 'kill --help' --version; do
	# shellcheck disable=SC2086
	call "$pidfdctl" $help
	is "$help" 0 "$status"
	is "$help: nothing on standard error" '' "$err"
	is "$help: something on standard output" yes "$([ -n "$out" ] && echo yes)"
done
status=0
"$pidfdctl" --help >&- 2>"$dir/err" || status=$?
is 'closed standard output is an error' 1 "$status"
if [ -c /dev/full ]; then
	status=0
	"$pidfdctl" --help >/dev/full 2>"$dir/err" || status=$?
	is 'a full disk is an error' 1 "$status"
fi
finish
