# shellcheck shell=sh disable=SC2034 # used by the tests
# Sourced first by each test of pidfdctl, which gets its path as $1 or in PIDFDCTL. A test counts its checks and ends with
# finish; processes that it starts go into $started, and none of them outlives it.

pidfdctl=${1:-${PIDFDCTL:?the path of pidfdctl}}
passed=0 failed=0 skipped=0 started=
if ! "$pidfdctl" --version >/dev/null; then
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
fi
dir=$(mktemp -d)
# shellcheck disable=SC3045 # not POSIX, but in every Linux shell
ulimit -c 0

clean_up() {
	for pid in $started; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	rm -rf "$dir"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

# is CLAIM EXPECTED ACTUAL
is() {
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		printf 'FAIL %s: expected "%s", got "%s"\n' "$1" "$2" "$3"
		[ ! -s "$dir/err" ] || sed 's/^/     stderr: /' "$dir/err"
	fi
}

# like CLAIM PATTERN ACTUAL, with a pattern of case
like() {
	# shellcheck disable=SC2254
	case $3 in
	$2) is "$1" same same ;;
	*) is "$1" "$2" "$3" ;;
	esac
}

skip() {
	skipped=$((skipped + 1))
	printf 'SKIP %s\n' "$1"
}

# call COMMAND...: its status in $status, its output in $out and $err
call() {
	status=0
	"$@" >"$dir/out" 2>"$dir/err" || status=$?
	out=$(cat "$dir/out")
	err=$(cat "$dir/err")
}

# eventually COMMAND...: waits until it succeeds, ten seconds at most; for what nothing tells of
eventually() {
	for _ in $(seq 500); do
		! "$@" || return 0
		sleep 0.02
	done
	return 1
}

alive() {
	case $(cut -d ' ' -f 3 "/proc/$1/stat" 2>/dev/null) in
	'' | Z | X) echo no ;;
	*) echo yes ;;
	esac
}

is_named() {
	[ "$(cat "/proc/$1/comm" 2>/dev/null)" = "$2" ]
}

# sleeper: $pid, which any signal ends. Until it has executed sleep a signal may meet this shell's handlers.
sleeper() {
	sleep 60 &
	pid=$!
	started="$started $pid"
	eventually is_named "$pid" sleep
}

# The path of a call here, as features tells it
path_of() {
	"$pidfdctl" features | awk -v name="$1" '$1 == name { print $2 }'
}

finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" -eq 0 ] || exit 1
	[ "$passed" -gt 0 ] || exit 77
	exit 0
}
