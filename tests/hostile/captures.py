"""Capture files, read and written byte by byte: pcap and pcapng in every spelling, right and wrong.

A capture here is a link type and a list of frames. What makes a file lie is an argument of the function that writes it.
https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/ and draft-ietf-opsawg-pcapng are the formats.
"""
import struct
from dataclasses import dataclass, field, replace

ETHERNET = 1
USUAL_SNAPLEN = 262144


@dataclass
class Frame:
    time_ns: int
    data: bytes
    wire_len: int = -1  # -1: as many as there are

    def on_the_wire(self):
        return len(self.data) if self.wire_len < 0 else self.wire_len


@dataclass
class Capture:
    frames: list = field(default_factory=list)
    link: int = ETHERNET

    def with_data(self, change):
        """The same capture, each frame's bytes changed by change(bytes)."""
        return Capture([Frame(f.time_ns, change(f.data)) for f in self.frames], self.link)


def read_pcap(path):
    """A classic little-endian pcap file, as the ones in this tree are."""
    with open(path, "rb") as file:
        bytes_ = file.read()
    magic, link = struct.unpack_from("<I", bytes_)[0], struct.unpack_from("<I", bytes_, 20)[0]
    assert magic == 0xA1B2C3D4, path
    frames, at = [], 24
    while at < len(bytes_):
        seconds, us, captured, wire_len = struct.unpack_from("<IIII", bytes_, at)
        frames.append(Frame(seconds * 10**9 + us * 1000, bytes_[at + 16 : at + 16 + captured], wire_len))
        at += 16 + captured
    return Capture(frames, link)


# pcap ----------------------------------------------------------------------------------------------------------------

PCAP_MICRO, PCAP_NANO, PCAP_MODIFIED, PCAP_NAVTEL = 0xA1B2C3D4, 0xA1B23C4D, 0xA1B2CD34, 0xA12B3C4D


def pcap(capture, order="<", magic=PCAP_MICRO, version=(2, 4), snaplen=USUAL_SNAPLEN, link=None, lie=None):
    """lie(i, captured, wire_len) -> the two lengths that frame i's record claims."""
    unit = 1 if magic == PCAP_NANO else 1000
    out = [struct.pack(order + "IHHiIII", magic, *version, 0, 0, snaplen, capture.link if link is None else link)]
    for i, f in enumerate(capture.frames):
        captured, wire_len = len(f.data), f.on_the_wire()
        if lie:
            captured, wire_len = lie(i, captured, wire_len)
        rest = f.time_ns % 10**9 // unit
        out.append(struct.pack(order + "IIII", f.time_ns // 10**9 & 0xFFFFFFFF, rest, captured & 0xFFFFFFFF, wire_len & 0xFFFFFFFF))
        if magic == PCAP_MODIFIED:  # Kuznetzov's patch: interface, protocol, packet type
            out.append(struct.pack(order + "IHBB", 2, 0x0800, 0, 0))
        out.append(f.data)
    return b"".join(out)


# pcapng --------------------------------------------------------------------------------------------------------------


def padded(data):
    return data + bytes(-len(data) % 4)


def option(order, code, value):
    return struct.pack(order + "HH", code, len(value)) + padded(value)


def block(order, kind, body, claims=None):
    """claims: what both total lengths say instead of the truth."""
    total = 12 + len(body) if claims is None else claims
    return struct.pack(order + "II", kind, total) + body + struct.pack(order + "I", total)


def section(order="<", length=-1, options=b""):
    return block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, length) + options)


def interface(order, link, snaplen=USUAL_SNAPLEN, options=b""):
    return block(order, 1, struct.pack(order + "HHI", link, 0, snaplen) + options)


def enhanced_packet(order, number, stamp, f, options=b""):
    head = struct.pack(order + "IIIII", number, stamp >> 32 & 0xFFFFFFFF, stamp & 0xFFFFFFFF, len(f.data), f.on_the_wire())
    return block(order, 6, head + padded(f.data) + options)


def simple_packet(order, f):
    return block(order, 3, struct.pack(order + "I", f.on_the_wire()) + padded(f.data))


def old_packet(order, number, stamp, f):
    head = struct.pack(order + "HHIIII", number, 0xFFFF, stamp >> 32 & 0xFFFFFFFF, stamp & 0xFFFFFFFF, len(f.data), f.on_the_wire())
    return block(order, 2, head + padded(f.data))


def name_resolution(order):
    record = struct.pack(order + "HH", 1, 4 + 14) + padded(b"\xc0\xa8\x01\x14" + b"\x1b[31m.example\0"[:14])
    return block(order, 4, record + struct.pack(order + "HH", 0, 0))


def interface_statistics(order, number):
    return block(order, 5, struct.pack(order + "III", number, 0, 0) + option(order, 4, b"\xff" * 8) + option(order, 0, b""))


def unknown_blocks(order):
    secrets = b"CLIENT_RANDOM 00 00\n"
    return b"".join([
        block(order, 0x0000000A, struct.pack(order + "II", 0x544C534B, len(secrets)) + padded(secrets)),
        block(order, 0x00000BAD, struct.pack(order + "I", 32473) + b"custom!!"),
        block(order, 0x7FFFABCD, b"\xff" * 64),
        block(order, 0x00000101, b""),
    ])


def pcapng(capture, order="<", link=None, snaplen=USUAL_SNAPLEN, resolution=None, offset=None):
    """One section, one interface. resolution: the if_tsresol byte (default: microseconds, by leaving it out)."""
    options, ticks = b"", 10**6
    if resolution is not None:
        options += option(order, 9, bytes([resolution]))
        ticks = 2 ** (resolution & 0x7F) if resolution & 0x80 else 10**resolution
    if offset is not None:
        options += option(order, 14, struct.pack(order + "q", offset))
    if options:
        options += option(order, 0, b"")
    out = [section(order), interface(order, capture.link if link is None else link, snaplen, options)]
    for f in capture.frames:
        out.append(enhanced_packet(order, 0, f.time_ns * ticks // 10**9 & (2**64 - 1), f))
    return b"".join(out)


def part_of(capture, rng, most):
    """A stretch of a capture, of at most so many frames."""
    n = min(len(capture.frames), rng.randint(1, most))
    start = rng.randrange(len(capture.frames) - n + 1)
    return Capture([replace(f) for f in capture.frames[start : start + n]], capture.link)
