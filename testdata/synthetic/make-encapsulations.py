#!/usr/bin/env python3
"""Writes testdata/cases/encap_*: one call of the lab in every link layer and tunnel that is read.

    make-encapsulations.py            write the captures and their README.md
    make-encapsulations.py --check    compare each with tshark: as many SIP messages, RTP packets and
                                      RTCP packets as in the call as it was captured

The packets are those of testdata/cases/direct_call (IPv4) or ipv6_p2p (IPv6): SIP, RTCP, ICMP and the first
RTP packets of each flow, at their own times. Only what stands around them is made here, from the
specification each function names. Everything is fixed, so the files come out the same byte for byte. Only
the standard library is used.
"""

import os
import struct
import subprocess
import sys

CASES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "cases")
RTP_PACKETS_PER_FLOW = 20

# Link types (https://www.tcpdump.org/linktypes.html)
NULL, ETHERNET, PPP, RAW, WIFI, LOOP, SLL, RADIOTAP = 0, 1, 9, 101, 105, 108, 113, 127
PPP_ETHER, NFLOG, UPPER_PDU, SLL2 = 51, 239, 252, 276

# Ethernet types
IP4, IP6, VLAN, QINQ, OLD_QINQ, MPLS, PPPOE, BRIDGED = 0x0800, 0x86DD, 0x8100, 0x88A8, 0x9100, 0x8847, 0x8864, 0x6558

# The two ends of the tunnels, and their frames' addresses.
NEAR, FAR = "198.51.100.1", "203.0.113.1"
NEAR6, FAR6 = "20010db8000100000000000000000001", "20010db8000200000000000000000001"


def u8(*values):
    return bytes(values)


def u16(*values):
    return struct.pack(f"!{len(values)}H", *values)


def u32(*values):
    return struct.pack(f"!{len(values)}I", *values)


def ones_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


# The call

class Packet:
    """An IP packet of the call: `ip` from its header on, `out` when it goes from the caller to the callee."""

    def __init__(self, time, ip, out, number):
        self.time, self.ip, self.out, self.number = time, ip, out, number
        self.version = ip[0] >> 4
        self.header = (ip[0] & 15) * 4 if self.version == 4 else 40
        self.protocol = ip[9] if self.version == 4 else ip[6]
        self.type = IP4 if self.version == 4 else IP6

    @property
    def payload(self):
        return self.ip[self.header:]

    @property
    def udp(self):
        """Ports and payload."""
        return struct.unpack_from("!HH", self.payload) + (self.payload[8:],)


def call(case):
    raw = open(os.path.join(CASES, case, "capture.pcap"), "rb").read()
    assert raw[:4] == b"\xd4\xc3\xb2\xa1" and raw[20:24] == u8(1, 0, 0, 0), "little-endian, microseconds, Ethernet"
    packets, at, seen, caller = [], 24, {}, None
    while at < len(raw):
        seconds, micros, captured, wire = struct.unpack_from("<IIII", raw, at)
        frame = raw[at + 16:at + 16 + captured]
        at += 16 + captured
        assert captured == wire
        kind = struct.unpack_from("!H", frame, 12)[0]
        ip = frame[14:]
        if kind == IP4:
            ip = ip[:struct.unpack_from("!H", ip, 2)[0]]
            protocol, source, rest = ip[9], ip[12:16], ip[20:]
        elif kind == IP6:
            ip = ip[:40 + struct.unpack_from("!H", ip, 4)[0]]
            protocol, source, rest = ip[6], ip[8:24], ip[40:]
        else:
            continue
        unreachable = protocol in (1, 58) and rest[0] in (3, 1)
        if protocol != 17 and not unreachable:
            continue
        if caller is None:
            caller = source
        if protocol == 17 and rest[8] >> 6 == 2 and not 192 <= rest[9] <= 223:
            flow = source + rest[:4]
            seen[flow] = seen.get(flow, 0) + 1
            if seen[flow] > RTP_PACKETS_PER_FLOW:
                continue
        packets.append(Packet((seconds, micros), ip, source == caller, len(packets) + 1))
    return packets


# Headers

def mac(host):
    return b"\x02\0" + host[-4:]


def ends(p, near=NEAR, far=FAR):
    address = lambda text: bytes(int(part) for part in text.split("."))
    return (address(near), address(far)) if p.out else (address(far), address(near))


