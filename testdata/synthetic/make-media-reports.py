#!/usr/bin/env python3
"""Writes calls whose RTCP tells what their RTP alone does not:

    clipped_start        the first 60 packets of the callee, 1.2 s, do not come; its sender report counts them
    sound_and_pictures   pictures 80 ms behind the sound; the callee sends no media and asks by reference times

Everything is fixed, so the files come out the same byte for byte. Only the standard library is used.
"""

import importlib.util
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("other_media", os.path.join(HERE, "make-other-media.py"))
other_media = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(other_media)
ALICE, BOB = other_media.ALICE, other_media.BOB
NTP_1970 = 2_208_988_800


class Capture(other_media.Capture):
    def write(self, name, readme):
        super().write(name, readme)
        path = os.path.join(other_media.CASES, name, "README.md")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("make-other-media", "make-media-reports"))


def sdp(host, media):
    head = f"v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\n"
    return head + "".join(line + "\r\n" for line in media)


def packet(count, kind, *words):
    return struct.pack(f"!BBH{len(words)}I", 0x80 | count, kind, len(words), *words)


def ntp(wall):
    """Seconds of the sender's wall clock since START, as two words."""
    units = round((other_media.START + NTP_1970 + wall) * (1 << 32))
    return units >> 32, units & 0xFFFFFFFF


def middle(wall):
    high, low = ntp(wall)
    return (high & 0xFFFF) << 16 | low >> 16


def sender_report(ssrc, wall, timestamp, packets, octets):
    names = packet(1, 202, ssrc, 0x01036140, 0x62000000)
    return packet(0, 200, ssrc, *ntp(wall), timestamp, packets, octets) + names


def clipped_start():
    capture = Capture()
    call = other_media.Call(capture, "clipped")
    call.request(0.0, "alice", "INVITE", sdp(ALICE, ["m=audio 4000 RTP/AVP 8"]))
    call.answer(0.1, "bob", "180 Ringing", "INVITE")
    call.answer(2.0, "bob", "200 OK", "INVITE", sdp(BOB, ["m=audio 6000 RTP/AVP 8"]))
    call.request(2.01, "alice", "ACK", cseq=1)
    for n in range(200):
        capture.udp(2.02 + 0.02 * n, (ALICE, 4000), (BOB, 6000), capture.rtp(n, 0x11, 8))
        if n >= 60:
            capture.udp(2.03 + 0.02 * n, (BOB, 6000), (ALICE, 4000), capture.rtp(n, 0x22, 8))
    report = sender_report(0x22, 5.025, 160 * 150, 150, 160 * 150)
    capture.udp(5.025, (BOB, 6001), (ALICE, 4001), report)
    call.request(6.1, "alice", "BYE")
    call.answer(6.12, "bob", "200 OK", "BYE")
    capture.write(
        "clipped_start",
        "bob answers at 2.00 s. The first of his packets in the capture comes at 3.23 s; his sender report counts 150\n"
        "packets where 90 came without a gap: 60 were sent before the first.",
    )


def sound_and_pictures():
    capture = Capture()
    call = other_media.Call(capture, "pictures")
    media = lambda port, way: [
        f"m=audio {port} RTP/AVP 8",
        f"a={way}",
        f"m=video {port + 2} RTP/AVP 96",
        "a=rtpmap:96 H264/90000",
        f"a={way}",
    ]
    call.request(0.0, "alice", "INVITE", sdp(ALICE, media(4000, "sendonly")))
    call.answer(0.5, "bob", "200 OK", "INVITE", sdp(BOB, media(6000, "recvonly")))
    call.request(0.51, "alice", "ACK", cseq=1)
    for n in range(200):
        capture.udp(0.52 + 0.02 * n, (ALICE, 4000), (BOB, 6000), capture.rtp(n, 0x11, 8))
    for n in range(100):
        head = struct.pack("!BBHII", 0x80, 0xE0, 100 + n, 3600 * n, 0x12)
        capture.udp(0.60 + 0.04 * n, (ALICE, 4002), (BOB, 6002), head + bytes([0x41]) * 100)
    # Timestamp 0 of both was sampled at 0.5 s of alice's clock, which is 3 s ahead of the capture's.
    for n, at in enumerate((2.0, 3.5)):
        sampled = round((at - 0.5) * 8000), round((at - 0.5) * 90_000)
        sound = sender_report(0x11, at + 3, sampled[0], round((at - 0.5) * 50), 0)
        # bob asked 0.2 s before; alice held it 0.188 s: 12 ms.
        asks = packet(0, 201, 0x99) + packet(0, 207, 0x99, 0x04000002, *ntp(at - 0.2))
        capture.udp(at - 0.2, (BOB, 6001), (ALICE, 4001), asks)
        answer = packet(0, 207, 0x11, 0x05000003, 0x99, middle(at - 0.2), round(0.188 * 65536))
        capture.udp(at, (ALICE, 4001), (BOB, 6001), sound + answer)
        pictures = sender_report(0x12, at + 3, sampled[1], round((at - 0.5) * 25), 0)
        capture.udp(at + 0.001, (ALICE, 4003), (BOB, 6003), pictures)
        # bob held alice's report 0.25 s; it comes 0.28 s after it passed: 30 ms.
        block = 0x11, 0, 100 + round((at - 0.52) * 50), 0, middle(at + 3), round(0.25 * 65536)
        capture.udp(at + 0.28, (BOB, 6001), (ALICE, 4001), packet(1, 201, 0x99, *block))
    call.request(4.7, "alice", "BYE")
    call.answer(4.72, "bob", "200 OK", "BYE")
    capture.write(
        "sound_and_pictures",
        "alice sends sound and pictures, bob only listens. Both were sampled from 0.5 s on; the sound comes from 0.52 s on, the\n"
        "pictures from 0.60 s on: 80 ms later. bob asks by reference times (RFC 3611), which alice answers: 12 ms to her and\n"
        "back, 30 ms to bob and back.",
    )


clipped_start()
sound_and_pictures()
