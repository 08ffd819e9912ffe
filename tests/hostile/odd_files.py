"""Captures whose frames are sound and whose file is not what one is used to."""
import captures
from captures import Frame
from sources import real_part


def odd_pcap(rng):
    magic = rng.choice([captures.PCAP_MICRO, captures.PCAP_NANO, captures.PCAP_NANO, captures.PCAP_MODIFIED])
    return captures.pcap(real_part(rng), order=rng.choice("<>"), magic=magic, snaplen=rng.choice([65535, 262144, 0]))


def odd_snaplen(rng):
    return captures.pcap(real_part(rng), order=rng.choice("<>"), snaplen=rng.choice([0, 1, 64, 2**31, 2**31 - 1, 2**32 - 1]))


def odd_version(rng):
    return captures.pcap(real_part(rng, 30), version=rng.choice([(2, 0), (2, 2), (2, 3), (2, 5), (543, 0), (1, 0), (3, 0), (2, 65535)]))


def odd_pcapng(rng):
    return captures.pcapng(real_part(rng), order=rng.choice("<>"), link=rng.choice([None, None, 0, 101, 113, 127, 65535]),
                           snaplen=rng.choice([0, 64, 65535, 262144, 2**32 - 1]),
                           resolution=rng.choice([None, 0, 6, 9, 12, 18, 0x80, 0x8A, 0xBF]),
                           offset=rng.choice([None, None, 0, 3600, -1, 2**62]))


def mixed_interfaces(rng):
    """Several interfaces, each with its link type and snap length, as a recording of several interfaces has them."""
    order, part = rng.choice("<>"), real_part(rng)
    links = [rng.choice([1, 1, 101, 113, 127, 105, 276, 0]) for _ in range(rng.randint(2, 6))]
    heads = {1: b"", 113: bytes(14) + b"\x08\0", 276: b"\x08\0" + bytes(18), 0: b"\2\0\0\0", 101: b""}
    out = [captures.section(order)]
    out += [captures.interface(order, link, rng.choice([262144, 65535, 1500, 0])) for link in links]
    for f in part.frames:
        number = rng.randrange(len(links)) if rng.random() < 0.98 else rng.choice([len(links), 2**32 - 1])
        link = links[number] if number < len(links) else 1
        data = f.data if link in (1, 105, 127) else heads[link] + f.data[14:]
        out.append(captures.enhanced_packet(order, number, f.time_ns // 1000, Frame(f.time_ns, data)))
        if rng.random() < 0.02:
            links.append(1)
            out.append(captures.interface(order, 1))
    return b"".join(out)


def mixed_sections(rng):
    """Sections of either byte order, as files that were put together have them; some say how long they are."""
    out = []
    for _ in range(rng.randint(2, 5)):
        order, part = rng.choice("<>"), real_part(rng, 40)
        body = captures.pcapng(part, order, link=rng.choice([1, 1, 1, 101]), resolution=rng.choice([None, 9]))
        length = rng.choice([-1, len(body) - 28, 0, 2**40])
        out.append(captures.section(order, length) + body[28:])
    return b"".join(out)


def odd_blocks(rng):
    """Every block type between the packets, packets in the old and simple spelling, options of all sorts."""
    order, part = rng.choice("<>"), real_part(rng)
    options = captures.option(order, 1, rng.choice([b"\x1b[2Jcomment", b"=1+1", b"\xff" * 300])) + captures.option(order, 0, b"")
    name = captures.option(order, 2, b"eth0;\x1b[31m") + captures.option(order, 0, b"")
    out = [captures.section(order, options=options), captures.interface(order, 1, 262144, name)]
    for f in part.frames:
        out.append(rng.choice([
            lambda: captures.enhanced_packet(order, 0, f.time_ns // 1000, f, rng.choice([b"", options])),
            lambda: captures.simple_packet(order, f), lambda: captures.old_packet(order, 0, f.time_ns // 1000, f),
            lambda: captures.name_resolution(order), lambda: captures.interface_statistics(order, 0),
            lambda: captures.unknown_blocks(order)])())
    return b"".join(out)


def odd_block_lengths(rng):
    order, part = rng.choice("<>"), real_part(rng, 30)
    out = [captures.section(order), captures.interface(order, 1)]
    for f in part.frames:
        out.append(captures.enhanced_packet(order, 0, f.time_ns // 1000, f))
        if rng.random() < 0.1:
            body = bytes(rng.choice([0, 4, 5, 6, 7]))
            kind, claims = rng.choice([4, 5, 0xBAD, 0x7FFF0000]), rng.choice([None, 12 + len(body) + 4, 8, 0, 2**31, 11])
            out.append(captures.block(order, kind, body, claims))
    return b"".join(out)
