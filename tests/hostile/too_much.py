"""Captures that want too much of whoever reads them: floods, pieces without end, names by the thousand, names that bite."""
import struct

import captures
import quic
import wire
from sources import timed


def flood_of_syns(rng):
    frames, n = [], rng.choice([2000, 5000, 10000])
    for _ in range(n):
        source = rng.choice([0xC0A80100 | rng.randrange(256), rng.getrandbits(32)])
        syn = wire.tcp(b"", rng.getrandbits(32), 0, 2, rng.randrange(65536), rng.randrange(65536))
        mac = b"\x02\0" + (source & 0xFFFF).to_bytes(4, "big") if n < 5000 else wire.CLIENT_MAC
        frames.append(wire.ethernet(wire.ipv4(syn, 6, source, rng.getrandbits(32)), source=mac))
    return captures.pcap(timed(frames, 1000))


def many_crypto_frames(rng):
    """16,000 CRYPTO frames, empty or a byte each: over many datagrams, or in one of 64 KiB."""
    message, frames, dcid = wire.hello(b"crumbs.example", before=[(21, bytes(500))]), [], rng.randbytes(8)
    offsets = [rng.randrange(len(message)) for _ in range(16000)]
    crumbs = [quic.crypto_frame(at, b"" if rng.random() < 0.5 else message[at : at + 1]) for at in offsets]
    if rng.random() < 0.5:
        plain = b"".join(quic.crypto_frame(at % 64, b"") for at in offsets) + quic.crypto_frame(0, message)
        frames.append(wire.datagram(quic.initial(plain, dcid)))
    per_datagram = rng.choice([40, 250])
    for number, at in enumerate(range(0, len(crumbs), per_datagram)):
        frames.append(wire.datagram(quic.initial(b"".join(crumbs[at : at + per_datagram]), dcid, number)))
    return captures.pcap(timed(frames))


def many_hellos(rng):
    """More hellos in pieces than anyone keeps, their second halves much later."""
    firsts, seconds = [], []
    for i in range(1500):
        record = wire.records(wire.hello(b"half%d.example" % i, before=[(21, bytes(rng.choice([300, 2000])))]))
        frames = wire.tcp_stream(record, 250, source=1024 + i, seq=rng.getrandbits(32))
        firsts += frames[:3]
        seconds += frames[3:]
    rng.shuffle(seconds)
    return captures.pcap(timed(firsts + seconds, 10_000))


def left_unfinished(rng):
    """Requests and hellos that begin and never end; what they said is known when the capture ends."""
    frames = []
    for i in range(rng.choice([3, 80, 400])):
        said = rng.choice([b"GET / HTTP/1.1\r\nHost: h%d.example\r\nX: " % i,
                           wire.records(wire.hello(b"u%d.example" % i, [(21, bytes(900))]))[:300],
                           wire.records(wire.hello(b"v%d.example" % i, before=[(21, bytes(900))]))[:500]])
        frames += wire.tcp_stream(said, 90, rng.choice([80, 443]), 1024 + i)
    return captures.pcap(timed(frames))


def endless_http(rng):
    frames = []
    for i in range(6):
        head = rng.choice([b"GET /" + b"a" * 70000, b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 12000, b"GET / HTTP/1.1\r\nHost: " + b"h" * 70000,
                           b"GET / HTTP/1.1\r\nHost: pipe.example\r\n\r\n" * 2000,
                           b"POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 99999999999999999999\r\n\r\n" * 40,
                           b"CONNECT a.example:443 HTTP/1.1\r\n\r\n" * 1000, b"\r\n" * 30000,
                           b"GET http://[::1]:80@x@y:1:2/ HTTP/1.1\r\nHost: [[[:::\r\n\r\n" * 500])
        frames += wire.tcp_stream(head, rng.choice([1, 700, 1400]) if len(head) < 3000 else 1400, rng.choice([80, 8080, 443]), 40000 + i)
    return captures.pcap(timed(frames))


