#!/usr/bin/env python3
"""Write captures of calls that belong to each other: transfers, redirections, a conference, call waiting.

usage: make-linked-calls.py [DIR]      writes NAME/capture.pcap and NAME/README.md for each case into testdata/cases, or DIR
"""
import os
import struct
import sys

HOSTS = {"alice": 11, "bob": 12, "carol": 13, "dave": 14, "proxy": 10, "pbx": 20, "focus": 30}


def address(host):
    return f"192.0.2.{HOSTS[host]}"


class Capture:
    """Packets in order of time; every message is one UDP datagram."""

    def __init__(self):
        self.packets = []

    def send(self, time, src, dst, text):
        self.packets.append((time, len(self.packets), src, dst, text.encode()))

    def bytes(self):
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        for time, n, src, dst, payload in sorted(self.packets):
            udp = struct.pack("!HHHH", 5060, 5060, 8 + len(payload), 0) + payload
            ends = bytes([192, 0, 2, HOSTS[src], 192, 0, 2, HOSTS[dst]])
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), n + 1, 0, 64, 17, 0) + ends
            words = struct.unpack("!10H", ip)
            total = sum(words)
            total = (total & 0xFFFF) + (total >> 16)
            total = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
            ip = ip[:10] + struct.pack("!H", total) + ip[12:]
            mac = lambda host: bytes([2, 0, 0, 0, 0, HOSTS[host]])
            frame = mac(dst) + mac(src) + b"\x08\x00" + ip + udp
            us = 1_780_000_000_000_000 + round(time * 1e6)
            out += struct.pack("<IIII", us // 1_000_000, us % 1_000_000, len(frame), len(frame)) + frame
        return out


SDP = "v=0\r\no={0} 1 {2} IN IP4 {1}\r\ns=-\r\nc=IN IP4 {1}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na={3}\r\n"


class Dialog:
    """One Call-ID between two hosts: `who` is a user, `host` where it is."""

    def __init__(self, cap, call_id, caller, callee, hosts=None, uri=None):
        self.cap, self.call_id = cap, call_id
        self.users = [caller, callee]
        self.hosts = list(hosts or [caller, callee])
        self.uri = uri or f"sip:{callee}@example.com"
        self.tags = [f"{call_id[:4]}-a", f"{call_id[:4]}-b"]
        self.cseq = [0, 100]
        self.branch = 0
        self.answered = False
        self.versions = [0, 0]

    def party(self, side, tag):
        uri = f"<sip:{self.users[side]}@example.com>" if side == 0 or self.uri.startswith("sip:" + self.users[1] + "@") else f"<{self.uri}>"
        return uri + (f";tag={self.tags[side]}" if tag else "")

    def head(self, side, method, cseq, branch, in_dialog):
        return (
            f"Via: SIP/2.0/UDP {address(self.hosts[side])}:5060;branch=z9hG4bK-{self.call_id[:8]}-{branch}\r\n"
            f"From: {self.party(side, True)}\r\nTo: {self.party(1 - side, in_dialog)}\r\n"
            f"Call-ID: {self.call_id}\r\nCSeq: {cseq} {method}\r\n"
        )

    def sdp(self, side, direction):
        self.versions[side] += 1
        return SDP.format(self.users[side], address(self.hosts[side]), self.versions[side], direction)

    def request(self, time, method, side=0, uri=None, extra="", body="", kind="application/sdp", cseq=None, branch=None):
        if cseq is None:
            self.cseq[side] += 1
            cseq = self.cseq[side]
        if branch is None:
            self.branch += 1
            branch = self.branch
        in_dialog = self.answered and method != "CANCEL"
        where = uri or (f"sip:{self.users[1 - side]}@{address(self.hosts[1 - side])}" if in_dialog else self.uri)
        contact = f"Contact: <sip:{self.users[side]}@{address(self.hosts[side])}>\r\n" if "Contact:" not in extra else ""
        text = f"{method} {where} SIP/2.0\r\n" + self.head(side, method, cseq, branch, in_dialog)
        text += contact + "Max-Forwards: 70\r\n" + extra
        text += (f"Content-Type: {kind}\r\n" if body else "") + f"Content-Length: {len(body)}\r\n\r\n{body}"
        self.cap.send(time, self.hosts[side], self.hosts[1 - side], text)
        self.last = (method, side, cseq, branch, in_dialog)

    def response(self, time, status, of=None, extra="", body="", tag=True):
        method, side, cseq, branch, in_dialog = of or self.last
        head = self.head(side, method, cseq, branch, in_dialog or tag)
        contact = f"Contact: <sip:{self.users[1 - side]}@{address(self.hosts[1 - side])}>\r\n" if "Contact:" not in extra else ""
        text = f"SIP/2.0 {status}\r\n{head}{contact}{extra}"
        text += ("Content-Type: application/sdp\r\n" if body else "") + f"Content-Length: {len(body)}\r\n\r\n{body}"
        self.cap.send(time, self.hosts[1 - side], self.hosts[side], text)

    def call(self, time, extra="", answer="", ring=0.1, up=1.0):
        """INVITE to ACK."""
        self.request(time, "INVITE", extra=extra, body=self.sdp(0, "sendrecv"))
        invite = self.last
        self.response(time + 0.005, "100 Trying", tag=False)
        self.response(time + ring, "180 Ringing")
        self.response(time + up, "200 OK", extra=answer, body=self.sdp(1, "sendrecv"))
        self.answered = True
        self.request(time + up + 0.02, "ACK", cseq=invite[2])

    def fail(self, time, status, extra=""):
        """The INVITE sent last is refused."""
        invite = self.last
        self.response(time, status, extra=extra)
        self.request(time + 0.01, "ACK", cseq=invite[2], branch=invite[3])

    def bye(self, time, side=0):
        self.request(time, "BYE", side)
        self.response(time + 0.02, "200 OK")

    def hold(self, time, side, direction="sendonly"):
        self.request(time, "INVITE", side, body=self.sdp(side, direction))
        invite = self.last
        other = {"sendonly": "recvonly", "sendrecv": "sendrecv"}[direction]
        self.response(time + 0.02, "200 OK", body=self.sdp(1 - side, other))
        self.request(time + 0.04, "ACK", side, cseq=invite[2])

    def refer(self, time, side, target, answer="202 Accepted", extra=""):
        self.request(time, "REFER", side, extra=f"Refer-To: {target}\r\nReferred-By: <sip:{self.users[side]}@example.com>\r\n{extra}")
        self.referred = self.last
        if answer:
            self.response(time + 0.02, answer)

    def notify(self, time, side, frag, state="active;expires=60"):
        """Of the side that was asked."""
        body = f"SIP/2.0 {frag}\r\n"
        self.request(time, "NOTIFY", side, extra=f"Event: refer\r\nSubscription-State: {state}\r\n", body=body, kind="message/sipfrag;version=2.0")
        self.response(time + 0.02, "200 OK")


DONE = "terminated;reason=noresource"


def transfer_attended(cap):
    """Bob puts alice on hold, calls carol, and asks alice (REFER with Replaces) to take his place with her."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.call(0)
    first.hold(4, 1)
    second = Dialog(cap, "2222@192.0.2.12", "bob", "carol")
    second.call(5)
    second.hold(9, 0)
    replaces = "2222%40192.0.2.12%3Bto-tag%3D2222-b%3Bfrom-tag%3D2222-a"
    first.refer(10, 1, f"<sip:carol@192.0.2.13?Replaces={replaces}>")
    first.notify(10.05, 0, "100 Trying")
    third = Dialog(cap, "3333@192.0.2.11", "alice", "carol", uri="sip:carol@192.0.2.13")
    third.call(10.1, extra="Replaces: 2222@192.0.2.12;to-tag=2222-b;from-tag=2222-a\r\nReferred-By: <sip:bob@example.com>\r\n", ring=0.05, up=0.1)
    second.bye(10.25, 1)
    first.notify(10.3, 0, "200 OK", DONE)
    first.bye(10.4, 1)
    third.bye(20, 1)


def transfer_refused(cap):
    """Bob asks alice to call carol (REFER) and is refused with 403; later he asks so that no report follows (RFC 4488)."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.call(0)
    first.refer(4, 1, "<sip:carol@example.com>", "403 Forbidden")
    first.refer(6, 1, "<sip:dave@example.com>", "", "Refer-Sub: false\r\nSupported: norefersub\r\n")
    first.response(6.02, "202 Accepted", extra="Refer-Sub: false\r\n")
    first.bye(6.1, 1)


def transfer_unreported(cap):
    """A password is asked for on REFER and given; alice accepts, and no NOTIFY is in the capture."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.call(0)
    first.refer(4, 1, "<sip:carol@example.com>", "407 Proxy Authentication Required")
    auth = 'Proxy-Authorization: Digest username="bob", realm="x", nonce="n", uri="sip:x", response="r"\r\n'
    first.refer(4.1, 1, "<sip:carol@example.com>", extra=auth)
    first.bye(4.3, 1)


def redirect_followed(cap):
    """A redirect server names two addresses for bob (302); alice calls the first again under the same Call-ID."""
    call = Dialog(cap, "1111@192.0.2.11", "alice", "bob", ["alice", "proxy"])
    call.request(0, "INVITE", body=call.sdp(0, "sendrecv"))
    targets = "Contact: <sip:carol@192.0.2.13>;q=0.8, <sip:dave@192.0.2.14>;q=0.2\r\n"
    call.fail(0.05, "302 Moved Temporarily", targets)
    call.hosts[1] = "carol"
    call.tags[1] = "1111-c"
    call.request(0.1, "INVITE", uri="sip:carol@192.0.2.13", body=call.sdp(0, "sendrecv"))
    invite = call.last
    call.response(0.3, "180 Ringing")
    call.response(2, "200 OK", body=call.sdp(1, "sendrecv"))
    call.answered = True
    call.request(2.02, "ACK", cseq=invite[2], uri="sip:carol@192.0.2.13")
    call.bye(9)


def redirect_new_call(cap):
    """Bob's phone forwards to carol (302); alice's starts a call of its own to her, which names bob in Diversion."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.request(0, "INVITE", body=first.sdp(0, "sendrecv"))
    first.response(0.05, "180 Ringing")
    first.fail(1, "302 Moved Temporarily", "Contact: <sip:carol@192.0.2.13>\r\n")
    second = Dialog(cap, "2222@192.0.2.11", "alice", "carol", uri="sip:carol@192.0.2.13")
    second.call(1.1, extra="Diversion: <sip:bob@example.com>;reason=unconditional\r\n")
    second.bye(9)


def conference_focus(cap):
    """Alice and bob call a conference, bob subscribes to its state (RFC 4575), alice asks it (REFER) to call carol."""
    focus = "Contact: <sip:conf7@192.0.2.30>;isfocus\r\n"
    one = Dialog(cap, "1111@192.0.2.11", "alice", "conf7", ["alice", "focus"])
    one.call(0, answer=focus)
    two = Dialog(cap, "2222@192.0.2.12", "bob", "conf7", ["bob", "focus"])
    two.call(2, answer=focus)
    state = Dialog(cap, "8888@192.0.2.12", "bob", "conf7", ["bob", "focus"], uri="sip:conf7@192.0.2.30")
    state.request(3.5, "SUBSCRIBE", extra="Event: conference\r\nAccept: application/conference-info+xml\r\nExpires: 3600\r\n")
    state.response(3.52, "200 OK", extra="Expires: 3600\r\n")
    state.answered = True
    info = "Event: conference\r\nSubscription-State: active;expires=3600\r\n"
    state.request(3.55, "NOTIFY", 1, extra=info, body="<conference-info/>", kind="application/conference-info+xml")
    state.response(3.57, "200 OK")
    one.refer(5, 0, "<sip:carol@192.0.2.13>")
    three = Dialog(cap, "3333@192.0.2.30", "conf7", "carol", ["focus", "carol"], uri="sip:carol@192.0.2.13")
    one.notify(5.05, 1, "100 Trying")
    three.call(5.1, extra=focus)
    one.notify(6.2, 1, "200 OK", DONE)
    two.bye(10)
    three.bye(12, 1)
    one.bye(14)


def call_waiting(cap):
    """Carol calls bob while he talks to alice: he puts alice on hold, answers, and comes back to her."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.call(0)
    second = Dialog(cap, "2222@192.0.2.13", "carol", "bob")
    second.request(4, "INVITE", body=second.sdp(0, "sendrecv"))
    invite = second.last
    second.response(4.05, "182 Queued")
    second.response(4.1, "180 Ringing")
    first.hold(6, 1)
    second.response(6.2, "200 OK", of=invite, body=second.sdp(1, "sendrecv"))
    second.answered = True
    second.request(6.22, "ACK", cseq=invite[2])
    second.bye(10)
    first.hold(10.5, 1, "sendrecv")
    first.bye(15)


def transfer_target_dialog(cap):
    """Bob's REFER has a Call-ID of its own and names the call it moves in Target-Dialog (RFC 4538)."""
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    first.call(0)
    refer = Dialog(cap, "9999@192.0.2.12", "bob", "alice")
    refer.refer(4, 0, "<sip:carol@example.com>", extra="Target-Dialog: 1111@192.0.2.11;local-tag=1111-b;remote-tag=1111-a\r\n")
    refer.answered = True
    refer.notify(4.1, 1, "100 Trying")
    second = Dialog(cap, "3333@192.0.2.11", "alice", "carol")
    second.call(4.2, extra="Referred-By: <sip:bob@example.com>\r\n")
    refer.notify(5.3, 1, "200 OK", DONE)
    first.bye(6, 1)
    second.bye(9)


CASES = [transfer_target_dialog, transfer_attended, transfer_refused, transfer_unreported, redirect_followed, redirect_new_call, conference_focus, call_waiting]


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "cases")
    for case in CASES:
        folder = os.path.join(out, case.__name__)
        os.makedirs(folder, exist_ok=True)
        cap = Capture()
        case(cap)
        with open(os.path.join(folder, "capture.pcap"), "wb") as f:
            f.write(cap.bytes())
        with open(os.path.join(folder, "README.md"), "w") as f:
            f.write(f"# {case.__name__}\n\n{case.__doc__}\n\nWritten by `testdata/synthetic/make-linked-calls.py`.\n")


if __name__ == "__main__":
    main()
