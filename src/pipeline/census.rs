//! A census of the packets: link types, layers, ports, unknown payloads. It costs look-ups per packet
//! that the analysis itself does not need, so only `sipflow doctor` switches it on.
//!
//! Invariant: it changes nothing of what the pipeline hands on, and every table has a limit.

mod checksum;
mod guess;
mod tally;

pub use checksum::Checksums;
pub use guess::Guess;
pub use tally::Tally;

use super::fate::Fate;
use crate::decode::{
    Datagram, Decoded, IpMeta, Layer, Meta, OtherKind, Segment, Stack, UndecodedReason,
};
use crate::reassembly::TcpLabel;
use crate::types::{Endpoint, Flow, FlowKey, FrameRef, HostAddr, LinkType, Packet};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

/// Different kinds of anything small: link types, stacks, protocols, VLANs.
const MAX_KINDS: usize = 4096;
/// Pairs of hosts, and UDP endpoints: as many as 2^18 places of a hash table take (7 of 8). One more would
/// double them.
const MAX_ENDS: usize = (1 << 18) / 8 * 7;
/// Flows that look like RTP, kinds of unknown datagrams, TCP connections.
const MAX_SAMPLES: usize = (1 << 16) / 8 * 7;
/// Payload octets kept of a sample.
const HEAD: usize = 16;

/// What was seen, packet by packet.
#[derive(Clone, Debug)]
pub struct Census {
    /// Packets by link type.
    pub links: Tally<LinkType>,
    /// Packets that could not be decoded, by link type and reason.
    pub undecoded: Tally<(LinkType, UndecodedToken)>,
    /// Packets by the layers that were taken off, without VLAN and tunnel numbers.
    pub stacks: Tally<StackToken>,
    /// Packets by VLAN id; one with two tags counts in both.
    pub vlans: Tally<u32>,
    /// Packets with an IP header, from one host to another, by the innermost one.
    pub hosts: Tally<(HostAddr, HostAddr)>,
    /// Packets that are no IP, or an IP protocol without use here: its name and number.
    pub others: Tally<(&'static str, u16)>,
    /// UDP datagrams by where they go, whatever they are.
    pub udp_to: Tally<Endpoint>,
    /// UDP checksums.
    pub checksums: Checksums,
    unknown: HashMap<(u16, Guess), UnknownUdp, RandomState>,
    unproven: HashMap<Flow, Unproven, RandomState>,
    tcp: HashMap<FlowKey, TcpSeen, RandomState>,
    /// Packets that found one of the last three tables full.
    pub beyond: u64,
}

/// An [`UndecodedReason`] by its token, which sorts.
pub type UndecodedToken = &'static str;

/// A [`Stack`] with an order, so that equal counts are listed the same way each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StackToken(pub Stack);

impl Ord for StackToken {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.names().cmp(other.0.names())
    }
}

impl PartialOrd for StackToken {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// Datagrams of one port and look.
#[derive(Clone, Debug)]
pub struct UnknownUdp {
    /// The port that stands for the service.
    pub port: u16,
    /// What they may be.
    pub guess: Guess,
    /// Packets.
    pub packets: u64,
    /// Of these, packets sent from that port.
    pub from_port: u64,
    /// Flow of the first.
    pub flow: Flow,
    /// The first.
    pub frame: FrameRef,
    head: Head,
}

/// A flow that looks like RTP.
#[derive(Clone, Copy, Debug)]
pub struct Unproven {
    /// From whom to whom.
    pub flow: Flow,
    /// Packets.
    pub packets: u64,
    /// The first.
    pub frame: FrameRef,
}

/// A TCP connection, or what ran between two endpoints.
#[derive(Clone, Debug)]
pub struct TcpSeen {
    /// Direction of the first packet.
    pub flow: Flow,
    /// The first packet.
    pub frame: FrameRef,
    /// Packets in that direction, and in the other.
    pub packets: [u64; 2],
    /// A SYN without ACK was among them.
    pub opened: bool,
    /// A RST was among them.
    pub reset: bool,
    /// What it was found to be.
    pub fate: Fate,
    head: Head,
}

#[derive(Clone, Copy, Debug, Default)]
struct Head {
    bytes: [u8; HEAD],
    len: u8,
}

impl Head {
    fn of(payload: &[u8]) -> Head {
        let mut head = Head::default();
        head.bytes
            .iter_mut()
            .zip(payload)
            .for_each(|(to, from)| *to = *from);
        // At most HEAD.
        head.len = payload.len().min(HEAD) as u8;
        head
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or(&[])
    }
}

impl UnknownUdp {
    /// The first octets of the first payload.
    pub fn head(&self) -> &[u8] {
        self.head.bytes()
    }
}

impl TcpSeen {
    /// The first octets of the first payload; empty where there was none.
    pub fn head(&self) -> &[u8] {
        self.head.bytes()
    }

