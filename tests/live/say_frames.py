"""Says frames on an interface until it is killed: made-up devices that talk to the internet, as a certain place of the network would show them.

usage: say_frames.py INTERFACE mirror|up|down|router|one
"""
import socket
import struct
import sys
import time


def mac(n):
    return bytes([2, 1, 0, 0, n >> 8, n & 255])


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(src_mac, dst_mac, src, dst, sport, dport, payload=b"x" * 64):
    udp = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0x4000, 64, 17, 0, socket.inet_aton(src), socket.inet_aton(dst))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return dst_mac + src_mac + b"\x08\x00" + head + udp


def conversation(device_mac, address, up=True, down=True):
    gateway, server = mac(999), "198.51.100.7"
    out = []
    if up:
        out.append(frame(device_mac, gateway, address, server, 40000, 443))
    if down:
        out.append(frame(gateway, device_mac, server, address, 443, 40000))
    return out


def main():
    interface, kind = sys.argv[1:3]
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    s.bind((interface, 0))
    frames = []
    for n in range(1, 2 if kind == "one" else 21):
        frames += conversation(mac(1 if kind == "router" else n), "10.77.0.%d" % n, kind != "down", kind != "up")
    while True:
        for f in frames:
            s.send(f)
            time.sleep(0.002)


main()
