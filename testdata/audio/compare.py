#!/usr/bin/env python3
"""Compares what `sipflow audio` writes with an independent decoding.

    compare.py SIPFLOW CAPTURE...

Of each capture every call is written as a WAV file. Beside it, the RTP packets are taken out by tshark, each stream is
decoded by ffmpeg, and every packet's samples are placed by its timestamp, the first by the earliest arrival that the
first 50 packets allow. For each channel the stream that fits best is shown, with its correlation, the largest
difference of a sample, and by how many samples it is displaced. Needs tshark and ffmpeg; nothing beyond Python's own
library.
"""
import array
import json
import math
import os
import re
import struct
import subprocess
import sys
import tempfile
import wave


def run(*args, data=None):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE, stderr=subprocess.PIPE).stdout


# Encoding name: ffmpeg's input options, samples a second, samples of a payload.
def g723_frames(p):
    n = at = 0
    while at < len(p):
        at += [24, 20, 4, 1][p[at] & 3]
        n += 1
    return n


def opus_samples(p):
    config, code = p[0] >> 3, p[0] & 3
    if config < 12:
        ms = [10, 20, 40, 60][config % 4]
    elif config < 16:
        ms = [10, 20][config % 2]
    else:
        ms = [2.5, 5, 10, 20][config % 4]
    frames = [1, 2, 2, p[1] & 63 if len(p) > 1 else 1][code]
    return int(ms * 48) * frames


