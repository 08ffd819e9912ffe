#!/usr/bin/python3
"""Mixes names that no list has into a capture: half as DNS questions, half as TLS hellos, of a device of their own.

usage: canaries.py CAPTURE OUT COUNT

Each name has a label that occurs nowhere else, `cnry` and twelve hexadecimal digits, so that it is found in any spelling that keeps
the label: as text, in the form of DNS messages, inside a URL. CAPTURE is a little-endian pcap of Ethernet frames in microseconds.
"""
import hashlib
import struct
import sys

MAC, GATEWAY = bytes.fromhex("02c0ffee0001"), bytes.fromhex("02c0ffee00fe")
CLIENT, RESOLVER, SERVER = bytes([192, 168, 1, 201]), bytes([192, 168, 1, 1]), bytes([203, 0, 113, 7])


def label(i):
    return b"cnry" + hashlib.sha256(b"canary %d" % i).hexdigest()[:12].encode()


def host(i):
    return b"www." + label(i) + b".example"


def ip_packet(source, target, protocol, body):
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0) + source + target
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    return head[:10] + struct.pack(">H", 0xffff - (total & 0xffff) - (total >> 16)) + head[12:] + body


def from_client(packet):
    return GATEWAY + MAC + b"\x08\x00" + packet


def to_client(packet):
    return MAC + GATEWAY + b"\x08\x00" + packet


def dns_question(i):
    name = b"".join(bytes([len(part)]) + part for part in host(i).split(b".")) + b"\0"
    message = struct.pack(">HHHHHH", i, 0x0100, 1, 0, 0, 0) + name + struct.pack(">HH", 1, 1)
    return [from_client(ip_packet(CLIENT, RESOLVER, 17, struct.pack(">HHHH", 20000 + i, 53, 8 + len(message), 0) + message))]


def client_hello(name):
    sni = struct.pack(">HHHBH", 0, len(name) + 5, len(name) + 3, 0, len(name)) + name
    body = b"\x03\x03" + bytes(32) + b"\0" + struct.pack(">HH", 2, 0x1301) + b"\x01\0" + struct.pack(">H", len(sni)) + sni
    hello = b"\x01" + struct.pack(">I", len(body))[1:] + body
    return b"\x16\x03\x01" + struct.pack(">H", len(hello)) + hello


def tls_hello(i):
    port = 20000 + i

    def segment(source_port, target_port, seq, ack, flags, data=b""):
        return struct.pack(">HHIIBBHHH", source_port, target_port, seq, ack, 0x50, flags, 65000, 0, 0) + data

    return [from_client(ip_packet(CLIENT, SERVER, 6, segment(port, 443, 100, 0, 0x02))),
            to_client(ip_packet(SERVER, CLIENT, 6, segment(443, port, 900, 101, 0x12))),
            from_client(ip_packet(CLIENT, SERVER, 6, segment(port, 443, 101, 901, 0x10))),
            from_client(ip_packet(CLIENT, SERVER, 6, segment(port, 443, 101, 901, 0x18, client_hello(host(i)))))]


def main():
    capture, out, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    data, at, frames = open(capture, "rb").read(), 24, []
    assert data[:4] == b"\xd4\xc3\xb2\xa1" and data[20:24] == b"\x01\0\0\0", "%s: not a little-endian Ethernet pcap" % capture
    while at + 16 <= len(data):
        seconds, micros, captured, wire = struct.unpack_from("<IIII", data, at)
        frames.append((seconds * 1000000 + micros, data[at + 16:at + 16 + captured], wire))
        at += 16 + captured
    first, last = frames[0][0], frames[-1][0]
    for i in range(count):
        time = first + (last - first) * i // count
        for n, frame in enumerate(tls_hello(i) if i % 2 else dns_question(i)):
            frames.append((time + n, frame, len(frame)))
    frames.sort(key=lambda f: f[0])
    with open(out, "wb") as f:
        f.write(data[:24])
        for time, frame, wire in frames:
            f.write(struct.pack("<IIII", time // 1000000, time % 1000000, len(frame), wire) + frame)


if __name__ == "__main__":
    main()
