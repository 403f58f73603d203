#!/usr/bin/env python3
"""Write captures of calls that take a turn: a fork, a CANCEL too late, a password within the call, a call that began before.

usage: make-turns.py [DIR]      writes NAME/capture.pcap and NAME/README.md for each case into testdata/cases, or DIR
"""
import importlib.util
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SPEC = importlib.util.spec_from_file_location("linked", os.path.join(HERE, "make-linked-calls.py"))
linked = importlib.util.module_from_spec(SPEC)
sys.dont_write_bytecode = True
SPEC.loader.exec_module(linked)
Capture, Dialog = linked.Capture, linked.Dialog


def cancel_crossed(cap):
    """Alice gives up, and her CANCEL crosses bob's 200: she confirms it and hangs up."""
    call = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    call.request(0, "INVITE", body=call.sdp(0, "sendrecv"))
    invite = call.last
    call.response(0.05, "180 Ringing")
    call.request(5, "CANCEL", cseq=invite[2], branch=invite[3])
    cancel = call.last
    call.response(5.005, "200 OK", of=invite, body=call.sdp(1, "sendrecv"))
    call.response(5.03, "200 OK", of=cancel)
    call.answered = True
    call.request(5.04, "ACK", cseq=invite[2])
    call.bye(5.06)


def reinvite_password(cap):
    """Bob's phone asks for a password when alice changes the session, not when she calls."""
    call = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    call.call(0)
    call.request(4, "INVITE", body=call.sdp(0, "sendrecv"))
    invite = call.last
    call.response(4.02, "401 Unauthorized", extra='WWW-Authenticate: Digest realm="bob", nonce="n1"\r\n')
    call.request(4.03, "ACK", cseq=invite[2], branch=invite[3])
    digest = 'Authorization: Digest username="alice", realm="bob", nonce="n1", uri="sip:bob@192.0.2.12", response="00000000000000000000000000000000"\r\n'
    call.request(4.05, "INVITE", extra=digest, body=call.sdp(0, "sendrecv"))
    invite = call.last
    call.response(4.07, "200 OK", body=call.sdp(1, "sendrecv"))
    call.request(4.09, "ACK", cseq=invite[2])
    call.bye(9)


def hold_before_resume(cap):
    """The capture begins within the call: bob, who was called, puts alice on hold and comes back."""
    call = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    call.answered = True
    call.hold(1, 1)
    call.hold(4, 1, "sendrecv")


def bye_repeated_481(cap):
    """The answer to bob's BYE is lost: of its repeat alice's phone knows no call any more."""
    call = Dialog(cap, "1111@192.0.2.11", "alice", "bob")
    call.call(0)
    call.request(9, "BYE", 1)
    bye = call.last
    call.request(9.5, "BYE", 1, cseq=bye[2], branch=bye[3])
    call.response(9.52, "481 Call/Transaction Does Not Exist")


def serial_fork(cap):
    """A proxy tries bob's first phone, which rings and is busy, and then his second, which answers."""
    own = Dialog(cap, "1111@192.0.2.11", "alice", "bob", ["alice", "proxy"])
    first = Dialog(cap, "1111@192.0.2.11", "alice", "bob", ["proxy", "bob"])
    second = Dialog(cap, "1111@192.0.2.11", "alice", "bob", ["proxy", "carol"])
    first.branch, second.branch, second.tags[1] = 10, 20, "1111-c"
    offer, answer = own.sdp(0, "sendrecv"), linked.SDP.format("bob", "192.0.2.13", 1, "sendrecv")
    own.request(0, "INVITE", body=offer)
    invite = own.last
    own.response(0.001, "100 Trying", tag=False)
    first.request(0.01, "INVITE", body=offer)
    first.response(0.1, "180 Ringing")
    own.response(0.11, "180 Ringing")
    first.fail(2.9, "486 Busy Here")
    second.request(3, "INVITE", body=offer)
    second.response(3.1, "180 Ringing")
    own.tags[1] = "1111-c"
    own.response(3.11, "180 Ringing")
    second.response(5, "200 OK", body=answer)
    own.response(5.001, "200 OK", of=invite, body=answer)
    for dialog, later in [(own, 0), (second, 0.001)]:
        dialog.answered = True
        dialog.request(5.02 + later, "ACK", cseq=1)
    own.request(11.2, "BYE")
    second.request(11.201, "BYE")
    second.response(11.21, "200 OK")
    own.response(11.211, "200 OK")


CASES = [cancel_crossed, reinvite_password, hold_before_resume, bye_repeated_481, serial_fork]


def main():
    out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "..", "cases")
    for case in CASES:
        folder = os.path.join(out, case.__name__)
        os.makedirs(folder, exist_ok=True)
        cap = Capture()
        case(cap)
        with open(os.path.join(folder, "capture.pcap"), "wb") as f:
            f.write(cap.bytes())
        with open(os.path.join(folder, "README.md"), "w") as f:
            f.write(f"# {case.__name__}\n\n{case.__doc__}\n\nWritten by `testdata/synthetic/make-turns.py`.\n")


if __name__ == "__main__":
    main()
