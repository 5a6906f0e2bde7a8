#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

# The open descriptors of the command, one line; the shell's own tests open none.
# shellcheck disable=SC2016
list='for fd in 0 1 2 3 4 5 6 7 8 9; do if [ -e "/proc/self/fd/$fd" ]; then printf "%s " "$fd"; fi; done'
exec 5</dev/null 7</dev/null 9</dev/null
call "$pidfdctl" run sh -c "$list"
is 'descriptors are inherited' '0 1 2 5 7 9 ' "$out"
call "$pidfdctl" run --close-fds sh -c "$list"
is '--close-fds leaves the standard ones' '0 1 2 ' "$out"
call "$pidfdctl" run --close-fds sh -c "$list" <&-
is '--close-fds opens none' '1 2 ' "$out"
call "$pidfdctl" run --close-fds --keep-fd 7 --keep-fd=5 --keep-fd 7 --keep-fd 1 sh -c "$list"
is '--keep-fd keeps what is named' '0 1 2 5 7 ' "$out"
call "$pidfdctl" run --close-fds "$dir/missing"
is 'the error still reaches the parent' 127 "$status"
finish
