"""How soon something is there again, in milliseconds from the blow that ended it. A shell would measure its own slowness too.

usage: how_soon.py kill PID SIGNAL log FILE WORDS COUNT       until the file says WORDS for the COUNTth time
       how_soon.py kill PID SIGNAL listens SOCKET             until another process listens at that Unix socket
       how_soon.py lookup NAME log FILE WORDS COUNT           the blow is a lookup of NAME at 203.0.113.5

Run it in the namespace where the socket, or the way to that server, is. Ends with 1 when nothing came for fifteen seconds.
"""
import os, socket, sys, time


def kill(pid, number):
    os.kill(int(pid), int(number))


def lookup(name):
    question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\0\0\1\0\1"
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(question, ("203.0.113.5", 53))


def said(path, words, count):
    with open(path, encoding="utf-8") as f:
        return f.read().count(words) >= int(count)


def listeners(path):
    """Inodes of sockets with this name that take connections (__SO_ACCEPTCON)."""
    with open("/proc/net/unix", encoding="utf-8") as f:
        rows = [line.split() for line in f]
    return {row[6] for row in rows if len(row) == 8 and row[7] == path and row[3] == "00010000"}


def main():
    words = sys.argv[1:]
    act, n = (kill, 3) if words[0] == "kill" else (lookup, 2)
    arguments, words = words[1:n], words[n:]
    before = listeners(words[1]) if words[0] == "listens" else set()
    begun = time.monotonic()
    act(*arguments)
    while time.monotonic() < begun + 15:
        if words[0] == "log" and said(*words[1:]):
            break
        if words[0] == "listens" and listeners(words[1]) - before:
            break
        time.sleep(0.002)
    else:
        sys.exit("how_soon: nothing came")
    print(int((time.monotonic() - begun) * 1000))


main()
