"""A capture in which every payload (a JSON list on standard input) is a name on the wire: asked for in DNS, in the server name of a TLS hello, as the Host of
a request in clear text; once in front of a tracker's domain, once by itself. Beside them one plain visit of a tracker, so that whoever reads the capture
sees whether it was read. Writes the capture to the file that is named.

usage: hostile_packets.py FILE <payloads.json
"""
import json
import os
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hostile"))
import wire  # noqa: E402

SERVER, CLIENT = 0xC6336407, 0xC0A80114


def lookup(label, source):
    """A question and its answer: one label of raw bytes in front of the tracker's, 63 bytes at most."""
    name = wire.labels(label[:63] or b"x", b"doubleclick", b"net")
    answer = wire.dns([name], [(name, 1, SERVER.to_bytes(4, "big"))], flags=0x8180)
    back = wire.ethernet(wire.ipv4(wire.udp(answer, 53, source), 17, SERVER, CLIENT), source=wire.ROUTER_MAC, destination=wire.CLIENT_MAC)
    return [wire.datagram(wire.dns([name]), port=53, source=source), back]


def stream(payload, answer, port, source):
    """What nobody answers is told of nobody: the server says a word too."""
    back = wire.ipv4(wire.tcp(answer, 9001, 1001 + len(payload), 0x18, port, source), 6, SERVER, CLIENT)
    return wire.tcp_stream(payload, port=port, source=source, server=SERVER) + [wire.ethernet(back, source=wire.ROUTER_MAC, destination=wire.CLIENT_MAC)]


def visit(name, source):
    """The same name in a hello and in a request: two connections."""
    request = b"GET /<script>alert(1)</script> HTTP/1.1\r\nHost: " + name.replace(b"\r\n", b" ") + b"\r\n\r\n"
    raw = b"GET / HTTP/1.1\r\nHost: " + name + b"\r\n\r\n"  # a line break of the name's own is a line break of the head's
    ok = b"HTTP/1.1 204 No Content\r\n\r\n"
    frames = stream(wire.records(wire.hello(name)), b"\x16\x03\x03\x00\x04\x02\x00\x00\x00", 443, source)
    return frames + stream(request, ok, 80, source + 1) + stream(raw, ok, 80, source + 2)


def main():
    payloads = [p.encode("utf-8", "surrogatepass") for p in json.load(sys.stdin)]
    frames, source = [], 30000
    for payload in payloads:
        frames += lookup(payload, source)
        for name in (payload + b".doubleclick.net", payload):
            frames += visit(name, source)
            source += 4
    frames += visit(b"secure.adnxs.com", source)
    frames += lookup(b"ad", source + 4)
    began = time.time() - len(frames) * 0.01 - 60
    with open(sys.argv[1], "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for i, frame in enumerate(frames):
            seconds, fraction = divmod(began + i * 0.01, 1)
            out.write(struct.pack("<IIII", int(seconds), int(fraction * 1e6), len(frame), len(frame)) + frame)


main()
