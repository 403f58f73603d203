#!/usr/bin/env python3
"""Makes the vectors in vectors/: payloads of a codec (NAME.payloads: a length of two octets, low first, before each),
and what ffmpeg's decoder makes of them (NAME.pcm: samples of 16 bits, low octet first); of G.726, what g726_model.py
makes of them, once it is seen to be ffmpeg's where it does what ffmpeg does. ffmpeg encodes a sound computed here; it has
no encoder for G.729, whose payloads are those of a capture given as argument (an RTP stream of it).

    make-vectors.py [G729-CAPTURE]
"""
import array
import math
import os
import struct
import subprocess
import sys

from g726_model import Decoder, codes

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'vectors')


def run(*args, data=b''):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE, check=True).stdout


def sound(rate, seconds=0.4):
    """Voiced sound with a moving pitch, then hiss, then a pause: half a second is enough for every state."""
    out, phase, seed = array.array('h'), 0.0, 1
    for n in range(int(rate * seconds)):
        t = n / rate
        phase += (110 + 60 * math.sin(9 * t)) / rate
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        hiss = seed / 0x40000000 - 1
        voice = sum(math.sin(2 * math.pi * k * phase) / k for k in range(1, 12))
        share = 1.0 if t < 0.25 else 0.05
        level = 0.0 if t > 0.35 else 6000 * min(1, 20 * t)
        out.append(int(level * (share * voice + (1.1 - share) * 0.2 * hiss)))
    return out.tobytes()


def packets_of_ogg(data):
    at, packet, out = 0, b'', []
    while at < len(data):
        count = data[at + 26]
        lacing = data[at + 27:at + 27 + count]
        at += 27 + count
        for n in lacing:
            packet += data[at:at + n]
            at += n
            if n < 255:
                out.append(packet)
                packet = b''
    return out[2:]


def write(name, payloads, pcm):
    with open(os.path.join(HERE, name + '.payloads'), 'wb') as f:
        f.write(b''.join(struct.pack('<H', len(p)) + p for p in payloads))
    with open(os.path.join(HERE, name + '.pcm'), 'wb') as f:
        f.write(pcm)


def split(data, size):
    return [data[n:n + size] for n in range(0, len(data) - size + 1, size)]


def coded(name, rate, size, encoder, decoder):
    data = run('ffmpeg', '-v', 'error', '-f', 's16le', '-ar', str(rate), '-ac', '1', '-i', '-', *encoder, '-',
               data=sound(rate))
    payloads = packets_of_ogg(data) if name == 'opus' else split(data, size)
    whole = data if name == 'opus' else b''.join(payloads)
    pcm = run('ffmpeg', '-v', 'error', *decoder, '-i', '-', '-f', 's16le', '-', data=whole)
    if 'g726' in name:
        bits = int(decoder[decoder.index('-code_size') + 1])
        wanted = codes(whole, bits, name.startswith('aal2'))
        like, own = Decoder(bits, like_ffmpeg=True), Decoder(bits)
        assert array.array('h', map(like.decode, wanted)).tobytes() == pcm, name
        pcm = array.array('h', map(own.decode, wanted)).tobytes()
    write(name, payloads, pcm)


def main():
    os.makedirs(HERE, exist_ok=True)
    for bits, size in ((2, 40), (3, 60), (4, 80), (5, 100)):
        options = ['-f', 'g726le', '-code_size', str(bits)]
        coded(f'g726-{8 * bits}', 8000, size, ['-c:a', 'g726le', '-code_size', str(bits), '-f', 'g726le'],
              options + ['-ar', '8000'])
    coded('aal2-g726-32', 8000, 80, ['-c:a', 'g726', '-code_size', '4', '-f', 'g726'],
          ['-f', 'g726', '-code_size', '4', '-ar', '8000'])
    coded('gsm', 8000, 33, ['-c:a', 'libgsm', '-f', 'gsm'], ['-c:a', 'gsm', '-f', 'gsm'])
    coded('g722', 16000, 160, ['-c:a', 'g722', '-f', 'g722'], ['-f', 'g722'])
    coded('g723', 8000, 24, ['-c:a', 'g723_1', '-b:a', '6300', '-f', 'g723_1'], ['-f', 'g723_1'])
    coded('opus', 48000, 0, ['-c:a', 'libopus', '-b:a', '24000', '-application', 'voip', '-f', 'ogg'],
          ['-c:a', 'libopus', '-f', 'ogg'])
    for capture in sys.argv[1:]:
        lines = run('tshark', '-r', capture, '-Y', 'rtp.p_type==18', '-T', 'fields', '-e', 'rtp.payload').decode()
        payloads = [bytes.fromhex(line.replace(':', '')) for line in lines.split()]
        payloads = [p for p in payloads if len(p) == 20][:25]
        write('g729', payloads, run('ffmpeg', '-v', 'error', '-f', 'g729', '-i', '-', '-f', 's16le', '-',
                                    data=b''.join(payloads)))


main()
