"""Captures whose frames are wrong: flipped bits, lengths that lie at every layer, noise where a message should be."""
import struct

import captures
import quic
import wire
from sources import corpus, flipped, real_part, timed


# Bits ----------------------------------------------------------------------------------------------------------------


def flipped_headers(rng):
    return captures.pcap(real_part(rng).with_data(lambda d: flipped(d, rng, rng.randint(0, 4), 0, 74)))


def flipped_payloads(rng):
    return captures.pcap(real_part(rng).with_data(lambda d: flipped(d, rng, rng.randint(1, 16), 42)))


def flipped_file(rng):
    return flipped(captures.pcap(real_part(rng)), rng, rng.randint(1, 20), 24)


def flipped_file_header(rng):
    return flipped(captures.pcap(real_part(rng, 20)), rng, rng.randint(1, 3), 4, 24)


def flipped_blocks(rng):
    return flipped(captures.pcapng(real_part(rng, 40)), rng, rng.randint(1, 6), 28)


def noise(rng):
    return captures.pcap(timed([rng.randbytes(rng.choice([1, 14, 20, 60, 200, 1514])) for _ in range(100)]),
                         link=rng.choice([0, 1, 12, 101, 113, 276]))


def noise_behind_headers(rng):
    def change(data):
        payload = wire.layers(data)[2]
        return data[:payload] + rng.randbytes(len(data) - payload) if payload and payload < len(data) else data

    return captures.pcap(real_part(rng).with_data(change))


def corpus_flipped(rng):
    """The seeds of the fuzz targets behind sound headers, and as frames."""
    frames = []
    for _ in range(120):
        name, how = rng.choice([
            ("dns", lambda d: wire.datagram(d, 53)), ("tls", wire.tcp_stream), ("quic", wire.datagram),
            ("ech", lambda d: wire.datagram(wire.dns([b"\0"], [(b"\0", 65, b"\0\1\0\0\5" + struct.pack(">H", len(d)) + d)], 0x8180))),
            ("dns_streams", lambda d: wire.tcp_stream(d, rng.randint(1, 99), 53)),
            ("http", lambda d: wire.tcp_stream(d, port=80)), ("packet", lambda d: d[2:])])
        made = how(flipped(rng.choice(corpus(name)), rng, rng.randint(0, 6)))
        frames += made if isinstance(made, list) else [made]
    return captures.pcap(timed(frames))


# Lengths that lie ----------------------------------------------------------------------------------------------------


def lies_in(rng, positions_of):
    """positions_of(frame): (offset, bytes) of the numbers that may lie."""

    def change(data):
        try:
            positions = positions_of(data)
        except (IndexError, struct.error, TypeError):
            return data  # nothing of the kind in this frame
        return wire.lie(data, *rng.choice(positions), rng) if positions and rng.random() < 0.7 else data

    return captures.pcap(real_part(rng).with_data(change))


def lies_of_ip(rng):
    def positions(data):
        ip, _, _, _ = wire.layers(data)
        return [(ip, 1), (ip + 2, 2), (ip + 6, 2), (ip + 9, 1)] if data[ip] >> 4 == 4 else [(ip, 1), (ip + 4, 2), (ip + 6, 1)]

    return lies_in(rng, positions)


def lies_of_transport(rng):
    def positions(data):
        _, transport, _, proto = wire.layers(data)
        return [(transport + 12, 1), (transport + 13, 1), (transport + 4, 4)] if proto == 6 else [(transport + 4, 2)]

    return lies_in(rng, positions)


def lies_of_payload(rng, lengths, is_mine):
    def positions(data):
        _, _, payload, _ = wire.layers(data)
        if not is_mine(data[payload:], data):
            return []
        return [(payload + offset, size) for offset, size in lengths(data[payload:]) if payload + offset + size <= len(data)]

    return lies_in(rng, positions)


def lies_of_tls(rng):
    return lies_of_payload(rng, wire.hello_lengths, lambda b, _: b[:1] == b"\x16")


def lies_of_dns(rng):
    def is_dns(_, data):
        transport = wire.layers(data)[1]
        return b"\x00\x35" in (data[transport : transport + 2], data[transport + 2 : transport + 4])

    return lies_of_payload(rng, wire.dns_lengths, is_dns)


def lies_of_quic_header(rng):
    return lies_of_payload(rng, wire.quic_lengths, lambda b, _: len(b) > 1000 and b[0] & 0xC0 == 0xC0)


def lies_of_made_hellos(rng):
    """Each hello with one length wrong, whole or in small segments; some in QUIC, where the seal is right."""
    frames = []
    for i in range(40):
        message = wire.hello(b"liar%d.example" % i, [(16, b"\0\x03\x02h2"), (0xFE0D, bytes(rng.randint(0, 300)))],
                             [(0x1A1A, rng.randbytes(rng.randint(0, 1500)))])
        record = wire.records(message, rng.choice([16384, 200, 7]))
        if rng.random() < 0.3:
            lied = wire.lie(record, *rng.choice(wire.hello_lengths(wire.records(message))), rng)[5:]
            plain = quic.crypto_frame(0, lied[:1000], rng.choice([None, 0, 16383, 2**62 - 1, len(lied[:1000]) + 1]))
            frames.append(wire.datagram(quic.initial(plain, rng.randbytes(8)), source=20000 + i))
        else:
            lied = wire.lie(record, *rng.choice(wire.hello_lengths(wire.records(message))[:6]), rng)
            frames += wire.tcp_stream(lied, rng.choice([1, 50, 536, 1400]) if len(lied) < 300 else 536, source=20000 + i)
    return captures.pcap(timed(frames))


def quic_frames_that_lie(rng):
    """Every frame type, varints of every size, offsets at the limits."""
    frames = []
    message = wire.hello(b"varint.example")
    for i in range(30):
        plain = b""
        for _ in range(rng.randint(1, 30)):
            offset = rng.choice([0, 1, 16383, 16384, 2**30 - 1, 2**32 - 1, 2**32, 2**62 - 1, rng.randint(0, len(message))])
            ack = bytes([rng.choice([2, 3])]) + b"".join(quic.varint(rng.choice([0, 1, 5, 2**62 - 1])) for _ in range(rng.randint(0, 8)))
            close = b"\x1c" + quic.varint(1) + quic.varint(0) + quic.varint(rng.choice([0, 3, 16383]))
            plain += rng.choice([
                quic.crypto_frame(offset, message[: rng.randint(0, 40)]), quic.crypto_frame(0, message), b"\0" * 9, b"\1", ack, close,
                bytes([rng.randrange(256)]), quic.crypto_frame(offset, b"", rng.choice([1, 63, 16383, 2**62 - 1]))])
        sealed = quic.initial(plain, rng.randbytes(rng.choice([0, 1, 8, 20])), i, rng.randbytes(rng.choice([0, 70])))
        frames.append(wire.datagram(sealed + rng.choice([b"", sealed, b"\xc0", sealed[:50]]), source=30000 + i % 5))
    return captures.pcap(timed(frames))
