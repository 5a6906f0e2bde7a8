#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

call "$pidfdctl" run --user no-such-user touch "$dir/ran"
is 'unknown user' 125 "$status"
like 'unknown user: message' "pidfdctl run: there is no user 'no-such-user'*" "$err"
for user in '' -1 1x 4294967295 99999999999999999999; do
	call "$pidfdctl" run --user "$user" touch "$dir/ran"
	is "--user '$user'" 125 "$status"
done
is 'nothing ran' no "$([ -e "$dir/ran" ] && echo yes || echo no)"

if [ "$(id -u)" != 0 ]; then
	call "$pidfdctl" run --user 0 touch "$dir/ran"
	is 'unprivileged' 125 "$status"
	is 'unprivileged: nothing ran' no "$([ -e "$dir/ran" ] && echo yes || echo no)"
	skip 'other users: needs root'
	finish
fi
call "$pidfdctl" run --user nobody id
is 'by name' "$(id nobody)" "$out"
if setpriv --groups 4242 true 2>/dev/null; then
	call setpriv --groups 4242 "$pidfdctl" run --user nobody id
	is 'groups of its own only' "$(id nobody)" "$out"
	call setpriv --groups 4242 "$pidfdctl" run --user 4711 id -G
	is 'groups of its own only: none' 4711 "$out"
else
	skip 'groups of its own only: needs setpriv'
fi
call "$pidfdctl" run --user "$(id -u nobody)" id
is 'by number' "$(id nobody)" "$out"
call "$pidfdctl" run --user 4711 sh -c 'echo "$(id -u) $(id -g) $(id -G)"'
is 'a number that no user has' '4711 4711 4711' "$out"
call "$pidfdctl" run --user nobody --drop-caps all --close-fds grep -E '^(Uid|CapBnd|CapPrm)' /proc/self/status
nobody=$(id -u nobody)
zero=0000000000000000
is 'with --drop-caps and --close-fds' \
	"Uid: $nobody $nobody $nobody $nobody CapPrm: $zero CapBnd: $zero " "$(printf '%s\n' "$out" | tr -s '\t\n' ' ')"
if "$pidfdctl" run --user nobody sh -c '"$0" --version' "$pidfdctl" >/dev/null 2>&1; then
	call "$pidfdctl" run --user nobody "$pidfdctl" run --user 0 true
	is 'unprivileged' 125 "$status"
	like 'unprivileged: message' 'pidfdctl run: cannot set the *: Operation not permitted' "$err"
else
	skip 'unprivileged: other users cannot execute pidfdctl where it lies'
fi
finish
