//! What decoding one packet yields.

use super::stack::Stack;
use crate::types::{CaptureTime, Endpoint, Flow, HostAddr, Scope, vocabulary};
use std::fmt;

/// One packet, decoded down to its transport.
#[derive(Clone, Copy, Debug)]
pub enum Decoded<'a> {
    /// A whole UDP datagram.
    Udp(Datagram<'a>),
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// What a capture agent relays.
    Relayed(Relayed<'a>),
    /// A piece of an IP datagram, to be joined before it has ports.
    Fragment(Fragment<'a>),
    /// An ICMP or ICMPv6 error that quotes a UDP, TCP or SCTP packet.
    Icmp(IcmpError<'a>),
    /// An SCTP packet (RFC 9260).
    Sctp(SctpPacket<'a>),
    /// Understood, and of no use here.
    Other(OtherKind),
    /// Not understood, and why.
    Undecoded(UndecodedReason),
}

/// Where a transport payload came from. Addresses are those of the innermost IP header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Sender to receiver, by the innermost IP header and its ports.
    pub flow: Flow,
    /// IPv4 identification, or that of an IPv6 fragment header. `None` without one, and for 0,
    /// which senders use for "not set" on datagrams that cannot be fragmented (RFC 6864 §4.1).
    pub ip_id: Option<u32>,
    /// IPv4 time to live or IPv6 hop limit.
    pub ttl: u8,
    /// Differentiated services code point (RFC 2474), 0 to 63.
    pub dscp: u8,
    /// Bytes on the wire from the IP header on, from its length field, that header included.
    /// For a datagram joined of fragments the sum over the fragments.
    pub ip_bytes: u32,
    /// Bytes on the wire before the IP header: Ethernet, VLAN tags, tunnel headers. 14 stands for
    /// the link header where the capture holds another one (cooked, raw, loopback, Wi-Fi).
    /// For a datagram joined of fragments the sum over the fragments.
    pub link_bytes: u16,
    /// A cheap hash of MAC addresses, VLAN tags, cooked interface and direction, and outer tunnel
    /// addresses: two copies of one packet at two capture points differ in it. 0 where the link
    /// type tells nothing.
    pub link_print: u64,
    /// The layers that were taken off.
    pub stack: Stack,
}

/// A UDP datagram (RFC 768).
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Where from, where to, how.
    pub meta: Meta,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Length of the payload on the wire, from the UDP header; more than `payload.len()` when the
    /// capture was cut.
    pub wire_payload_len: u32,
    /// The checksum field as sent; 0 means none. It is not checked: offload leaves it wrong.
    pub checksum: u16,
}

/// A payload that a capture agent sends to its collector, and what it says of the packet it saw (HEP).
#[derive(Clone, Copy, Debug)]
pub struct Relayed<'a> {
    /// The payload between the addresses the agent saw; sizes are those of the relaying packet.
    pub datagram: Datagram<'a>,
    /// When the agent saw it.
    pub time: Option<CaptureTime>,
    /// The IP protocol that carried it; agents write 22 for TLS and WebSocket, which have none.
    pub protocol: Option<u8>,
    /// The payload is compressed (gzip or zlib).
    pub compressed: bool,
}

/// A TCP segment (RFC 9293).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Where from, where to, how.
    pub meta: Meta,
    /// Sequence number of the first payload byte, or of the SYN.
    pub seq: u32,
    /// Acknowledgment number when the ACK flag is set.
    pub ack: Option<u32>,
    /// SYN: a side opens the connection.
    pub syn: bool,
    /// FIN: this side sends no more.
    pub fin: bool,
    /// RST: the connection is refused or broken off.
    pub rst: bool,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Length of the payload on the wire; more than `payload.len()` when the capture was cut.
    pub wire_payload_len: u32,
}

impl Segment<'_> {
    /// Its header as it stands in `packet`, the bytes it was decoded from; `None` where it was joined of fragments
    /// or has no payload that could be found there.
    pub fn header_in<'p>(&self, packet: &'p [u8]) -> Option<&'p [u8]> {
        let end = self.payload.as_ptr().addr();
        let end = end.checked_sub(packet.as_ptr().addr())?;
        let words = (5usize..=15).map(|words| words * 4);
        let mut headers = words.filter_map(|len| packet.get(end.checked_sub(len)?..end));
        headers.find(|h| {
            let flow = &self.meta.flow;
            h.get(..2) == Some(&flow.src.port.to_be_bytes())
                && h.get(2..4) == Some(&flow.dst.port.to_be_bytes())
                && h.get(4..8) == Some(&self.seq.to_be_bytes())
                && h.get(12).map(|b| usize::from(b >> 4) * 4) == Some(h.len())
        })
    }
}

