#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"
mkfifo "$dir/ready"
export dir

# stubborn: a process that ignores TERM, in $pid
stubborn() {
	sh -c 'trap "" TERM; echo >"$dir/ready"; exec sleep 60' &
	pid=$!
	started="$started $pid"
	read -r _ <"$dir/ready"
}

stubborn
call "$pidfdctl" kill --timeout 50ms "$pid"
is 'not ended in time: status' 124 "$status"
is 'not ended in time: message' "pidfdctl kill: $pid: has not ended in time" "$err"
call "$pidfdctl" kill --timeout 50ms --then USR1 "$pid"
is '--then ends it' 0 "$status"
[ "$status" = 0 ] || kill -KILL "$pid"
status=0
wait "$pid" || status=$?
is '--then sends that signal' 138 "$status"

stubborn
first=$pid
sleeper
second=$pid
call "$pidfdctl" kill --timeout 200ms --then KILL "$first" "$second"
is 'two: status' 0 "$status"
[ "$status" = 0 ] || kill -KILL "$first" "$second"
status=0
wait "$first" || status=$?
is 'the one that ignores TERM is killed' 137 "$status"
status=0
wait "$second" || status=$?
is 'the other meets TERM only' 143 "$status"

stubborn
call "$pidfdctl" kill --timeout 50ms --then TERM "$pid"
is 'still not ended' 124 "$status"
call "$pidfdctl" kill -s 0 --timeout 0 "$pid"
is 'a look' 124 "$status"
call "$pidfdctl" kill -s KILL --timeout 10 "$pid"
is 'ended in time' '0 no' "$status $(alive "$pid")"
finish
