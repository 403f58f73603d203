#!/usr/bin/env python3
"""Writes the captures of testdata/cases/{sctp,websocket_deflate,hep}: the same short call over each transport.

Everything is fixed, times and keys too, so the files come out the same byte for byte. Only the standard
library is used; compression is zlib's.
"""

import gzip
import os
import struct
import zlib

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
ALICE, BOB, COLLECTOR = "192.0.2.11", "192.0.2.12", "192.0.2.20"
START = 1_790_000_000  # 2026-09-21 14:13:20 UTC


def address(text):
    return bytes(int(part) for part in text.split("."))


def ones_sum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Capture:
    def __init__(self):
        self.packets = []
        self.ip_id = 0

    def ip(self, ms, src, dst, protocol, payload):
        self.ip_id += 1
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), self.ip_id, 0, 64, protocol, 0)
        head += address(src) + address(dst)
        head = head[:10] + struct.pack("!H", ones_sum(head)) + head[12:]
        mac = lambda ip: b"\x02\0" + address(ip)
        frame = mac(dst) + mac(src) + b"\x08\0" + head + payload
        self.packets.append((ms * 1000, frame))

    def udp(self, ms, src, dst, payload):
        (src, sport), (dst, dport) = src, dst
        head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
        self.ip(ms, src, dst, 17, head + payload)

    def write(self, case):
        with open(os.path.join(CASES, case, "capture.pcap"), "wb") as file:
            file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
            for us, frame in self.packets:
                file.write(struct.pack("<IIII", START + us // 1_000_000, us % 1_000_000, len(frame), len(frame)))
                file.write(frame)


def sip(first, transport, cseq, to_tag=True, sdp=None, extra=()):
    lines = [
        first,
        f"Via: SIP/2.0/{transport} {ALICE}:5060;branch=z9hG4bK-{cseq.replace(' ', '-')}",
        "Max-Forwards: 70",
        "From: \"Alice\" <sip:alice@example.net>;tag=a1",
        "To: <sip:bob@example.net>" + (";tag=b1" if to_tag else ""),
        f"Call-ID: {transport.lower()}-call@example.net",
        f"CSeq: {cseq}",
        *extra,
    ]
    body = b""
    if sdp:
        body = "\r\n".join([
            "v=0", f"o=- 1 1 IN IP4 {sdp}", "s=-", f"c=IN IP4 {sdp}", "t=0 0",
            "m=audio 40000 RTP/AVP 0 8 101", "a=rtpmap:0 PCMU/8000", "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000", "a=sendrecv", "",
        ]).encode()
        lines.append("Content-Type: application/sdp")
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines + ["", ""]).encode() + body


def call(transport):
    """(ms, from the caller?, text): answered after a second, the caller hangs up three seconds later."""
    scheme = f";transport={transport.lower()}"
    ua = ["User-Agent: example"]
    contact = lambda host: [f"Contact: <sip:{host}:5060{scheme}>"]
    return [
        (0, True, sip(f"INVITE sip:bob@{BOB}{scheme} SIP/2.0", transport, "1 INVITE", False, ALICE, ua + contact(ALICE))),
        (10, False, sip("SIP/2.0 100 Trying", transport, "1 INVITE", False)),
        (80, False, sip("SIP/2.0 180 Ringing", transport, "1 INVITE", True, None, contact(BOB))),
        (1000, False, sip("SIP/2.0 200 OK", transport, "1 INVITE", True, BOB, contact(BOB))),
        (1020, True, sip(f"ACK sip:bob@{BOB}{scheme} SIP/2.0", transport, "1 ACK")),
        (4000, True, sip(f"BYE sip:bob@{BOB}{scheme} SIP/2.0", transport, "2 BYE")),
        (4015, False, sip("SIP/2.0 200 OK", transport, "2 BYE")),
    ]


# SCTP (RFC 9260)

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def chunk(kind, flags, value):
    length = 4 + len(value)
    return struct.pack("!BBH", kind, flags, length) + value + b"\0" * (-length % 4)


def data(flags, tsn, ssn, text):
    return chunk(0, flags, struct.pack("!IHHI", tsn & 0xFFFFFFFF, 1, ssn, 0) + text)


def make_sctp():
    capture = Capture()
    tags = {True: 0x0B0B0B0B, False: 0x0A0A0A0A}

    def packet(ms, from_alice, *chunks):
        src, dst = (ALICE, BOB) if from_alice else (BOB, ALICE)
        head = struct.pack("!HHI", 5060, 5060, tags[from_alice])
        body = b"".join(chunks)
        crc = struct.pack("<I", crc32c(head + bytes(4) + body))
        capture.ip(ms, src, dst, 132, head + crc + body)

    sack = lambda tsn: chunk(3, 0, struct.pack("!IIHH", tsn & 0xFFFFFFFF, 65535, 0, 0))
    invite, trying, ringing, ok, ack, bye, bye_ok = [text for _, _, text in call("SCTP")]
    # The INVITE in three fragments over the end of the sequence numbers, the last two swapped on the way.
    third = len(invite) // 3
    packet(0, True, data(2, -2, 0, invite[:third]))
    packet(2, True, data(1, 0, 0, invite[2 * third:]))
    packet(3, True, data(0, -1, 0, invite[third:2 * third]))
    # Two answers in one packet.
    packet(10, False, sack(0), data(3, 100, 0, trying), data(3, 101, 1, ringing))
    # An answer, and its retransmission: the same transmission sequence number.
    packet(1000, False, data(3, 102, 2, ok))
    packet(1010, False, data(3, 102, 2, ok))
    # Out of its stream's order (U bit), with a heartbeat before it.
    packet(1020, True, sack(102), chunk(4, 0, chunk(1, 0, b"beat")), data(7, 1, 0, ack))
    packet(4000, True, data(3, 2, 1, bye))
    packet(4015, False, sack(2), data(3, 103, 3, bye_ok))
    capture.write("sctp")


# WebSocket (RFC 6455, RFC 7692)

def make_websocket():
    capture = Capture()
    ends = {True: (ALICE, 40000), False: (BOB, 80)}
    sequence = {True: 1000, False: 5000}

    def segment(ms, from_alice, payload, flags=0x18):
        (src, sport), (dst, dport) = ends[from_alice], ends[not from_alice]
        ack = 0 if flags == 2 else sequence[not from_alice]
        head = struct.pack("!HHIIBBHHH", sport, dport, sequence[from_alice], ack, 0x50, flags, 65535, 0, 0)
        pseudo = address(src) + address(dst) + struct.pack("!HH", 6, len(head) + len(payload))
        head = head[:16] + struct.pack("!H", ones_sum(pseudo + head + payload)) + head[18:]
        capture.ip(ms, src, dst, 6, head + payload)
        sequence[from_alice] += len(payload) + (flags & 3 != 0)

    def frame(first, masked, payload):
        head = bytes([first])
        bit = 0x80 if masked else 0
        if len(payload) < 126:
            head += bytes([bit | len(payload)])
        else:
            head += bytes([bit | 126]) + struct.pack("!H", len(payload))
        if not masked:
            return head + payload
        key = b"\x37\xfa\x21\x3d"
        return head + key + bytes(b ^ key[at % 4] for at, b in enumerate(payload))

    # The client refers back to earlier messages, the server starts each message afresh.
    client = zlib.compressobj(9, zlib.DEFLATED, -15)

    def deflate(from_alice, text):
        packer = client if from_alice else zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(text) + packer.flush(zlib.Z_SYNC_FLUSH)
        assert packed.endswith(b"\0\0\xff\xff")
        return packed[:-4]

    segment(-40, True, b"", 2)
    segment(-39, False, b"", 0x12)
    segment(-38, True, b"", 0x10)
    segment(-37, True, b"\r\n".join([
        b"GET /sip HTTP/1.1", b"Host: sip.example.net", b"Upgrade: websocket", b"Connection: Upgrade",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Protocol: sip", b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        b"", b""]))
    segment(-20, False, b"\r\n".join([
        b"HTTP/1.1 101 Switching Protocols", b"Upgrade: websocket", b"Connection: Upgrade",
        b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", b"Sec-WebSocket-Protocol: sip",
        b"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover", b"", b""]))
    for ms, from_alice, text in call("WS"):
        packed = deflate(from_alice, text)
        if text.startswith(b"INVITE"):
            # In two frames with a ping between, cut into segments anywhere.
            stream = frame(0x41, True, packed[:100]) + frame(0x89, True, b"ping") + frame(0x80, True, packed[100:])
            for at, part in enumerate([stream[:1], stream[1:77], stream[77:120], stream[120:]]):
                segment(ms + at, True, part)
            segment(ms + 5, False, frame(0x8A, False, b"ping"))
        elif b"180" in text:
            segment(ms, False, frame(0x81, False, text))  # not every message need be compressed
        else:
            segment(ms, from_alice, frame(0xC1, from_alice, packed))
    segment(4500, True, frame(0x81, True, b"\r\n\r\n"))  # keep-alive
    segment(4600, True, frame(0x88, True, b"\x03\xe8"))
    segment(4601, False, frame(0x88, False, b"\x03\xe8"))
    segment(4602, True, b"", 0x11)
    segment(4603, False, b"", 0x11)
    # Time starts with the SYN.
    capture.packets = [(us + 40_000, packet) for us, packet in capture.packets]
    capture.write("websocket_deflate")


# HEP

def hep3(seconds, micros, from_alice, protocol, payload, compressed=None):
    src, dst = (ALICE, BOB) if from_alice else (BOB, ALICE)
    chunks = [
        (1, b"\x02"), (2, bytes([protocol])), (3, address(src)), (4, address(dst)),
        (7, struct.pack("!H", 5060)), (8, struct.pack("!H", 5060)),
        (9, struct.pack("!I", seconds)), (10, struct.pack("!I", micros)),
        (11, b"\x01"), (12, struct.pack("!I", 2001)),
        (16, compressed(payload)) if compressed else (15, payload),
    ]
    body = b"".join(struct.pack("!HHH", 0, kind, 6 + len(value)) + value for kind, value in chunks)
    return b"HEP3" + struct.pack("!H", 6 + len(body)) + body


def hep2(seconds, micros, from_alice, protocol, payload):
    src, dst = (ALICE, BOB) if from_alice else (BOB, ALICE)
    head = struct.pack("!BBBBHH", 2, 16, 2, protocol, 5060, 5060) + address(src) + address(dst)
    return head + struct.pack("<IIHH", seconds, micros, 2001, 0) + payload


def make_hep():
    capture = Capture()
    agent, collector = (ALICE, 50000), (COLLECTOR, 9060)
    for at, (ms, from_alice, text) in enumerate(call("TCP")):
        # The agent sends 250 ms after it saw a message, but 400 ms for the second: its own times count.
        us = ms * 1000 + START * 1_000_000
        seconds, micros = divmod(us, 1_000_000)
        if at >= 5:
            packet = hep2(seconds, micros, from_alice, 6, text)
        else:
            packed = {0: lambda data: gzip.compress(data, mtime=0), 3: zlib.compress}.get(at)
            packet = hep3(seconds, micros, from_alice, 6, text, packed)
        capture.udp(ms + (400 if at == 1 else 250), agent, collector, packet)
    capture.packets.sort()
    capture.write("hep")


for case in ("sctp", "websocket_deflate", "hep"):
    os.makedirs(os.path.join(CASES, case), exist_ok=True)
make_sctp()
make_websocket()
make_hep()
