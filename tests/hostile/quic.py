"""QUIC Initials, sealed as a client seals them (RFC 9001 5), with no library: AES-128, GCM and HKDF in a page.

Slow and not constant in time, as befits made-up secrets. The constants of AES are computed, not listed.
"""
import hashlib
import hmac
import struct

SALT_V1 = bytes.fromhex("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")


def _double(b):
    return (b << 1 ^ (0x11B if b & 0x80 else 0)) & 0xFF


def _make_sbox():
    box, p, q = [0] * 256, 1, 1
    while True:
        p ^= _double(p)  # times 3
        q ^= q << 1 & 0xFF  # divided by 3
        q ^= q << 2 & 0xFF
        q ^= q << 4 & 0xFF
        q ^= 0x09 if q & 0x80 else 0
        rotations = [(q << n | q >> (8 - n)) & 0xFF for n in range(5)]
        box[p] = rotations[0] ^ rotations[1] ^ rotations[2] ^ rotations[3] ^ rotations[4] ^ 0x63
        if p == 1:
            box[0] = 0x63
            return box


SBOX = _make_sbox()
_COLUMN = [_double(s) << 24 | s << 16 | s << 8 | _double(s) ^ s for s in SBOX]  # MixColumns of one byte
TABLES = [[(c >> n | c << (32 - n)) & 0xFFFFFFFF for c in _COLUMN] for n in (0, 8, 16, 24)]


class Aes128:
    def __init__(self, key):
        w, round_constant = list(struct.unpack(">4I", key)), 1
        for i in range(4, 44):
            t = w[i - 1]
            if i % 4 == 0:
                t = SBOX[t >> 16 & 255] << 24 | SBOX[t >> 8 & 255] << 16 | SBOX[t & 255] << 8 | SBOX[t >> 24]
                t ^= round_constant << 24
                round_constant = _double(round_constant)
            w.append(w[i - 4] ^ t)
        self.keys = w

    def block(self, data):
        k, (t0, t1, t2, t3) = self.keys, TABLES
        a, b, c, d = (x ^ y for x, y in zip(struct.unpack(">4I", data), k))
        for i in range(4, 40, 4):
            a, b, c, d = (
                t0[a >> 24] ^ t1[b >> 16 & 255] ^ t2[c >> 8 & 255] ^ t3[d & 255] ^ k[i],
                t0[b >> 24] ^ t1[c >> 16 & 255] ^ t2[d >> 8 & 255] ^ t3[a & 255] ^ k[i + 1],
                t0[c >> 24] ^ t1[d >> 16 & 255] ^ t2[a >> 8 & 255] ^ t3[b & 255] ^ k[i + 2],
                t0[d >> 24] ^ t1[a >> 16 & 255] ^ t2[b >> 8 & 255] ^ t3[c & 255] ^ k[i + 3],
            )
        words = []
        for i, (p, q, r, s) in enumerate(((a, b, c, d), (b, c, d, a), (c, d, a, b), (d, a, b, c))):
            last = SBOX[p >> 24] << 24 | SBOX[q >> 16 & 255] << 16 | SBOX[r >> 8 & 255] << 8 | SBOX[s & 255]
            words.append(last ^ k[40 + i])
        return struct.pack(">4I", *words)


def _ghash(subkey, data):
    """The sum of products in GCM's field, a byte at a time by a table of the subkey's 256 multiples."""
    reduce_ = 0xE1 << 120
    powers = [subkey]
    for _ in range(7):
        v = powers[-1]
        powers.append(v >> 1 ^ (reduce_ if v & 1 else 0))
    table = [0] * 256
    for byte in range(256):
        for bit in range(8):
            if byte >> (7 - bit) & 1:
                table[byte] ^= powers[bit]
    shifted = []  # what the byte that falls off the end comes back as
    for byte in range(256):
        v = byte
        for _ in range(8):
            v = v >> 1 ^ (reduce_ if v & 1 else 0)
        shifted.append(v)
    y = 0
    for at in range(0, len(data), 16):
        y ^= int.from_bytes(data[at : at + 16], "big")
        z = 0
        for n in range(0, 128, 8):
            z = z >> 8 ^ shifted[z & 255] ^ table[y >> n & 255]
        y = z
    return y


def gcm_seal(key, nonce, plain, associated):
    aes = Aes128(key)
    stream = b"".join(aes.block(nonce + struct.pack(">I", 2 + i)) for i in range((len(plain) + 15) // 16))
    cipher = (int.from_bytes(plain, "big") ^ int.from_bytes(stream[: len(plain)], "big")).to_bytes(len(plain), "big")
    lengths = struct.pack(">QQ", 8 * len(associated), 8 * len(cipher))
    hashed = associated + bytes(-len(associated) % 16) + cipher + bytes(-len(cipher) % 16) + lengths
    tag = _ghash(int.from_bytes(aes.block(bytes(16)), "big"), hashed) ^ int.from_bytes(aes.block(nonce + b"\0\0\0\1"), "big")
    return cipher + tag.to_bytes(16, "big")


def _expand(secret, label, n):
    info = struct.pack(">HB", n, 6 + len(label)) + b"tls13 " + label + b"\0"
    return hmac.new(secret, info + b"\1", hashlib.sha256).digest()[:n]


def varint(n, size=None):
    size = size or (1 if n < 64 else 2 if n < 16384 else 4 if n < 2**30 else 8)
    return (n | {1: 0, 2: 1, 4: 2, 8: 3}[size] << (8 * size - 2)).to_bytes(size, "big")


def crypto_frame(offset, data, claims=None):
    return b"\x06" + varint(offset) + varint(len(data) if claims is None else claims) + data


def initial(plain, dcid, number=0, token=b"", key_cid=None, least=1200):
    """A client's Initial of at least so many bytes; key_cid: whose keys, if not the dcid's."""
    secret = _expand(hmac.new(SALT_V1, key_cid or dcid, hashlib.sha256).digest(), b"client in", 32)
    key, iv, hp = _expand(secret, b"quic key", 16), _expand(secret, b"quic iv", 12), _expand(secret, b"quic hp", 16)
    head = b"\xc3" + struct.pack(">I", 1) + bytes([len(dcid)]) + dcid + b"\0" + varint(len(token)) + token
    plain += bytes(max(0, least - len(head) - 4 - 4 - 16 - len(plain)))
    head += varint(4 + len(plain) + 16, 4) + struct.pack(">I", number)
    nonce = (int.from_bytes(iv, "big") ^ number).to_bytes(12, "big")
    sealed = head + gcm_seal(key, nonce, plain, head)
    pn = len(head) - 4
    mask = Aes128(hp).block(sealed[pn + 4 : pn + 20])
    masked = bytes([sealed[0] ^ mask[0] & 0x0F]) + sealed[1:pn]
    return masked + bytes(a ^ b for a, b in zip(sealed[pn : pn + 4], mask[1:5])) + sealed[pn + 4 :]
