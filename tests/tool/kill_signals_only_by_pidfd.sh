#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

has_ended() {
	[ "$(alive "$pid")" = no ]
}

ended_by() {
	eventually has_ended || kill -KILL "$pid"
	status=0
	wait "$pid" || status=$?
	is "$1" "$2" "$status"
}

for pair in TERM:143 SIGTERM:143 term:143 15:143 KILL:137 RTMIN+2:164 RTMAX:192 SIGRTMAX-1:191; do
	sleeper
	call "$pidfdctl" kill -s "${pair%:*}" "$pid"
	is "kill -s ${pair%:*}" 0 "$status"
	ended_by "killed by ${pair%:*}" "${pair#*:}"
done
gone=$pid
sleeper
call "$pidfdctl" kill -s 0 "$pid"
is '-s 0 only checks' '0 yes' "$status $(alive "$pid")"
call "$pidfdctl" kill -s 0 "$gone"
is '-s 0 of a process that has gone' 1 "$status"
call "$pidfdctl" kill "$gone" "$pid"
is 'no such process among others: status' 1 "$status"
is 'no such process among others: message' "pidfdctl kill: $gone: No such process" "$err"
ended_by 'no such process among others: they are signalled' 143
call "$pidfdctl" kill -l
like '-l lists the signals' '*9 KILL*15 TERM*' "$out"

# The library may ask kill(2) with signal 0, which signals nobody.
sleeper
if call strace -f -o "$dir/trace" -e trace=kill,tkill,tgkill,rt_sigqueueinfo,rt_tgsigqueueinfo \
	"$pidfdctl" kill -s TERM "$pid"; [ "$status" = 0 ]; then
	is 'no PID is signalled' '' "$(grep -E '(kill|queueinfo)\(' "$dir/trace" | grep -v ', 0)' || :)"
	ended_by 'signalled by pidfd' 143
else
	skip 'which system calls: needs strace, and a sandbox that lets it trace'
fi
finish
