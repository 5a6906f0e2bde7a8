#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"
mkfifo "$dir/ready"
export dir pidfdctl

if ! command -v script >/dev/null || [ "$(script -qc 'echo tty' /dev/null </dev/null 2>&1 | tr -d '\r')" != tty ]; then
	skip 'everything: needs script(1)'
	finish
fi

# The terminal's ^C reaches the command once: from the terminal. Perl counts signals; a shell may take two for one.
if command -v perl >/dev/null; then
	cat >"$dir/count.pl" <<'PERL'
$SIG{INT} = sub { $n++ };
open(R, '>', "$ENV{dir}/ready"); print R "\n"; close(R);
select(undef, undef, undef, 0.05) until $n;
select(undef, undef, undef, 0.05) for 1 .. 4;
open(L, '>', "$ENV{dir}/counted"); print L "$n\n"; close(L);
PERL
	{
		read -r _ <"$dir/ready"
		printf '\003'
		eventually test -s "$dir/counted"
	} | script -qc '"$pidfdctl" run perl "$dir/count.pl"' /dev/null >/dev/null
	is '^C arrives once' 1 "$(cat "$dir/counted")"
else
	skip '^C arrives once: needs perl'
fi

# A tracer, of which a pretended kernel may be made, continues what stops.
if ! grep -Eq '^TracerPid:[[:space:]]0$' /proc/self/status; then
	skip 'TSTP and CONT: this test is traced'
	finish
fi

# With a terminal the shell gives a job a process group that can be stopped. Only pidfdctl is sent TSTP.
cat >"$dir/job" <<'EOS'
set -m
{
	status=0
	sh -c 'echo $$ >"$dir/pid"; exec "$pidfdctl" run sh -c "echo \$\$ >\$dir/ready; exec sleep 60"' || status=$?
	echo $status >"$dir/job.status"
} &
read -r command <"$dir/ready"
pidfdctl=$(cat "$dir/pid")
eventually() {
	for _ in $(seq 500); do
		[ "$(cut -d ' ' -f 3 "/proc/$pidfdctl/stat" "/proc/$command/stat" | tr -d '\n')" != $1 ] || return
		sleep 0.02
	done
	kill -KILL $pidfdctl $command
}
eventually SS
kill -TSTP $pidfdctl
eventually TT
kill -CONT $pidfdctl
eventually SS
kill -TERM $pidfdctl
wait
EOS
script -qc 'sh "$dir/job"' /dev/null >/dev/null </dev/null
is 'TSTP stops both, CONT continues both, TERM ends both' 143 "$(cat "$dir/job.status")"
finish
