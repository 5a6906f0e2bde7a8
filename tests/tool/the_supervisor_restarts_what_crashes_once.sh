#!/bin/sh
# examples/supervisor with daemons of Debian's, a script that crashes and one that will not end, under a storm of kills.
set -eu
. "$(dirname "$0")/checks.sh"
supervisor=$2

PATH=$PATH:/usr/sbin
for program in redis-server nginx python3; do
	command -v "$program" >/dev/null || { skip "no $program"; finish; }
done
kills=${KILLS:-40}

# Each tells its PID whenever it starts, and goes on when that was read.
service() {
	mkfifo "$dir/$1.pid"
	printf '#!/bin/sh\n%s\necho $$ >"%s/%s.pid"\n%s\n' "$2" "$dir" "$1" "$3" >"$dir/$1"
	chmod +x "$dir/$1"
	echo "$dir/$1" >>"$dir/commands"
}
printf 'port 0\nunixsocket %s/socket\nsave ""\nlogfile ""\n' "$dir" >"$dir/redis.conf"
# One process, for workers outlive a master that is killed. Root would give its directories away, for which it has no
# capability.
user=
[ "$(id -u)" -ne 0 ] || user='user root;'
cat >"$dir/nginx.conf" <<END
$user
daemon off;
master_process off;
pid $dir/nginx-pid;
error_log stderr crit;
events {}
http {
	access_log off;
	client_body_temp_path $dir/body;
	proxy_temp_path $dir/proxy;
	fastcgi_temp_path $dir/fastcgi;
	uwsgi_temp_path $dir/uwsgi;
	scgi_temp_path $dir/scgi;
	server {
		listen unix:$dir/web;
		return 200 PONG;
	}
}
END
echo '# what to keep running' >"$dir/commands"
service redis '' "exec redis-server $dir/redis.conf >/dev/null"
service nginx "rm -f $dir/web" "exec nginx -e stderr -p $dir -c $dir/nginx.conf"
echo >>"$dir/commands"
mkfifo "$dir/order"
service crashes '' "read -r order <$dir/order; kill -SEGV \$\$"
service stubborn "trap '' TERM" 'exec sleep 600'
service confined '' "{ grep -E 'Cap(Inh|Prm|Eff|Bnd|Amb)' /proc/self/status | grep -vc 0000000000000000
	ls /proc/self/fd; } >$dir/seen; exec sleep 600"

mkfifo "$dir/says"
exec 9</dev/null # not for the commands
"$supervisor" -f 1 -l 8 -g 2000 "$dir/commands" >"$dir/says" 2>"$dir/err" &
pid=$!
trap 'kill -TERM "$pid" 2>/dev/null && wait "$pid"; clean_up' EXIT
tee "$dir/said" <"$dir/says" >/dev/null &
teller=$!

said() {
	grep -cx "$dir/$1" "$dir/said" || :
}
# Nothing comes where the one before still had it open.
pid_of() {
	until read -r "$1" <"$dir/$1.pid"; do :; done
}
pid_of redis
pid_of nginx
pid_of crashes
pid_of stubborn
pid_of confined
for i in $(seq "$kills"); do
	case $((i % 4)) in
	0) kill -KILL "$redis"; pid_of redis ;;
	1) echo >"$dir/order"; pid_of crashes ;;
	2) kill -KILL "$crashes"; pid_of crashes ;;
	3) kill -KILL "$nginx"; pid_of nginx ;;
	esac
done
serves() {
	[ "$(redis-cli -s "$dir/socket" ping 2>/dev/null)" = PONG ]
}
answers() {
	python3 -c '
import http.client, socket, sys
web = http.client.HTTPConnection("localhost")
web.sock = socket.socket(socket.AF_UNIX)
web.sock.connect(sys.argv[1])
web.request("GET", "/")
sys.exit(web.getresponse().read() != b"PONG")' "$dir/web" 2>/dev/null
}
is 'one daemon serves after the storm' yes "$(eventually serves && echo yes)"
is 'so does the other' yes "$(eventually answers && echo yes)"
kill -TERM "$pid"
status=0
wait "$pid" || status=$?
wait "$teller"
is 'the supervisor ends with 0' 0 "$status"
is 'and has no complaint' '' "$(cat "$dir/err")"
is 'one daemon was started once, and once for each crash' $((kills / 4 + 1)) "$(said 'redis: started')"
is 'so was the other' $((kills / 4 + 1)) "$(said 'nginx: started')"
is 'so was the script' $((kills / 2 + 1)) "$(said 'crashes: started')"
is 'each crash of the one daemon was told' $((kills / 4)) "$(said 'redis: ended by signal 9')"
is 'each of the other' $((kills / 4)) "$(said 'nginx: ended by signal 9')"
is 'each of the script' $((kills / 4)) "$(said 'crashes: ended by signal 11')"
is 'each kill of it' $((kills / 4)) "$(said 'crashes: ended by signal 9')"
is 'one daemon had its time to end' 1 "$(said 'redis: exited with 0')"
is 'so had the other' 1 "$(said 'nginx: exited with 0')"
is 'what would not end was killed' 1 "$(said 'stubborn: ended by signal 9')"
is 'the last was stopped first' 'confined stubborn crashes nginx redis ' \
	"$(tail -n 5 "$dir/said" | sed 's/:.*//; s/.*\///' | tr '\n' ' ')"
for left in "$redis" "$nginx" "$crashes" "$stubborn" "$confined"; do
	is 'nothing is left' no "$(alive "$left")"
done
# ls has one of its own.
is 'commands had no capability and the standard descriptors' '0 0 1 2 3 ' "$(tr '\n' ' ' <"$dir/seen")"

: >"$dir/empty"
call "$supervisor" "$dir/empty"
is 'a file without commands is refused' "1 supervisor: $dir/empty: no commands" "$status $err"
call "$supervisor" "$dir/missing"
is 'so is one that is not there' "1 supervisor: $dir/missing: No such file or directory" "$status $err"
call "$supervisor" -f 0 "$dir/commands"
is 'so is a time of 0' 1 "$status"
finish
