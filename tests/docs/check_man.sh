#!/bin/bash
# Holds the manual pages, the shell completion and the example settings to what the programs themselves say.
#
# usage: check_man.sh BIN [TREE]       BIN is where telltale and telltaled were built; TREE has docs/man and deploy
#        check_man.sh --self-test BIN  breaks a copy of the pages in many ways and expects to be told of each
#
# Both ways: what a program prints in its help is in its page and in the completion, and what a page has the program knows.
set -euo pipefail
export LC_ALL=C.UTF-8

wrong=0
complain() {
    printf '%s\n' "$*"
    wrong=$((wrong + 1))
}

# The options that a help text names, one a line.
options_of_help() {
    grep -oE '(^|[[:space:][(])--?[a-z][a-z-]*' | sed 's/^[^-]*//' | sort -u
}

# The options that a page has an entry for: `.It Fl o , Fl -output Ar format` gives -o and --output.
options_of_page() {
    sed -n 's/^\.It \(Fl .*\)/\1/p' "$1" | grep -oE 'Fl -?[a-z][a-z-]*' | sed 's/^Fl /-/' | sort -u
}

is_line_of() { grep -qxF -e "$1" <<<"$2"; }

# What the completion offers for a line that is typed as far as given; the last word is the one that is completed.
completions() {
    # shellcheck disable=SC2016 # the inner shell expands these
    env -u BASH_ENV bash --norc -c '
        source "$1"; shift
        specification=$(complete -p "$1") || exit 1
        [[ $specification =~ -F[[:space:]]([A-Za-z_]+) ]] || exit 1
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
        "${BASH_REMATCH[1]}" "$1" "${@: -1}" "${@: -2:1}" 2>/dev/null
        printf "%s\n" "${COMPREPLY[@]}"' completions "$tree/deploy/telltale.bash-completion" "$@" | sed 's/[[:space:]]*$//'
}

check_lint() {
    local page
    for page in "$tree"/docs/man/*.[1-8]; do
        if command -v mandoc >/dev/null; then
            mandoc -T lint -W warning "$page" || complain "$page: mandoc warns, see above"
        elif command -v man >/dev/null; then
            [ -z "$(man --warnings=w -E UTF-8 -l "$page" 2>&1 >/dev/null)" ] || complain "$page: man warns: $(man --warnings=w -l "$page" 2>&1 >/dev/null)"
        else
            complain "neither mandoc nor man is there to read $page: apt-get install mandoc"
        fi
    done
}

# check_options PAGE HELP COMPLETIONS: the three agree. -h and --help are understood everywhere and printed nowhere.
check_options() {
    local page=$1 help=$2 completion=$3 option documented told
    [ -e "$page" ] || { complain "$page is not there"; return; }
    documented=$(options_of_page "$page")
    told=$(options_of_help <<<"$help")
    for option in $told; do
        is_line_of "$option" "$documented" || complain "$page: $option is in the help, the page has no entry for it"
        is_line_of "$option" "$completion" || complain "${page##*/}: $option is in the help, the completion does not offer it"
    done
    for option in $documented; do
        case $option in -h | --help) continue ;; esac
        is_line_of "$option" "$told" || complain "$page: $option has an entry, the program does not know it"
    done
    for option in $completion; do
        case $option in -h | --help) continue ;; esac
        [[ $option != -* ]] || is_line_of "$option" "$told" || complain "${page##*/}: the completion offers $option, the program does not know it"
    done
}