/// What an IP header said, and how it was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpMeta {
    /// Source address.
    pub src: HostAddr,
    /// Destination address.
    pub dst: HostAddr,
    /// The network it was seen in: VLAN or tunnel.
    pub scope: Scope,
    /// See [`Meta::ip_id`].
    pub ip_id: Option<u32>,
    /// See [`Meta::ttl`].
    pub ttl: u8,
    /// See [`Meta::dscp`].
    pub dscp: u8,
    /// See [`Meta::ip_bytes`].
    pub ip_bytes: u32,
    /// See [`Meta::link_bytes`].
    pub link_bytes: u16,
    /// See [`Meta::link_print`].
    pub link_print: u64,
    /// See [`Meta::stack`].
    pub stack: Stack,
    /// How many tunnels were entered to reach it.
    pub depth: u8,
}

impl IpMeta {
    /// With the ports, the whole of a transport payload's origin.
    #[inline]
    pub(crate) fn with_ports(&self, src: u16, dst: u16, stack: Stack) -> Meta {
        Meta {
            flow: self.flow(src, dst),
            ip_id: self.ip_id,
            ttl: self.ttl,
            dscp: self.dscp,
            ip_bytes: self.ip_bytes,
            link_bytes: self.link_bytes,
            link_print: self.link_print,
            stack,
        }
    }

    /// The flow of these addresses and the given ports.
    #[inline]
    pub fn flow(&self, src: u16, dst: u16) -> Flow {
        Flow {
            src: Endpoint::new(self.src, src),
            dst: Endpoint::new(self.dst, dst),
            scope: self.scope,
        }
    }
}

/// A fragment of an IP datagram (RFC 791 §3.2, RFC 8200 §4.5).
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    /// The fragment's own IP header.
    pub ip: IpMeta,
    /// True for an IPv6 fragment.
    pub v6: bool,
    /// What the joined payload is: the IPv4 protocol, or the fragment header's next header.
    pub protocol: u8,
    /// Identification: 16 bits of IPv4, 32 of IPv6.
    pub id: u32,
    /// Where the payload belongs in the whole, in bytes.
    pub offset: u32,
    /// More fragments follow.
    pub more: bool,
    /// What was captured of the fragment's payload.
    pub payload: &'a [u8],
    /// Length of the fragment's payload on the wire.
    pub wire_payload_len: u32,
}

/// What tells the fragments of one datagram from those of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentKey {
    src: HostAddr,
    dst: HostAddr,
    scope: Scope,
    id: u32,
    /// Part of the key for IPv4 only; 0 for IPv6 (RFC 8200 §4.5).
    protocol: u8,
}

impl FragmentKey {
    /// True for a datagram of that source and identification, in whatever network it was captured.
    pub fn is_of(&self, src: HostAddr, id: Option<u32>) -> bool {
        self.src == src && Some(self.id) == id
    }

    /// The two hosts, lower first.
    pub fn hosts(&self) -> (HostAddr, HostAddr) {
        (self.src.min(self.dst), self.src.max(self.dst))
    }
}

impl Fragment<'_> {
    /// The key all fragments of this datagram share.
    pub fn key(&self) -> FragmentKey {
        FragmentKey {
            src: self.ip.src,
            dst: self.ip.dst,
            scope: self.ip.scope,
            id: self.id,
            protocol: if self.v6 { 0 } else { self.protocol },
        }
    }

    /// The flow, known only from a first fragment of UDP, TCP or SCTP.
    pub fn first_flow(&self) -> Option<Flow> {
        if self.offset != 0 || !super::transport::has_ports(self.protocol) {
            return None;
        }
        let (src, dst) = super::transport::ports(self.payload)?;
        Some(self.ip.flow(src, dst))
    }
}

/// An ICMP (RFC 792) or ICMPv6 (RFC 4443) error message.
#[derive(Clone, Copy, Debug)]
pub struct IcmpError<'a> {
    /// The error's own IP header: `src` reports, `dst` is told.
    pub ip: IpMeta,
    /// True for ICMPv6, whose type numbers differ.
    pub v6: bool,
    /// ICMP or ICMPv6 type: 3 or 1 is "unreachable".
    pub kind: u8,
    /// What exactly, within the type: 3 or 4 of "unreachable" is the port.
    pub code: u8,
    /// The word after the checksum: next-hop MTU of "fragmentation needed" (RFC 1191) and
    /// "packet too big", pointer of "parameter problem".
    pub info: u32,
    /// The flow of the packet that could not be delivered, as quoted.
    pub quoted: Flow,
    /// Transport protocol of the quoted packet (6, 17 or 132).
    pub quoted_protocol: u8,
    /// What the error quotes after the transport header; often empty or cut.
    pub quoted_payload: &'a [u8],
}

