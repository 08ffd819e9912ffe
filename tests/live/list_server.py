"""An https server for the tests of `telltale feeds update`: it says, byte for byte, whatever a test wants it to say.

A Server listens with one certificate on one address. What it answers is Server.answer, a function of a Request that writes
to Request.out as it likes; connections are counted in Server.asked. Nothing here is polite: a test may hang, lie or stop.
"""
import email.utils
import gzip
import os
import socket
import ssl
import subprocess
import threading
import time


class Request:
    def __init__(self, out):
        self.out = out
        self.path = ""
        self.headers = {}

    def read(self):
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.out.recv(4096)
            if not piece:
                return False
            data += piece
        lines = data.decode("latin-1").split("\r\n")
        self.path = lines[0].split(" ")[1]
        for line in lines[1:]:
            name, _, value = line.partition(":")
            self.headers[name.lower()] = value.strip()
        return True

    def send(self, status, body=b"", length=None, **headers):
        """One answer; length is what Content-Length claims, -1 for none."""
        head = [f"HTTP/1.1 {status}"]
        if length != -1:
            headers["Content_Length"] = str(len(body) if length is None else length)
        head += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        self.out.sendall(("\r\n".join(head) + "\r\nConnection: close\r\n\r\n").encode("latin-1") + body)


class Server:
    def __init__(self, address, port, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.context = context
        self.answer = None
        self.asked = []  # every Request, in order
        self.listener = socket.create_server((address, port), backlog=16)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.handle, args=(connection,), daemon=True).start()

    def handle(self, connection):
        try:
            connection.settimeout(30)
            with self.context.wrap_socket(connection, server_side=True) as out:
                request = Request(out)
                if request.read():
                    self.asked.append(request)
                    self.answer(request)
                    try:
                        out.unwrap()
                    except OSError:
                        pass
        except OSError:
            pass  # the updater hung up, as it should


# --- certificates ------------------------------------------------------------------------------------------------


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def make_authority(folder, name):
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.pem")
    return f"{folder}/{name}.pem"


def make_certificate(folder, authority, name, alternatives, expired=False):
    """A file with a certificate and its key, signed by the authority of that name."""
    base = f"{folder}/{name}"
    with open(f"{base}.cnf", "w", encoding="ascii") as f:
        f.write("[ca]\ndefault_ca = c\n[c]\ndatabase = %s.db\nserial = %s.serial\nnew_certs_dir = %s\ndefault_md = sha256\n"
                "policy = p\nx509_extensions = e\nunique_subject = no\n[p]\ncommonName = supplied\n[e]\nsubjectAltName = %s\n"
                % (base, base, folder, alternatives))
    with open(f"{base}.db", "w", encoding="ascii"):
        pass
    with open(f"{base}.serial", "w", encoding="ascii") as f:
        f.write(f"{int.from_bytes(os.urandom(4), 'big') | 1 << 31:08X}\n")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", f"{base}.key", "-out", f"{base}.csr")
    now = time.time()
    begin, end = (now - 9 * 86400, now - 2 * 86400) if expired else (now - 86400, now + 86400)
    stamp = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(t)) for t in (begin, end)]
    openssl("ca", "-batch", "-notext", "-config", f"{base}.cnf", "-cert", f"{folder}/{authority}.pem", "-keyfile", f"{folder}/{authority}.key",
            "-startdate", stamp[0], "-enddate", stamp[1], "-in", f"{base}.csr", "-out", f"{base}.crt")
    with open(f"{base}.both", "w", encoding="ascii") as out:
        for part in (f"{base}.crt", f"{base}.key"):
            with open(part, encoding="ascii") as f:
                out.write(f.read())
    return f"{base}.both"


# --- answers -----------------------------------------------------------------------------------------------------


def rules(first, last):
    return "".join(f"ads{n}.tracker{n % 7}.example.com\n" for n in range(first, last)).encode()


def plain(body, **headers):
    return lambda request: request.send("200 OK", body, **headers)


def with_etag(body, etag="W/\"v1\"", date=None):
    date = date or email.utils.formatdate(1700000000, usegmt=True)

    def answer(request):
        if request.headers.get("if-none-match") == etag and request.headers.get("if-modified-since") == date:
            request.send("304 Not Modified", length=-1, ETag=etag)
        else:
            request.send("200 OK", body, ETag=etag, Last_Modified=date)
    return answer


def redirect(to, status="302 Found"):
    return lambda request: request.send(status, b"moved", Location=to)


def chunks(pieces, pause=0.0):
    """A chunked answer of endless pieces."""
    def answer(request):
        request.out.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces():
            request.out.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
            time.sleep(pause)
    return answer


def endless():
    block = b"".join(b"host%06d.tracker.example.com\n" % n for n in range(2000))
    while True:
        yield block


def drops():
    while True:
        yield b"slow.example.com\n"


def endless_headers(request):
    request.out.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        request.out.sendall(b"X-More: " + b"a" * 4000 + b"\r\n")


def silent(request):
    time.sleep(25)


def bomb(megabytes):
    """Small on the wire, large when unpacked."""
    packed = gzip.compress(b"bomb.tracker.example.com\n" * (megabytes * 40000), 9)
    return lambda request: request.send("200 OK", packed, Content_Encoding="gzip")


def no_goodbye(body):
    """Without a length, and cut: TLS's own end is missing."""
    def answer(request):
        request.send("200 OK", body, length=-1)
        os.close(request.out.detach())
    return answer