check_commands() {
    local commands command offered page
    commands=$("$bin/telltale" help | sed -n 's/^  \([a-z-]\{1,\}\)  *[A-Z].*/\1/p')
    [ -n "$commands" ] || complain "telltale help lists no command"
    offered=$(completions telltale "")
    for command in $commands; do
        page=$tree/docs/man/telltale-$command.1
        grep -qE "^\.(It )?Xr telltale-$command 1" "$tree/docs/man/telltale.1" || complain "telltale.1 does not lead to telltale-$command(1)"
        is_line_of "$command" "$offered" || complain "the completion of telltale does not offer $command"
        check_options "$page" "$("$bin/telltale" "$command" --help)" "$(completions telltale "$command" -)"
    done
    for page in "$tree"/docs/man/telltale-*.1; do
        command=${page##*/telltale-}
        is_line_of "${command%.1}" "$commands" || complain "$page describes a command that is none"
    done
}

# section, key, range and default of each setting, with | between, as `telltaled --help` prints them.
settings_of_help() {
    awk '/^  \[[a-z]+\]$/ { section = substr($1, 2, length($1) - 2) }
        /^    [a-z_]+ / && section {
            range = default_value = ""
            if (match($0, /\([0-9]+ to [0-9]+ [a-zA-Z]+\)/)) range = substr($0, RSTART + 1, RLENGTH - 2)
            if (match($0, / \[[^ ]+\]$/)) default_value = substr($0, RSTART + 2, RLENGTH - 3)
            print section "|" $1 "|" range "|" default_value
        }'
}

# The same from the page: .Ss [section], .It Cm key, and in its entry "from 1 to 8 threads" and "Default: .Ql 1".
settings_of_page() {
    awk 'function tell() { if (key) print section "|" key "|" range "|" default_value; key = range = default_value = "" }
        /^\.S[hs]/ { tell(); section = "" }
        /^\.Ss \[[a-z]+\]$/ { section = substr($2, 2, length($2) - 2) }
        /^\.It Cm / { tell(); key = $3 }
        /^From [0-9]+ to [0-9]+ [a-zA-Z]+[.;,]/ { range = $2 " to " $4 " " $5; sub(/[.;,]$/, "", range) }
        /^Default: / { default_value = $2; sub(/\.$/, "", default_value) }
        END { tell() }' "$1"
}

check_settings() {
    local page=$tree/docs/man/telltale.conf.5 told described line
    told=$(settings_of_help <<<"$("$bin/telltaled" --help)")
    described=$(settings_of_page "$page")
    [ -n "$told" ] || complain "telltaled --help lists no setting"
    while IFS= read -r line; do
        is_line_of "$line" "$described" || complain "$page: the setting $line (section, key, range, default) is not described so"
    done <<<"$told"
    while IFS= read -r line; do
        is_line_of "$line" "$told" || complain "$page: describes $line, which telltaled does not know"
    done <<<"$described"
}

check_example() {
    "$bin/telltaled" --example-config | cmp -s - "$tree/deploy/telltale.conf.example" ||
        complain "deploy/telltale.conf.example is not what telltaled --example-config prints; write it anew"
}

check_all() {
    check_lint
    check_commands
    check_options "$tree/docs/man/telltaled.8" "$("$bin/telltaled" --help)" "$(completions telltaled -)"
    check_options "$tree/docs/man/telltale-web.8" "$("$bin/telltale-web" --help)" "$(completions telltale-web -)"
    check_settings
    check_example
    [ "$wrong" = 0 ]
}

# --- the self-test ---------------------------------------------------------------------------------------------

# expect_wrong FILE SED WORDS: after the change the check fails and says WORDS.
expect_wrong() {
    local said
    cp "$work/good/$1" "$work/kept"
    sed -i "$2" "$work/good/$1"
    ! cmp -s "$work/kept" "$work/good/$1" || { echo "self-test: $1: $2 changes nothing"; exit 1; }
    if said=$(tree=$work/good check_all 2>&1); then
        echo "self-test: $1: $2 was not noticed"
        exit 1
    fi
    grep -qF -e "$3" <<<"$said" || { printf 'self-test: %s: %s: expected "%s", was told:\n%s\n' "$1" "$2" "$3" "$said"; exit 1; }
    cp "$work/kept" "$work/good/$1"
    tried=$((tried + 1))
}

self_test() {
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir -p "$work/good/docs" "$work/good/deploy"
    cp -r "$tree/docs/man" "$work/good/docs/"
    cp "$tree/deploy/telltale.bash-completion" "$tree/deploy/telltale.conf.example" "$work/good/deploy/"
    tried=0
    expect_wrong docs/man/telltale.1 's/^\.Sh NAME/.Xx NAME/' 'telltale.1: mandoc warns'
    expect_wrong docs/man/telltale.1 '/Xr telltale-lookup 1/d' 'does not lead to telltale-lookup(1)'
    expect_wrong docs/man/telltale-read.1 's/^\.It Fl -visit-gap/.It Fl -visit-pause/' '--visit-gap is in the help'
    expect_wrong docs/man/telltale-read.1 's/^\.It Fl -visit-gap/.It Fl -visit-pause/' '--visit-pause has an entry'
    expect_wrong docs/man/telltaled.8 's/^\.It Fl -pace/.It Fl -peace/' '--pace is in the help'
    expect_wrong docs/man/telltale-web.8 's/^\.It Fl -check-config/.It Fl -check-settings/' '--check-config is in the help'
    expect_wrong docs/man/telltale.conf.5 's/^\.It Cm ring_mb/.It Cm ring/' 'sensor|ring_mb|1 to 256 MB|4'
    expect_wrong docs/man/telltale.conf.5 's/^\.Ss \[store\]/.Ss [shop]/' 'store|queue_batches|'
    expect_wrong docs/man/telltale.conf.5 's/^From 1 to 8 threads/From 1 to 9 threads/' 'sensor|workers|1 to 8 threads|1'
    expect_wrong deploy/telltale.bash-completion 's/--devices//' '--devices is in the help, the completion'
    expect_wrong deploy/telltale.bash-completion 's/--pace/--peace/' 'offers --peace'
    expect_wrong deploy/telltale.bash-completion 's/ status//' 'does not offer status'
    expect_wrong deploy/telltale.conf.example 's/#workers = 1/#workers = 2/' 'write it anew'
    echo "self-test: $tried broken pages were all noticed"
}

usage() {
    sed -n '4,5s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

tree=$(cd "$(dirname "$0")/../.." && pwd)
if [ "${1:-}" = --self-test ]; then
    [ $# = 2 ] || usage
    bin=$2
    self_test
else
    case ${1:-} in '' | -*) usage ;; esac
    bin=$1
    tree=${2:-$tree}
    check_all || { echo "$wrong wrong"; exit 1; }
    echo "manual pages, completion and example agree with the programs"
fi
