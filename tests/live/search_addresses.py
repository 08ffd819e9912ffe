#!/usr/bin/python3
"""Searches files and the memory of processes for every MAC and IP address of a capture, in every spelling, and for canary names.

usage: search_addresses.py CAPTURE [--canaries COUNT] [--control TEXT] [--process PID]... [--files PATH]...
Exit status 1 when anything is found. So that it cannot pass by finding nothing anywhere, it first searches its own
memory image of the capture, and must find every address and COUNT canary names (tests/support/canaries.py) there; and every process
and path after --control must have TEXT in it.
"""
import ipaddress
import os
import re
import struct
import sys


def frames(path):
    """Yields (MACs, addresses) of each Ethernet frame of a little-endian pcap file."""
    data = open(path, "rb").read()
    at = 24
    while at + 16 <= len(data):
        captured = struct.unpack_from("<I", data, at + 8)[0]
        frame = data[at + 16:at + 16 + captured]
        at += 16 + captured
        kind = frame[12:14]
        addresses = []
        if kind == b"\x08\x00":
            addresses = [frame[26:30], frame[30:34]]
        elif kind == b"\x86\xdd":
            addresses = [frame[22:38], frame[38:54]]
        yield [frame[0:6], frame[6:12]], addresses


def spellings(capture):
    """A dictionary from what to look for to what it is called."""
    macs, ips = set(), set()
    for some_macs, some_ips in frames(capture):
        macs.update(some_macs)
        ips.update(some_ips)
    out = {}
    for mac in macs:
        if mac[0] & 1:
            continue  # multicast: nobody's address
        digits = mac.hex()
        pairs = [digits[i:i + 2] for i in range(0, 12, 2)]
        for text in (":".join(pairs), "-".join(pairs), digits, ".".join(digits[i:i + 4] for i in (0, 4, 8))):
            out[text.encode()] = out[text.upper().encode()] = "MAC " + text
        out[mac] = "MAC %s in raw bytes" % digits
        out[mac[::-1]] = "MAC %s in raw bytes, reversed" % digits
    for ip in ips:
        address = ipaddress.ip_address(ip)
        if address.is_multicast or address.is_unspecified or str(address) == "255.255.255.255":
            continue
        out[str(address).encode()] = "address %s" % address
        out[address.exploded.encode()] = "address %s" % address
        if address.version == 6:
            out[ip] = "address %s in raw bytes" % address
        elif address.is_private:
            out[ip] = "address %s in raw bytes" % address
    return out


def memory(pid):
    """Yields the readable, writable parts of a process's memory (its data; the program's text is a file)."""
    with open("/proc/%d/maps" % pid) as maps, open("/proc/%d/mem" % pid, "rb", 0) as mem:
        for line in maps:
            span, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            first, end = (int(x, 16) for x in span.split("-"))
            if end - first > 1 << 32:
                continue  # a sanitizer's shadow, not memory of ours
            try:
                mem.seek(first)
                yield mem.read(end - first)
            except OSError:
                continue


def programs(pid):
    """The files that a process has mapped: its program and libraries, which may know a public resolver's address by themselves."""
    with open("/proc/%d/maps" % pid) as maps:
        paths = {line.split(None, 5)[5].strip() for line in maps if len(line.split(None, 5)) == 6}
    return b"".join(open(path, "rb").read() for path in paths if os.path.isfile(path))


def files(path):
    if os.path.isfile(path):
        yield path
    for folder, _, names in os.walk(path):
        for name in names:
            if os.path.isfile(os.path.join(folder, name)):  # no socket
                yield os.path.join(folder, name)


CANARY = re.compile(rb"cnry[0-9a-f]{12}", re.IGNORECASE)


def canaries(data):
    """The canary names in some bytes: as text or DNS message (the label is the same), in wide characters, backwards."""
    found = {m.lower() for m in CANARY.findall(data)}
    if b"c\0n\0r\0y\0" in data.lower():
        found.add(b"in wide characters")
    found.update(b"backwards: " + m for m in re.findall(rb"[0-9a-f]{12}yrnc", data))
    return found


def main():
    capture, wanted, where = sys.argv[1], spellings(sys.argv[1]), []
    mode, count, control = None, 0, None
    for word in sys.argv[2:]:
        if word.startswith("--"):
            mode = word
        elif mode == "--canaries":
            count = int(word)
        elif mode == "--control":
            control = word.encode()
        else:
            here = [("process " + word, part) for part in memory(int(word))] if mode == "--process" else \
                [(name, open(name, "rb").read()) for name in files(word)]
            if control and not any(control in data for _, data in here):
                sys.exit("search_addresses: the search itself does not work: %s is not found in %s" % (control.decode(), word))
            where += here
    image = open(capture, "rb").read()
    raw = [w for w, name in wanted.items() if "raw bytes" in name and "reversed" not in name]
    if not raw or not all(w in image for w in raw):
        sys.exit("search_addresses: the search itself does not work: an address of the capture is not found in the capture")
    if len(canaries(image)) != count:
        sys.exit("search_addresses: the search itself does not work: %d canary names in the capture, not %d" % (len(canaries(image)), count))
    found = {(place, name) for place, data in where for w, name in wanted.items() if w in data}
    own = {place: programs(int(place.split()[1])) for place, name in found if place.startswith("process ")}
    found = {(place, name) for place, name in found
             if not (place in own and name.startswith("address") and "raw" not in name and
                     any(w in own[place] for w in wanted if wanted[w] == name))}
    found |= {(place, "canary " + name.decode()) for place, data in where for name in canaries(data)}
    for place, name in sorted(found):
        print("%s: %s" % (place, name))
    print("searched %d parts, %d bytes, for %d spellings and %d canary names: %d found" % (len(where), sum(len(d) for _, d in where), len(wanted), count, len(found)))
    sys.exit(1 if found or not where else 0)


main()
