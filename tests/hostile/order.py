"""Captures whose frames are cut, empty, huge, nested, in the wrong order or of another time or link type."""
import struct

import captures
import wire
from captures import Capture, Frame
from sources import flipped, real_part, timed

LINK_TYPES = [0, 9, 12, 14, 50, 101, 104, 105, 108, 113, 119, 127, 147, 163, 192, 228, 229, 239, 249, 276, 9999]


def cut_frames(rng):
    part, most = real_part(rng), rng.choice([1, 14, 34, 54, 68, 96, 200])
    kept = [Frame(f.time_ns, f.data[: rng.randint(0, most)], f.on_the_wire()) for f in part.frames]
    return captures.pcap(Capture(kept, part.link))


def records_that_lie(rng):
    """The wire's length less than what was captured, or four thousand million."""
    def lie(_, captured, wire_len):
        return captured, rng.choice([0, 1, captured - 1, wire_len, 2**32 - 1])

    return captures.pcap(real_part(rng), lie=lie)


def records_cut_off(rng):
    """Lengths of records that lie about what follows, or a file that ends within one."""
    whole = captures.pcap(real_part(rng, 60), lie=lambda i, captured, wire_len: (
        (captured + rng.choice([1, -1, 2**31, 262144]), wire_len) if rng.random() < 0.05 else (captured, wire_len)))
    return whole[: rng.randint(24, len(whole))] if rng.random() < 0.5 else whole


def shuffled(rng):
    part = real_part(rng)
    rng.shuffle(part.frames)
    return captures.pcap(part)


def duplicated(rng):
    part = real_part(rng)
    part.frames = [f for f in part.frames for _ in range(rng.choice([1, 1, 2, 5]))]
    return captures.pcap(part)


def backwards(rng):
    part = real_part(rng)
    part.frames.reverse()
    return captures.pcap(part)


