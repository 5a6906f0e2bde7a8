#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"
mkfifo "$dir/pids" "$dir/go"
export dir pidfdctl

unknown='ended, status unknown (the kernel does not tell it of processes that are no children)'
foreign=$(path_of pidfd_get_info)

# told CLAIM PID END: END where this kernel tells the status of processes that are no children
told() {
	if [ "$foreign" = kernel ]; then
		is "$1" "$2: $3" "$out"
	else
		is "$1" "$2: $unknown" "$out"
	fi
}

# A shell may reap a child at any time: these wait until their parent has executed something else.
# shellcheck disable=SC2016
after_exec='while [ "$(cat /proc/$PPID/comm)" = sh ]; do sleep 0.01; done'

# zombie SCRIPT: $pid, the child of a process that never reaps it
# shellcheck disable=SC2016
zombie() {
	sh -c 'sh -c "$1" & echo $! >"$dir/pids"; exec sleep 60' - "$after_exec; $1" &
	started="$started $!"
	read -r pid <"$dir/pids"
}

zombie 'exit 3'
call "$pidfdctl" wait "$pid"
is 'a zombie: status' 0 "$status"
told 'a zombie' "$pid" 'exited 3'
zombie 'kill -KILL $$'
call "$pidfdctl" wait "$pid"
told 'a killed zombie' "$pid" 'killed by SIGKILL'

# Ends, and is reaped by this shell, after pidfdctl has opened it.
sh -c 'read -r _ <"$dir/go"; exit 4' &
pid=$!
"$pidfdctl" wait "$pid" >"$dir/out" 2>"$dir/err" &
waiter=$!
started="$started $pid $waiter"
has_a_pidfd() {
	# shellcheck disable=SC2010 # only whether there is one
	ls -l "/proc/$1/fd" 2>/dev/null | grep -Eq 'pidfd|/proc/'
}
is 'it opens a pidfd' yes "$(eventually has_a_pidfd "$waiter" && echo yes)"
echo >"$dir/go"
status=0
wait "$pid" || :
wait "$waiter" || status=$?
out=$(cat "$dir/out")
is 'a foreign process: status' 0 "$status"
if [ "$(path_of pidfd_open)" = kernel ]; then
	told 'a foreign process' "$pid" 'exited 4'
else
	# Nothing to ask the kernel by once it is reaped; before that there is.
	[ "$foreign$out" != "kernel$pid: exited 4" ] || out="$pid: $unknown"
	is 'a foreign process' "$pid: $unknown" "$out"
fi

# Its own child, after exec: every kernel tells.
call sh -c 'sh -c "$1" & exec "$pidfdctl" wait $!' - "$after_exec; exit 5"
like 'a child' '*: exited 5' "$out"
call sh -c 'sh -c "$1" & exec "$pidfdctl" wait $!' - "$after_exec; kill -TERM \$\$"
like 'a killed child' '*: killed by SIGTERM' "$out"

sh -c 'exit 0' &
gone=$!
wait "$gone"
call "$pidfdctl" wait "$gone"
is 'no such process: status' 1 "$status"
is 'no such process: message' "pidfdctl wait: $gone: No such process" "$err"
sleeper
live=$pid
zombie 'exit 0'
call "$pidfdctl" wait "$gone" "$pid"
is 'no such process among others: status' 1 "$status"
told 'no such process among others: they are waited for' "$pid" 'exited 0'
call "$pidfdctl" wait --any "$gone" "$live"
is '--any does not wait with a PID that does not exist' 1 "$status"
call "$pidfdctl" wait --any "$live" "$pid"
is '--any: status' 0 "$status"
told '--any' "$pid" 'exited 0'
call "$pidfdctl" wait --timeout 50ms "$live" "$pid"
is '--timeout: status' 124 "$status"
is '--timeout: message' "pidfdctl wait: $live: has not ended in time" "$err"
told '--timeout: those that ended in time are told' "$pid" 'exited 0'
call "$pidfdctl" wait --timeout 0 "$live"
is '--timeout 0 only looks' 124 "$status"

# A descriptor a PID: as many as the hard limit allows.
many=$(awk "BEGIN { for (i = 0; i < 200; i++) print $live }")
# shellcheck disable=SC2086,SC3045
call sh -c 'ulimit -Sn 32; exec "$pidfdctl" wait --timeout 0 "$@"' - $many
is 'more PIDs than the soft limit of descriptors: status' 124 "$status"
is 'more PIDs than the soft limit of descriptors: all are waited for' 200 "$(wc -l <"$dir/err")"
# shellcheck disable=SC2086
call sh -c 'ulimit -n 32; exec "$pidfdctl" wait --timeout 0 "$@"' - $many
is 'more PIDs than the hard limit: status' 1 "$status"
like 'more PIDs than the hard limit: message' "pidfdctl wait: $live: Too many open files*" "$err"
is 'nobody was touched' yes "$(alive "$live")"

if command -v script >/dev/null && [ "$(script -qc 'echo tty' /dev/null </dev/null 2>&1 | tr -d '\r')" = tty ]; then
	out=$(script -qc "'$pidfdctl' wait --timeout 50ms $live $pid >/dev/null" /dev/null </dev/null)
	like 'on a terminal it tells how many are left' '*2 of 2 left*1 of 2 left*' "$out"
else
	skip 'on a terminal: needs script(1)'
fi
finish
