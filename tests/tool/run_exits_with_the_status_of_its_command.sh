#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

for n in 0 1 2 42 124 125 255; do
	call "$pidfdctl" run sh -c "exit $n"
	is "exit $n" "$n" "$status"
	is "exit $n says nothing" '' "$out$err"
done
for pair in TERM:143 KILL:137 SEGV:139 HUP:129; do
	call "$pidfdctl" run sh -c "kill -${pair%:*} \$\$"
	is "killed by ${pair%:*}" "${pair#*:}" "$status"
done

call "$pidfdctl" run "$dir/missing"
is 'not found' 127 "$status"
is 'not found: message' "pidfdctl run: $dir/missing: No such file or directory" "$err"
: >"$dir/plain"
call "$pidfdctl" run "$dir/plain"
is 'not executable' 126 "$status"
is 'not executable: message' "pidfdctl run: $dir/plain: Permission denied" "$err"
call "$pidfdctl" run /
is 'a directory' 126 "$status"

printf 'in' >"$dir/in"
call "$pidfdctl" run -- sh -c 'cat; echo err >&2; printf %s "$*"' -- --timeout 1 <"$dir/in"
is 'standard input and arguments reach it' 'in--timeout 1' "$out"
is 'standard error reaches it' err "$err"

# What it inherits is what pidfdctl inherited.
call "$pidfdctl" run grep SigBlk /proc/self/status
is 'the signal mask' "$(grep SigBlk /proc/self/status)" "$out"
if env --ignore-signal=CHLD true 2>/dev/null; then
	call env --ignore-signal=CHLD "$pidfdctl" run sh -c 'exit 9'
	is 'its status with SIGCHLD ignored' 9 "$status"
	call env --ignore-signal=CHLD "$pidfdctl" run grep SigIgn /proc/self/status
	is 'SIGCHLD stays ignored for it' 1 "$((0x${out#SigIgn:?} >> 16 & 1))"
else
	skip 'with SIGCHLD ignored: needs env --ignore-signal'
fi
call "$pidfdctl" run sh -c '[ ! -e /proc/self/fd/0 ]' <&-
is 'closed standard input stays closed' 0 "$status"
call "$pidfdctl" run "$dir/missing" <&- >&-
is 'closed descriptors do not confuse pidfdctl' 127 "$status"
finish