FORMATS = {
    'PCMU': (['-f', 'mulaw', '-ar', '8000'], 8000, len),
    'PCMA': (['-f', 'alaw', '-ar', '8000'], 8000, len),
    'G722': (['-f', 'g722'], 16000, lambda p: 2 * len(p)),
    'GSM': (['-f', 'gsm'], 8000, lambda p: len(p) // 33 * 160),
    'G723': (['-f', 'g723_1'], 8000, lambda p: 240 * g723_frames(p)),
    'G729': (['-f', 'g729'], 8000, lambda p: len(p) // 10 * 80),
    'L16': (['-f', 's16be', '-ar', 'CLOCK'], None, lambda p: len(p) // 2),
    'opus': (None, 48000, opus_samples),
    'G726-16': (['-f', 'g726le', '-code_size', '2', '-ar', '8000'], 8000, lambda p: len(p) * 4),
    'G726-24': (['-f', 'g726le', '-code_size', '3', '-ar', '8000'], 8000, lambda p: len(p) * 8 // 3),
    'G726-32': (['-f', 'g726le', '-code_size', '4', '-ar', '8000'], 8000, lambda p: len(p) * 2),
    'G726-40': (['-f', 'g726le', '-code_size', '5', '-ar', '8000'], 8000, lambda p: len(p) * 8 // 5),
    'AAL2-G726-32': (['-f', 'g726', '-code_size', '4', '-ar', '8000'], 8000, lambda p: len(p) * 2),
}


def ogg(packets):
    """Opus packets as an Ogg stream (RFC 7845), a page each."""
    def crc(data):
        c = 0
        for b in data:
            c = (c << 8 & 0xffffffff) ^ TABLE[c >> 24 ^ b]
        return c

    def page(packet, number, granule, kind):
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        head = struct.pack('<4sBBqIIIB', b'OggS', 0, kind, granule, 1, number, 0, len(lacing)) + lacing
        sum_ = crc(head + packet)
        return head[:22] + struct.pack('<I', sum_) + head[26:] + packet

    out = [page(b'OpusHead\x01\x01' + struct.pack('<HIhB', 0, 48000, 0, 0), 0, 0, 2),
           page(b'OpusTags' + struct.pack('<I', 1) + b'x' + struct.pack('<I', 0), 1, 0, 0)]
    granule = 0
    for n, packet in enumerate(packets):
        granule += opus_samples(packet)
        out.append(page(packet, n + 2, granule, 0))
    return b''.join(out)


TABLE = []
for i in range(256):
    r = i << 24
    for _ in range(8):
        r = (r << 1 ^ 0x04c11db7) & 0xffffffff if r & 0x80000000 else r << 1
    TABLE.append(r)


def decode(codec, clock, payloads):
    options, rate, _ = FORMATS[codec]
    if codec == 'opus':
        data, options = ogg(payloads), ['-c:a', 'libopus', '-f', 'ogg']
    else:
        data, options = b''.join(payloads), [o.replace('CLOCK', str(clock)) for o in options]
    raw = run('ffmpeg', '-v', 'error', *options, '-i', '-', '-f', 's16le', '-ac', '1', '-', data=data)
    samples = array.array('h')
    samples.frombytes(raw[:len(raw) // 2 * 2])
    return samples, rate or clock


def packets_of(capture, stream):
    def field(row, n):
        return row[n].split(',')[0]

    where = (f"rtp.ssrc=={stream['ssrc']} && ip{'v6' if ':' in stream['src']['address'] else ''}.src=={stream['src']['address']}"
             f" && udp.srcport=={stream['src']['port']} && udp.dstport=={stream['dst']['port']}")
    ports = ['-d', f"udp.port=={stream['dst']['port']},rtp", '-d', f"udp.port=={stream['src']['port']},rtp"]
    text = run('tshark', '-r', capture, *ports, '-Y', where, '-T', 'fields', '-e', 'frame.time_epoch', '-e', 'rtp.seq',
               '-e', 'rtp.timestamp', '-e', 'rtp.p_type', '-e', 'rtp.payload').decode()
    rows = [line.split('\t') for line in text.splitlines()]
    out, high = {}, None
    for row in rows:
        if len(row) < 5 or not row[4]:
            continue
        time, seq, ts, pt = (field(row, n) for n in range(4))
        seq = int(seq)
        high = seq if high is None else high + ((seq - high + 32768) % 65536 - 32768)
        out.setdefault(high, (float(time), int(ts), int(pt), bytes.fromhex(field(row, 4).replace(':', ''))))
    return [out[k] for k in sorted(out)]


def placed(capture, stream):
    """Begin in seconds, samples, and their rate; None where a codec of it is not known here."""
    by_type = {p['payload_type']: (p['codec'], p['clock_rate']) for p in stream['payloads']}
    packets = [p for p in packets_of(capture, stream) if by_type.get(p[2], ('',))[0] in FORMATS]
    codecs = {by_type[p[2]] for p in packets}
    if len(codecs) != 1:
        return None
    (codec, clock), = codecs
    length = FORMATS[codec][2]
    # ffmpeg knows no descriptions of silence (G.729 annex B, two octets): they are left out here.
    whole = [p[3][:len(p[3]) // 10 * 10] if codec == 'G729' else p[3] for p in packets]
    samples, rate = decode(codec, clock, whole)
    first_ts = packets[0][1]
    ticks = [(p[1] - first_ts + 2**31) % 2**32 - 2**31 for p in packets]
    begin = min(p[0] - t / clock for p, t in list(zip(packets, ticks))[:51])
    end = max(t * rate // clock + length(p[3]) for p, t in zip(packets, ticks))
    out, at = array.array('h', bytes(2 * end)), 0
    for p, t in zip(packets, ticks):
        n, place = length(p[3]), t * rate // clock
        part = samples[at:at + n]
        out[place:place + len(part)] = part
        at += n
    return begin, out[:end], rate, codec


def fit(a, b, least, most):
    """Correlation of b, displaced by as many samples as fit best, with a; and the largest difference."""
    def at(lag, step=1):
        pairs = range(max(0, -lag), min(len(a), len(b) - lag), step)
        xy = sum(a[i] * b[i + lag] for i in pairs)
        xx = sum(a[i] * a[i] for i in pairs)
        yy = sum(b[i + lag] ** 2 for i in pairs)
        return xy / math.sqrt(xx * yy) if xx and yy else 0.0

    lag = max(range(least, most + 1), key=lambda lag: at(lag, 1 if most - least < 8 else 7))
    worst = max((abs(a[i] - b[i + lag]) for i in range(max(0, -lag), min(len(a), len(b) - lag))), default=0)
    return at(lag), lag, worst


def main():
    exe, captures = sys.argv[1], sys.argv[2:]
    bad = 0
    for capture in captures:
        report = json.loads(run(exe, 'report', '--quiet', '--json', capture) or b'{}')
        for call in report.get('calls', []):
            streams = [s for s in report['streams'] if s['call'] == call['id'] and s['kind'] == 'audio' and not s['encrypted']]
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, 'call.wav')
                said = subprocess.run([exe, 'audio', capture, '--call', str(call['id']), '-o', path],
                                      stderr=subprocess.PIPE).stderr.decode()
                if not os.path.exists(path):
                    continue
                with wave.open(path) as w:
                    rate, count, data = w.getframerate(), w.getnchannels(), array.array('h')
                    data.frombytes(w.readframes(w.getnframes()))
            made = [(s, placed(capture, s)) for s in streams]
            made = [(s, m) for s, m in made if m]
            if not made:
                continue
            # What is said has milliseconds: the file begins with the earliest stream that is heard.
            first = float(run('tshark', '-r', capture, '-c', '1', '-T', 'fields', '-e', 'frame.time_epoch'))
            begin = first + float(re.search(r'from ([0-9.]+) s of the capture', said)[1])
            start = min((m[0] for _, m in made), key=lambda t: abs(t - begin))
            for channel in range(count):
                heard = data[channel::count]
                if not any(heard):
                    continue
                best = None
                for s, (begin, samples, own, codec) in made:
                    if own != rate:
                        continue
                    ahead = round((begin - start) * rate)
                    other = array.array('h', bytes(2 * max(0, ahead))) + samples[max(0, -ahead):]
                    wide = 400 if codec == 'opus' else 2
                    found = fit(heard, other, -wide, wide)
                    if best is None or found[0] > best[0][0]:
                        best = (found, s, codec)
                name = os.path.basename(capture)
                if best is None:
                    print(f"{name} call {call['id']} channel {channel + 1}: nothing to compare with")
                    continue
                (corr, lag, worst), s, codec = best
                good = corr > 0.99
                bad += not good
                print(f"{name} call {call['id']} channel {channel + 1}: {codec}, stream {s['id']}, correlation "
                      f"{corr:.6f}, largest difference {worst}, displaced {lag}{'' if good else '  <- look'}")
    sys.exit(bad > 0)


main()
