#!/usr/bin/python3
"""Makes the lab's captures again: real SIP stacks, each host a network namespace of its own.

Run by make-captures, as root. Nothing leaves the namespaces; they are gone when it ends.
"""

import contextlib
import math
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import wave
from pathlib import Path

HERE = Path(__file__).resolve().parent
OUT = Path(os.environ.get("LAB_OUT", HERE / "captures"))
HOSTS = {"proxy": 10, "alice": 11, "bob": 12}
PROXY = "192.0.2.10"
MODULES = "/usr/lib/baresip/modules"


def sh(*words, check=True):
    """Runs a command to its end; its output is shown only when it fails."""
    done = subprocess.run(words, capture_output=True, text=True, timeout=30)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")


class Lab:
    """A switch and its hosts; everything started in it ends with it."""

    def __init__(self, name, work):
        self.name, self.dir = name, work / name
        self.dir.mkdir()
        self.running = []
        self.namespaces = []
        self.capture = None

    def __enter__(self):
        try:
            self.build()
        except BaseException:
            self.__exit__()
            raise
        return self

    def build(self):
        switch = self.namespace("switch")
        sh("ip", "-n", switch, "link", "add", "br0", "type", "bridge")
        sh("ip", "-n", switch, "link", "set", "br0", "up")
        for host, number in HOSTS.items():
            space = self.namespace(host)
            sh("ip", "-n", switch, "link", "add", host, "type", "veth", "peer", "name", "eth0", "netns", space)
            sh("ip", "-n", space, "link", "set", "eth0", "address", f"02:00:c0:00:02:{number:02x}")
            # Checksums are to be right in the captures, so nothing may be left to a network card.
            for where, port in ((space, "eth0"), (switch, host)):
                sh("ip", "netns", "exec", where, "ethtool", "-K", port, "tx", "off", "gso", "off", "tso", "off", check=False)
            sh("ip", "-n", space, "address", "add", f"192.0.2.{number}/24", "dev", "eth0")
            sh("ip", "-n", space, "address", "add", f"2001:db8::{number}/64", "dev", "eth0", "nodad", check=False)
            sh("ip", "-n", switch, "link", "set", host, "master", "br0", "up")
            sh("ip", "-n", space, "link", "set", "lo", "up")
            sh("ip", "-n", space, "link", "set", "eth0", "up")
        time.sleep(0.5)
        self.capture = self.start_capture()

    def start_capture(self):
        capture = self.start("switch", "tcpdump", "-i", "br0", "-n", "-U", "--immediate-mode", "-Z", "root",
                             "-w", str(OUT / f"{self.name}.pcap"), "udp or tcp or icmp")
        self.wait_for(capture, "listening on")
        return capture

    def __exit__(self, *_):
        time.sleep(0.5)
        for process in reversed(self.running):
            stop(process, signal.SIGINT if process is self.capture else signal.SIGTERM)
        for space in self.namespaces:
            sh("ip", "netns", "delete", space, check=False)

    def namespace(self, host):
        space = f"sipflow-{os.getpid()}-{host}"
        sh("ip", "netns", "add", space)
        self.namespaces.append(space)
        return space

    def start(self, host, *words):
        log = open(self.dir / f"{len(self.running)}-{Path(words[0]).name}.log", "wb")
        process = subprocess.Popen(
            ["ip", "netns", "exec", f"sipflow-{os.getpid()}-{host}", *words],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.dir,
            env={**os.environ, "TERM": "dumb", "HOME": str(self.dir)}, start_new_session=True,
        )
        process.log = Path(log.name)
        self.running.append(process)
        return process

    def wait_for(self, process, text, times=1, seconds=10):
        """Until a program has printed a text that many times."""
        deadline = time.monotonic() + seconds
        while process.log.read_text(errors="replace").count(text) < times:
            if time.monotonic() > deadline or process.poll() is not None:
                raise RuntimeError(f"{self.name}: no {text!r} from {process.log.name}:\n{process.log.read_text(errors='replace')[-800:]}")
            time.sleep(0.05)

    def proxy(self, *switches):
        options = [word for switch in switches for word in ("-A", switch)]
        listen = [word for proto in ("udp", "tcp") for word in ("-l", f"{proto}:{PROXY}:5060")]
        kamailio = self.start("proxy", "kamailio", "-f", str(HERE / "kamailio.cfg"), "-DD", "-E", "-m", "64", "-M", "8",
                              "-Y", str(self.dir), "-w", str(self.dir), *listen, *options)
        time.sleep(1.5)
        if kamailio.poll() is not None:
            raise RuntimeError(f"kamailio ended: {kamailio.log.read_text()[-800:]}")

    def sipp(self, host, *words, wait=True):
        address = f"192.0.2.{HOSTS[host]}"
        if "-i" not in words:
            words = ("-i", address, "-p", "5060", *words)
        process = self.start(host, "sipp", *words, "-m", "1", "-s", host, "-nostdin", "-timeout", "40")
        if wait:
            finish(process)
        return process

    def phone(self, user, *, password=None, transport="udp"):
        return Phone(self, user, password or f"secret-{user}", transport)


