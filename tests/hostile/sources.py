"""What hostile captures are made from: the real ones in this tree, the fuzz targets' seeds, frames with a time."""
import functools
import os

import captures
from captures import Capture, Frame

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
NOON = 1_790_000_000 * 10**9  # when made-up frames were captured


@functools.cache
def real(name):
    return captures.read_pcap(os.path.join(TOP, name))


def real_part(rng, most=150):
    name = rng.choice(["deploy/demo/the-mix.pcap", "tests/corpus/hellos/hellos.pcap"])
    return captures.part_of(real(name), rng, most)


@functools.cache
def corpus(name):
    folder = os.path.join(TOP, "tests", "corpus", name)
    found = []
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), "rb") as f:
            found.append(f.read())
    return found


def timed(frames, step_ns=1_000_000):
    return Capture([Frame(NOON + i * step_ns, data) for i, data in enumerate(frames)])


def flipped(data, rng, flips, start=0, end=None):
    end = len(data) if end is None else min(end, len(data))
    changed = bytearray(data)
    for _ in range(flips if end > start else 0):
        changed[rng.randrange(start, end)] ^= 1 << rng.randrange(8)
    return bytes(changed)