/// An SCTP packet (RFC 9260 §3).
#[derive(Clone, Copy, Debug)]
pub struct SctpPacket<'a> {
    /// Where from, where to, how.
    pub meta: Meta,
    /// Verification tag: names the receiver's end of the association (§3.1).
    pub tag: u32,
    /// The chunks after the common header, as captured. See `sctp::data_chunks`.
    pub chunks: &'a [u8],
}

/// Traffic that was understood and carries nothing for this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OtherKind {
    /// Address resolution.
    Arp,
    /// ICMP or ICMPv6 that is no error about a transport flow.
    Icmp,
    /// Group membership (protocol 2).
    Igmp,
    /// Encrypted IPsec payload (protocol 50), or one that could not be told apart from it.
    Esp,
    /// An IP protocol without use here.
    IpProtocol(u8),
    /// An Ethernet type without use here.
    EtherType(u16),
    /// IEEE 802.2 LLC without an Ethernet type (spanning tree and the like).
    Llc,
    /// Wi-Fi management, control and null frames.
    WifiManagement,
    /// A Wi-Fi or MACsec payload that is encrypted.
    EncryptedLink,
    /// PPP control protocols (LCP, IPCP, CHAP) and PPPoE discovery.
    PppControl,
    /// A tunnel's own control message (GTP echo, L2TP control).
    TunnelControl,
    /// A cooked capture's message that is no network packet (netlink).
    NotNetwork,
}

impl OtherKind {
    /// The lower snake case token of the report.
    pub const fn name(self) -> &'static str {
        match self {
            OtherKind::Arp => "arp",
            OtherKind::Icmp => "icmp",
            OtherKind::Igmp => "igmp",
            OtherKind::Esp => "esp",
            OtherKind::IpProtocol(_) => "other_ip_protocol",
            OtherKind::EtherType(_) => "other_ether_type",
            OtherKind::Llc => "llc",
            OtherKind::WifiManagement => "wifi_management",
            OtherKind::EncryptedLink => "encrypted_link",
            OtherKind::PppControl => "ppp_control",
            OtherKind::TunnelControl => "tunnel_control",
            OtherKind::NotNetwork => "not_network",
        }
    }
}

vocabulary! {
    /// Why a packet could not be decoded.
    #[allow(missing_docs)]
    pub enum UndecodedReason {
        /// No decoder for the file's link type.
        UnsupportedLinkType = "unsupported_link_type",
        /// The snap length cut the packet inside a header.
        CutBySnaplen = "cut_by_snaplen",
        ShortLinkHeader = "short_link_header",
        BadLinkHeader = "bad_link_header",
        ShortIpHeader = "short_ip_header",
        /// Neither version 4 nor version 6.
        BadIpVersion = "bad_ip_version",
        /// IPv4 header length below 20.
        BadIpHeaderLength = "bad_ip_header_length",
        /// IPv4 total length shorter than its header, or an extension header longer than the packet.
        BadIpLength = "bad_ip_length",
        /// More than 8 IPv6 extension headers.
        TooManyExtensions = "too_many_extensions",
        ShortUdpHeader = "short_udp_header",
        /// UDP length below 8 or beyond the IP payload.
        BadUdpLength = "bad_udp_length",
        ShortTcpHeader = "short_tcp_header",
        /// TCP data offset below 5 or beyond the segment.
        BadTcpHeaderLength = "bad_tcp_header_length",
        ShortSctpHeader = "short_sctp_header",
        ShortTunnelHeader = "short_tunnel_header",
        BadTunnelHeader = "bad_tunnel_header",
        /// More than 8 tunnels inside each other.
        TooDeep = "too_deep",
    }
}

impl UndecodedReason {
    /// True where more captured bytes might have helped.
    pub(crate) const fn is_short(self) -> bool {
        matches!(
            self,
            UndecodedReason::ShortLinkHeader
                | UndecodedReason::ShortIpHeader
                | UndecodedReason::ShortUdpHeader
                | UndecodedReason::ShortTcpHeader
                | UndecodedReason::ShortSctpHeader
                | UndecodedReason::ShortTunnelHeader
        )
    }
}

impl fmt::Display for OtherKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OtherKind::IpProtocol(number) => write!(f, "IP protocol {number}"),
            OtherKind::EtherType(number) => write!(f, "Ethernet type 0x{number:04x}"),
            other => f.write_str(other.name()),
        }
    }
}