class Phone:
    """A baresip with a tone for a voice."""

    def __init__(self, lab, user, password, transport):
        self.lab, self.user = lab, user
        home = lab.dir / user
        home.mkdir()
        tone(home / "voice.wav", 440 if user == "alice" else 660)
        (home / "config").write_text(f"""\
sip_listen 192.0.2.{HOSTS[user]}:5060
net_interface eth0
audio_source aufile,{home}/voice.wav
audio_player aubridge,ear
audio_alert aubridge,bell
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports 10000-10020
rtcp_mux no
module_path {MODULES}
module g711.so
module aufile.so
module aubridge.so
module cons.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
cons_listen 127.0.0.1:5555
""")
        (home / "accounts").write_text(
            f"<sip:{user}@{PROXY};transport={transport}>;auth_user={user};auth_pass={password}"
            f";outbound=\"sip:{PROXY};transport={transport};lr\";regint=300"
            f";answermode=manual;audio_codecs=pcmu/8000/1;mwi=no\n")
        (home / "contacts").write_text("")
        self.process = lab.start(user, "baresip", "-s", "-f", str(home))
        lab.wait_for(self.process, "baresip is ready")

    def say(self, command):
        space = f"sipflow-{os.getpid()}-{self.user}"
        sh("ip", "netns", "exec", space, "bash", "-c", f"echo '/{command}' > /dev/udp/127.0.0.1/5555")

    def hears(self, text, times=1, seconds=15):
        self.lab.wait_for(self.process, text, times, seconds)


def tone(path, hertz, seconds=20, rate=8000):
    samples = (int(8000 * math.sin(2 * math.pi * hertz * n / rate)) for n in range(seconds * rate))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate)
        out.writeframes(b"".join(struct.pack("<h", s) for s in samples))


def finish(process, seconds=45):
    if process.wait(seconds):
        raise RuntimeError(f"{process.log.name} failed:\n{process.log.read_text(errors='replace')[-800:]}")


def stop(process, how):
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, how)
        try:
            process.wait(4)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(4)


# What happens in each capture, and the SIP that must be in it, in this order.


def register(lab):
    """alice registers with digest authentication, and unregisters when her phone is switched off"""
    lab.proxy("REGAUTH")
    alice = lab.phone("alice")
    alice.hears("200 OK")
    time.sleep(1)
    alice.say("quit")
    time.sleep(1.5)


def wrong_password(lab):
    """alice's phone has the wrong password: 401 again"""
    lab.proxy("REGAUTH")
    alice = lab.phone("alice", password="guess")
    alice.hears("401 Unauthorized")
    time.sleep(1)


def proxy_call(lab, transport="udp"):
    """alice calls bob through a proxy that asks for credentials (407); six seconds of G.711, then bob hangs up"""
    lab.proxy("REGAUTH", "CALLAUTH")
    alice, bob = ring(lab, transport)
    time.sleep(1)
    bob.say("accept")
    alice.hears("Call established")
    time.sleep(6)  # baresip sends its first RTCP report after five
    bob.say("hangup")
    time.sleep(1)


def tcp_call(lab):
    """the same call with SIP over TCP"""
    proxy_call(lab, "tcp")


