# machine.sh -- a Debian in a folder, started as a virtual machine, for what only a running system shows. Sourced after chroot.sh; needs root.
#
#   machine_tools                     installs what this needs: debootstrap, qemu, e2fsprogs
#   machine_new ROOT LOG PACKAGE...   a fresh system in ROOT with a kernel, systemd and these packages, by name or as files in it. What apt says goes to LOG
#   machine_run ROOT CONSOLE SECONDS  starts it; as soon as it is up it runs its /root/try, whose output is on CONSOLE, and switches itself off. 1 and
#                                     the console's last words when it did not come so far within SECONDS
#
# It is emulated (qemu, no kernel module), so it takes minutes, and times in it say little. It has no network. Its Debian is $release of chroot.sh.
# shellcheck shell=bash

machine_tools() {
    local package missing=()
    for package in debootstrap qemu-system-x86 e2fsprogs; do
        [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || :)" = "ii " ] || missing+=("$package")
    done
    if [ ${#missing[@]} -gt 0 ]; then { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >/dev/null; fi
}

machine_new() {
    local root=$1 log=$2
    shift 2
    {
        chroot_run "$root" apt-get update -qq &&
            chroot_run "$root" apt-get install -y -qq --no-install-recommends linux-image-cloud-amd64 initramfs-tools systemd-sysv udev iproute2 kmod dbus "$@"
    } >"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
    cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Unit]
After=multi-user.target
[Service]
ExecStart=/bin/sh -c '/root/try >/dev/ttyS0 2>&1; echo THE END >/dev/ttyS0; poweroff -f'
UNIT
    ln -s /etc/systemd/system/try.service "$root/etc/systemd/system/multi-user.target.wants/try.service"
    ln -s /dev/null "$root/etc/systemd/system/serial-getty@ttyS0.service" # its prompt would stand before our first line
    echo box >"$root/etc/hostname"
    echo '/dev/vda / ext4 rw 0 1' >"$root/etc/fstab"
    printf 'virtio_pci\nvirtio_blk\next4\n' >>"$root/etc/initramfs-tools/modules"
    chroot_run "$root" update-initramfs -u >>"$log" 2>&1 || { tail -n 20 "$log" >&2; return 1; }
}

machine_run() {
    local root=$1 console=$2 seconds=$3 disk cpu=max
    # Linux 6.12 of Debian 13 dies of cmpxchg16b as qemu 7.2 emulates it; it does without.
    [ "$release" = bookworm ] || cpu=max,-cx16
    disk=$(mktemp "$root.disk.XXXXXX")
    chroot_leave "$root"
    truncate -s 3G "$disk"
    mkfs.ext4 -q -F -d "$root" "$disk"
    timeout "$seconds" qemu-system-x86_64 -M q35 -m 2048 -smp 2 -accel tcg,thread=multi -cpu "$cpu" -nodefaults -no-reboot -display none -serial "file:$console" \
        -drive "file=$disk,format=raw,if=virtio" -kernel "$(ls "$root"/boot/vmlinuz-*)" -initrd "$(ls "$root"/boot/initrd.img-*)" \
        -append "root=/dev/vda rw console=ttyS0 systemd.show_status=0 quiet" >"$console.qemu" 2>&1 || :
    rm -f "$disk"
    sed -i 's/\r//g' "$console"
    grep -aq '^THE END' "$console" || { echo "FAILED: the machine did not come to its end; its last words:"; tail -n 30 "$console"; cat "$console.qemu"; return 1; }
}
