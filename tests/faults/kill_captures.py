"""Feeds frames to one capture process after another, kills each at a moment of its own, and checks what it had told.

usage: kill_captures.py BIN SCRATCH RATE KILLS SECONDS     SECONDS: how long a process lives at most, after its first second
"""
import random
import struct
import subprocess
import sys
import time

bin_dir, scratch, rate, kills, longest = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
SPEED = 24.0        # seconds of the frames' clock in one of ours
DELAY = 12.0        # seconds of the frames' clock until a contact is made
BEGIN = 1795345200  # of the frames' clock


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


DEVICE, RESOLVER = bytes([192, 168, 1, 20]), bytes([9, 9, 9, 9])
TO_RESOLVER, TO_DEVICE = bytes.fromhex("020000000001" "020000000014" "0800"), bytes.fromhex("020000000014" "020000000001" "0800")


def datagram(ethernet, source, target, ports, dns):
    udp = struct.pack("!4H", *ports, 8 + len(dns), 0) + dns
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, source, target)
    return ethernet + head[:10] + struct.pack("!H", checksum(head)) + head[12:] + udp


def look_up(number):
    """A DNS question for t<number>.example and its answer, as two frames: a name that nobody answers is no contact."""
    name = b"t%d" % number
    asked = bytes([len(name)]) + name + b"\x07example\0" + struct.pack("!2H", 1, 1)
    port, id = 40000 + number % 20000, number & 0xFFFF
    answer = struct.pack("!3HIH", 0xC00C, 1, 1, 60, 4) + bytes([203, 0, 113, 5])
    return (datagram(TO_RESOLVER, DEVICE, RESOLVER, (port, 53), struct.pack("!6H", id, 0x0100, 1, 0, 0, 0) + asked),
            datagram(TO_DEVICE, RESOLVER, DEVICE, (53, port), struct.pack("!6H", id, 0x8180, 1, 1, 0, 0) + asked + answer))


def told():
    """How often each contact is in Redis."""
    out, counts = subprocess.run(["redis-cli", "-s", scratch + "/redis.sock", "--raw", "keys", "telltale:{test}:day:????-??-??"],
                                 capture_output=True, text=True, check=True).stdout.split(), {}
    for key in out:
        lines = subprocess.run(["redis-cli", "-s", scratch + "/redis.sock", "--raw", "hgetall", key], capture_output=True, text=True, check=True).stdout.split("\n")
        for name, value in zip(lines[::2], lines[1::2]):
            if name.startswith("contacts:tracker:t"):
                number = int(name[len("contacts:tracker:t"):])
                counts[number] = counts.get(number, 0) + int(value)
    return counts


def settled():
    """What Redis has once nothing more comes."""
    last = told()
    while True:
        time.sleep(0.4)
        now = told()
        if now == last:
            return now
        last = now


before, total_short = told(), 0
for kill in range(kills):
    lives = 1.0 + random.random() * longest
    log = open(scratch + "/capture.log", "ab")
    process = subprocess.Popen([bin_dir + "/telltaled", "capture", "-c", scratch + "/telltale.conf", "-r", "-"], stdin=subprocess.PIPE, stderr=log)
    process.stdin.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
    begin, number, made_at = time.monotonic(), 0, []
    while True:
        wall = time.monotonic() - begin
        if wall >= lives:
            break
        clock = BEGIN + wall * SPEED
        frames = b""
        while number < wall * rate and number < 20000:
            for frame in look_up(number):
                frames += struct.pack("<IIII", int(clock), int(clock % 1 * 1e6), len(frame), len(frame)) + frame
            made_at.append(wall + DELAY / SPEED)
            number += 1
        process.stdin.write(frames)
        process.stdin.flush()
        time.sleep(0.005)
    process.kill()
    process.wait()
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    after = settled()
    run = {n: after[n] - before.get(n, 0) for n in after if after[n] != before.get(n, 0)}
    made = sum(1 for at in made_at if at <= lives)
    old = sum(1 for at in made_at if at <= lives - 1.0)
    doubled = [n for n, times in run.items() if times != 1]
    holes = [n for n in range(len(run)) if n not in run]
    if doubled or holes or len(run) < old:
        sys.exit("kill %d after %.2f s: %d told of %d made, of which %d more than a second ago; doubled %s, missing %s" %
                 (kill + 1, lives, len(run), made, old, doubled[:10], holes[:10]))
    total_short += max(0, made - len(run))
    before = after
if sum(before.values()) < kills * 100:
    sys.exit("only %d contacts were told in all" % sum(before.values()))
print("%d kills: %d contacts told, each once; %d of the last second were lost" % (kills, sum(before.values()), total_short))
