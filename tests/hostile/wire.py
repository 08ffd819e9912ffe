"""Messages and frames from scratch, and where the lengths lie in those that are there.

Builders take what a header shall claim as an argument, so that a lie is a call and not a patch.
"""
import struct

CLIENT_MAC, ROUTER_MAC = bytes.fromhex("3c22fb100020"), bytes.fromhex("02005e100001")


# Frames --------------------------------------------------------------------------------------------------------------


def ethernet(packet, kind=0x0800, source=CLIENT_MAC, destination=ROUTER_MAC):
    return destination + source + struct.pack(">H", kind) + packet


def vlan(frame, tags):
    return frame[:12] + b"".join(struct.pack(">HH", 0x8100, tag) for tag in tags) + frame[12:]


def ipv4(body, proto, source=0xC0A80114, destination=0xC6336407, fragment=0, total=None, words=5, number=7):
    total = min(4 * words + len(body), 0xFFFF) if total is None else total
    head = struct.pack(">BBHHHBBHII", 0x40 | words, 0, total, number & 0xFFFF, fragment, 64, proto, 0, source, destination)
    return head + bytes(4 * max(words - 5, 0)) + body


def ipv6(body, following, length=None):
    length = min(len(body), 0xFFFF) if length is None else length
    ends = bytes.fromhex("fd00000000000000000000000000001420010db8000000000000000000000007")
    return struct.pack(">IHBB", 6 << 28, length, following, 64) + ends + body


def tcp(payload, seq=1, ack=1, flags=0x18, source=50000, destination=443, words=5):
    return struct.pack(">HHIIBBHHH", source, destination, seq & 0xFFFFFFFF, ack, words << 4, flags, 65535, 0, 0) + payload


def udp(payload, source=50000, destination=443, length=None):
    length = min(8 + len(payload), 0xFFFF) if length is None else length
    return struct.pack(">HHHH", source, destination, length & 0xFFFF, 0) + payload


def tcp_stream(payload, segment=1400, port=443, source=50000, seq=1000, client=0xC0A80114, server=0xC6336407):
    """SYN, SYN and ACK, then the payload in segments: the frames of a client that sends it."""

    def one(body, **more):
        return ethernet(ipv4(tcp(body, source=source, destination=port, **more), 6, client, server))

    answer = ipv4(tcp(b"", 9000, seq + 1, 0x12, port, source), 6, server, client)
    frames = [one(b"", seq=seq, flags=2), ethernet(answer, source=ROUTER_MAC, destination=CLIENT_MAC)]
    frames += [one(payload[at : at + segment], seq=seq + 1 + at) for at in range(0, len(payload), segment)]
    return frames


def datagram(payload, port=443, source=50000, client=0xC0A80114, server=0xC6336407):
    return ethernet(ipv4(udp(payload, source, port), 17, client, server))


# Messages ------------------------------------------------------------------------------------------------------------


def hello(name, extensions=(), before=()):
    """The ClientHello's handshake message; name is bytes, extensions and before are (type, body)."""
    server_name = struct.pack(">HBH", (len(name) + 3) & 0xFFFF, 0, len(name) & 0xFFFF) + name
    parts = [*before, (0, server_name), *extensions]
    encoded = b"".join(struct.pack(">HH", kind, len(body) & 0xFFFF) + body for kind, body in parts)
    body = b"\x03\x03" + bytes(range(32)) + b"\x00" + b"\x00\x04\x13\x01\xc0\x2f" + b"\x01\x00"
    body += struct.pack(">H", len(encoded) & 0xFFFF) + encoded
    return b"\x01" + struct.pack(">I", len(body))[1:] + body


def records(message, fragment=16384):
    out = b""
    for at in range(0, len(message), fragment):
        piece = message[at : at + fragment]
        out += b"\x16\x03\x01" + struct.pack(">H", len(piece)) + piece
    return out


def labels(*parts):
    return b"".join(bytes([len(p)]) + p for p in parts) + b"\0"


