# chroot.sh -- a bare Debian in a folder, to install packages in. Sourced; needs root.
#
#   chroot_base            makes the base system once, with debootstrap from this machine's own package sources: $chroot_base
#   chroot_new FOLDER      a fresh copy in FOLDER, with /proc, /sys, /dev and a /run of its own
#   chroot_run FOLDER ...  runs a command in it, with an empty environment; in the network namespace $chroot_netns, if set
#   chroot_leave FOLDER    unmounts; chroot_enter FOLDER mounts again
#   chroot_end FOLDER      unmounts and removes it
#
# The base is kept in ${TMPDIR:-/tmp}/telltale-debian-$release, because making it takes minutes.
# shellcheck shell=bash

release=${release:-bookworm}
chroot_base=${TMPDIR:-/tmp}/telltale-debian-$release
chroot_netns=

chroot_mirror() {
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.sources /etc/apt/sources.list.d/*.list 2>/dev/null || :; } |
        sed -n 's/^URIs: *\([^ ]*\/debian\)\/* *$/\1/p; s/^deb \(\[[^]]*\] \)\{0,1\}\([^ ]*\/debian\)\/* .*/\2/p' | head -n 1
}

chroot_base() {
    exec 8>"$chroot_base.lock"
    flock 8 # two tests at once make it once
    if [ ! -e "$chroot_base/.done" ]; then
        rm -rf "$chroot_base"
        debootstrap --variant=minbase --include=ca-certificates "$release" "$chroot_base" "$(chroot_mirror)" >"$chroot_base.log" 2>&1 || {
            tail -n 5 "$chroot_base.log" >&2
            return 1
        }
        touch "$chroot_base/.done"
    fi
    exec 8>&-
}

chroot_new() {
    local root=$1 file
    mkdir -p "$root"
    cp -a "$chroot_base/." "$root"
    rm -f "$root/.done"
    cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
    # Sources and proxies as this machine has them; nothing else of its settings.
    if [ "$release" = "$(. /etc/os-release && echo "$VERSION_CODENAME")" ]; then
        rm -f "$root/etc/apt/sources.list"
        cp /etc/apt/sources.list.d/debian*.sources "$root/etc/apt/sources.list.d/" 2>/dev/null || cp /etc/apt/sources.list "$root/etc/apt/"
    fi
    for file in /etc/apt/apt.conf.d/* /etc/apt/apt.conf; do
        ! grep -qsi proxy "$file" || cp "$file" "$root/etc/apt/apt.conf.d/"
    done
    chroot_enter "$root"
}

chroot_enter() {
    local root=$1 m
    mount -t tmpfs -o mode=0755,size=64m telltale-run "$root/run"
    for m in proc sys dev; do
        mount --rbind "/$m" "$root/$m"
        mount --make-rslave "$root/$m"
    done
}

chroot_leave() {
    local root=$1 m
    for m in dev sys proc run; do umount -l "$root/$m" 2>/dev/null || :; done
}

chroot_run() {
    local root=$1
    shift
    ${chroot_netns:+ip netns exec "$chroot_netns"} chroot "$root" /usr/bin/env -i HOME=/root TERM=dumb LANG=C.UTF-8 \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
        ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} "$@"
}

chroot_end() {
    local root=$1
    chroot_leave "$root"
    if grep -q " $root/" /proc/mounts; then
        echo "chroot: something is still mounted in $root; it is left there" >&2
    else
        rm -rf --one-file-system "$root"
    fi
}
