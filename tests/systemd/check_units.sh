#!/bin/bash
# Holds what systemd/ promises: every unit is right by systemd's own account, is its own user, and scores at most 2.0 in `systemd-analyze security`.
#
# usage: check_units.sh TREE BUILD      TREE has systemd/, BUILD is what cmake built
#        check_units.sh --self-test TREE BUILD    breaks a unit in each way and expects to be told
#
# systemd need not run: systemd-analyze reads the units as files, of an installation made in a scratch folder.
set -euo pipefail

self_test=
[ "${1:-}" != --self-test ] || { self_test=1; shift; }
[ $# = 2 ] || { sed -n '4,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
tree=$1 build=$2
most=2.0
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not there: deploy/install-packages --tests installs systemd"; exit 1; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Programs, units and what they name, as the package has them; enough of systemd's own units for what they refer to.
install_tree() {
    DESTDIR=$scratch/root cmake --install "$build" --prefix /usr >/dev/null
    # What is the machine's own: Redis, to which a link in /usr/lib/telltale leads, kill, and the targets that the units refer to.
    ln -s usr/lib "$scratch/root/lib"
    mkdir -p "$scratch/root/bin"
    for file in /usr/bin/redis-check-rdb /bin/kill /lib/systemd/system/*.target /lib/systemd/system/*.slice; do cp -P "$file" "$scratch/root$file"; done
}

complaints=0
complain() { echo "$*"; complaints=$((complaints + 1)); }

check_verify() {
    local units=() said
    # A template is judged as what the services make of it.
    for unit in "$1"/usr/lib/systemd/system/telltale*; do units+=("$(basename "$unit" | sed 's/@/@telltale-redis/')"); done
    said=$(systemd-analyze verify --root="$1" --man=no --recursive-errors=no "${units[@]}" 2>&1 || echo "exit status $?")
    [ -z "$said" ] || complain "systemd-analyze verify: $said"
}

check_score() {
    local unit=$1 score
    score=$(systemd-analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*Overall exposure level for .*: \([0-9.]*\) .*/\1/p')
    printf '%-28s %s\n' "$(basename "$unit")" "${score:-?}"
    [ -n "$score" ] && awk "BEGIN { exit !($score <= $most) }" || complain "$(basename "$unit"): ${score:-no score}, and at most $most is allowed"
}

value() { sed -n "s/^$2=//p" "$1" | tail -n 1; }

# Who dates things asks the kernel whether a time server has set the clock.
check_clock() {
    [ "$(grep '^SystemCallFilter=' "$1" | grep -n adjtimex | cut -d: -f1)" -gt "$(grep '^SystemCallFilter=' "$1" | grep -n '=~' | cut -d: -f1)" ] 2>/dev/null &&
        ! grep -qi '^ProtectClock=\(yes\|true\|1\|on\)' "$1" || complain "$2: cannot ask whether the clock is set"
}

seconds() { systemd-analyze timespan "$(value "$1" "$2")" | sed -n 's/.*μs: \([0-9]*\)000000$/\1/p'; }

# A service that dies for ever must not do so a thousand times a minute; one that hangs is noticed; memory and tasks end somewhere.
check_bounds() {
    local unit=$1 name user again
    again=$(dirname "$unit")/telltale-again@.timer
    name=$(basename "$unit")
    user=$(value "$unit" User)
    [[ $user == telltale-* ]] || complain "$name: User=$user: expected a user of telltale's own"
    users="$users $user"
    for key in MemoryMax TasksMax LimitNOFILE LimitCORE; do
        [ -n "$(value "$unit" $key)" ] || complain "$name: no $key"
    done
    if [[ $name =~ report ]]; then check_clock "$unit" "$name"; fi
    [ "$(value "$unit" Type)" = oneshot ] && { [ -n "$(value "$unit" TimeoutStartSec)" ] || complain "$name: no TimeoutStartSec"; return; }
    [ "$(value "$unit" Restart)" = always ] || complain "$name: is not started again"
    for key in RestartSec StartLimitIntervalSec StartLimitBurst TimeoutStopSec; do
        [ -n "$(value "$unit" $key)" ] || complain "$name: no $key"
    done
    if [[ $name =~ (capture|publish) ]]; then check_clock "$unit" "$name"; fi
    # What reaches the limit is not left alone for ever, and what somebody stops stays stopped.
    for key in OnFailure PropagatesStopTo; do
        [ "$(value "$unit" $key)" = telltale-again@%p.timer ] || complain "$name: $key: no telltale-again@%p.timer"
    done
    [ "$(seconds "$again" OnActiveSec)" -gt "$(seconds "$unit" StartLimitIntervalSec)" ] || complain "$name: is started again while its limit still holds"
    [ -n "$(value "$unit" WatchdogSec)" ] || [ "$name" = telltale-redis.service ] || complain "$name: no watchdog"
}

check() {
    complaints=0 users=
    check_verify "$1"
    local n=0 unit
    for unit in "$1"/usr/lib/systemd/system/telltale-*.service; do
        check_score "$unit"
        check_bounds "$unit"
        n=$((n + 1))
    done
    [ "$n" -ge 5 ] || complain "only $n services"
    # shellcheck disable=SC2086 # a list of words
    [ -z "$(printf '%s\n' $users | sort | uniq -d)" ] || complain "two services share a user:$(printf ' %s' $(printf '%s\n' $users | sort | uniq -d))"
    # The package enables what is not a timer's, and nothing that is not there.
    for unit in $(sed -n 's/^	dh_installsystemd .*-ptelltale //p' "$tree/debian/rules"); do
        [ -e "$1/usr/lib/systemd/system/$unit" ] || complain "debian/rules: $unit is not in systemd/"
    done
    [ "$complaints" = 0 ]
}

install_tree
if [ -z "$self_test" ]; then
    check "$scratch/root"
    exit
fi

tried=0
# expect WHAT UNIT SED-SCRIPT WORDS: with UNIT changed so, the check fails and says WORDS.
expect() {
    local said
    tried=$((tried + 1))
    rm -rf "$scratch/broken"
    cp -a "$scratch/root" "$scratch/broken"
    sed -i "$3" "$scratch/broken/usr/lib/systemd/system/$2"
    if said=$(check "$scratch/broken" 2>&1); then echo "self-test: $1 was not noticed"; exit 1; fi
    [[ $said == *"$4"* ]] || { echo "self-test: $1: expected \"$4\", was told: $said"; exit 1; }
}
expect "a key that systemd does not know" telltale-web.service 's/^\[Service\]/[Service]\nRestrt=yes/' "Restrt"
expect "a program that is not there" telltale-publish.service 's#^ExecStart=.*#ExecStart=/usr/sbin/telltalld#' "telltalld"
expect "a unit with more rights" telltale-redis.service 's/^\(CapabilityBoundingSet\|NoNewPrivileges\|ProtectSystem\|SystemCallFilter\|PrivateNetwork\|RestrictNamespaces\)=.*//' "at most"
expect "root" telltale-web.service 's/^User=.*/User=root/' "a user of telltale's own"
expect "two of one user" telltale-web.service 's/^User=.*/User=telltale-redis/' "share a user"
expect "no bound on memory" telltale-capture.service 's/^MemoryMax=.*//' "no MemoryMax"
expect "no watchdog" telltale-publish.service 's/^WatchdogSec=.*//' "no watchdog"
expect "restarts without a limit" telltale-capture.service 's/^StartLimitBurst=.*//' "no StartLimitBurst"
expect "a filter that forbids the question about the clock" telltale-capture.service 's/^SystemCallFilter=adjtimex.*//' "cannot ask whether the clock is set"
expect "protection that forbids it" telltale-report.service 's/^\[Service\]/[Service]\nProtectClock=yes/' "cannot ask whether the clock is set"
expect "what is given up stays so" telltale-redis.service 's/^OnFailure=.*//' "no telltale-again"
expect "a stop that does not hold" telltale-web.service 's/^PropagatesStopTo=.*//' "no telltale-again"
expect "again too soon" telltale-again@.timer 's/^OnActiveSec=.*/OnActiveSec=4min/' "while its limit still holds"
echo "$tried ways to break a unit, all noticed"
