"""talk.py -- who speaks in the live tests: a server that answers hellos, clients that name trackers, and a forger.

usage: talk.py serve              every hello on 203.0.113.5:443 gets an answer
       talk.py greet NAME...      one connection each, with the name in its hello
       talk.py forge NAME...      SYN, ACK and hello of somebody else's, in one breath, to a server that is not there; then lookups
                                  without an answer, and answers without a lookup
       talk.py twins              one hardware address speaks from two addresses by turns
       talk.py crowd N FIRST NAMED ASKED   N devices, numbered from FIRST, all at the same time: each looks up ASKED and connects to that address
                                  without a name, and says NAMED in the hello of another connection
       talk.py stream RATE_MBIT SECONDS   downloads over 203.0.113.5:8080 at that rate, from talk.py serve
"""
import socket, ssl, struct, sys, threading, time

SERVER = "203.0.113.5"
FORGED = bytes.fromhex("027799000001")  # whose name the forger uses


def hello(name):
    out = ssl.MemoryBIO()
    try:
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), out, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return out.read()


def answer(connection):
    with connection:
        if connection.recv(4096):
            connection.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # an alert: no handshake with you


def feed(connection):
    block = b"x" * 65536
    with connection:
        try:
            while True:
                rate = float(connection.recv(64) or 0)
                began, sent, seconds = time.monotonic(), 0, 5.0
                while time.monotonic() - began < seconds:
                    if sent * 8 / 1e6 > (time.monotonic() - began) * rate:
                        time.sleep(0.001)
                        continue
                    connection.sendall(block)
                    sent += len(block)
                connection.sendall(b"")
                return
        except (OSError, ValueError):
            return


def accept(port, serve_one):
    listener = socket.create_server((SERVER, port), backlog=256)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=serve_one, args=(connection,), daemon=True).start()


def serve():
    threading.Thread(target=accept, args=(8080, feed), daemon=True).start()
    accept(443, answer)


def greet(names):
    for name in names:
        with socket.create_connection((SERVER, 443), 10) as s:
            s.sendall(hello(name))
            s.recv(64)


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    total = (total >> 16) + (total & 0xffff)
    return ~(total + (total >> 16)) & 0xffff


def frame(mac, src, dst, proto, body):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 1, 0, 64, proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return bytes.fromhex("02fefefefefe") + mac + b"\x08\x00" + head + body


def tcp(sport, dport, seq, ack, flags, payload=b""):
    return struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 64240, 0, 0) + payload


def udp(sport, dport, payload):
    return struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload


def lookup(number, name, flags, address=None):
    question = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(address) if address else b""
    return struct.pack("!HHHHHH", number, flags, 1, 1 if address else 0, 0, 0) + question + record


def forge(names):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("veth0", 0))
    victim = "192.168.77.50"
    for i, name in enumerate(names):
        port, server = 40000 + i, "198.51.100.%d" % (i + 1)
        wire.send(frame(FORGED, victim, server, 6, tcp(port, 443, 1000, 0, 0x02)))
        # The server's SYN; and a reset behind it, as when the victim knows of nothing, or none, as when it is away.
        wire.send(frame(bytes.fromhex("02fefefefefe"), server, victim, 6, tcp(443, port, 5000, 1001, 0x12)))
        wire.send(frame(FORGED, victim, server, 6, tcp(port, 443, 1001, 4711, 0x10)))
        wire.send(frame(FORGED, victim, server, 6, tcp(port, 443, 1001, 4711, 0x18, hello(name))))
        if i % 2 == 0:
            wire.send(frame(bytes.fromhex("02fefefefefe"), server, victim, 6, tcp(443, port, 4711, 0, 0x04)))
        wire.send(frame(FORGED, victim, "203.0.113.53", 17, udp(20000 + i, 53, lookup(i, name, 0x0100))))
        wire.send(frame(bytes.fromhex("02fefefefefe"), "203.0.113.53", victim, 17, udp(53, 30000 + i, lookup(i + 500, name, 0x8180, server))))


def twins():
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("veth0", 0))
    for i in range(6):
        wire.send(frame(bytes.fromhex("027799000002"), "192.168.77.%d" % (60 + i % 2), "198.51.100.9", 17, udp(50000 + i, 4433, b"x" * 20)))
        time.sleep(0.05)
    for i in range(3):  # a device that takes another address, once, is none
        wire.send(frame(bytes.fromhex("027799000003"), "192.168.77.%d" % (70 if i < 2 else 71), "198.51.100.9", 17, udp(51000 + i, 4433, b"x" * 20)))


def crowd_talk(i, hello_named, asked):
    """The frames of one device: what it asks, a connection that only the answer explains, and one that says its name."""
    gateway, mac = bytes.fromhex("02fefefefefe"), bytes.fromhex("0277") + struct.pack("!I", 0xaa000000 + i)
    own, resolver = "192.168.%d.%d" % (100 + i // 200, 1 + i % 200), "203.0.113.53"
    silent, named = "198.51.%d.%d" % (i // 200, 1 + i % 200), "198.18.%d.%d" % (i // 200, 1 + i % 200)

    def up(server, proto, body):
        return frame(mac, own, server, proto, body)

    def down(server, proto, body):
        return mac + frame(gateway, server, own, proto, body)[6:]

    yield up(resolver, 17, udp(20000, 53, lookup(i, asked, 0x0100)))
    yield down(resolver, 17, udp(53, 20000, lookup(i, asked, 0x8180, silent)))
    # So many words on the first that nobody waits for a name any more.
    for server, port, words in ((silent, 30000, [b"\x17\x03\x03\0\x20" + b"x" * 32] * 8), (named, 30001, [hello_named])):
        said, heard = 1001, 5001
        yield up(server, 6, tcp(port, 443, 1000, 0, 0x02))
        yield down(server, 6, tcp(443, port, 5000, said, 0x12))
        yield up(server, 6, tcp(port, 443, said, heard, 0x10))
        for word in words:
            yield up(server, 6, tcp(port, 443, said, heard, 0x18, word))
            said += len(word)
            yield down(server, 6, tcp(443, port, heard, said, 0x18, b"\x15\x03\x03\0\2\2\x28"))
            heard += 7
        yield up(server, 6, tcp(port, 443, said, heard, 0x11))
        yield down(server, 6, tcp(443, port, heard, said + 1, 0x11))


def crowd(n, first, named, asked):
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    wire.bind(("veth0", 0))
    said, sent = hello(named), 0
    for together in zip(*(crowd_talk(int(first) + i, said, asked) for i in range(int(n)))):
        for one in together:
            wire.send(one)
            sent += 1
    print(sent)


def stream(rate, seconds):
    until = time.monotonic() + seconds
    received = 0
    while time.monotonic() < until:
        with socket.create_connection((SERVER, 8080), 10) as s:
            s.sendall(str(rate).encode())
            while True:
                got = len(s.recv(1 << 18))
                received += got
                if not got or time.monotonic() > until:
                    break
    print(received)


if __name__ == "__main__":
    what, arguments = sys.argv[1], sys.argv[2:]
    if what == "stream":
        stream(float(arguments[0]), float(arguments[1]))
    elif what == "crowd":
        crowd(*arguments)
    elif what in ("greet", "forge"):
        globals()[what](arguments)
    else:
        globals()[what]()