def ring(lab, transport="udp"):
    """bob's phone rings for alice"""
    bob, alice = lab.phone("bob", transport=transport), lab.phone("alice", transport=transport)
    for phone in (bob, alice):
        phone.hears("200 OK")
    alice.say("dial sip:bob@192.0.2.10")
    bob.hears("Incoming call")
    return alice, bob


def cancel(lab):
    """alice hangs up while it rings"""
    lab.proxy()
    alice, _ = ring(lab)
    time.sleep(2)
    alice.say("hangup")
    time.sleep(1)


def no_answer(lab):
    """bob's phone rings and nobody answers; after five seconds the proxy gives up: 408"""
    lab.proxy("RING_MS=5000")
    alice, _ = ring(lab)
    alice.hears("408 Request Timeout")
    time.sleep(1)


def refuse(lab, status):
    lab.proxy()
    lab.sipp("bob", PROXY, "-sf", str(HERE / "sipp/register.xml"))
    scenario = lab.dir / "refuse.xml"
    scenario.write_text((HERE / "sipp/refuse.xml").read_text().replace("@STATUS@", status))
    bob = lab.sipp("bob", "-sf", str(scenario), wait=False)
    alice = lab.phone("alice")
    alice.hears("200 OK")
    alice.say("dial sip:bob@192.0.2.10")
    finish(bob)


def busy(lab):
    """bob is busy: 486"""
    refuse(lab, "486 Busy Here")


def declined(lab):
    """bob declines: 603"""
    refuse(lab, "603 Decline")


def ipv6_call(lab):
    """SIPp calls SIPp over IPv6, without a proxy"""
    callee = lab.sipp("bob", "-sn", "uas", "-i", "2001:db8::12", wait=False)
    time.sleep(0.5)
    lab.sipp("alice", "[2001:db8::12]:5060", "-sn", "uac", "-d", "1000", "-i", "2001:db8::11")
    finish(callee)


SCENARIOS = {
    register: "REGISTER 401 REGISTER 200 REGISTER 200",
    wrong_password: "REGISTER 401 REGISTER 401",
    proxy_call: "REGISTER 401 REGISTER 200 INVITE 407 ACK INVITE 100 INVITE 180 200 ACK BYE 200",
    tcp_call: "REGISTER 401 REGISTER 200 INVITE 407 ACK INVITE 100 INVITE 180 200 ACK BYE 200",
    cancel: "REGISTER 200 INVITE 100 INVITE 180 CANCEL 200 487 ACK 487 ACK",
    no_answer: "REGISTER 200 INVITE 100 INVITE 180 408 CANCEL 200 487 ACK",
    busy: "REGISTER 200 INVITE 100 INVITE 180 486 ACK 486 ACK",
    declined: "REGISTER 200 INVITE 100 INVITE 180 603 ACK 603 ACK",
    ipv6_call: "INVITE 180 200 ACK BYE 200",
}


def check(name, expected):
    """Compares a capture with what must be in it; returns what tshark saw."""
    if not shutil.which("tshark"):
        return "not checked: there is no tshark"
    fields = ["-T", "fields", "-e", "sip.Method", "-e", "sip.Status-Code"]
    text = subprocess.run(["tshark", "-r", OUT / f"{name}.pcap", "-Y", "sip", *fields],
                          capture_output=True, text=True, timeout=60).stdout
    seen = text.replace(",", " ").split()
    rest = iter(seen)
    missing = [word for word in expected.split() if word not in rest]
    if missing:
        raise RuntimeError(f"{name}: {missing[0]} is missing; seen: {' '.join(seen)}")
    return " ".join(seen)


def main():
    known = {scenario.__name__: scenario for scenario in SCENARIOS}
    wanted = sys.argv[1:] or list(known)
    if unknown := [name for name in wanted if name not in known]:
        sys.exit(f"no scenario {unknown[0]}; there are: {' '.join(known)}")
    OUT.mkdir(parents=True, exist_ok=True)
    if owner := os.environ.get("SUDO_UID"):
        os.chown(OUT, int(owner), -1)
    with tempfile.TemporaryDirectory(prefix="sipflow-lab-") as work:
        for name in wanted:
            scenario = known[name]
            print(f"{name}: {scenario.__doc__}", flush=True)
            with Lab(name, Path(work)) as lab:
                scenario(lab)
            print(f"    {check(name, SCENARIOS[scenario])}", flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    main()
