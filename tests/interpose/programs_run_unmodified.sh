#!/bin/sh
# shellcheck disable=SC1091,SC2154 # checks.sh
# programs_run_unmodified PIDFDCTL INTERPOSER GLIB-PROGRAM
# Programs as Debian has them, with the interposer. Where the kernel lacks the calls they are seen to do without it what
# they do on such kernels: fail, or take another way.
set -eu
. "$(dirname "$0")/../tool/checks.sh"
interposer=$2 glib_program=$3
lacks=no
[ "$(path_of pidfd_open)" = kernel ] || lacks=yes

# A pidfd for $pid is open in the PROCESS.
watches() {
	for fd in /proc/"$1"/fd/*; do
		case $(readlink "$fd") in
		'anon_inode:[pidfd]' | "/proc/$pid") return 0 ;;
		esac
	done 2>/dev/null
	return 1
}

# waits_for_its_end NAME COMMAND...: waits for $pid, which it is given, until that ends.
waits_for_its_end() {
	name=$1
	shift
	env LD_PRELOAD="$interposer" "$@" >"$dir/out" 2>"$dir/err" &
	waiter=$!
	started="$started $waiter"
	if eventually watches $waiter; then
		is "$name is waiting" yes "$(alive $waiter)"
	else
		is "$name watches" yes no
	fi
	kill -TERM "$pid"
	status=0
	wait $waiter || status=$?
	is "$name ends" 0 $status
}

if command -v pidwait >/dev/null; then
	sleeper
	echo "$pid" >"$dir/pid"
	waits_for_its_end pidwait pidwait -F "$dir/pid"
	if [ $lacks = yes ]; then
		sleeper
		echo "$pid" >"$dir/pid"
		call pidwait -F "$dir/pid"
		like 'pidwait without the interposer' 'pidwait: *' "$err"
	fi
else
	skip 'pidwait: needs procps 4'
fi

if command -v waitpid >/dev/null; then
	sleeper
	waits_for_its_end waitpid waitpid "$pid"
else
	skip 'waitpid: needs that of util-linux 2.39'
fi

if command -v python3 >/dev/null && python3 -c 'import os; os.pidfd_open' 2>/dev/null; then
	call env LD_PRELOAD="$interposer" python3 "$(dirname "$0")/python_uses_pidfds.py"
	is 'python: status' 0 "$status"
	is 'python' "alive: [] [] None
ended: True [1]
unregistered: []
status: 15
closed: -9 []
open: []
asyncio: [0, 1, 2, 3, 4, 5, 6, 7]" "$out"
	if [ $lacks = yes ]; then
		call python3 -c 'import os; os.pidfd_open(os.getpid())'
		like 'python without the interposer' '*Errno*' "$err"
	fi
else
	skip 'python: needs Python 3.9'
fi

if [ -n "$glib_program" ]; then
	call "$glib_program"
	without=$out
	call env LD_PRELOAD="$interposer" "$glib_program"
	case $out in
	*SIGCHLD*) skip 'GLib: watches by pidfds since 2.74' ;;
	*) is 'GLib' "by a pidfd
exited with 3" "$out" ;;
	esac
	[ $lacks = no ] || like 'GLib without the interposer' 'by SIGCHLD*' "$without"
else
	skip 'GLib: needs its headers'
fi
finish
