#!/usr/bin/python3
"""At which rate of RTP does a live capture begin to drop packets, beside 500 calls/s of SIP?

live.py [SECONDS] [RATE...]: each program captures for SECONDS (10) at each RATE in packets/s, one after the
other on the same traffic. Needs root, sipp, ethtool, tcpdump and a release build (or $SIPFLOW).

Two network namespaces with a cable; RTP is sent in bursts of up to 64 packets of a stream, 50 packets/s a stream.
"""

import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

SIPFLOW = os.environ.get("SIPFLOW", str(Path(__file__).resolve().parent.parent / "target/release/sipflow"))
CALLS = 500
CALLER, CALLEE = "192.0.2.1", "192.0.2.2"
BURST = 64
PORTS = range(10000, 10800, 2)
# What one process can send, about.
MOST = 200_000
UDP_SEGMENT = 103
PROGRAMS = {
    "tcpdump -w": ["tcpdump", "-i", "v0", "-n", "-B", "16384", "-w", "/dev/null"],
    "sipflow capture -w": [SIPFLOW, "capture", "-i", "v0", "--no-summary", "-w", "/dev/null", "-o", "/dev/null"],
    "the same, -B 64": [SIPFLOW, "capture", "-i", "v0", "-B", "64", "--no-summary", "-w", "/dev/null", "-o", "/dev/null"],
    "sipflow capture --json": [SIPFLOW, "capture", "-i", "v0", "--json", "-o", "/dev/null"],
}


def send_rtp(rate, seconds):
    """Runs in the caller's namespace."""
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    out.bind((CALLER, 0))
    streams = max(1, rate // 50)
    burst = struct.Struct(">" + "HHII160s" * BURST)
    payload = b"\xd5" * 160
    sent = [0] * streams
    begun = time.monotonic()
    total = at = 0
    while (now := time.monotonic()) < begun + seconds:
        if total > rate * (now - begun):
            time.sleep(0.0005)
            continue
        first = sent[at]
        words = []
        for n in range(first, first + BURST):
            words += (0x8000, n & 0xFFFF, n * 160 & 0xFFFFFFFF, (os.getpid() << 16) + at, payload)
        address = (CALLEE, PORTS[at % len(PORTS)])
        size = struct.pack("=H", 172)
        out.sendmsg([burst.pack(*words)], [(socket.SOL_UDP, UDP_SEGMENT, size)], 0, address)
        sent[at] += BURST
        total += BURST
        at = (at + 1) % streams
    print(total / (time.monotonic() - begun))


def take_rtp():
    """Runs in the callee's namespace: ports are open, so that no ICMP comes back."""
    socks = []
    for port in PORTS:
        s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        s.bind((CALLEE, port))
        socks.append(s)
    print("ready", flush=True)
    signal.pause()


def sh(words):
    subprocess.run(words.split(), check=True)


def inside(space, words, **options):
    return subprocess.Popen(["ip", "netns", "exec", space, *words], stdin=subprocess.DEVNULL, **options)


def measure(a, b, words, rate, seconds):
    """Packets seen and dropped, CPU seconds, the rate that was sent."""
    quiet = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    capture = inside(b, words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1)
    calls = f"{CALLEE}:5060 -sn uac -i {CALLER} -p 5060 -r {CALLS} -d 500 -nostdin -m {CALLS * seconds}"
    sipp = inside(a, ["sipp", *calls.split()], **quiet)
    me = [sys.executable, __file__]
    senders = -(-rate // MOST)
    send = [*me, "--send", str(rate // senders), str(seconds)]
    rtp = [inside(a, send, stdout=subprocess.PIPE, text=True) for _ in range(senders)]
    sent = sum(float(sender.communicate()[0]) for sender in rtp)
    sipp.terminate()
    sipp.wait()
    fields = Path(f"/proc/{capture.pid}/stat").read_text().rsplit(")", 1)[1].split()
    cpu = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    time.sleep(0.5)
    capture.send_signal(signal.SIGINT)
    said = capture.communicate()[1]
    captured = re.search(r"(\d+) packets? captured", said)
    dropped = re.search(r"(\d+) (?:packets? )?dropped by (?:the )?kernel", said)
    if not (captured and dropped):
        raise RuntimeError(f"{' '.join(words)}: {said}")
    return int(captured[1]), int(dropped[1]), cpu, sent


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    rates = [int(word) for word in sys.argv[2:]] or [10_000, 50_000, 100_000, 200_000, 400_000, 800_000]
    a, b = (f"sipflow-{os.getpid()}-{host}" for host in "ab")
    running = []
    try:
        for space in (a, b):
            sh(f"ip netns add {space}")
        sh(f"ip -n {a} link add v0 type veth peer name v0 netns {b}")
        for space, address in ((a, CALLER), (b, CALLEE)):
            sh(f"ip -n {space} address add {address}/24 dev v0")
            sh(f"ip -n {space} link set v0 up")
        # Bursts are cut into packets before they reach the cable.
        sh(f"ip netns exec {a} ethtool -K v0 tx-udp-segmentation off")
        sink = inside(b, [sys.executable, __file__, "--take"], stdout=subprocess.PIPE, text=True)
        running.append(sink)
        sink.stdout.readline()
        uas = f"-sn uas -i {CALLEE} -p 5060 -nostdin"
        running.append(inside(b, ["sipp", *uas.split()], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        time.sleep(1)
        print(f"{'RTP/s asked':>11}  {'sent':>8}  {'program':26}  {'captured':>9}  {'dropped':>9}  {'%':>6}  CPU s")
        for rate in rates:
            for name, words in PROGRAMS.items():
                captured, dropped, cpu, sent = measure(a, b, words, rate, seconds)
                percent = 100 * dropped / max(1, captured + dropped)
                print(f"{rate:>11}  {sent:>8.0f}  {name:26}  {captured:>9}  {dropped:>9}  {percent:>6.2f}  {cpu:.2f}", flush=True)
    finally:
        for process in running:
            process.kill()
            process.wait()
        for space in (a, b):
            subprocess.run(["ip", "netns", "delete", space])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--send"]:
        send_rtp(int(sys.argv[2]), float(sys.argv[3]))
    elif sys.argv[1:2] == ["--take"]:
        take_rtp()
    else:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        main()
