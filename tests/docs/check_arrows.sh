#!/bin/sh
# Holds the arrows between the rooms: which folder may include which, and which file meets which library.
#
# usage: check_arrows.sh [TREE]       names every wrong #include of TREE (default: the tree this script is in)
#        check_arrows.sh --self-test  breaks each rule in a small tree of its own and expects to be told
#
# It reads the sources as text, so that code behind an #ifdef counts too. docs/ARCHITECTURE.md has the same two tables.
set -eu

rooms="common dissectors feeds store sensor reports dashboard cli"

# Room: rooms it may include besides itself.
arrows="common:
dissectors: common
feeds: common
store: common
sensor: common dissectors feeds store
reports: common feeds store
dashboard: common store reports
cli: common dissectors feeds store sensor reports"

# Header, or folder/ of headers: the files that may include it. At most two for a library that does one job;
# libsodium does several small ones (random bytes, seeded hashes, keyed hashes), each where it is needed.
libraries="pcap/: sensor/capture.c sensor/capture_trim.h
pcap.h: sensor/capture.c
ndpi/: sensor/ndpi_adapter.c
hiredis/: store/connection.c store/reply.c
gcrypt.h: dissectors/quic.c
maxminddb.h: sensor/places_database.c
seccomp.h: sensor/sandbox.c
jansson.h: common/json.c
ini.h: common/config.c
idn2.h: feeds/idn.c
libpsl.h: feeds/public_suffix.c
curl/: feeds/updater_fetch.c
zlib.h: feeds/updater_gunzip.c
cairo/: reports/pdf.c
archive.h: reports/pack_zip.c
archive_entry.h: reports/pack_zip.c
pango/: reports/pdf.c
microhttpd.h: dashboard/server.c
sodium.h: cli/main.c cli/updater_main.c dashboard/accounts.c dashboard/api_settings.c dashboard/fingerprint.c dashboard/main.c dashboard/sessions.c feeds/feed_builder.c feeds/feed_check.c feeds/feed_compile.c feeds/feed_file.c feeds/intern.c feeds/updater_state.c reports/manifest.c sensor/capture_fanout.c sensor/device_set.c sensor/decoy.c sensor/device_table.c sensor/flow_table.c sensor/page_table.c sensor/pseudonym.c sensor/site_ledger.c sensor/telltaled.c sensor/withheld.c sensor/worker.c sensor/worker_share.c"

# What comes with the compiler, the C library and the kernel.
system="assert complex ctype dirent endian errno fcntl fenv float ftw getopt grp ifaddrs inttypes iso646 libgen limits locale
math poll pthread pwd sched semaphore setjmp signal spawn stdalign stdarg stdatomic stdbool stddef stdint stdio stdlib
stdnoreturn string strings syslog termios threads time uchar unistd wchar wctype"