def dns(questions, answers=(), flags=0x0100, counts=None):
    """questions: encoded names; answers: (encoded name, type, data)."""
    counts = (len(questions), len(answers), 0, 0) if counts is None else counts
    out = struct.pack(">HHHHHH", 0x1234, flags, *counts)
    out += b"".join(q + b"\0\x01\0\x01" for q in questions)
    return out + b"".join(name + struct.pack(">HHIH", kind, 1, 60, len(data)) + data for name, kind, data in answers)


# Where the lengths lie -----------------------------------------------------------------------------------------------


def layers(frame):
    """(start of the IP header, of the transport header, of the payload) of an Ethernet frame; None for what is not there."""
    at, kind = 14, struct.unpack_from(">H", frame, 12)[0] if len(frame) >= 14 else 0
    while kind == 0x8100 and len(frame) >= at + 4:
        kind = struct.unpack_from(">H", frame, at + 2)[0]
        at += 4
    if kind == 0x0800 and len(frame) >= at + 20:
        transport, proto = at + 4 * (frame[at] & 15), frame[at + 9]
    elif kind == 0x86DD and len(frame) >= at + 40:
        transport, proto = at + 40, frame[at + 6]
    else:
        return None, None, None, None
    if proto == 6 and len(frame) >= transport + 20:
        return at, transport, transport + 4 * (frame[transport + 12] >> 4), proto
    if proto == 17 and len(frame) >= transport + 8:
        return at, transport, transport + 8, proto
    return at, None, None, proto


def hello_lengths(b):
    """(offset, bytes) of every length in a TLS record with a ClientHello."""
    found = [(3, 2), (6, 3), (43, 1)]
    at = 44 + b[43]
    found.append((at, 2))
    at += 2 + struct.unpack_from(">H", b, at)[0]
    found.append((at, 1))
    at += 1 + b[at]
    found.append((at, 2))
    end = min(len(b), at + 2 + struct.unpack_from(">H", b, at)[0])
    at += 2
    while at + 4 <= end:
        kind, length = struct.unpack_from(">HH", b, at)
        found += [(at, 2), (at + 2, 2)]
        if kind in (0, 16) and length >= 2:
            found.append((at + 4, 2))
        if kind == 0 and length >= 5:
            found.append((at + 7, 2))
        at += 4 + length
    return found


def dns_lengths(b):
    """(offset, bytes) of the counts, of every label's length or pointer, and of every record's length."""
    found = [(at, 2) for at in (4, 6, 8, 10)]
    questions, total = struct.unpack_from(">H", b, 4)[0], sum(struct.unpack_from(">HHHH", b, 4))
    at = 12
    for i in range(total):
        while at < len(b) and b[at] != 0:
            found.append((at, 1))
            if b[at] >= 0xC0:
                found.append((at, 2))
                at += 1
                break
            at += 1 + b[at]
        at += 1
        if i < questions:
            at += 4
            continue
        if at + 10 > len(b):
            break
        found += [(at, 2), (at + 8, 2)]
        at += 10 + struct.unpack_from(">H", b, at + 8)[0]
    return [(offset, size) for offset, size in found if offset + size <= len(b)]


def quic_lengths(b):
    """(offset, bytes) of the ids' lengths, the token's and the packet's in a long header."""
    found, at = [(5, 1)], 6 + b[5]
    found.append((at, 1))
    at += 1 + b[at]
    for _ in range(2):
        size = 1 << (b[at] >> 6)
        found.append((at, size))
        value = int.from_bytes(b[at : at + size], "big") & ((1 << (8 * size - 2)) - 1)
        at += size + (value if len(found) == 3 else 0)
    return [(offset, size) for offset, size in found if offset + size <= len(b)]


def lie(bytes_, offset, size, rng):
    """Another number there: a neighbour of the true one, an extreme or anything."""
    truth, most = int.from_bytes(bytes_[offset : offset + size], "big"), (1 << (8 * size)) - 1
    value = rng.choice([0, 1, truth - 1, truth + 1, truth * 2, most, most - 1, most >> 1, most // 4, rng.randint(0, most)])
    return bytes_[:offset] + (value & most).to_bytes(size, "big") + bytes_[offset + size :]
