#!/bin/sh
set -eu
. "$(dirname "$0")/checks.sh"

names='pidfd_open pidfd_open_nonblock pidfd_send_signal clone_pidfd pidfd_poll pidfd_wait pidfd_get_info close_range'
names="$names close_range_cloexec perf_event_open"

# The table, as NAME PATH SINCE, to compare with the JSON
table() {
	awk 'seen { print $1, $2, $3 } $1 == "CALL" { seen = 1 }' "$dir/out"
}

# read_json: NAME PATH SINCE lines from $dir/out by whatever reads JSON here; fails when it is not valid
if command -v jq >/dev/null; then
	read_json() {
		jq -r '(.version, .kernel | if type == "string" then empty else error("no string") end),
			(.calls[] | if keys == ["errno", "name", "path", "reason", "since"] then
			[.name, .path, .since] | join(" ") else error("keys") end)' "$dir/out"
	}
elif command -v python3 >/dev/null; then
	read_json() {
		python3 -c 'import json, sys
o = json.load(open(sys.argv[1])); o["version"] + o["kernel"]
for c in o["calls"]:
	assert set(c) == {"name", "path", "since", "errno", "reason"}
	print(c["name"], c["path"], c["since"])' "$dir/out"
	}
else
	read_json() { return 127; }
fi

for avoid in none pidfd_open all; do
	export LIBPIDFD_AVOID=$avoid
	call "$pidfdctl" features
	is "LIBPIDFD_AVOID=$avoid: status" 0 "$status"
	expected=$(table)
	is "LIBPIDFD_AVOID=$avoid: every call has a row" "$names " "$(table | cut -d ' ' -f 1 | tr '\n' ' ')"
	call "$pidfdctl" features --json
	is "LIBPIDFD_AVOID=$avoid: status of --json" 0 "$status"
	if read_json >"$dir/read"; then
		is "LIBPIDFD_AVOID=$avoid: the JSON says what the table says" "$expected" "$(cat "$dir/read")"
	elif [ $? = 127 ]; then
		skip 'reading JSON: needs jq or python3'
	else
		is "LIBPIDFD_AVOID=$avoid: valid JSON" valid "$out"
	fi
done
for name in $names; do
	export LIBPIDFD_AVOID="$name"
	is "$name avoided" "ECANCELED (LIBPIDFD_AVOID)" \
		"$("$pidfdctl" features | awk -v name="$name" '$1 == name && $2 != "kernel" { print $4, $5 }')"
done

# Neither system calls nor /proc: no way.
export LIBPIDFD_AVOID=all
# shellcheck disable=SC2016
if unshare -m sh -c 'mount -t tmpfs none /proc' 2>/dev/null; then
	call unshare -m sh -c 'mount -t tmpfs none /proc && exec "$0" features' "$pidfdctl"
	case $err in
	*'loading shared libraries'*) skip 'no way: the library is not found without /proc' ;;
	*Sanitizer*) skip 'no way: a sanitizer needs /proc' ;;
	*) is 'no way: status' 3 "$status" ;;
	esac
else
	skip 'no way: needs a mount namespace'
fi
finish
