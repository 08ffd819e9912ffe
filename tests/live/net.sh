# net.sh -- a school's network in three namespaces: a client in the LAN, the sensor on the gateway, and the internet with its servers. The gateway
# forwards; the sensor listens on its LAN side. So whatever a client says to a server passes two links and a router, as in life.
# Sourced after common.sh. Namespaces are held by sleeping processes: named ones need mounts that a chroot does not allow.
#
#   client  veth0 192.168.77.2  --  veth1 192.168.77.1  sensor  wan0 192.0.2.1  --  wan1 192.0.2.2, 203.0.113.5  internet

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
in_internet() { nsenter --net --target "$internet" "$@"; }
no_ipv6() { nsenter --net --target "$1" sh -c "echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6" 2>/dev/null || :; } # no chatter of the kernel's own

# The LAN's link, with addresses; again after a removal.
join_namespaces() {
    in_client ip link add veth0 address $mac type veth peer name veth1 netns "$sensor"
    no_ipv6 "$client" veth0
    no_ipv6 "$sensor" veth1
    in_client ip addr add 192.168.77.2/24 dev veth0
    in_sensor ip addr add 192.168.77.1/24 dev veth1
    in_client ip link set veth0 up
    in_sensor ip link set veth1 up
    in_client ip route add default via 192.168.77.1
}

join_internet() {
    in_sensor ip link add wan0 type veth peer name wan1 netns "$internet"
    no_ipv6 "$sensor" wan0
    no_ipv6 "$internet" wan1
    in_sensor ip addr add 192.0.2.1/30 dev wan0
    in_internet ip addr add 192.0.2.2/30 dev wan1
    in_internet ip addr add 203.0.113.5/32 dev wan1
    in_sensor ip link set wan0 up
    in_internet ip link set wan1 up
    in_sensor ip route add default via 192.0.2.2
    in_internet ip route add 192.168.0.0/16 via 192.0.2.1
    in_sensor sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || fail "the gateway cannot be made to forward"
}

make_net() {
    hold client
    hold sensor
    hold internet
    in_sensor ip link set lo up
    in_internet ip link set lo up
    join_namespaces
    join_internet
}

# Packets that the gateway passed on, either way.
forwarded() { in_sensor awk '$1 == "Ip:" && $2 !~ /[0-9]/ { for (i = 2; i <= NF; i++) if ($i == "ForwDatagrams") at = i } $1 == "Ip:" && $2 ~ /[0-9]/ { print $at }' /proc/net/snmp; }

# talk.py's servers, in the internet.
start_servers() {
    nsenter --net --target "$internet" python3 "$top/tests/live/talk.py" serve & # not by the function: its shell would be killed instead
    on_exit "kill $! 2>/dev/null"
    for _ in $(seq 100); do in_internet grep -qE ':01BB [0-9A-F:]+ 0A ' /proc/net/tcp && return; sleep 0.1; done
    fail "no server listens"
}

# start_sensor [SETTING LINE...]: with the program of $sensor_program, or telltaled.
start_sensor() {
    settings "$@" '[notice]' 'controller = Test School' 'url = https://school.example/notice' 'since = 2026-11-01'
    : >"$scratch/telltaled.log"
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
