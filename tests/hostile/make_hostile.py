#!/usr/bin/python3
"""Makes hostile captures: real ones, changed in every way that a liar, a broken tool or a bad disk would.

usage: tests/hostile/make_hostile.py N FOLDER [--seed TEXT] [--kind KIND]
       tests/hostile/make_hostile.py --kinds

Capture i of a seed is always the same bytes, whatever N is. The kinds take turns, so that the first len(kinds) captures
hold one of each. Names are NUMBER-KIND.pcap, so that a finding can be made again alone.
"""
import argparse
import os
import random
import sys

sys.dont_write_bytecode = True  # nothing is written into the tree
import lies
import odd_files
import order
import too_much

KINDS = [
    lies.flipped_headers, lies.flipped_payloads, lies.flipped_file, lies.flipped_file_header, lies.flipped_blocks,
    lies.noise, lies.noise_behind_headers, lies.corpus_flipped, lies.lies_of_ip, lies.lies_of_transport,
    lies.lies_of_tls, lies.lies_of_dns, lies.lies_of_quic_header, lies.lies_of_made_hellos, lies.quic_frames_that_lie,
    order.cut_frames, order.records_that_lie, order.records_cut_off, order.shuffled, order.duplicated, order.backwards,
    order.jumping_clock, order.stepping_clock, order.fractions_that_lie, order.other_link_type,
    order.link_type_fits, order.rare_link_type, order.pieces, order.empty_frames, order.no_frames, order.large_frames, order.odd_headers, odd_files.odd_pcap,
    odd_files.odd_snaplen, odd_files.odd_version, odd_files.odd_pcapng, odd_files.mixed_interfaces,
    odd_files.mixed_sections, odd_files.odd_blocks, odd_files.odd_block_lengths, too_much.flood_of_syns,
    too_much.many_crypto_frames, too_much.many_hellos, too_much.left_unfinished, too_much.endless_http,
    too_much.dns_by_the_thousand, too_much.dns_over_tcp, too_much.dialogues, too_much.hostile_names,
    too_much.many_names, too_much.everything_at_once,
]
DEFAULT_SEED = "telltale"


def make(i, seed=DEFAULT_SEED, kind=None):
    """Capture number i: (file name, bytes)."""
    kind = kind or KINDS[i % len(KINDS)]
    return "%05d-%s.pcap" % (i, kind.__name__), kind(random.Random("%s/%d/%s" % (seed, i, kind.__name__)))


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("n", type=int, nargs="?")
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--seed", default=DEFAULT_SEED)
    parser.add_argument("--kind", choices=[k.__name__ for k in KINDS])
    parser.add_argument("--kinds", action="store_true")
    words = parser.parse_args()
    if words.kinds:
        print("\n".join(k.__name__ for k in KINDS))
        return 0
    if words.folder is None:
        parser.error("N and FOLDER are needed")
    os.makedirs(words.folder, exist_ok=True)
    kind = next((k for k in KINDS if k.__name__ == words.kind), None)
    for i in range(words.n):
        name, content = make(i, words.seed, kind)
        with open(os.path.join(words.folder, name), "wb") as out:
            out.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
