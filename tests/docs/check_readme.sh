#!/bin/bash
# Holds the README to the tree: the screen it shows is what the program prints today, its files are there, and it names
# nothing that belongs to one machine. Holds docs/STYLE.md to it too: the code it shows is code of ours.
#
# usage: check_readme.sh BIN           BIN is where telltale was built
#        check_readme.sh --self-test BIN
set -euo pipefail
export LC_ALL=C.UTF-8 TZ=UTC

# Every line of the screen stands in the output, in the same order; between two that are not neighbours stands "...".
check_screen() {
    local command
    command=$(sed -n 's/^<!-- screen: telltale \(.*\) -->$/\1/p' "$readme")
    [ -n "$command" ] || { echo "README.md has no screen"; return 1; }
    # shellcheck disable=SC2086 # a command line
    (cd "$tree" && "$bin/telltale" $command) >"$work/output"
    sed -n '/^<!-- screen: /,/^<!-- end of screen -->/p' "$readme" | sed '1,2d' | sed '/^```$/,$d' >"$work/screen"
    [ -s "$work/screen" ] || { echo "README.md: the screen is empty"; return 1; }
    awk -v shown="$work/screen" '
        { output[NR] = $0 }
        END {
            at = 1
            while ((getline line < shown) > 0) {
                n++
                if (line ~ /^ *\.\.\.$/) { gap = 1; continue }
                while (gap && at <= NR && output[at] != line)
                    at++
                if (output[at] != line || at > NR) {
                    printf "README.md: line %d of the screen is not what telltale prints now:\n  %s\n", n, line
                    exit 1
                }
                at++
                gap = 0
            }
            if (!gap && at <= NR) { print "README.md: the screen ends before the output does"; exit 1 }
        }' "$work/output"
}

check_links() {
    local file missing=0
    for file in $(grep -oE '\]\([^)#:]+' "$readme" | sed 's/^](//') $(grep -oE '`(docs|deploy|tests|store)/[A-Za-z0-9_./-]+' "$readme" | tr -d '`'); do
        [ -e "$tree/$file" ] || { echo "README.md: $file is not there"; missing=1; }
    done
    return $missing
}

# The folders that only the writer of a page has.
check_places() {
    ! grep -nE '/(root|home|work|tmp|Users)/|localhost|127\.0\.0\.1' "$readme" || { echo "README.md: see above: a place of one machine"; return 1; }
}

# Every line of C in the page stands in some source.
check_style() {
    local line wrong=0
    # shellcheck disable=SC2016 # backticks of Markdown
    sed -n '/^ *```c$/,/^ *```$/p' "$style" | grep -v '^ *```' | sed 's/^ *//' >"$work/examples"
    [ -s "$work/examples" ] || { echo "STYLE.md shows no code"; return 1; }
    while IFS= read -r line; do
        (cd "$tree" && grep -rqF --include='*.[ch]' -e "$line" common dissectors feeds store sensor reports cli) ||
            { echo "STYLE.md: no source has this line: $line"; wrong=1; }
    done <"$work/examples"
    return $wrong
}

check_all() { check_screen && check_links && check_places && check_style; }

expect_wrong() {
    sed "$1" "$tree/README.md" >"$readme"
    ! cmp -s "$tree/README.md" "$readme" || { echo "self-test: $1 changes nothing"; exit 1; }
    if check_all >"$work/said" 2>&1; then echo "self-test: $1 was not noticed"; exit 1; fi
    grep -qF -e "$2" "$work/said" || { echo "self-test: $1: expected \"$2\", was told:"; cat "$work/said"; exit 1; }
    tried=$((tried + 1))
}

self_test() {
    readme=$work/README.md tried=0
    expect_wrong '/^<!-- screen/,/^<!-- end/s/26 of 26/27 of 26/' 'line 1 of the screen'
    expect_wrong '/^<!-- screen/,/^<!-- end/s/secure.adnxs.com/adnxs.com/' 'is not what telltale prints'
    expect_wrong '/^<!-- screen/,/^<!-- end/{/^All counts/d;/^  \.\.\.$/d}' 'is not what telltale prints'
    expect_wrong '/^<!-- screen/d' 'has no screen'
    expect_wrong 's|(docs/STORE.md|(docs/SHOP.md|' 'docs/SHOP.md is not there'
    # shellcheck disable=SC2016 # $ is sed's last line
    expect_wrong '$a see /home/somebody/notes' 'a place of one machine'
    cp "$tree/README.md" "$readme"
    style=$work/STYLE.md
    sed 's/memory_order_acquire/memory_order_relaxed/' "$tree/docs/STYLE.md" >"$style"
    if check_all >"$work/said" 2>&1 || ! grep -q 'no source has this line' "$work/said"; then
        echo "self-test: a line of code that is not ours was not noticed"
        exit 1
    fi
    tried=$((tried + 1))
    echo "self-test: $tried broken pages were all noticed"
}

tree=$(cd "$(dirname "$0")/../.." && pwd)
readme=$tree/README.md style=$tree/docs/STYLE.md
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
case ${1:-} in
    --self-test) bin=${2:?}; self_test ;;
    '' | -*) sed -n '6,7s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    *) bin=$1; check_all; echo "the README shows what the program prints" ;;
esac
