"""How late the publisher hears of a contact: names are said on the wire, alerts are listened for.

  send INTERFACE TRACKERS.tsv N   one TLS hello each 0.1 s, each of another device to another tracker; prints "tracker moment"
  hear SOCKET SECONDS             prints "tracker moment" for every alert of Redis as it comes
  compare SENT HEARD              prints the delays

A contact is told only when no visit can follow it closely any more (12 s, docs/ARCHITECTURE.md): the delays contain that.
"""
import re
import socket
import struct
import sys
import time

BY_DESIGN_S = 12.0


def hello(name):
    sni = name.encode()
    extension = struct.pack(">HHHBH", 0, len(sni) + 5, len(sni) + 3, 0, len(sni)) + sni
    body = b"\3\3" + bytes(32) + b"\0" + b"\0\2\x13\1" + b"\1\0" + struct.pack(">H", len(extension)) + extension
    message = b"\1" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\3\1" + struct.pack(">H", len(message)) + message


def frame(n, up, flags, seq, ack, payload=b""):
    device, router = bytes([0x3C, 0x22, 0xEE, 0, n >> 8, n & 255]), bytes([0x3C, 0x22, 1, 0, 0, 1])
    here, there = bytes([10, 99, n >> 8, n & 255]), bytes([91, 7, n >> 8, n & 255])
    ends = (here, there, 40000 + n, 443) if up else (there, here, 443, 40000 + n)
    tcp = struct.pack(">HHIIBBHHH", ends[2], ends[3], seq, ack, 5 << 4, flags, 65535, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), n, 0x4000, 64, 6, 0, ends[0], ends[1])
    return (router + device if up else device + router) + b"\x08\0" + ip + tcp


def send(interface, trackers, count):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind((interface, 0))
    seen, n = set(), 0
    for line in open(trackers, encoding="utf-8"):
        row = line.rstrip("\n").split("\t")
        if line.startswith("#") or len(row) < 2 or row[1] in seen or n == count:
            continue
        seen.add(row[1])
        wire.send(frame(n, True, 2, 1000, 0))
        wire.send(frame(n, False, 0x12, 7000, 1001))
        print("%s\t%.6f" % (row[1], time.monotonic()))
        wire.send(frame(n, True, 0x18, 1001, 7001, hello(row[0])))
        wire.send(frame(n, False, 0x18, 7001, 1001 + len(hello(row[0])), b"\x16\3\3\0\x7a" + bytes(60)))
        n += 1
        time.sleep(0.1)


def hear(path, seconds):
    redis = socket.socket(socket.AF_UNIX)
    redis.connect(path)
    last, end, rest = "0", time.monotonic() + seconds, b""
    key = "telltale:{test}:alerts"
    while time.monotonic() < end:
        words = ["XREAD", "BLOCK", "1000", "STREAMS", key, last]
        redis.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w.encode()) for w in words))
        rest = b""
        while True:
            rest += redis.recv(1 << 20)
            if rest.endswith(b"\r\n") and (rest.startswith(b"*-1") or complete(rest)):
                break
        now = time.monotonic()
        for entry in re.findall(rb"\r\n(\d{10,}-\d+)\r\n", rest):
            last = entry.decode()
        for tracker in re.findall(rb"\r\ntracker\r\n\$\d+\r\n([^\r]*)\r\n", rest):
            print("%s\t%.6f" % (tracker.decode(), now), flush=True)


def complete(text):
    """Is this one whole answer of Redis?"""
    def end(at):
        stop = text.find(b"\r\n", at)
        if stop < 0:
            return -1
        kind, n = text[at:at + 1], text[at + 1:stop]
        if kind == b"$":
            return stop + 2 + (int(n) + 2 if int(n) >= 0 else 0)
        if kind == b"*":
            at = stop + 2
            for _ in range(int(n)):
                at = end(at)
                if at < 0 or at > len(text):
                    return -1
            return at
        return stop + 2
    return 0 <= end(0) <= len(text)


def compare(sent, heard):
    first = {}
    for line in open(heard, encoding="utf-8"):
        tracker, moment = line.rstrip("\n").split("\t")
        first.setdefault(tracker, float(moment))
    delays = []
    for line in open(sent, encoding="utf-8"):
        tracker, moment = line.rstrip("\n").split("\t")
        if tracker in first and first[tracker] >= float(moment) + BY_DESIGN_S - 1:
            delays.append(first[tracker] - float(moment) - BY_DESIGN_S)
    delays.sort()
    if not delays:
        sys.exit("no probe was heard of: nothing was measured")
    print("  from frame to alert, beyond the 12 s by design: median %.2f s, p99 %.2f s, most %.2f s (%d probes)" %
          (delays[len(delays) // 2], delays[min(len(delays) - 1, len(delays) * 99 // 100)], delays[-1], len(delays)))


if sys.argv[1] == "send":
    send(sys.argv[2], sys.argv[3], int(sys.argv[4]))
elif sys.argv[1] == "hear":
    hear(sys.argv[2], float(sys.argv[3]))
else:
    compare(sys.argv[2], sys.argv[3])
