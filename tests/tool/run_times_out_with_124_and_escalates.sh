#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"
export dir

for t in 50ms 0.05 .05s 0.001m 0.00002h 0.0000005d; do
	call "$pidfdctl" run --timeout "$t" sleep 60
	is "--timeout $t" 124 "$status"
done
call "$pidfdctl" run --timeout 60 sh -c 'exit 5'
is 'a command in time keeps its status' 5 "$status"
call "$pidfdctl" run --timeout 100ms sh -c 'trap "echo TERM; exit 9" TERM; while :; do sleep 0.02; done'
is 'SIGTERM comes first' TERM "$out"
is 'SIGTERM handled is a time-out still' 124 "$status"

# shellcheck disable=SC2016
stubborn='trap "echo TERM" TERM; echo $$ >"$dir/pid"; while :; do sleep 0.02; done'
call "$pidfdctl" run --timeout 100ms --kill-after 200ms sh -c "$stubborn"
is '--kill-after' 124 "$status"
is '--kill-after: SIGTERM was first' TERM "$out"
is '--kill-after: the command has gone' no "$(alive "$(cat "$dir/pid")")"
# shellcheck disable=SC2016
call "$pidfdctl" run --timeout 100ms sh -c 'kill -STOP $$; sleep 60'
is 'a stopped command is continued to meet SIGTERM' 124 "$status"
call "$pidfdctl" run --timeout 100ms "$dir/missing"
is 'a command that never ran has not timed out' 127 "$status"
finish
