# common.sh -- what the fault tests share, on top of tests/live/common.sh: a publisher that can be killed, a load whose every contact
# is known by name, and the checks that end each test. Sourced by scripts that have set -euo pipefail, after bin and load are set:
# bin is the directory of the programs, load the program of tests/faults/load.c.
#
# FAULTS_FULL=1 runs each test at its full length; without it they take about five minutes together.

. "$(dirname "${BASH_SOURCE[0]}")/../live/common.sh"

RATE=2000

# full_or_short FULL SHORT
full_or_short() { if [ -n "${FAULTS_FULL:-}" ]; then echo "$1"; else echo "$2"; fi; }

fault_settings() {
    settings '[notice]' 'controller = Fault tests' 'url = https://school.example/notice' 'since = 2026-11-01' "$@"
}

say() { printf '%s\n' "$*"; }

start_publisher() {
    rm -f "$scratch/run/sightings.sock"
    "$bin/telltaled" publish -c "$scratch/telltale.conf" 2>>"$scratch/publish.log" &
    publisher=$!
    for _ in $(seq 100); do
        [ -S "$scratch/run/sightings.sock" ] && return 0
        kill -0 "$publisher" 2>/dev/null || fail "the publisher ended: $(tail -5 "$scratch/publish.log")"
        sleep 0.05
    done
    fail "the publisher does not listen: $(tail -5 "$scratch/publish.log")"
}
on_exit 'kill "${publisher:-}" 2>/dev/null; wait "${publisher:-}" 2>/dev/null'

kill_publisher() {
    kill -KILL "$publisher"
    wait "$publisher" 2>/dev/null || :
}

end_publisher() {
    local status=0
    kill -TERM "$publisher"
    wait "$publisher" || status=$?
    expect "exit status of publish ($(tail -3 "$scratch/publish.log"))" 0 "$status"
    publisher=
}

# start_load SECONDS: contacts t0, t1, ... at RATE a second, in the background.
start_load() {
    "$load" "$scratch/run" "$RATE" "$1" >"$scratch/load.out" 2>"$scratch/load.log" &
    loader=$!
}
on_exit 'kill "${loader:-}" 2>/dev/null; wait "${loader:-}" 2>/dev/null'

# end_load: stops it (now, or waits for its end with `end_load wait`); every contact reached the publisher. made: how many.
end_load() {
    local status=0
    [ "${1:-}" = wait ] || kill -TERM "$loader" 2>/dev/null || :
    wait "$loader" || status=$?
    loader=
    expect "exit status of the load ($(cat "$scratch/load.out" "$scratch/load.log"))" 0 "$status"
    made=$(sed -n 's/^next \([0-9]*\) .*/\1/p' "$scratch/load.out")
}

kill_redis() {
    local pid
    pid=$(cat "$scratch/redis.pid")
    kill -KILL "$pid"
    while kill -0 "$pid" 2>/dev/null; do sleep 0.01; done
}

# The publisher offers batches to this Redis again.
publisher_is_connected() {
    for _ in $(seq 100); do
        redis_ask client list 2>/dev/null | grep -q 'cmd=fcall' && return 0
        sleep 0.05
    done
    fail "the publisher does not come back: $(tail -5 "$scratch/publish.log")"
}

# A figure of health or of the ledger, whichever has it.
health_value() { redis_ask --raw hget 'telltale:{test}:health' "$1" | grep . || redis_ask --raw hget 'telltale:{test}:ledger' "$1"; }

# drained SECONDS: waits until every contact is in Redis and the publisher says, in figures newer than that, that nothing waits.
drained() {
    local begin=$SECONDS
    until [ "$(ids_in_redis)" -ge "$made" ]; do
        [ $((SECONDS - begin)) -le "$1" ] || fail "after $1 s only $(ids_in_redis) of $made contacts are in Redis: $(tail -5 "$scratch/publish.log")"
        sleep 0.2
    done
    redis_ask del 'telltale:{test}:health' 'telltale:{test}:ledger' >/dev/null
    until [ "$(health_value contacts_queued)" = 0 ]; do
        [ $((SECONDS - begin)) -le $(($1 + 5)) ] || fail "$(health_value contacts_queued) contacts still wait: $(tail -5 "$scratch/publish.log")"
        sleep 0.2
    done
}

# refused_drained SECONDS: the same where some were refused; sets refused.
refused_drained() {
    local begin=$SECONDS
    for (( ; ; )); do
        redis_ask del 'telltale:{test}:health' 'telltale:{test}:ledger' >/dev/null
        until [ -n "$(health_value contacts_queued)" ]; do
            [ $((SECONDS - begin)) -le "$1" ] || fail "no figures after $1 s: $(tail -5 "$scratch/publish.log")"
            sleep 0.2
        done
        [ "$(health_value contacts_queued)" = 0 ] && break
        [ $((SECONDS - begin)) -le "$1" ] || fail "after $1 s $(health_value contacts_queued) contacts still wait: $(tail -5 "$scratch/publish.log")"
    done
    refused=$(health_value contacts_refused)
}

# A publisher that had to refuse contacts says so with its exit status.
end_refusing_publisher() {
    local status=0
    kill -TERM "$publisher"
    wait "$publisher" || status=$?
    expect "exit status of publish" 1 "$status"
    publisher=
}

# How many contacts the days' counters have.
ids_in_redis() {
    redis_ask --raw keys 'telltale:{test}:day:????-??-??' | while read -r key; do redis_ask hget "$key" contacts; done | awk '{ n += $1 } END { print n + 0 }'
}

# each_once MADE [REFUSED]: every one of t0 .. t<MADE-1> is in Redis once: nothing lost (but as many as were refused), nothing doubled,
# nothing else there.
each_once() {
    redis_ask --raw keys 'telltale:{test}:day:????-??-??' | while read -r key; do redis_ask --raw hgetall "$key"; done >"$scratch/days"
    redis_ask --raw keys 'telltale:{test}:day:????-??-??:devices' | while read -r key; do redis_ask --raw hgetall "$key"; done >"$scratch/devices"
    python3 - "$1" "$scratch/days" "$scratch/devices" "${2:-0}" <<'CHECK' || fail "contacts are lost or doubled: $(tail -5 "$scratch/publish.log")"
import sys
made, refused = int(sys.argv[1]), int(sys.argv[4])
lines = open(sys.argv[2]).read().split("\n")
once, more, total = set(), {}, 0
for name, value in zip(lines[::2], lines[1::2]):
    if name == "contacts":
        total += int(value)
    elif name.startswith("contacts:tracker:t"):
        number, count = int(name[len("contacts:tracker:t"):]), int(value)
        if count != 1 or number in once:
            more[number] = count
        once.add(number)
lost = [i for i in range(made) if i not in once]
foreign = [i for i in once if i >= made]
lines = open(sys.argv[3]).read().split("\n")
by_device = sum(int(v) for k, v in zip(lines[::2], lines[1::2]) if ":" not in k)
print("%d made, %d in Redis, %d lost, %d doubled" % (made, len(once), len(lost), len(more)))
sys.exit("lost %s, doubled %s, never made %s, total %d, by device %d" % (lost[:20], dict(list(more.items())[:20]), foreign[:20], total, by_device)
         if len(lost) != refused or more or foreign or total != made - refused or by_device != made - refused else 0)
CHECK
    checks=$((checks + 1))
}

# The closing checks: everything drains within 30 s, each contact is there once, and the identities hold.
all_is_well() {
    drained 30
    each_once "$made"
    identities_hold
    expect "contacts refused" 0 "$(health_value contacts_refused)"
    expect "contacts lost" 0 "$(health_value contacts_lost)"
}
