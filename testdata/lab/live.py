#!/usr/bin/python3
"""Real SIP stacks register and call while `sipflow capture` runs on their switch; for tests/live.

live.py SIPFLOW DIR writes DIR/live.ndjson, what was said live, and DIR/live.pcapng, what was saved.
"""

import signal
import sys
import tempfile
import time
from pathlib import Path

import lab

CAROL = "192.0.2.13"


class LiveLab(lab.Lab):
    """The lab with sipflow as its capture, and carol, a third phone."""

    def __init__(self, program, out, work):
        super().__init__("live", work)
        self.program, self.out = program, out

    def start_capture(self):
        words = ["capture", "-i", "br0", "--json", "-o", str(self.out / "live.ndjson"), "--with-media",
                 "-w", str(self.out / "live.pcapng"), "port", "5060"]
        capture = self.start("switch", self.program, *words)
        self.wait_for(capture, "capturing on")
        return capture

    def saw(self, text, times=1, seconds=10):
        """Until the capture has printed a text so often."""
        deadline = time.monotonic() + seconds
        while (self.out / "live.ndjson").read_text().count(text) < times:
            if time.monotonic() > deadline:
                raise RuntimeError(f"sipflow never said {text!r} {times} times: {self.capture.log.read_text()}")
            time.sleep(0.05)


def main():
    program, out = sys.argv[1], Path(sys.argv[2])
    lab.HOSTS["carol"] = 13
    with tempfile.TemporaryDirectory(prefix="sipflow-live-") as work:
        with LiveLab(program, out, Path(work)) as live:
            live.proxy("REGAUTH", "CALLAUTH")
            alice, bob = lab.ring(live)
            bob.say("accept")
            alice.hears("Call established")
            time.sleep(2)
            bob.say("hangup")
            live.saw('"method":"BYE","request_uri":null,"status":200', 2)
            voice = live.dir / "voice.pcmu"
            voice.write_bytes(b"\xd5" * 8000)
            carol = live.start("carol", "perl", str(lab.HERE / "carol.pl"), lab.PROXY, CAROL, str(voice))
            bob.hears("Incoming call", 2)
            bob.say("accept")
            lab.finish(carol)
            live.saw('"method":"BYE","request_uri":null,"status":200', 4)
        if live.capture.returncode:
            raise RuntimeError(f"sipflow ended with {live.capture.returncode}: {live.capture.log.read_text()}")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
