#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

sleeper
for bad in '' 0 00 -1 +1 1x x1 ' 1' '1 ' 0x1 1.0 2147483648 4294967297 99999999999999999999; do
	call "$pidfdctl" wait --timeout 0 -- "$bad"
	is "wait '$bad'" 2 "$status"
	like "wait '$bad': message" "pidfdctl wait: '$bad' is not a PID*" "$err"
	call "$pidfdctl" kill -s KILL -- "$pid" "$bad"
	is "kill '$bad'" 2 "$status"
	like "kill '$bad': message" "pidfdctl kill: '$bad' is not a PID*" "$err"
done
for sig in '' -1 65 TERMINATE SIG SIGSIGTERM RTMIN- RTMIN-1 RTMIN+ RTMIN+99 RTMAX+1 9x 99999999999999999999; do
	call "$pidfdctl" kill -s "$sig" "$pid"
	is "kill -s '$sig'" 2 "$status"
	like "kill -s '$sig': message" "pidfdctl kill: '$sig' is not a signal*" "$err"
done
for arguments in '--timeout x' '--then KILL' '--then KILL --timeout' '-9' '--no-such-option'; do
	# shellcheck disable=SC2086
	call "$pidfdctl" kill $arguments "$pid"
	is "kill $arguments" 2 "$status"
	like "kill $arguments: message" 'pidfdctl kill: *' "$err"
done
call "$pidfdctl" kill
is 'kill without a PID' 2 "$status"
call "$pidfdctl" wait
is 'wait without a PID' 2 "$status"
call "$pidfdctl" wait --timeout 1y "$pid"
is 'wait --timeout 1y' 2 "$status"
is 'nobody was signalled' yes "$(alive "$pid")"
finish
