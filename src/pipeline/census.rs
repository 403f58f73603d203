//! A census of the packets: link types, layers, ports, unknown payloads. It is taken from the pipeline's notes
//! and costs look-ups per packet that the analysis itself does not need, so only `sipflow doctor` takes one.
//!
//! Invariant: every table has a limit.

mod checksum;
mod guess;
mod tally;

pub use checksum::Checksums;
pub use guess::Guess;
pub use tally::Tally;

use super::SeenMessage;
use super::fate::Fate;
use super::note::{Content, Outside, PacketNote};
use crate::decode::{Datagram, Layer, OtherKind, Segment, Stack, UndecodedReason};
use crate::types::{Endpoint, Flow, FlowKey, FrameRef, HostAddr, LinkType, Transport};
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
    /// How many there were.
    pub packets: u64,
    /// Of these, packets sent from that port.
    pub from_port: u64,
    /// Flow of the first.
    pub flow: Flow,
    /// The first of them.
    pub frame: FrameRef,
    head: Head,
}

/// A flow that looks like RTP.
#[derive(Clone, Copy, Debug)]
pub struct Unproven {
    /// From whom to whom.
    pub flow: Flow,
    /// How many there were.
    pub packets: u64,
    /// The first of them.
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
    /// Looks at a packet.
    pub fn packet(&mut self, note: &PacketNote<'_>) {
        let link = note.packet.link;
        self.links.note(link);
        match note.outside {
            Outside::Ip { stack, src, dst } => {
                self.layers(stack);
                self.hosts.note((src, dst));
            }
            Outside::Other(kind) => self.other(kind),
            Outside::Undecoded(reason) => self.undecoded(link, reason),
        }
        match note.content {
            Content::Datagram(datagram) => self.datagram(datagram, note),
            Content::Segment(segment) => self.segment(segment, note),
            Content::Other => {}
        }
    }

    /// Looks at a datagram of SIP that is shown although fragments are missing.
    pub fn given_up(&mut self, datagram: &Datagram<'_>, frames: &[FrameRef]) {
        self.any_datagram(datagram, frames.len() as u64);
    }

    /// Looks at a message: it may show what its connection was after the last segment.
    pub fn message(&mut self, message: &SeenMessage<'_>) {
        let on_tcp = matches!(message.transport, Transport::Tcp | Transport::Ws);
        if !on_tcp || message.stack.contains(Layer::Hep) {
            return;
        }
        if let Some(seen) = self.tcp.get_mut(&message.flow.key()) {
            seen.fate = Fate::SipTcp;
        }
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
        self.undecoded.note((link, reason.as_str()));
    }

    fn any_datagram(&mut self, datagram: &Datagram<'_>, packets: u64) {
        self.udp_to.add(datagram.meta.flow.dst, packets);
        self.checksums.note(datagram);
    }

    fn datagram(&mut self, datagram: &Datagram<'_>, note: &PacketNote<'_>) {
        let (flow, packets) = (datagram.meta.flow, note.frames.len() as u64);
        let frame = note.packet.frame_ref();
        self.any_datagram(datagram, packets);
        match note.fate {
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

    fn segment(&mut self, segment: &Segment<'_>, note: &PacketNote<'_>) {
        let frame = note.packet.frame_ref();
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
        let first_known = !note.undecided && seen.fate == Fate::OtherTcp;
        if first_known || note.fate == Fate::SipTcp {
            seen.fate = note.fate;
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
    use crate::decode::testing;
    use crate::pipeline::{Options, Pipeline, Sink};

    struct Taking(Census);

    impl Sink for Taking {
        fn packet(&mut self, note: &PacketNote<'_>) {
            self.0.packet(note);
        }
    }

    /// The census of frames that come one after the other.
    fn census(frames: &[Vec<u8>]) -> Census {
        let mut pipeline = Pipeline::new(Options {
            notes: true,
            ..Options::default()
        });
        let mut sink = Taking(Census::default());
        for frame in frames {
            pipeline.handle_packet(&testing::packet(1, frame), &mut sink);
        }
        sink.0
    }

    #[test]
    fn packets_are_counted_by_layers_and_by_vlan() {
        let ip = testing::ipv4(17, &testing::udp(4000, 4002, b"x"));
        let tagged = |id| testing::eth(0x8100, &testing::vlan(id, 0x0800, &ip));
        let arp = testing::eth(0x0806, &[0; 28]);
        let census = census(&[tagged(7), tagged(7), tagged(8), arp]);
        let stacks = census.stacks.ranked();
        assert_eq!(stacks.len(), 1);
        assert_eq!(stacks[0].0.0.to_string(), "eth/vlan/ip/udp");
        assert_eq!(census.vlans.ranked(), [(7, 2), (8, 1)]);
        assert_eq!(census.others.ranked(), [(("arp", 0), 1)]);
    }

    #[test]
    fn unknown_datagrams_are_sampled_by_port_with_their_first_bytes() {
        let ports = [(50_000, 7000), (7000, 50_000), (50_001, 7000)];
        let frames = ports.map(|(src, dst)| {
            let udp = testing::udp(src, dst, b"hello, this is a test");
            testing::eth(0x0800, &testing::ipv4(17, &udp))
        });
        let census = census(&frames);
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
