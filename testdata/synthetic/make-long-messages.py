#!/usr/bin/env python3
"""Writes the captures of testdata/cases/long_*: messages longer than is read, and what stands behind them.

Everything is fixed, so the files come out the same byte for byte. Only the standard library is used. The captures are
compressed, for the messages are over 1 MiB.
"""

import gzip
import os
import struct

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
ALICE, BOB, COLLECTOR = "192.0.2.11", "192.0.2.12", "192.0.2.20"
START = 1_790_000_000


def address(text):
    return bytes(int(part) for part in text.split("."))


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Capture:
    def __init__(self):
        self.packets, self.ip_id, self.us = [], 0, 0
        self.sequence = {ALICE: 1000, BOB: 0xFFFFFF00}
        self.ports = {ALICE: 40000, BOB: 5060}

    def ip(self, src, dst, protocol, payload, keep=True):
        self.ip_id += 1
        self.us += 500
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), self.ip_id & 0xFFFF, 0, 64, protocol, 0)
        head += address(src) + address(dst)
        head = head[:10] + struct.pack("!H", ones_sum(head)) + head[12:]
        mac = lambda ip: b"\x02\0" + address(ip)
        if keep:
            self.packets.append((self.us, mac(dst) + mac(src) + b"\x08\0" + head + payload))

    def segment(self, src, payload=b"", flags=0x10, keep=True):
        dst = BOB if src == ALICE else ALICE
        ack = 0 if flags == 2 else self.sequence[dst]
        ports = self.ports[src], self.ports[dst]
        head = struct.pack("!HHIIBBHHH", *ports, self.sequence[src], ack, 0x50, flags, 65535, 0, 0)
        pseudo = address(src) + address(dst) + struct.pack("!HH", 6, len(head) + len(payload))
        head = head[:16] + struct.pack("!H", ones_sum(pseudo + head + payload)) + head[18:]
        self.ip(src, dst, 6, head + payload, keep)
        self.sequence[src] = (self.sequence[src] + len(payload) + (flags & 3 != 0)) & 0xFFFFFFFF

    def connect(self):
        self.segment(ALICE, flags=0x02)
        self.segment(BOB, flags=0x12)
        self.segment(ALICE)

    def send(self, src, text, lost=(), swapped=(), size=1448):
        """Segments of `size` octets, all acknowledged; `lost` are not in the capture, `swapped` come after the next."""
        first = len(self.packets)
        for n, at in enumerate(range(0, len(text), size)):
            self.segment(src, text[at:at + size], 0x18, n not in lost)
        for n in swapped:
            a, b = self.packets[first + n], self.packets[first + n + 1]
            self.packets[first + n:first + n + 2] = [(a[0], b[1]), (b[0], a[1])]
        self.segment(BOB if src == ALICE else ALICE)

    def write(self, case):
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        for us, frame in self.packets:
            out += struct.pack("<IIII", START + us // 1_000_000, us % 1_000_000, len(frame), len(frame)) + frame
        os.makedirs(os.path.join(CASES, case), exist_ok=True)
        with open(os.path.join(CASES, case, "capture.pcap.gz"), "wb") as file:
            file.write(gzip.compress(out, 9, mtime=0))


def sip(first, transport, number, method, to_tag=False, extra=(), body=b"", kind="text/plain"):
    who = ALICE if number < 100 else BOB
    lines = [
        first,
        f"Via: SIP/2.0/{transport} {who}:5060;branch=z9hG4bK-{number}",
        "Max-Forwards: 70",
        f"From: <sip:{number}@example.net>;tag=a{number}",
        "To: <sip:bob@example.net>" + (";tag=b1" if to_tag else ""),
        f"Call-ID: long-{number}@example.net",
        f"CSeq: {number} {method}",
        *extra,
    ]
    if body:
        lines.append(f"Content-Type: {kind}")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


def request(method, transport, number, extra=(), body=b"", kind="text/plain"):
    return sip(f"{method} sip:bob@{BOB} SIP/2.0", transport, number, method, False, extra, body, kind)


def answer(method, transport, number, extra=(), body=b""):
    return sip("SIP/2.0 200 OK", transport, number, method, True, extra, body)


def many(count):
    """Header lines of 200 octets each."""
    return [f"X-Line-{n:04}: ".ljust(198, "x") for n in range(count)]


def long_text(transport):
    """1.2 MiB that quote a whole request where nothing is listed any more, and end without a line break."""
    text = b"It went like this.\r\n" * 57_000
    text += request("INVITE", transport, 90) + b"and no one answered.\r\n"
    return text.ljust(1_250_000, b".")


def make_headers():
    capture = Capture()
    capture.connect()
    # The first message of the connection; its body ends without a line break, the next message stands behind it.
    first = request("MESSAGE", "TCP", 1, many(400), b"Hello") + request("OPTIONS", "TCP", 2)
    capture.send(ALICE, first, swapped=[10, 52])
    capture.send(BOB, answer("MESSAGE", "TCP", 1))
    # In the middle of a connection, the other way.
    capture.send(BOB, answer("OPTIONS", "TCP", 2, many(400)) + request("OPTIONS", "TCP", 102))
    capture.send(ALICE, answer("OPTIONS", "TCP", 102))
    capture.write("long_headers")


def make_body():
    capture = Capture()
    capture.connect()
    first = request("MESSAGE", "TCP", 1, (), long_text("TCP")) + request("OPTIONS", "TCP", 2)
    capture.send(ALICE, first, swapped=[100, 800])
    capture.send(BOB, answer("MESSAGE", "TCP", 1) + answer("OPTIONS", "TCP", 2))
    # A segment of the part that is passed over is not in the capture.
    second = request("MESSAGE", "TCP", 3, (), long_text("TCP")) + request("OPTIONS", "TCP", 4)
    capture.send(ALICE, second, lost=[790])
    capture.send(BOB, answer("MESSAGE", "TCP", 3) + answer("OPTIONS", "TCP", 4))
    capture.write("long_body")


def make_websocket():
    capture = Capture()
    capture.ports[BOB] = 80
    capture.connect()
    capture.send(ALICE, b"\r\n".join([
        b"GET /sip HTTP/1.1", b"Host: sip.example.net", b"Upgrade: websocket", b"Connection: Upgrade",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: sip", b"", b""]))
    capture.send(BOB, b"\r\n".join([
        b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"Sec-WebSocket-Protocol: sip", b"", b""]))

    def frame(payload, masked):
        size = len(payload)
        bit = 0x80 if masked else 0
        if size < 0x10000:
            head = struct.pack("!BBH", 0x81, bit | 126, size)
        else:
            head = struct.pack("!BBQ", 0x81, bit | 127, size)
        if not masked:
            return head + payload
        key = b"\x37\xfa\x21\x3d"
        return head + key + bytes(b ^ key[at % 4] for at, b in enumerate(payload))

    long = request("MESSAGE", "WS", 1, (), long_text("WS"))
    capture.send(ALICE, frame(long, True) + frame(request("OPTIONS", "WS", 2), True))
    capture.send(BOB, frame(answer("MESSAGE", "WS", 1, (), long_text("WS")), False) + frame(answer("OPTIONS", "WS", 2), False))
    capture.write("long_websocket")


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


def make_sctp():
    capture = Capture()
    table = crc32c_table()

    def packet(src, *chunks):
        head = struct.pack("!HHI", 5060, 5060, 0x0B0B0B0B if src == ALICE else 0x0A0A0A0A)
        body = b"".join(chunks)
        crc = 0xFFFFFFFF
        for byte in head + bytes(4) + body:
            crc = crc >> 8 ^ table[(crc ^ byte) & 0xFF]
        dst = BOB if src == ALICE else ALICE
        capture.ip(src, dst, 132, head + struct.pack("<I", crc ^ 0xFFFFFFFF) + body)

    def chunk(kind, flags, value):
        return struct.pack("!BBH", kind, flags, 4 + len(value)) + value + b"\0" * (-len(value) % 4)

    def data(flags, tsn, ssn, text):
        return chunk(0, flags, struct.pack("!IHHI", tsn & 0xFFFFFFFF, 1, ssn, 0) + text)

    text = request("MESSAGE", "SCTP", 1, (), long_text("SCTP"))
    parts = [text[at:at + 1400] for at in range(0, len(text), 1400)]
    tsn = -500
    for n, part in enumerate(parts):
        flags = (2 if n == 0 else 0) | (1 if n == len(parts) - 1 else 0)
        if n < len(parts) - 1:
            packet(ALICE, data(flags, tsn + n, 0, part))
        else:
            # The last fragment and the next message in one packet.
            packet(ALICE, data(flags, tsn + n, 0, part), data(3, tsn + n + 1, 1, request("OPTIONS", "SCTP", 2)))
    packet(BOB, data(3, 100, 0, answer("MESSAGE", "SCTP", 1)), data(3, 101, 1, answer("OPTIONS", "SCTP", 2)))
    capture.write("long_sctp")


def make_hep():
    capture = Capture()

    def hep3(src, dst, payload, packed):
        chunks = [
            (1, b"\x02"), (2, b"\x06"), (3, address(src)), (4, address(dst)),
            (7, struct.pack("!H", 5060)), (8, struct.pack("!H", 5060)),
            (9, struct.pack("!I", START)), (10, struct.pack("!I", capture.us)),
            (11, b"\x01"), (12, struct.pack("!I", 2001)),
            (16, gzip.compress(payload, mtime=0)) if packed else (15, payload),
        ]
        body = b"".join(struct.pack("!HHH", 0, kind, 6 + len(value)) + value for kind, value in chunks)
        packet = b"HEP3" + struct.pack("!H", 6 + len(body)) + body
        head = struct.pack("!HHHH", 50000, 9060, 8 + len(packet), 0)
        capture.ip(ALICE, COLLECTOR, 17, head + packet)

    hep3(ALICE, BOB, request("MESSAGE", "TCP", 1, (), long_text("TCP")), True)
    hep3(ALICE, BOB, request("OPTIONS", "TCP", 2), True)
    hep3(BOB, ALICE, answer("MESSAGE", "TCP", 1), False)
    hep3(BOB, ALICE, answer("OPTIONS", "TCP", 2), False)
    capture.write("long_hep")


make_headers()
make_body()
make_websocket()
make_sctp()
make_hep()