def ethernet(p, kind, payload, tunnel=False):
    """Between the phones, or between the ends of the tunnel."""
    if tunnel:
        src, dst = ends(p)
    else:
        (src, dst) = (p.ip[12:16], p.ip[16:20]) if p.version == 4 else (p.ip[8:24], p.ip[24:40])
    return mac(dst) + mac(src) + u16(kind) + payload


def ipv4(p, protocol, payload, near=NEAR, far=FAR, flags=0, number=None):
    src, dst = ends(p, near, far)
    number = p.number if number is None else number
    head = u8(0x45, 0) + u16(20 + len(payload), 0x4000 + number, flags) + u8(61, protocol, 0, 0) + src + dst
    return head[:10] + u16(ones_sum(head)) + head[12:] + payload


def ipv6(p, protocol, payload):
    src, dst = (NEAR6, FAR6) if p.out else (FAR6, NEAR6)
    head = u32(0x60000000) + u16(len(payload)) + u8(protocol, 61)
    return head + bytes.fromhex(src) + bytes.fromhex(dst) + payload


def udp(src, dst, payload):
    """Without checksum, as tunnels send it."""
    return u16(src, dst, 8 + len(payload), 0) + payload


def over_ip(protocol, payload):
    """A packet of this protocol between the ends of the tunnel, on Ethernet."""
    return lambda p: ethernet(p, IP4, ipv4(p, protocol, payload(p)), tunnel=True)


def over_udp(dst, payload, src=None):
    """The same over UDP; the port of the sender is its own unless the protocol uses one for both."""
    own = lambda p: src or 0xC000 + (0 if p.out else 1)
    return over_ip(17, lambda p: udp(own(p), dst, payload(p)))


def vlan(tag, kind, payload):
    return u16(tag, kind) + payload


def inner(p):
    return p.ip


def frame(p):
    return ethernet(p, p.type, p.ip)


# Link layers

def tagged(*tags):
    """802.1Q and 802.1ad tags, the outermost first: (Ethernet type, VLAN)."""
    def wrap(p):
        kind, payload = p.type, p.ip
        for ether_type, tag in reversed(tags):
            kind, payload = ether_type, vlan(tag, kind, payload)
        return ethernet(p, kind, payload)
    return wrap


def sll_vlan(p):
    """Linux cooked capture, version 1: a frame from somebody else (0) or sent by us (4)."""
    sender = mac(p.ip[12:16]) + b"\0\0"
    return u16(4 if p.out else 0, 1, 6) + sender + u16(VLAN) + vlan(110, p.type, p.ip)


def sll2(p):
    """Linux cooked capture, version 2: interface 3."""
    return u16(p.type, 0) + u32(3) + u16(1) + u8(4 if p.out else 0, 6) + mac(p.ip[12:16]) + b"\0\0" + p.ip


def labels(p, *values):
    """RFC 3032. Each direction has labels of its own: the receiver hands them out."""
    values = [value + (0 if p.out else 1000) for value in values]
    last = len(values) - 1
    return b"".join(u32(value << 12 | (at == last) << 8 | 64) for at, value in enumerate(values))


def mpls(*values, below=inner):
    return lambda p: ethernet(p, MPLS, labels(p, *values) + below(p), tunnel=True)


def pppoe_session(p, session=0x2A):
    """RFC 2516, with PPP's protocol field."""
    ppp = u16(0x21 if p.version == 4 else 0x57) + p.ip
    return u8(0x11, 0) + u16(session, len(ppp)) + ppp


def ppp(p):
    """RFC 1662: address, control, protocol."""
    return u8(0xFF, 3) + u16(0x21) + p.ip


def nflog(p):
    """Family, version, resource id; attributes with the input interface, then the packet."""
    attribute = lambda kind, value: struct.pack("<HH", 4 + len(value), kind) + value + b"\0" * (-len(value) % 4)
    interface = attribute(5 if p.out else 4, u32(2))
    return u8(2, 0) + u16(5) + attribute(10, b"sip\0") + interface + attribute(9, p.ip)