def dns_by_the_thousand(rng):
    many = b"\0" + b"\0\x01\0\x01"  # the root, 5 bytes a question
    pointers = b"".join(struct.pack(">H", 0xC000 | 12 + 2 * i) for i in range(8000))
    made = [
        struct.pack(">HHHHHH", 1, 0x100, 65535, 0, 0, 0) + many * 13000,
        struct.pack(">HHHHHH", 1, 0x8180, 65535, 65535, 65535, 65535) + many * 10,
        struct.pack(">HHHHHH", 1, 0x100, 1, 0, 0, 0) + b"\xc0\x0c\0\1\0\1", struct.pack(">HHHHHH", 1, 0x100, 9, 0, 0, 0) + pointers,
        wire.dns([wire.labels(*[b"a"] * 127)] * 200), wire.dns([wire.labels(*[b"x" * 63] * 4)]),
        wire.dns([wire.labels(b"q")], counts=(65535, 1, 1, 1)),
        wire.dns([wire.labels(b"adnxs", b"com")] * 700),
        wire.dns([wire.labels(b"c%d" % 0)],
                 [(wire.labels(b"c%d" % i), 5, wire.labels(b"c%d" % (i + 1))) for i in range(300)], 0x8180),
        wire.dns([wire.labels(b"loop")], [(wire.labels(b"loop"), 5, wire.labels(b"loop"))] * 50, 0x8180),
        wire.dns([wire.labels(b"a")], [(b"\xc0\x0c", 65, struct.pack(">H", 1) + b"\0" + b"\0\1\xff\xff" * 200)], 0x8180)]
    frames = []
    for i in range(40):
        frames.append(wire.datagram(rng.choice(made), rng.choice([53, 53, 53, 5353, 5355]), 1024 + i))
    return captures.pcap(timed(frames))


def dns_over_tcp(rng):
    """Messages behind two bytes of length, in segments of any size; lengths that lie, and conversations without end."""
    frames = []
    for i in range(rng.choice([20, 600])):
        stream = b""
        for k in range(rng.randint(1, 12)):
            message = wire.dns([wire.labels(b"t%d-%d" % (i, k), b"adnxs", b"com")])
            claims = rng.choice([len(message)] * 6 + [0, 1, len(message) - 1, len(message) + 1, 65535])
            stream += struct.pack(">H", claims & 0xFFFF) + message
        stream += rng.choice([b"", b"\xff\xff" + bytes(70000 if i < 3 else 700)])
        made = wire.tcp_stream(stream, rng.choice([7, 50, 1400]) if len(stream) < 3000 else 1400, 53, 1024 + i, rng.getrandbits(32))
        if rng.random() < 0.4:
            made = made[:2] + rng.sample(made[2:], len(made) - 2)
        frames += made
    return captures.pcap(timed(frames, 10_000))


