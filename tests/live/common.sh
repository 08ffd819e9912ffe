# common.sh -- what the live tests share: a scratch folder in memory, a private Redis, checks that say what they saw.
# Sourced by bash scripts that have set -euo pipefail; bin is the directory of the programs.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
capture=$top/deploy/demo/the-mix.pcap
checks=0

fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

# expect "what" WANTED GOT
expect() {
    [ "$2" = "$3" ] || fail "$1: expected $2, got $3"
    checks=$((checks + 1))
}

[ "$(id -u)" = 0 ] || fail "live tests need root: network namespaces and packet capture"

# Sockets and key files lie in memory, as in real life.
scratch=$(mktemp -d /dev/shm/telltale-live.XXXXXX)
cleanups=()
on_exit() { cleanups=("$1" "${cleanups[@]}"); }
end_all() {
    local status=$? command
    for command in "${cleanups[@]}"; do eval "$command" || :; done
    rm -rf "$scratch" 2>/dev/null || { sleep 0.5; rm -rf "$scratch"; } # a server that was just killed may still write
    exit $status
}
trap end_all EXIT

redis_ask() { redis-cli -s "$scratch/redis.sock" "$@"; }

# start_redis [OPTION...]: more options for redis-server.
start_redis() {
    mkdir -p "$scratch/redis"
    redis-server "$top/store/redis.conf" --dir "$scratch/redis" --unixsocket "$scratch/redis.sock" \
        --pidfile "$scratch/redis.pid" --daemonize yes --logfile "$scratch/redis.log" "$@" >/dev/null
    on_exit 'kill "$(cat "$scratch/redis.pid" 2>/dev/null)" 2>/dev/null'
    for _ in $(seq 100); do
        [ "$(redis_ask ping 2>/dev/null)" = PONG ] && return 0
        sleep 0.1
    done
    fail "Redis did not start: $(tail -3 "$scratch/redis.log")"
}

# settings [LINE...]: a config for this scratch folder, with more lines behind it.
# clock_wait_s: the machine of a test may have been started just now, and hear no time server.
settings() {
    printf '[sensor]\nclock_wait_s = 0\n[store]\nsocket = %s/redis.sock\ninstallation = test\nspool = %s/spool\n[run]\ndir = %s/run\n' "$scratch" "$scratch" "$scratch" >"$scratch/telltale.conf"
    printf '%s\n' "$@" >>"$scratch/telltale.conf"
    mkdir -p "$scratch/run"
}

# A value out of `telltale status -o json`: status_value 'd["alerts"]'
status_value() {
    "$bin/telltale" status -c "$scratch/telltale.conf" -o json | python3 -c "import json,sys; d = json.load(sys.stdin); print($1)"
}

identities_hold() {
    expect "identities that do not hold" "[]" "$(status_value '[i for i in d["identities"] if not i["holds"]]')"
}