    /// The port that stands for the service: that of the server where the beginning was seen, else one of
    /// SIP or TLS, else the lower one.
    pub fn port(&self) -> u16 {
        let (src, dst) = (self.flow.src.port, self.flow.dst.port);
        let is_known = |p: &u16| matches!(p, 443 | 5060..=5091);
        match [dst, src].into_iter().find(is_known) {
            _ if self.opened => dst,
            Some(known) => known,
            None => src.min(dst),
        }
    }
}

impl Default for Census {
    fn default() -> Self {
        Census {
            links: Tally::new(MAX_KINDS),
            undecoded: Tally::new(MAX_KINDS),
            stacks: Tally::new(MAX_KINDS),
            vlans: Tally::new(MAX_KINDS),
            hosts: Tally::new(MAX_ENDS),
            others: Tally::new(MAX_KINDS),
            udp_to: Tally::new(MAX_ENDS),
            checksums: Checksums::default(),
            unknown: HashMap::default(),
            unproven: HashMap::default(),
            tcp: HashMap::default(),
            beyond: 0,
        }
    }
}

impl Census {
    /// Looks at a packet as it came off the link.
    pub(super) fn packet(&mut self, packet: &Packet<'_>, decoded: &Decoded<'_>) {
        self.links.note(packet.link);
        match decoded {
            Decoded::Udp(d) => self.transport(&d.meta),
            Decoded::Relayed(r) => self.transport(&r.datagram.meta),
            Decoded::Tcp(s) => self.transport(&s.meta),
            Decoded::Sctp(s) => self.transport(&s.meta),
            Decoded::Fragment(f) => self.ip(&f.ip),
            Decoded::Icmp(e) => self.ip(&e.ip),
            Decoded::Other(kind) => self.other(*kind),
            Decoded::Undecoded(reason) => self.undecoded(packet.link, *reason),
        }
    }

    fn transport(&mut self, meta: &Meta) {
        self.layers(meta.stack);
        self.hosts.note((meta.flow.src.addr, meta.flow.dst.addr));
    }

    fn ip(&mut self, ip: &IpMeta) {
        self.layers(ip.stack);
        self.hosts.note((ip.src, ip.dst));
    }

    fn layers(&mut self, stack: Stack) {
        self.stacks.note(StackToken(stack.without_numbers()));
        for id in stack.numbers(Layer::Vlan) {
            self.vlans.note(id);
        }
    }

    fn other(&mut self, kind: OtherKind) {
        let number = match kind {
            OtherKind::IpProtocol(number) => u16::from(number),
            OtherKind::EtherType(number) => number,
            _ => 0,
        };
        self.others.note((kind.name(), number));
    }

    fn undecoded(&mut self, link: LinkType, reason: UndecodedReason) {
        self.undecoded.note((link, reason.name()));
    }

    /// Looks at a whole datagram of `packets` packets whose fate is known.
    pub(super) fn datagram(
        &mut self,
        datagram: &Datagram<'_>,
        frame: FrameRef,
        packets: u64,
        fate: Fate,
    ) {
        let flow = datagram.meta.flow;
        self.udp_to.add(flow.dst, packets);
        self.checksums.note(datagram);
        match fate {
            Fate::OtherUdp => self.unknown(datagram, frame, packets),
            Fate::RtpUnproven => {
                if self.unproven.len() >= MAX_SAMPLES && !self.unproven.contains_key(&flow) {
                    self.beyond += packets;
                    return;
                }
                let seen = self.unproven.entry(flow).or_insert(Unproven {
                    flow,
                    packets: 0,
                    frame,
                });
                seen.packets += packets;
            }
            _ => {}
        }
    }

    fn unknown(&mut self, datagram: &Datagram<'_>, frame: FrameRef, packets: u64) {
        let flow = datagram.meta.flow;
        let (src, dst) = (flow.src.port, flow.dst.port);
        let found = guess::guess(src, dst, datagram.payload, datagram.wire_payload_len);
        let key = (found.port, found.guess);
        if self.unknown.len() >= MAX_SAMPLES && !self.unknown.contains_key(&key) {
            self.beyond += packets;
            return;
        }
        let seen = self.unknown.entry(key).or_insert_with(|| UnknownUdp {
            port: found.port,
            guess: found.guess,
            packets: 0,
            from_port: 0,
            flow,
            frame,
            head: Head::of(datagram.payload),
        });
        seen.packets += packets;
        if src == found.port {
            seen.from_port += packets;
        }
    }

