# net.sh -- a client's and a sensor's network namespace, joined by a veth pair, and a sensor that listens there.
# Sourced after common.sh. Namespaces are held by sleeping processes: named ones need mounts that a chroot does not allow.

mac=02:11:22:33:44:55
hold() { # hold NAME: a namespace; its process' id in that variable
    unshare --net sleep 4000 &
    printf -v "$1" %s $!
    on_exit "kill $! 2>/dev/null"
    for _ in $(seq 50); do [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ] && return; sleep 0.1; done
    fail "no network namespace"
}
in_client() { nsenter --net --target "$client" "$@"; }
in_sensor() { nsenter --net --target "$sensor" "$@"; }

# The pair, with addresses; again after a removal. No IPv6 chatter of the kernel's own.
join_namespaces() {
    in_client ip link add veth0 address $mac type veth peer name veth1 netns "$sensor"
    in_client sh -c 'echo 1 >/proc/sys/net/ipv6/conf/veth0/disable_ipv6' 2>/dev/null || :
    in_sensor sh -c 'echo 1 >/proc/sys/net/ipv6/conf/veth1/disable_ipv6' 2>/dev/null || :
    in_client ip addr add 192.168.77.2/24 dev veth0
    in_sensor ip addr add 192.168.77.1/24 dev veth1
    in_sensor ip addr add 203.0.113.5/32 dev veth1
    in_client ip link set veth0 up
    in_sensor ip link set veth1 up
    in_client ip route add default via 192.168.77.1
}

make_net() {
    hold client
    hold sensor
    in_sensor ip link set lo up
    join_namespaces
}

# start_sensor [SETTING LINE...]: with the program of $sensor_program, or telltaled.
start_sensor() {
    settings "$@" '[notice]' 'controller = Test School' 'url = https://school.example/notice' 'since = 2026-11-01'
    nsenter --net --target "$sensor" "${sensor_program:-$bin/telltaled}" -c "$scratch/telltale.conf" -i veth1 2>"$scratch/telltaled.log" &
    daemon=$!
    on_exit "kill $daemon 2>/dev/null; wait $daemon 2>/dev/null"
    wait_log 'veth1: started' 1
}

log_count() { grep -c -- "$1" "$scratch/telltaled.log" || :; }
# wait_log WORDS COUNT [SECONDS]
wait_log() {
    for _ in $(seq $((${3:-10} * 50))); do [ "$(log_count "$1")" -ge "$2" ] && return; sleep 0.02; done
    fail "the log does not say \"$1\" $2 times: $(tail -20 "$scratch/telltaled.log")"
}
# wait_figure EXPRESSION WANTED [SECONDS]: of status; figures come every two seconds.
wait_figure() {
    local got
    for _ in $(seq $((${3:-10} * 4))); do
        got=$(status_value "$1" 2>/dev/null) && [ "$got" = "$2" ] && { checks=$((checks + 1)); return; }
        sleep 0.25
    done
    fail "$1: expected $2, got $got"
}
# wait_more EXPRESSION LEAST [SECONDS]
wait_more() {
    local got
    for _ in $(seq $((${3:-10} * 4))); do
        got=$(status_value "$1" 2>/dev/null) && [ "${got:-0}" -ge "$2" ] && { checks=$((checks + 1)); return; }
        sleep 0.25
    done
    fail "$1: expected at least $2, got $got"
}
capture_pid() { pgrep -P "$daemon" -f "capture -c" | head -1; }
now_ms() { date +%s%3N; }
stop_sensor() {
    local status=0
    kill -TERM "$daemon"
    wait "$daemon" || status=$?
    expect "exit status" 0 "$status"
    expect "children that died while they ended" 0 "$(log_count 'while it was ending')"
}
