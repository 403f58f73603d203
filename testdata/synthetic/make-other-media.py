#!/usr/bin/env python3
"""Writes captures of what calls carry beside RTP in datagrams:

    turn_relayed      both phones talk through a TURN relay: a channel one way of asking, indications the other
    t38_fax           a call that turns into a fax of two pages over UDPTL, with redundancy and loss
    t38_fec           a fax over UDPTL with parity packets (FEC)
    rtp_over_tcp      sound in a TCP stream (RFC 4571)
    msrp_session      messages in a session (RFC 4975)

Everything is fixed, so the files come out the same byte for byte. Only the standard library is used.
"""

import os
import socket
import struct

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
ALICE, BOB, RELAY = "192.0.2.11", "192.0.2.12", "192.0.2.50"
START = 1_700_000_000
COOKIE = 0x2112A442


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


class Capture:
    def __init__(self):
        self.packets, self.ip_id, self.tcp = [], 0, {}

    def ip(self, time, src, dst, protocol, body):
        self.ip_id += 1
        addresses = socket.inet_aton(src) + socket.inet_aton(dst)
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), self.ip_id, 0x4000, 64, protocol, 0) + addresses
        head = head[:10] + struct.pack("!H", ones_sum(head)) + head[12:]
        mac = lambda host: b"\x02\0" + socket.inet_aton(host)
        self.packets.append((time, mac(dst) + mac(src) + b"\x08\0" + head + body))

    def udp(self, time, src, dst, payload):
        """`src`, `dst`: host and port."""
        self.ip(time, src[0], dst[0], 17, struct.pack("!HHHH", src[1], dst[1], 8 + len(payload), 0) + payload)

    def segment(self, time, src, dst, payload=b"", flags=0x10):
        """A TCP segment; SYN is 2, FIN 1, ACK 16."""
        numbers = self.tcp.setdefault((src, dst), 1000), self.tcp.setdefault((dst, src), 1000)
        body = struct.pack("!HHIIBBHHH", src[1], dst[1], numbers[0], numbers[1], 0x50, flags, 65535, 0, 0) + payload
        self.tcp[(src, dst)] += len(payload) + (flags & 1) + (flags >> 1 & 1)
        self.ip(time, src[0], dst[0], 6, body)

    def connect(self, time, src, dst):
        self.segment(time, src, dst, flags=2)
        self.segment(time + 0.001, dst, src, flags=0x12)
        self.segment(time + 0.002, src, dst)

    def rtp(self, number, ssrc, payload_type=0):
        head = struct.pack("!BBHII", 0x80, payload_type | (0x80 if number == 0 else 0), 100 + number, 160 * number, ssrc)
        return head + bytes([0xD5]) * 160

    def write(self, name, readme):
        folder = os.path.join(CASES, name)
        os.makedirs(folder, exist_ok=True)
        self.packets.sort(key=lambda packet: packet[0])
        with open(os.path.join(folder, "capture.pcap"), "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for time, data in self.packets:
                micros = round(time * 1e6)
                out.write(struct.pack("<IIII", START + micros // 1_000_000, micros % 1_000_000, len(data), len(data)))
                out.write(data)
        with open(os.path.join(folder, "README.md"), "w") as out:
            out.write(f"# {name.replace('_', ' ')}\n\n{readme}\n\nWritten by `testdata/synthetic/make-other-media.py`.\n")


class Call:
    """A call between alice and bob, hop by hop without a proxy."""

    def __init__(self, capture, name):
        self.capture, self.call_id, self.cseq = capture, f"{name}@{ALICE}", {"alice": 0, "bob": 0}

    def request(self, time, by, method, sdp="", cseq=None):
        if cseq is None:
            self.cseq[by] += method != "ACK"
            cseq = self.cseq[by]
        self.message(time, by, by, f"{method} sip:{other(by)}@{HOST[other(by)]} SIP/2.0", method, cseq, sdp)

    def answer(self, time, by, status, method, sdp=""):
        self.message(time, by, other(by), f"SIP/2.0 {status}", method, self.cseq[other(by)], sdp)

    def message(self, time, sender, asker, first, method, cseq, sdp):
        begins = method == "INVITE" and cseq == 1 and asker == "alice" and sender == asker
        tag = "" if begins else f";tag=t{other(asker)}"
        lines = [
            first,
            f"Via: SIP/2.0/UDP {HOST[asker]}:5060;branch=z9hG4bK-{asker}-{cseq}{'-ack' if method == 'ACK' else ''}",
            "Max-Forwards: 70",
            f"From: <sip:{asker}@example.com>;tag=t{asker}",
            f"To: <sip:{other(asker)}@example.com>{tag}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {cseq} {method}",
            f"Contact: <sip:{sender}@{HOST[sender]}:5060>",
        ]
        if sdp:
            lines.append("Content-Type: application/sdp")
        lines.append(f"Content-Length: {len(sdp)}")
        text = "\r\n".join(lines) + "\r\n\r\n" + sdp
        self.capture.udp(time, (HOST[sender], 5060), (HOST[other(sender)], 5060), text.encode())

    def begin(self, offer, answer):
        self.request(0.0, "alice", "INVITE", offer)
        self.answer(0.05, "bob", "180 Ringing", "INVITE")
        self.answer(1.0, "bob", "200 OK", "INVITE", answer)
        self.request(1.01, "alice", "ACK", cseq=1)

    def end(self, time, by="alice"):
        self.request(time, by, "BYE")
        self.answer(time + 0.01, other(by), "200 OK", "BYE")


HOST = {"alice": ALICE, "bob": BOB}


def other(name):
    return {"alice": "bob", "bob": "alice"}[name]


def sdp(host, media, version=1, lines=()):
    head = ["v=0", f"o=- 1 {version} IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0", f"m={media}"]
    return "\r\n".join(head + list(lines)) + "\r\n"


# TURN

def stun(kind, transaction, *attributes):
    body = b""
    for number, value in attributes:
        body += struct.pack("!HH", number, len(value)) + value + b"\0" * (-len(value) % 4)
    return struct.pack("!HHI", kind, len(body), COOKIE) + struct.pack("!12s", transaction) + body


def xored(host, port):
    address = struct.unpack("!I", socket.inet_aton(host))[0] ^ COOKIE
    return struct.pack("!BBHI", 0, 1, port ^ COOKIE >> 16, address)


def turn_relayed():
    c = Capture()
    client, server, relayed, peer = (ALICE, 40000), (RELAY, 3478), (RELAY, 49170), (BOB, 6000)
    call = Call(c, "turn")
    peer_address = (0x0012, xored(*peer))
    c.udp(-0.2, client, server, stun(0x0003, b"allocate", (0x0019, b"\x11\0\0\0")))
    c.udp(-0.19, server, client, stun(0x0103, b"allocate", (0x0016, xored(*relayed)), (0x0020, xored(*client))))
    candidate = f"a=candidate:1 1 udp 41885695 {RELAY} 49170 typ relay raddr {ALICE} rport 40000"
    call.begin(sdp(RELAY, "audio 49170 RTP/AVP 0", lines=[candidate]), sdp(BOB, "audio 6000 RTP/AVP 0"))
    c.udp(1.02, client, server, stun(0x0008, b"permit", peer_address))
    c.udp(1.03, server, client, stun(0x0108, b"permit"))
    # Until the channel is bound, media goes in indications.
    for n in range(10):
        data = (0x0013, c.rtp(n, 0xA11CE))
        c.udp(1.04 + 0.02 * n, client, server, stun(0x0016, b"send%d" % n, peer_address, data))
        c.udp(1.045 + 0.02 * n, relayed, peer, c.rtp(n, 0xA11CE))
    c.udp(1.23, client, server, stun(0x0009, b"bind", (0x000C, b"\x40\x01\0\0"), peer_address))
    c.udp(1.235, server, client, stun(0x0109, b"bind"))
    for n in range(10, 110):
        if n != 50:
            c.udp(1.04 + 0.02 * n, client, server, struct.pack("!HH", 0x4001, 172) + c.rtp(n, 0xA11CE))
            c.udp(1.045 + 0.02 * n, relayed, peer, c.rtp(n, 0xA11CE))
    for n in range(110):
        c.udp(1.05 + 0.02 * n, peer, relayed, c.rtp(n, 0xB0B))
        if n < 10:
            data = (0x0013, c.rtp(n, 0xB0B))
            c.udp(1.052 + 0.02 * n, server, client, stun(0x0017, b"data%d" % n, peer_address, data))
        else:
            c.udp(1.052 + 0.02 * n, server, client, struct.pack("!HH", 0x4001, 172) + c.rtp(n, 0xB0B))
    call.end(4.0)
    c.write("turn_relayed", "alice's media goes through a TURN relay, first in Send and Data indications, then in a channel. The capture\n"
            "sees it on both sides of the relay. One of alice's packets is lost before the relay.")


# T.38

def length(n):
    return bytes([n]) if n < 128 else struct.pack("!H", 0x8000 | n)


def indicator(number):
    return bytes([number << 1])


def data(kind, *fields):
    """T.38 version 0: a field is its type and its octets; without octets two share an octet."""
    out, half = bytearray([0xC0 | kind << 1, len(fields)]), False
    for number, octets in fields:
        nibble = (8 if octets is not None else 0) | number
        if half:
            out[-1] |= nibble
            half = False
        else:
            out.append(nibble << 4)
            half = True
        if octets is not None:
            out += struct.pack("!H", len(octets) - 1) + octets
            half = False
    return bytes(out)


def udptl(sequence, primary, secondary=(), fec=None):
    out = struct.pack("!H", sequence) + length(len(primary)) + primary
    if fec is None:
        out += b"\0" + length(len(secondary))
        return out + b"".join(length(len(p)) + p for p in secondary)
    span, parity = fec
    return out + b"\x80\x01" + bytes([span]) + length(len(parity)) + b"".join(length(len(p)) + p for p in parity)


V21, V17 = 0, 8
HDLC, SIG_END, FCS_OK, T4, T4_END = 0, 1, 2, 6, 7
NO_SIGNAL, CNG, CED, PREAMBLE, TRAINING = 0, 1, 2, 3, 8


def frames(*hdlc):
    """HDLC frames behind a preamble: address, control (the last one is final), octets."""
    yield indicator(PREAMBLE)
    for i, octets in enumerate(hdlc):
        last = i + 1 == len(hdlc)
        yield data(V21, (HDLC, bytes([0xFF, 0xC8 if last else 0xC0]) + octets), (FCS_OK, None))
    yield data(V21, (SIG_END, None))
    yield indicator(NO_SIGNAL)


def digits(code, number):
    """A station identifies itself with 20 digits, the last one first, each octet with its low bit first."""
    flip = lambda octet: int(f"{octet:08b}"[::-1], 2)
    return bytes([code]) + bytes(flip(ord(d)) for d in reversed(f"{number:>20}"))


def page(octets):
    yield indicator(TRAINING)
    for i in range(0, octets, 40):
        yield data(V17, (T4, bytes((i + k) % 251 for k in range(40))))
    yield data(V17, (T4_END, None))
    yield indicator(NO_SIGNAL)


def fax(pages):
    """Who sends what, in order: alice faxes, bob receives."""
    yield "bob", [indicator(CED), indicator(NO_SIGNAL)]
    yield "bob", frames(digits(0x02, "+1 555 0102"), b"\x01\x00\xee\xf8")
    yield "alice", frames(digits(0x42, "+1 555 0101"), b"\x41\x00\x86\xf8")
    yield "alice", page(200)
    yield "bob", frames(b"\x21")
    for n in range(pages):
        yield "alice", page(4000)
        yield "alice", frames(b"\x74" if n + 1 == pages else b"\x72")
        yield "bob", frames(b"\x31")
    yield "alice", frames(b"\x5f")


def fax_call(name, pages, packet, lost, readme):
    """`packet` makes one of its sequence number and all primaries so far; `lost`: those of alice that do not arrive."""
    c = Capture()
    call = Call(c, name)
    ends = {"alice": (ALICE, 4000), "bob": (BOB, 6000)}
    call.begin(sdp(ALICE, "audio 4000 RTP/AVP 0"), sdp(BOB, "audio 6000 RTP/AVP 0"))
    for n in range(50):
        c.udp(1.02 + 0.02 * n, ends["alice"], ends["bob"], c.rtp(n, 0xA11CE))
        c.udp(1.03 + 0.02 * n, ends["bob"], ends["alice"], c.rtp(n, 0xB0B))
    correction = "a=T38FaxUdpEC:" + ("t38UDPFEC" if "fec" in name else "t38UDPRedundancy")
    image = lambda host, port: sdp(host, f"image {port} udptl t38", 2, ["a=T38FaxVersion:0", "a=T38MaxBitRate:14400", correction])
    call.request(2.1, "bob", "INVITE", image(BOB, 6000))
    call.answer(2.12, "alice", "200 OK", "INVITE", image(ALICE, 4000))
    call.request(2.13, "bob", "ACK", cseq=call.cseq["bob"])
    sent, time = {"alice": [], "bob": []}, 2.2
    for by, primaries in fax(pages):
        for primary in primaries:
            sent[by].append(primary)
            sequence = len(sent[by]) - 1
            if by == "bob" or sequence not in lost:
                c.udp(time, ends[by], ends[other(by)], packet(sequence, sent[by]))
            time += 0.03
    call.end(time + 0.2)
    c.write(name, readme)


def redundant(sequence, primaries):
    return udptl(sequence, primaries[-1], primaries[-2:-4:-1])


def with_parity(sequence, primaries):
    """One parity packet over the three packets before."""
    parity = b""
    for primary in primaries[-4:-1]:
        size = max(len(parity), len(primary))
        parity = bytes(a ^ b for a, b in zip(parity.ljust(size, b"\0"), primary.ljust(size, b"\0")))
    return udptl(sequence, primaries[-1], fec=(3, [parity] if parity else []))


# RTP and messages over TCP

def rtp_over_tcp():
    c = Capture()
    call = Call(c, "rtp-over-tcp")
    active, passive = (ALICE, 41000), (BOB, 6000)
    call.begin(
        sdp(ALICE, "audio 9 TCP/RTP/AVP 0", lines=["a=setup:active", "a=connection:new"]),
        sdp(BOB, "audio 6000 TCP/RTP/AVP 0", lines=["a=setup:passive", "a=connection:new"]),
    )
    c.connect(1.02, active, passive)
    framed = lambda packet: struct.pack("!H", len(packet)) + packet
    for n in range(0, 100, 2):
        # Two frames a segment, cut where no frame ends.
        both = framed(c.rtp(n, 0xA11CE)) + framed(c.rtp(n + 1, 0xA11CE))
        c.segment(1.03 + 0.02 * n, active, passive, both[:200])
        c.segment(1.05 + 0.02 * n, active, passive, both[200:])
        c.segment(1.035 + 0.02 * n, passive, active, framed(c.rtp(n, 0xB0B)))
        c.segment(1.055 + 0.02 * n, passive, active, framed(c.rtp(n + 1, 0xB0B)))
    c.segment(3.2, active, passive, flags=0x11)
    c.segment(3.21, passive, active, flags=0x11)
    call.end(3.3)
    c.write("rtp_over_tcp", "Sound in a TCP connection, each packet behind its length (RFC 4571). No packet is lost.")


def msrp(transaction, first, to, of, headers=(), body=b"", flag="$"):
    lines = [f"MSRP {transaction} {first}", f"To-Path: {to}", f"From-Path: {of}"] + list(headers)
    text = "\r\n".join(lines) + "\r\n"
    if body:
        text += "\r\n"
    return text.encode() + body + (b"\r\n" if body else b"") + f"-------{transaction}{flag}\r\n".encode()


def msrp_session():
    c = Capture()
    call = Call(c, "msrp")
    alice, bob = (ALICE, 42000), (BOB, 2855)
    a_path, b_path = f"msrp://{ALICE}:9/s1a;tcp", f"msrp://{BOB}:2855/s1b;tcp"
    accept = "a=accept-types:text/plain message/cpim"
    call.begin(
        sdp(ALICE, "message 9 TCP/MSRP *", lines=[accept, f"a=path:{a_path}", "a=setup:active"]),
        sdp(BOB, "message 2855 TCP/MSRP *", lines=[accept, f"a=path:{b_path}", "a=setup:passive"]),
    )
    c.connect(1.02, alice, bob)
    text = ["Content-Type: text/plain"]
    part = lambda number, of: [f"Message-ID: m{number}", f"Byte-Range: 1-{of}/{of}"] + text
    c.segment(1.1, alice, bob, msrp("a1empty", "SEND", b_path, a_path, ["Message-ID: m0"]))
    c.segment(1.11, bob, alice, msrp("a1empty", "200 OK", a_path, b_path))
    hello = b"Hello Bob, how are you?"
    c.segment(2.0, alice, bob, msrp("a2hello", "SEND", b_path, a_path, part(1, len(hello)), hello))
    c.segment(2.01, bob, alice, msrp("a2hello", "200 OK", a_path, b_path))
    # One message in two chunks, the first cut over two segments within its end-line.
    long = b"A longer answer, -------b1 in it. " * 40
    ranges = [f"Byte-Range: 1-800/{len(long)}", f"Byte-Range: 801-{len(long)}/{len(long)}"]
    first = msrp("b1chunk", "SEND", a_path, b_path, ["Message-ID: m2", ranges[0]] + text, long[:800], "+")
    c.segment(3.0, bob, alice, first[:-6])
    c.segment(3.001, bob, alice, first[-6:] + msrp("b2chunk", "SEND", a_path, b_path, ["Message-ID: m2", ranges[1]] + text, long[800:]))
    c.segment(3.01, alice, bob, msrp("b1chunk", "200 OK", b_path, a_path) + msrp("b2chunk", "200 OK", b_path, a_path))
    refused = ["Message-ID: m3", "Byte-Range: 1-4/4", "Content-Type: application/x-unknown"]
    c.segment(4.0, alice, bob, msrp("a3other", "SEND", b_path, a_path, refused, b"\0\1\2\3"))
    c.segment(4.01, bob, alice, msrp("a3other", "415 Media type not understood", a_path, b_path))
    c.segment(5.0, alice, bob, flags=0x11)
    c.segment(5.01, bob, alice, flags=0x11)
    call.end(5.1)
    c.write("msrp_session", "A session of messages: alice sends two and bob one, in two chunks; one of alice's is refused.")


turn_relayed()
fax_call("t38_fax", 2, redundant, {70, 120, 121, 122, 123},
         "A call that turns into a fax of two pages. Each UDPTL packet repeats the two before it, so of alice's five\n"
         "packets that are missing the single one and two of the four in a row are made good.")
fax_call("t38_fec", 1, with_parity, {60, 80, 81},
         "A fax of one page whose packets carry parity over the three before them: the single missing packet of alice's is\n"
         "made good, the two in a row are not.")
rtp_over_tcp()
msrp_session()
