#!/bin/sh
# In the background a shell would ignore INT and QUIT; so pidfdctl runs in the foreground and is signalled from behind.
set -eu
# What a shell in the background ignores, none of its children can have again but like this.
[ -n "${defaults-}" ] || defaults=1 exec env --default-signal=INT,QUIT sh "$0" "$@"
. "$(dirname "$0")/checks.sh"
mkfifo "$dir/ready"
export dir pidfdctl

# send SIGNAL SCRIPT: the status of pidfdctl running SCRIPT, which writes to $dir/ready when it may be signalled
send() {
	(
		read -r _ <"$dir/ready"
		kill -s "$1" "$(cat "$dir/pid")"
	) &
	killer=$!
	# shellcheck disable=SC2016
	call sh -c 'echo $$ >"$dir/pid"; exec "$pidfdctl" run sh -c "$1"' - "$2"
	kill "$killer" 2>/dev/null || : # where pidfdctl never got as far
	wait "$killer" || :
}

# shellcheck disable=SC2016
sleeper='echo >"$dir/ready"; exec sleep 60'
for pair in HUP:129 INT:130 QUIT:131 USR1:138 USR2:140 ALRM:142 TERM:143; do
	send "${pair%:*}" "$sleeper"
	is "${pair%:*} reaches the command" "${pair#*:}" "$status"
	is "${pair%:*}: no message" '' "$err"
done
for n in 34 40 64; do
	send "$n" "$sleeper"
	is "real-time signal $n reaches the command" "$((128 + n))" "$status"
done
for sig in WINCH CONT TERM; do
	send "$sig" "trap 'exit 42' $sig; echo >\"\$dir/ready\"; while :; do sleep 0.02; done"
	is "$sig can be handled by the command" 42 "$status"
done

# The mask is in place before the fork: a signal that comes while the child is being made is not lost.
# shellcheck disable=SC2016
for _ in 1 2 3 4 5 6 7 8; do
	call sh -c '(kill -TERM $$) & exec "$pidfdctl" run sleep 60'
	is 'an early signal ends both' 143 "$status"
done
finish