def wifi_data(p):
    """A QoS data frame from a station (to the distribution system) or to it, LLC and SNAP."""
    access_point = bytes.fromhex("0200c0000201")
    src, dst = mac(p.ip[12:16]), mac(p.ip[16:20])
    to_ds = access_point + src + dst
    from_ds = dst + access_point + src
    head = u8(0x88, 1 if p.out else 2) + b"\x2c\0" + (to_ds if p.out else from_ds)
    snap = bytes.fromhex("aaaa03000000") + u16(p.type)
    return head + struct.pack("<H", p.number << 4) + b"\0\0" + snap + p.ip


def crc32(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0xEDB88320 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def radiotap(p):
    """A timestamp, flags that announce the frame check sequence, a rate; then the frame and its check."""
    wifi = wifi_data(p)
    fields = struct.pack("<Q", p.number * 1000) + u8(0x10, 12)
    return u8(0, 0) + struct.pack("<HI", 8 + len(fields), 0x7) + fields + wifi + crc32(wifi)


def exported_pdu(p):
    """What Wireshark's "Export PDUs to File" writes: dissector name, addresses, port type, ports."""
    if p.protocol != 17:
        return None
    src, dst, payload = p.udp
    rtp = payload[0] >> 6 == 2
    name = b"sip" if not rtp else b"rtcp" if 192 <= payload[1] <= 223 else b"rtp"
    tag = lambda kind, value: u16(kind, len(value)) + value
    name += b"\0" * (-len(name) % 4)
    head = tag(12, name) + tag(20, p.ip[12:16]) + tag(21, p.ip[16:20])
    return head + tag(24, u32(3)) + tag(25, u32(src)) + tag(26, u32(dst)) + u16(0, 0) + payload


# Tunnels

def gre(kind, payload, key=None, sequence=False, checksum=False):
    """RFC 2784 and RFC 2890."""
    def wrap(p):
        flags = (0x8000 if checksum else 0) | (0x2000 if key is not None else 0) | (0x1000 if sequence else 0)
        ether_type = p.type if kind is None else kind
        options = b"\0" * 4 if checksum else b""
        options += u32(key) if key is not None else b""
        options += u32(p.number) if sequence else b""
        whole = u16(flags, ether_type) + options + payload(p)
        if checksum:
            whole = whole[:4] + u16(ones_sum(whole)) + whole[6:]
        return whole
    return wrap


def erspan2(p):
    """draft-foschiano-erspan §4.2: version 1, VLAN 0, session 100, index."""
    return u16(0x1000, 100) + u32(7) + frame(p)


def erspan3(p):
    """§4.3: version 2, session 101, timestamp; a hardware id, then (flag O) a platform's own header."""
    return u16(0x2000, 101) + u32(p.number * 10, 1) + u32(0, 0) + frame(p)


def vxlan(p):
    """RFC 7348, network 42."""
    return u32(0x08000000, 42 << 8) + frame(p)


def geneve(p):
    """RFC 8926: network 43, one option of four octets."""
    options = u16(0x0102) + u8(0x80, 1) + u32(0x0A0B0C0D)
    return u8(len(options) // 4, 0) + u16(BRIDGED) + u32(43 << 8) + options + frame(p)


def gtp_u(p):
    """3GPP TS 29.281: an extension header (PDU session container), and an endpoint id for each direction."""
    optional = u16(0) + u8(0, 0x85) + u8(1, 0x10 if p.out else 0, 9, 0)
    return u8(0x34, 255) + u16(len(optional) + len(p.ip)) + u32(0x1001 if p.out else 0x2002) + optional + p.ip


def l2tp(p):
    """RFC 2661: a data message with length, and a session for each direction; PPP."""
    payload = ppp(p)
    return u16(0x4002, 8 + len(payload), 11 if p.out else 12, 21 if p.out else 22) + payload


def l2tpv3(p):
    """RFC 3931 §4.1.1, straight over IP: session, a cookie of four octets, no sublayer; an Ethernet frame."""
    return u32(31 if p.out else 32, 0xC00C1E00) + frame(p)


def tzsp(p):
    """Version 1, a received packet, Ethernet; a padding tag, a signal strength, the end tag."""
    return u8(1, 0) + u16(1) + u8(0, 10, 1, 200, 1) + frame(p)


def teredo(p):
    """RFC 4380 §5.1.1: authentication and origin indication, then the IPv6 packet."""
    authentication = u8(0, 1, 0, 0) + b"\x11" * 8 + b"\0"
    origin = u8(0, 0) + u16(0x1234) + u32(0x3F9CFEFD)
    return (authentication + origin if p.out else b"") + p.ip


def esp_null(p):
    """RFC 4303 in tunnel mode with RFC 2410's cipher: padding 1, 2, 3, next header, check value of 96 bits."""
    padding = u8(*range(1, 1 + (-(len(p.ip) + 2) % 4)))
    return u32(0x100 if p.out else 0x200, p.number) + p.ip + padding + u8(len(padding), 4) + b"\x5A" * 12


def authentication(p):
    """RFC 4302 in tunnel mode: next header 4, seven words less two, check value of 96 bits."""
    return u8(4, 4) + u16(0) + u32(0x300, p.number) + b"\x5A" * 12 + p.ip


# Inside each other

def nested_backbone(p):
    """VLAN > MPLS > GRE > VXLAN."""
    outer = ipv4(p, 47, gre(IP4, lambda p: ipv4(p, 17, udp(0xC000, 4789, vxlan(p)), "10.9.0.1", "10.9.0.2"))(p))
    return ethernet(p, VLAN, vlan(7, MPLS, labels(p, 77) + outer), tunnel=True)


def nested_mobile(p):
    """QinQ > PPPoE > GTP-U > IP in IP."""
    inner_ip = ipv4(p, 4, p.ip, "10.8.0.1", "10.8.0.2")
    head = u8(0x30, 255) + u16(len(inner_ip)) + u32(5 if p.out else 6)
    outer = ipv4(p, 17, udp(2152, 2152, head + inner_ip))
    session = u8(0x11, 0) + u16(9, 2 + len(outer)) + u16(0x21) + outer
    return ethernet(p, QINQ, vlan(10, VLAN, vlan(20, PPPOE, session)), tunnel=True)


def fragments(ip, size):
    """An IPv4 packet in fragments of `size` octets of payload."""
    if len(ip) - 20 <= size:
        return [ip]
    parts = []
    for at in range(20, len(ip), size):
        part = ip[at:at + size]
        more = 0x2000 if at + size < len(ip) else 0
        head = ip[:2] + u16(20 + len(part)) + ip[4:6] + u16(more | (at - 20) // 8) + ip[8:10] + b"\0\0" + ip[12:20]
        parts.append(head[:10] + u16(ones_sum(head)) + head[12:] + part)
    return parts


def with_payload(p, ip):
    other = Packet(p.time, ip, p.out, p.number)
    other.type = IP4
    return other


def fragments_in_gre(p):
    """The phone sends fragments; each goes through the tunnel on its own."""
    return [over_ip(47, gre(None, inner))(with_payload(p, part)) for part in fragments(p.ip, 400)]


def gre_in_fragments(p):
    """The tunnel's own packets are too large for the path."""
    outer = ipv4(p, 47, gre(None, inner)(p))
    return [ethernet(p, IP4, part, tunnel=True) for part in fragments(outer, 400)]


def fragments_in_fragments(p):
    """Both: the phone's fragments are cut again on the way."""
    frames = []
    for at, part in enumerate(fragments(p.ip, 400)):
        outer = ipv4(p, 47, gre(None, inner)(with_payload(p, part)), number=p.number * 8 + at)
        frames += [ethernet(p, IP4, cut, tunnel=True) for cut in fragments(outer, 240)]
    return frames


V4, V6 = "direct_call", "ipv6_p2p"

# Case, what it is, link type, call, wrapping, options tshark needs.
ROWS = [
    ("none", "Ethernet and IPv4: what the others have to show.", ETHERNET, V4, frame),
    ("none_ipv6", "Ethernet and IPv6: what the others with IPv6 inside have to show.", ETHERNET, V6, frame),
    ("qinq", "802.1ad: an S-tag (0x88a8, VLAN 10) and a C-tag (VLAN 20).", ETHERNET, V4, tagged((QINQ, 10), (VLAN, 20))),
    ("vlan_stacked", "Three 802.1Q tags (0x8100) on each other.", ETHERNET, V4,
     tagged((VLAN, 10), (VLAN, 20), (VLAN, 30))),
    ("vlan_9100", "Stacked tags as switches made them before 802.1ad (0x9100).", ETHERNET, V4,
     tagged((OLD_QINQ, 10), (VLAN, 20))),
    ("sll_vlan", "Linux cooked capture (device any) of a tagged network.", SLL, V4, sll_vlan),
    ("sll2", "Linux cooked capture, version 2.", SLL2, V4, sll2),
    ("mpls", "MPLS, one label.", ETHERNET, V4, mpls(22)),
    ("mpls_3_labels", "MPLS, three labels.", ETHERNET, V4, mpls(22, 33, 44)),
    ("mpls_ethernet", "Ethernet over MPLS, without a control word.", ETHERNET, V4, mpls(22, 55, below=frame),
     ["-d", "mpls.label==55,pwethnocw", "-d", "mpls.label==1055,pwethnocw"]),
    ("mpls_ethernet_control_word", "Ethernet over MPLS, with the control word (RFC 4448).", ETHERNET, V4,
     mpls(22, 66, below=lambda p: u16(0, p.number) + frame(p))),
    ("pppoe", "A PPPoE session.", ETHERNET, V4, lambda p: ethernet(p, PPPOE, pppoe_session(p), tunnel=True)),
    ("pppoe_link", "A PPPoE session without its Ethernet header (LINKTYPE_PPP_ETHER).", PPP_ETHER, V4, pppoe_session),
    ("ppp", "A PPP link.", PPP, V4, ppp),
    ("4in4", "IPv4 in IPv4 (RFC 2003).", ETHERNET, V4, over_ip(4, inner)),
    ("6in4", "IPv6 in IPv4 (RFC 4213).", ETHERNET, V6, over_ip(41, inner)),
    ("4in6", "IPv4 in IPv6 (RFC 2473).", ETHERNET, V4, lambda p: ethernet(p, IP6, ipv6(p, 4, p.ip), tunnel=True)),
    ("gre", "GRE.", ETHERNET, V4, over_ip(47, gre(None, inner))),
    ("gre_options", "GRE with checksum, key and sequence number.", ETHERNET, V4,
     over_ip(47, gre(None, inner, key=99, sequence=True, checksum=True))),
    ("gre_ethernet", "Transparent Ethernet bridging over GRE.", ETHERNET, V4, over_ip(47, gre(BRIDGED, frame))),
    ("nvgre", "NVGRE (RFC 7637), virtual subnet 5001.", ETHERNET, V4,
     over_ip(47, gre(BRIDGED, frame, key=5001 << 8 | 7))),
    ("erspan_1", "ERSPAN type I: the frame straight in GRE.", ETHERNET, V4, over_ip(47, gre(0x88BE, frame))),
    ("erspan_2", "ERSPAN type II.", ETHERNET, V4, over_ip(47, gre(0x88BE, erspan2, sequence=True))),
    ("erspan_3", "ERSPAN type III with a platform's own header.", ETHERNET, V4,
     over_ip(47, gre(0x22EB, erspan3, sequence=True))),
    ("vxlan", "VXLAN.", ETHERNET, V4, over_udp(4789, vxlan)),
    ("geneve", "Geneve with an option.", ETHERNET, V4, over_udp(6081, geneve)),
    ("gtp_u", "GTP-U with an extension header; each direction has its own endpoint id.", ETHERNET, V4,
     over_udp(2152, gtp_u, src=2152)),
    ("l2tp", "L2TP version 2; each direction has its own session.", ETHERNET, V4, over_udp(1701, l2tp, src=1701)),
    ("l2tpv3", "L2TP version 3 over IP, with a cookie; each direction has its own session.", ETHERNET, V4,
     over_ip(115, l2tpv3),
     ["-o", "l2tp.cookie_size:4 Byte Cookie", "-o", "l2tp.l2_specific:None", "-d", "l2tp.pw_type==0,eth"]),
    ("tzsp", "TaZmen Sniffer Protocol.", ETHERNET, V4, over_udp(37008, tzsp), ["-d", "udp.port==37008,tzsp"]),
    ("teredo", "Teredo with authentication and origin indication.", ETHERNET, V6, over_udp(3544, teredo)),
    ("esp_null", "IPsec ESP with the NULL cipher, tunnel mode.", ETHERNET, V4, over_ip(50, esp_null),
     ["-o", "esp.enable_null_encryption_decode_heuristic:TRUE"]),
    ("ah", "IPsec AH, tunnel mode.", ETHERNET, V4, over_ip(51, authentication)),
    ("etherip", "Ethernet in IP (RFC 3378).", ETHERNET, V4, over_ip(97, lambda p: u8(0x30, 0) + frame(p))),
    ("wifi", "802.11 QoS data frames with LLC and SNAP.", WIFI, V4, wifi_data),
    ("wifi_radiotap", "The same behind a radiotap header, with frame check sequence.", RADIOTAP, V4, radiotap),
    ("nflog", "Linux netfilter log.", NFLOG, V4, nflog),
    ("exported_pdu", "Wireshark's exported PDUs: no IP headers, so sizes and rates below UDP are not known.",
     UPPER_PDU, V4, exported_pdu),
    ("raw_ip", "IP without a link layer.", RAW, V4, inner),
    ("null", "BSD loopback, the family in the byte order of a little-endian machine.", NULL, V4,
     lambda p: struct.pack("<I", 2) + p.ip),
    ("null_ipv6", "BSD loopback with IPv6, the family in big-endian order, as macOS numbers it.", NULL, V6,
     lambda p: u32(30) + p.ip),
    ("loop", "OpenBSD loopback, the family in network order.", LOOP, V4, lambda p: u32(2) + p.ip),
    ("nested_backbone", "VLAN, MPLS, GRE and VXLAN inside each other.", ETHERNET, V4, nested_backbone),
    ("nested_mobile", "QinQ, PPPoE, GTP-U and IP in IP inside each other.", ETHERNET, V4, nested_mobile),
    ("fragments_in_gre", "SIP in IP fragments, each in GRE.", ETHERNET, V4, fragments_in_gre),
    ("gre_in_fragments", "SIP in GRE, whose packets come in IP fragments.", ETHERNET, V4, gre_in_fragments),
    ("fragments_in_fragments", "SIP in IP fragments in GRE, whose packets come in fragments again.", ETHERNET, V4,
     fragments_in_fragments),
]


def write(name, about, link, case, wrap, options=()):
    folder = os.path.join(CASES, f"encap_{name}")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "capture.pcap"), "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link))
        for packet in call(case):
            frames = wrap(packet)
            for data in frames if isinstance(frames, list) else [frames]:
                if data is not None:
                    file.write(struct.pack("<IIII", *packet.time, len(data), len(data)))
                    file.write(data)
    needs = f", with `{' '.join(quoted(options))}`" if options else ""
    with open(os.path.join(folder, "README.md"), "w") as file:
        file.write(f"# encap {name.replace('_', ' ')}\n\n{about}\n\n")
        file.write(f"The packets of `{case}`, media cut after {RTP_PACKETS_PER_FLOW} packets per flow, wrapped by ")
        file.write("`testdata/synthetic/make-encapsulations.py`.\n")
        file.write(f"tshark 4.0.17 finds the same SIP, RTP and RTCP{needs}.\n")


def quoted(options):
    return [f"'{option}'" if " " in option else option for option in options]


def tshark(name, options):
    """How often tshark finds each protocol; not where an ICMP error quotes it."""
    capture = os.path.join(CASES, f"encap_{name}", "capture.pcap")
    command = ["tshark", "-r", capture, *options, "-T", "fields", "-e", "frame.protocols"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    layers = [line.split(":") for line in lines]
    layers = [names for names in layers if not {"icmp", "icmpv6"} & set(names)]
    return {wanted: sum(wanted in names for names in layers) for wanted in ("sip", "rtp", "rtcp")}


def main():
    if sys.argv[1:] == ["--check"]:
        found = {row[0]: tshark(row[0], row[5] if len(row) > 5 else ()) for row in ROWS}
        wrong = 0
        for name, _, _, case, *_ in ROWS:
            wanted = found["none" if case == V4 else "none_ipv6"]
            if found[name] != wanted:
                wrong += 1
                print(f"encap_{name}: tshark finds {found[name]}, {wanted} in the call as captured")
        print(f"{len(ROWS)} captures, {wrong} differ")
        sys.exit(wrong > 0)
    for row in ROWS:
        write(*row)


if __name__ == "__main__":
    main()
