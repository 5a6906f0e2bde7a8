#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

# set NAME: that set of the process whose status is $out, as a number
set_of() {
	printf '%s\n' "$out" | awk -v name="$1:" '$1 == name { print "0x" $2 }'
}

call "$pidfdctl" run --drop-caps no_such_thing touch "$dir/ran"
is 'unknown name' 125 "$status"
like 'unknown name: message' "pidfdctl run: 'no_such_thing' is not a capability*" "$err"
call "$pidfdctl" run --drop-caps net_raw,,kill touch "$dir/ran"
is 'empty name' 125 "$status"
call "$pidfdctl" run --drop-caps 13 touch "$dir/ran"
is 'a number is no name' 125 "$status"
is 'nothing ran' no "$([ -e "$dir/ran" ] && echo yes || echo no)"

call grep Cap /proc/self/status
setpcap=$(($(set_of CapEff) >> 8 & 1))
net_raw=$(($(set_of CapPrm) >> 13 & 1))
if [ "$setpcap$net_raw" != 11 ]; then
	call "$pidfdctl" run --drop-caps all touch "$dir/ran"
	is 'without CAP_SETPCAP nothing runs' "125 no" "$status $([ -e "$dir/ran" ] && echo yes || echo no)"
	skip 'the sets of the command: needs CAP_SETPCAP and CAP_NET_RAW'
	finish
fi
bounding=$(($(set_of CapBnd)))
permitted=$(($(set_of CapPrm)))
raw_and_kill=$((1 << 13 | 1 << 5))
call "$pidfdctl" run --drop-caps NET_RAW,cap_kill grep Cap /proc/self/status
is 'bounding set' "$((bounding & ~raw_and_kill))" "$(($(set_of CapBnd)))"
is 'permitted set' "$((permitted & ~raw_and_kill))" "$(($(set_of CapPrm)))"
is 'effective set' "$((permitted & ~raw_and_kill))" "$(($(set_of CapEff)))"
call "$pidfdctl" run --drop-caps all grep Cap /proc/self/status
for set in CapInh CapPrm CapEff CapBnd CapAmb; do
	is "all: $set" 0 "$(($(set_of "$set")))"
done
if call setpriv --inh-caps +net_raw --ambient-caps +net_raw \
	"$pidfdctl" run --drop-caps net_raw grep Cap /proc/self/status; [ "$status" = 0 ]; then
	is 'inheritable set' 0 "$(($(set_of CapInh) & 1 << 13))"
	is 'ambient set' 0 "$(($(set_of CapAmb) & 1 << 13))"
else
	skip 'inheritable and ambient sets: needs setpriv'
fi
finish