def jumping_clock(rng):
    part = real_part(rng)
    for f in part.frames:
        if rng.random() < 0.3:
            f.time_ns = rng.choice([0, 1, 2**31, 2**31 - 1, 2**32 - 1, f.time_ns // 10**9 - 86400]) * 10**9 + rng.randrange(10**9)
    return captures.pcap(part, magic=rng.choice([captures.PCAP_MICRO, captures.PCAP_NANO]))


def stepping_clock(rng):
    """Steps of up to an hour either way, as a machine without a clock makes while it learns the time."""
    part, step = real_part(rng), 0
    for f in part.frames:
        if rng.random() < 0.1:
            step = rng.choice([0, 15, 25, 70, 200, 700, 3500]) * rng.choice([-1, 1]) * 10**9
        f.time_ns += step
    return captures.pcap(part)


def fractions_that_lie(rng):
    """Microseconds that are more than a second."""
    out = bytearray(captures.pcap(real_part(rng, 40)))
    at = 24
    while at < len(out):
        struct.pack_into("<I", out, at + 4, rng.choice([999_999, 1_000_000, 2**31, 2**32 - 1]))
        at += 16 + struct.unpack_from("<I", out, at + 8)[0]
    return bytes(out)


def other_link_type(rng):
    return captures.pcap(real_part(rng), link=rng.choice(LINK_TYPES))


def rare_link_type(rng):
    """The packets of a capture behind headers of PPP, Cisco's HDLC and wireless frames, some of them changed."""
    data, cipher = b"\x08\x01" + bytes(22), b"\x08\x41" + bytes(22)  # frames of data to an access point
    snap, radiotap, prism, avs = b"\xaa\xaa\x03\0\0\0\x08\0", b"\0\0\x08\0\0\0\0\0", bytes(144), b"\x80\x21\x10\x01\0\0\0\x40" + bytes(56)
    link, head = rng.choice([(9, b"\xff\x03\0\x21"), (9, b"\x21"), (50, b"\xff\x03\0\x21"), (104, b"\x0f\0\x08\0"), (105, data + snap),
                             (105, cipher + snap), (127, radiotap + data + snap), (119, prism + data + snap), (163, avs + data + snap)])
    part = real_part(rng).with_data(lambda d: flipped(head, rng, rng.choice([0, 0, 1, 3])) + d[14:])
    part.frames = [Frame(f.time_ns, f.data[: rng.choice([len(f.data), rng.randint(0, 80)])], len(f.data)) for f in part.frames]
    return captures.pcap(part, link=link)


def link_type_fits(rng):
    """The IP packets of a capture as another link type really has them."""
    link, head = rng.choice([(0, b"\2\0\0\0"), (108, b"\0\0\0\2"), (101, b""), (113, bytes(12) + b"\0\0\x08\0"[2:]),
                             (276, b"\x08\0" + bytes(18)), (228, b""), (12, b"")])
    head = bytes(14) + b"\x08\0" if link == 113 else head
    part = real_part(rng).with_data(lambda d: head + flipped(d[14:], rng, rng.randint(0, 1), 0, 40))
    return captures.pcap(part, link=link)


def empty_frames(rng):
    part = real_part(rng)
    part.frames = [Frame(f.time_ns, b"" if rng.random() < 0.5 else f.data, rng.choice([0, 60, -1])) for f in part.frames]
    for f in part.frames:
        f.wire_len = max(f.wire_len, len(f.data))
    return captures.pcap(part)


def no_frames(rng):
    return rng.choice([captures.pcap(Capture()), captures.pcapng(Capture()), captures.section(), captures.section() * 9])


def large_frames(rng):
    frames = []
    for i in range(12):
        hello = wire.hello(b"large%d.example" % i, before=[(21, bytes(rng.choice([100, 16000, 60000])))])
        body = wire.records(hello) + rng.randbytes(60000)
        made = [wire.ethernet(wire.ipv4(wire.tcp(body[:65400], source=1000 + i), 6)),
                wire.ethernet(wire.ipv4(wire.tcp(body, source=2000 + i), 6, total=0)),  # as segmentation offload leaves it
                wire.ethernet(wire.ipv4(wire.udp(rng.randbytes(65500)), 17)),
                wire.ethernet(wire.ipv6(wire.tcp(body[:65000], source=3000 + i), 6), 0x86DD),
                wire.datagram(wire.dns([wire.labels(b"a" * 63, b"b" * 63)] * 600), 53), rng.randbytes(262144)]
        frames.append(rng.choice(made))
    return captures.pcap(timed(frames))


def pieces(rng):
    """Datagrams in pieces: in any order, twice, overlapping, with holes, of one number, and far more than anyone keeps."""
    frames = []
    for i in range(rng.choice([40, 3000])):
        message = wire.dns([wire.labels(b"piece%d" % i, b"adnxs", b"com")] * rng.choice([1, 30, 90]))
        body, step = wire.udp(message, 1024 + i % 60000, 53), rng.choice([8, 64, 512])
        starts = list(range(0, min(len(body), 40 * step), step))
        rng.shuffle(starts)
        number = rng.choice([i, 7])
        for at in starts + rng.sample(starts, rng.randint(0, len(starts))):
            at = rng.choice([at] * 20 + [65528, max(0, at - 8)])
            piece = body[at : at + step + rng.choice([0, 0, 8])] or b"beyond"
            more = 0x2000 if at + len(piece) < len(body) or rng.random() < 0.05 else 0
            frames.append(wire.ethernet(wire.ipv4(piece, 17, fragment=more | at // 8, number=number)))
    return captures.pcap(timed(frames, rng.choice([1000, 10**8])))


def odd_headers(rng):
    """Options, tags, extension headers, tunnels and fragments, deeper than anyone would nest them."""
    frames = []
    for _ in range(60):
        packet = wire.ipv4(wire.tcp(wire.records(wire.hello(b"deep.example"))[: rng.choice([50, 2000])], words=rng.randint(0, 15)), 6,
                           words=rng.randint(0, 15), fragment=rng.choice([0, 0, 0x2000, 0x1FFF, 0x3FFF, 1]))
        for _ in range(rng.choice([0, 0, 1, 3, 5, 200])):
            packet = rng.choice([lambda p: wire.ipv4(p, 4), lambda p: wire.ipv4(b"\0\0\x08\0" + p, 47), lambda p: wire.ipv6(p, 4),
                                 lambda p: wire.ipv4(b"\xb0\0\x65\x58" + bytes(8) + wire.ethernet(p), 47)])(packet)
            if len(packet) > 60000:
                break
        kind = 0x86DD if packet[0] >> 4 == 6 else 0x0800
        if rng.random() < 0.3:
            chain = b"".join(bytes([rng.choice([0, 43, 60, 51, 44, 6, 17, 59]), rng.choice([0, 0, 1, 255])]) + bytes(6)
                             for _ in range(rng.choice([1, 40, 4000])))
            packet, kind = wire.ipv6(chain + packet[:1000], rng.choice([0, 43, 60, 44, 51])), 0x86DD
        frames.append(wire.vlan(wire.ethernet(packet, kind), [rng.randrange(4096) for _ in range(rng.choice([0, 0, 1, 2, 400]))]))
    return captures.pcap(timed(frames))