    /// Looks at a segment whose connection has that label now.
    pub(super) fn segment(&mut self, segment: &Segment<'_>, frame: FrameRef, label: TcpLabel) {
        let flow = segment.meta.flow;
        let key = flow.key();
        if self.tcp.len() >= MAX_SAMPLES && !self.tcp.contains_key(&key) {
            self.beyond += 1;
            return;
        }
        let seen = self.tcp.entry(key).or_insert_with(|| TcpSeen {
            flow,
            frame,
            packets: [0, 0],
            opened: false,
            reset: false,
            fate: Fate::OtherTcp,
            head: Head::default(),
        });
        let back = usize::from(seen.flow != flow);
        if let Some(count) = seen.packets.get_mut(back) {
            *count += 1;
        }
        if segment.syn && segment.ack.is_none() && !seen.opened {
            seen.opened = true;
            if back == 1 {
                // The one who opens is the client, whoever was seen first.
                seen.flow = flow;
                seen.packets.swap(0, 1);
            }
        }
        seen.reset |= segment.rst;
        if seen.head.len == 0 && !segment.payload.is_empty() {
            seen.head = Head::of(segment.payload);
        }
        // Ports are used again: what a connection was found to be stays.
        if label != TcpLabel::UNKNOWN && seen.fate == Fate::OtherTcp {
            seen.fate = Fate::of_label(label);
        }
    }

    /// A connection was found out after its last segment.
    pub(super) fn label(&mut self, key: FlowKey, label: TcpLabel) {
        if let Some(seen) = self.tcp.get_mut(&key) {
            seen.fate = Fate::of_label(label);
        }
    }

    /// Datagrams that are neither SIP nor media, most packets first.
    pub fn unknown_udp(&self) -> Vec<&UnknownUdp> {
        let mut all: Vec<&UnknownUdp> = self.unknown.values().collect();
        all.sort_unstable_by_key(|u| (std::cmp::Reverse(u.packets), u.port, u.guess));
        all
    }

    /// Flows that looked like RTP, those that were proven later included; most packets first.
    pub fn unproven(&self) -> Vec<Unproven> {
        let mut all: Vec<Unproven> = self.unproven.values().copied().collect();
        all.sort_unstable_by_key(|u| (std::cmp::Reverse(u.packets), u.frame, u.flow));
        all
    }

    /// TCP connections in order of first packet.
    pub fn tcp(&self) -> Vec<&TcpSeen> {
        let mut all: Vec<&TcpSeen> = self.tcp.values().collect();
        all.sort_unstable_by_key(|t| (t.frame, t.flow));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{decode, testing};

    fn with_frame(bytes: &[u8], f: impl FnOnce(&Packet<'_>, Decoded<'_>)) {
        let packet = testing::packet(1, bytes);
        f(&packet, decode(&packet));
    }

    #[test]
    fn packets_are_counted_by_layers_and_by_vlan() {
        let mut census = Census::default();
        let ip = testing::ipv4(17, &testing::udp(4000, 4002, b"x"));
        for id in [7, 7, 8] {
            let frame = testing::eth(0x8100, &testing::vlan(id, 0x0800, &ip));
            with_frame(&frame, |p, d| census.packet(p, &d));
        }
        with_frame(&testing::eth(0x0806, &[0; 28]), |p, d| census.packet(p, &d));
        let stacks = census.stacks.ranked();
        assert_eq!(stacks.len(), 1);
        assert_eq!(stacks[0].0.0.to_string(), "eth/vlan/ip/udp");
        assert_eq!(census.vlans.ranked(), [(7, 2), (8, 1)]);
        assert_eq!(census.others.ranked(), [(("arp", 0), 1)]);
    }

    #[test]
    fn unknown_datagrams_are_sampled_by_port_with_their_first_bytes() {
        let mut census = Census::default();
        for (src, dst) in [(50_000, 7000), (7000, 50_000), (50_001, 7000)] {
            let udp = testing::udp(src, dst, b"hello, this is a test");
            let frame = testing::eth(0x0800, &testing::ipv4(17, &udp));
            with_frame(&frame, |p, d| {
                let Decoded::Udp(d) = d else { panic!("UDP") };
                census.datagram(&d, p.frame_ref(), 1, Fate::OtherUdp);
            });
        }
        let all = census.unknown_udp();
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].port, all[0].packets, all[0].from_port),
            (7000, 3, 1)
        );
        assert_eq!(all[0].head(), b"hello, this is a");
        assert_eq!(all[0].guess, Guess::Text);
    }
}