def dialogues(rng):
    """Words before a hello (STARTTLS, CONNECT, SOCKS), many times over, and hellos that begin again and again."""
    frames = []
    for i in range(60):
        hello = wire.records(wire.hello(b"after%d.example" % i, before=[(21, bytes(rng.choice([0, 600])))]))
        words = rng.choice([b"EHLO me\r\n", b"STARTTLS\r\n", b"CONNECT a.example:443 HTTP/1.1\r\n\r\n", b"\5\1\0", b"\x16", b"\x16\x03",
                            rng.randbytes(9)])
        stream = words * rng.choice([1, 3, 80]) + rng.choice([hello, hello[:60] * 30, hello[: len(hello) // 2]])
        made = wire.tcp_stream(stream, rng.choice([len(words), 1, 300]), rng.choice([25, 587, 443, 8080, 3128]), 1024 + i)
        if rng.random() < 0.3:
            made = made[:2] + rng.sample(made[2:], len(made) - 2)
        frames += made
    return captures.pcap(timed(frames, 10_000))


HOSTILE_NAMES = [
    b"\x1b[31mred.example", b"\x1b]0;owned\x07.example", b"=cmd|'/c calc'!A0", b"@SUM(1+1)*cmd|' /C calc'!A0", b"+1.example", b"-1.example",
    b"<script>alert(1)</script>.example", b"a\0b.example", b"a\r\nb.example", b"a\tb.example", "\u202emoc.live".encode(),
    b"\xff\xfe.example",
    b"..", b".", b"a..b", b"*.example", b"%s%n%n%n.example", b"../../etc/passwd", b"a" * 64 + b".example", b"x." * 126 + b"y",
    b"x." * 200 + b"y",
    b"a" * 5000, b"192.168.1.1", b"[::1]", b"\"; DROP TABLE contacts; --", b"`id`.example", b"$(id).example", b"\x9b2Jc1.example",
    b"localhost", b" ", b"a b.example",
    "b\u00fccher.example".encode(), b"xn--bcher-kva.example", b"EXAMPLE.", b"secure.adnxs.com.", b"SECURE.ADNXS.COM",
    b"evil.example\\secure.adnxs.com",
]


def hostile_names(rng):
    frames = []
    for i, name in enumerate(rng.sample(HOSTILE_NAMES, len(HOSTILE_NAMES))):
        source = 20000 + 10 * i
        frames += wire.tcp_stream(wire.records(wire.hello(name)), source=source)
        frames.append(wire.datagram(quic.initial(quic.crypto_frame(0, wire.hello(name[:800])), rng.randbytes(8)), source=source))
        head = b"GET /" + name.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: " + name + b"\r\nReferer: " + name + b"\r\n\r\n"
        frames += wire.tcp_stream(head, port=80, source=source + 1)
        frames += wire.tcp_stream(b"CONNECT " + name + b":443 HTTP/1.1\r\n\r\n", port=8080, source=source + 2)
        asked = wire.labels(*[part[:63] for part in name[:200].split(b".") if part] or [b"\x1b"])
        target = wire.labels(name[:63], b"adnxs", b"com")
        for flags, port in ((0x100, 53), (0x8180, 53), (0, 5353), (0, 5355)):
            answers = [(asked, 5, target), (target, 1, b"\xc6\x33\x64\x07")] if flags & 0x8000 else []
            message = wire.dns([asked], answers, flags)
            frames.append(wire.datagram(message, port, source + 3) if not answers else
                          wire.ethernet(wire.ipv4(wire.udp(message, 53, source + 3), 17, 0xC6336407, 0xC0A80114),
                                        source=wire.ROUTER_MAC, destination=wire.CLIENT_MAC))
    return captures.pcap(timed(frames))


def everything_at_once(rng):
    """All tables full at the same time, as much of each as fits a small file."""
    frames = []
    for _ in range(20000):
        syn = wire.tcp(b"x", rng.getrandbits(32), 0, 2, rng.randrange(65536), 443)
        frames.append(wire.ethernet(wire.ipv4(syn, 6, 0xC0A80000 | rng.randrange(2000), rng.getrandbits(32))))
    half = wire.records(wire.hello(b"half.example", before=[(21, bytes(15000))]))
    part = struct.pack(">H", 16000) + bytes(1398)
    for i in range(300):
        frames.append(wire.ethernet(wire.ipv4(wire.tcp(half[8000:9400], 9001, source=1024 + i), 6)))
        frames += wire.tcp_stream(half[:6000], source=3000 + i) + wire.tcp_stream(part * 2, port=53, source=5000 + i)
    for i in range(4000):
        frames.append(wire.ethernet(wire.ipv4(bytes(rng.choice([8, 1480])), 17, fragment=0x2000 | rng.choice([0, 1, 185, 4000]), number=i,
                                              source=0xC0A80000 | i)))
    rng.shuffle(frames)
    return captures.pcap(timed(frames, 1000))


def many_names(rng):
    """Tens of thousands of names and trackers: tables fill."""
    frames, n = [], rng.choice([3000, 12000])
    for i in range(n):
        domain = rng.choice([(b"adnxs", b"com"), (b"example", b"org"), (b"themix", b"org", b"uk"), (b"google-analytics", b"com")])
        name = wire.labels(b"n%d" % i, *domain)
        client = 0x0A000000 | rng.randrange(n)
        mac = b"\x02\x01" + (client & 0xFFFFFFFF).to_bytes(4, "big")
        frames.append(wire.ethernet(wire.ipv4(wire.udp(wire.dns([name]), 1024 + i % 60000, 53), 17, client), source=mac))
    return captures.pcap(timed(frames, rng.choice([1000, 10**9])))
