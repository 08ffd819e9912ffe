"""Writes what the kernel says of system-call filters (audit records of type 1326) into a file, line by line, until it is ended.

usage: kernel_log.py FILE      says "ready" when it hears; ends with 77 where the kernel lets nobody listen

It listens to the audit records themselves: the ring of dmesg leaves out what comes too fast.
"""
import errno, os, socket, struct, sys

NETLINK_AUDIT, READLOG, SECCOMP = 9, 1, 1326

out = open(sys.argv[1], "w", encoding="utf-8")
try:
    news = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
    news.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    news.bind((0, READLOG))
except OSError as e:
    print("kernel_log: the kernel's audit records cannot be read here:", os.strerror(e.errno), file=sys.stderr)
    sys.exit(77)
print("ready", flush=True)
while True:
    try:
        record = news.recv(65536)
    except OSError as e:
        print("lost: " + errno.errorcode[e.errno], file=out, flush=True)
        continue
    if struct.unpack_from("=H", record, 4)[0] == SECCOMP:
        print(record[16:].decode(errors="replace").strip("\0\n"), file=out, flush=True)