check() {
    tree=$1
    # shellcheck disable=SC2086 # a list of words
    (cd "$tree" && find $rooms -name '*.[ch]' 2>/dev/null | sort | xargs -r grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null) |
        arrows=$arrows libraries=$libraries system=$system tree=$tree awk '
        function complain(why) { printf "%s:%s: %s\n", file, line, why; wrong++ }
        function remember(table, into, lists,    rows, n, i, row, words, m, k) {
            n = split(table, rows, "\n")
            for (i = 1; i <= n; i++) {
                split(rows[i], row, ":")
                lists[row[1]] = row[2]
                m = split(row[2], words, " ")
                for (k = 1; k <= m; k++)
                    into[row[1], words[k]] = 1
            }
        }
        function ours(header,    to) {
            to = header
            if (header !~ /\// || header ~ /\.\./ || !sub(/\/.*/, "", to) || !(to in may)) {
                complain("\"" header "\" does not begin with one of our rooms")
                return
            }
            if (to != room && !((room, to) in arrow))
                complain(room "/ may not include " to "/ (\"" header "\"); it may include:" (may[room] ? may[room] : " none of ours"))
            else if (system("test -e \"" tree "/" header "\"") != 0)
                complain("\"" header "\" is not there")
        }
        function theirs(header,    folder, name) {
            folder = header
            sub(/\/.*/, "/", folder)
            if (!(header in meets) && folder in meets)
                name = folder
            else if (header in meets)
                name = header
            if (name) {
                if (!((name, file) in meeting))
                    complain("<" header "> is met only in" meets[name])
                return
            }
            if (folder == "sys/" || folder == "linux/" || folder == "net/" || folder == "netinet/" || folder == "arpa/")
                return
            sub(/\.h$/, "", header)
            if (!(header in of_system))
                complain("<" header ".h> is neither of the system nor in the table of libraries")
        }
        BEGIN {
            tree = ENVIRON["tree"]
            remember(ENVIRON["arrows"], arrow, may)
            remember(ENVIRON["libraries"], meeting, meets)
            n = split(ENVIRON["system"], words, "[ \n]+")
            for (i = 1; i <= n; i++)
                of_system[words[i]] = 1
        }
        {
            file = $0; sub(/:.*/, "", file)
            rest = substr($0, length(file) + 2)
            line = rest; sub(/:.*/, "", line)
            rest = substr(rest, length(line) + 2)
            room = file; sub(/\/.*/, "", room)
            header = rest
            includes++
            if (sub(/^[ \t]*#[ \t]*include[ \t]*"/, "", header) && sub(/".*/, "", header))
                ours(header)
            else if (sub(/^[ \t]*#[ \t]*include[ \t]*</, "", header) && sub(/>.*/, "", header))
                theirs(header)
            else
                complain("cannot tell what is included: " rest)
        }
        END {
            if (includes == 0) {
                print tree ": no #include in any room: is this the tree?"
                exit 1
            }
            if (wrong) {
                printf "%d wrong of %d includes\n", wrong, includes
                exit 1
            }
            printf "%d includes, all along the arrows\n", includes
        }'
}

# --- the self-test ---------------------------------------------------------------------------------------------

tried=0

# A small tree that is right in everything.
plant() {
    rm -rf "$small"
    for room in $rooms; do
        mkdir -p "$small/$room"
        echo '#include <stdint.h>' >"$small/$room/$room.h"
        echo "#include \"$room/$room.h\"" >"$small/$room/$room.c"
    done
    echo '#include <hiredis/hiredis.h>' >"$small/store/reply.c"
    echo '#include "sensor/sensor.h"' >"$small/cli/main.c"
}

# expect_wrong WHAT FILE LINE WORDS: with LINE added to FILE the check fails and says WORDS.
expect_wrong() {
    tried=$((tried + 1))
    plant
    echo "$3" >>"$small/$2"
    if said=$(check "$small"); then
        echo "self-test: $1 was not noticed"
        exit 1
    fi
    case $said in
        *"$2:"*"$4"*) ;;
        *) echo "self-test: $1: expected \"$2: ... $4\", was told: $said"; exit 1 ;;
    esac
}

self_test() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    small=$work/tree
    plant
    check "$small" >"$work/said" || { echo "self-test: a tree without a fault was refused:"; cat "$work/said"; exit 1; }

    expect_wrong "common including a room" common/common.c '#include "store/store.h"' 'common/ may not include store/'
    expect_wrong "a dissector including a feed" dissectors/dissectors.h '#include "feeds/feeds.h"' 'may not include feeds/'
    expect_wrong "feeds including the store" feeds/feeds.c '#include "store/store.h"' 'may not include store/'
    expect_wrong "the store including feeds" store/store.c '#include "feeds/feeds.h"' 'may not include feeds/'
    expect_wrong "the sensor including reports" sensor/sensor.c '#include "reports/reports.h"' 'may not include reports/'
    expect_wrong "reports including the sensor" reports/reports.c '#include "sensor/sensor.h"' 'may not include sensor/'
    expect_wrong "the dashboard including feeds" dashboard/dashboard.c '#include "feeds/feeds.h"' 'may not include feeds/'
    expect_wrong "the command line including the dashboard" cli/cli.c '#include "dashboard/dashboard.h"' 'may not include dashboard/'
    expect_wrong "blanks inside the directive" common/common.c '  #  include	"cli/cli.h"' 'may not include cli/'
    expect_wrong "a header without its folder" cli/cli.c '#include "cli.h"' 'does not begin with one of our rooms'
    expect_wrong "a way out of the folder" cli/cli.c '#include "cli/../dashboard/dashboard.h"' 'does not begin'
    expect_wrong "a header that is not there" cli/cli.c '#include "cli/lost.h"' 'is not there'
    expect_wrong "libpcap in a second file" sensor/sensor.c '#include <pcap/pcap.h>' 'met only in sensor/capture.c'
    expect_wrong "libpcap by its other name" sensor/sensor.c '#include <pcap.h>' 'met only in sensor/capture.c'
    expect_wrong "nDPI in a header" sensor/sensor.h '#include <ndpi/ndpi_api.h>' 'met only in sensor/ndpi_adapter.c'
    expect_wrong "hiredis outside the store" sensor/sensor.c '#include <hiredis/hiredis.h>' 'met only in store/'
    expect_wrong "hiredis in a third file" store/store.c '#include <hiredis/hiredis.h>' 'met only in store/'
    expect_wrong "libgcrypt elsewhere" store/store.c '#include <gcrypt.h>' 'met only in dissectors/quic.c'
    expect_wrong "jansson elsewhere" cli/cli.c '#include <jansson.h>' 'met only in common/json.c'
    expect_wrong "libinih elsewhere" cli/cli.c '#include <ini.h>' 'met only in common/config.c'
    expect_wrong "libpsl elsewhere" feeds/feeds.c '#include <libpsl.h>' 'met only in feeds/public_suffix.c'
    expect_wrong "a library nobody agreed to" common/common.c '#include <openssl/ssl.h>' 'neither of the system'
    expect_wrong "libcurl elsewhere" cli/cli.c '#include <curl/curl.h>' 'met only in feeds/updater_fetch.c'
    expect_wrong "pango elsewhere" cli/cli.c '#include <pango/pangocairo.h>' 'met only in reports/pdf.c'
    expect_wrong "an include by macro" common/common.c '#include HEADER' 'cannot tell'

    mkdir "$work/empty"
    if check "$work/empty" >"$work/said"; then
        echo "self-test: an empty tree passed"
        exit 1
    fi
    echo "self-test: $tried broken trees were all noticed"
}

case ${1:-} in
    --self-test) self_test ;;
    -*) sed -n '4,5s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) check "${1:-$(cd "$(dirname "$0")/../.." && pwd)}" ;;
esac
