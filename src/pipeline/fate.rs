//! What became of each packet. Every packet has exactly one fate, so the counts of all fates add up to
//! the packets.
//!
//! A fate is noted when the packet is handled. What shows only later is moved then: fragments when their
//! datagram is whole, candidates when they pass probation, segments when their connection is known.

use crate::decode::OtherKind;
use crate::media::Class;
use crate::reassembly::TcpLabel;
use crate::types::vocabulary;

vocabulary! {
    /// What became of a packet.
    #[repr(u8)]
    pub enum Fate {
        /// No decoder could read it; the reason is counted in `Counters::undecoded`.
        Undecoded = "undecoded",
        /// Address resolution.
        Arp = "arp",
        /// An Ethernet type without use here.
        EtherType = "other_ether_type",
        /// LLC without an Ethernet type (spanning tree).
        Llc = "llc",
        /// Wi-Fi management, control and null frames.
        WifiManagement = "wifi_management",
        /// Wi-Fi or MACsec payload that is encrypted.
        EncryptedLink = "encrypted_link",
        /// PPP control protocols.
        PppControl = "ppp_control",
        /// A cooked capture's message that is no network packet.
        NotNetwork = "not_network",
        /// A fragment whose datagram never became whole.
        FragmentIncomplete = "fragment_incomplete",
        /// A fragment captured a second time.
        FragmentCopy = "fragment_copy",
        /// SIP over UDP, in the first copy.
        SipUdp = "sip_udp",
        /// SIP over UDP captured a second time.
        SipUdpCopy = "sip_udp_copy",
        /// RTP of a stream.
        Rtp = "rtp",
        /// RTCP.
        Rtcp = "rtcp",
        /// STUN or TURN.
        Stun = "stun",
        /// DTLS.
        Dtls = "dtls",
        /// ZRTP.
        Zrtp = "zrtp",
        /// T.38 over UDPTL that SDP agreed on.
        T38 = "t38",
        /// BFCP that SDP agreed on.
        Bfcp = "bfcp",
        /// Looks like RTP, but neither announced nor proven by five packets in a row.
        RtpUnproven = "rtp_unproven",
        /// A datagram captured a second time, other than SIP.
        UdpCopy = "udp_copy",
        /// Any other datagram.
        OtherUdp = "other_udp",
        /// A TCP segment with bytes of a SIP message.
        SipTcp = "sip_tcp",
        /// A TCP segment of a SIP connection without bytes of a message: SYN, ACK, keep-alive, bytes sent again.
        SipTcpBare = "sip_tcp_bare",
        /// TLS on a port of SIP over TLS.
        SipTls = "sip_tls",
        /// TLS on another port.
        Tls = "tls",
        /// A WebSocket connection in which no SIP was read.
        WebSocket = "websocket",
        /// A connection of MSRP that SDP agreed on.
        Msrp = "msrp",
        /// A connection of RTP (RFC 4571) that SDP agreed on.
        RtpTcp = "rtp_tcp",
        /// Any other TCP segment.
        OtherTcp = "other_tcp",
        /// An SCTP packet with bytes of a SIP message.
        SipSctp = "sip_sctp",
        /// Any other SCTP packet.
        OtherSctp = "other_sctp",
        /// An ICMP error that quotes a SIP message.
        IcmpSip = "icmp_sip",
        /// An ICMP error about announced or seen media.
        IcmpMedia = "icmp_media",
        /// An ICMP error about anything else.
        IcmpError = "icmp_error",
        /// Any other ICMP message.
        Icmp = "icmp",
        /// Group membership.
        Igmp = "igmp",
        /// IPsec, encrypted.
        Esp = "esp",
        /// A tunnel's own control message.
        TunnelControl = "tunnel_control",
        /// Any other IP protocol.
        IpProtocol = "other_ip_protocol",
    }
}

impl Fate {
    /// True for a packet with bytes of a SIP message, second copies included.
    pub const fn is_sip(self) -> bool {
        matches!(
            self,
            Fate::SipUdp | Fate::SipUdpCopy | Fate::SipTcp | Fate::SipSctp
        )
    }

    /// True where later packets may show the packet to be something else, whatever its connection.
    pub(super) const fn may_change(self) -> bool {
        matches!(
            self,
            Fate::RtpUnproven
                | Fate::UdpCopy
                | Fate::FragmentIncomplete
                | Fate::FragmentCopy
                | Fate::OtherSctp
        )
    }

    /// The fate of a datagram the media tracker looked at.
    pub(super) const fn of_media(class: Class) -> Fate {
        match class {
            Class::Rtp => Fate::Rtp,
            Class::Rtcp => Fate::Rtcp,
            Class::Stun => Fate::Stun,
            Class::Dtls => Fate::Dtls,
            Class::Zrtp => Fate::Zrtp,
            Class::T38 => Fate::T38,
            Class::Bfcp => Fate::Bfcp,
            Class::Candidate => Fate::RtpUnproven,
            Class::Other => Fate::OtherUdp,
        }
    }

    /// The fate of a segment of a connection with that label; of a SIP connection, of one that brings bytes
    /// of a message.
    pub(super) fn of_label(label: TcpLabel) -> Fate {
        match label {
            SIP => Fate::SipTcp,
            SIP_TLS => Fate::SipTls,
            TLS => Fate::Tls,
            WEB_SOCKET => Fate::WebSocket,
            MSRP => Fate::Msrp,
            FRAMED_RTP => Fate::RtpTcp,
            _ => Fate::OtherTcp,
        }
    }

    /// The fate of what the decoder understood and nobody here needs.
    pub(super) const fn of_other(kind: OtherKind) -> Fate {
        match kind {
            OtherKind::Arp => Fate::Arp,
            OtherKind::Icmp => Fate::Icmp,
            OtherKind::Igmp => Fate::Igmp,
            OtherKind::Esp => Fate::Esp,
            OtherKind::IpProtocol(_) => Fate::IpProtocol,
            OtherKind::EtherType(_) => Fate::EtherType,
            OtherKind::Llc => Fate::Llc,
            OtherKind::WifiManagement => Fate::WifiManagement,
            OtherKind::EncryptedLink => Fate::EncryptedLink,
            OtherKind::PppControl => Fate::PppControl,
            OtherKind::TunnelControl => Fate::TunnelControl,
            OtherKind::NotNetwork => Fate::NotNetwork,
        }
    }
}

/// How many packets had which fate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fates([u64; Fate::ALL.len()]);

impl Default for Fates {
    fn default() -> Self {
        Fates([0; Fate::ALL.len()])
    }
}

impl Fates {
    /// Notes packets: several of them where a datagram was joined of fragments.
    #[inline]
    pub(super) fn add(&mut self, fate: Fate, packets: u64) {
        if let Some(count) = self.0.get_mut(fate as usize) {
            *count += packets;
        }
    }

    /// Takes packets back that turned out to be something else. How many there were to take.
    pub(super) fn take(&mut self, fate: Fate, packets: u64) -> u64 {
        let Some(count) = self.0.get_mut(fate as usize) else {
            return 0;
        };
        let taken = packets.min(*count);
        *count -= taken;
        taken
    }

    /// Moves packets that turned out to be something else, as many as there are.
    pub(super) fn turn(&mut self, from: Fate, to: Fate, packets: u64) {
        let taken = self.take(from, packets);
        self.add(to, taken);
    }

    /// Enters what the TCP connections turned out to be. `carried` is how many of the SIP connections'
    /// segments brought bytes of messages.
    pub(super) fn settle_tcp(&mut self, packets: [u64; TcpLabel::COUNT], carried: u64) {
        for (label, packets) in (0u8..).map(TcpLabel::new).zip(packets) {
            let carried = if label == SIP {
                carried.min(packets)
            } else {
                packets
            };
            self.add(Fate::of_label(label), carried);
            self.add(Fate::SipTcpBare, packets - carried);
        }
    }

    /// Packets of that fate.
    pub fn of(&self, fate: Fate) -> u64 {
        self.0.get(fate as usize).copied().unwrap_or(0)
    }

    /// Every fate with its packets.
    pub fn iter(&self) -> impl Iterator<Item = (Fate, u64)> + '_ {
        Fate::ALL.iter().copied().zip(self.0)
    }

    /// Packets in all.
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// Packets with bytes of SIP messages, second copies included.
    pub fn sip(&self) -> u64 {
        self.iter()
            .filter(|(f, _)| f.is_sip())
            .map(|(_, n)| n)
            .sum()
    }
}

/// A connection that brought a SIP message.
pub(super) const SIP: TcpLabel = TcpLabel::new(1);
/// TLS on a port of SIP over TLS.
pub(super) const SIP_TLS: TcpLabel = TcpLabel::new(2);
/// TLS on another port.
pub(super) const TLS: TcpLabel = TcpLabel::new(3);
/// WebSocket.
pub(super) const WEB_SOCKET: TcpLabel = TcpLabel::new(4);
/// MSRP that SDP agreed on.
pub(super) const MSRP: TcpLabel = TcpLabel::new(6);
/// RTP in frames that SDP agreed on.
pub(super) const FRAMED_RTP: TcpLabel = TcpLabel::new(7);
/// Bytes that are none of these.
pub(super) const OTHER: TcpLabel = TcpLabel::new(5);

/// What a segment's first bytes tell of a connection not known yet. Connections captured from the middle
/// rarely begin with a record, so on ports of TLS every segment may tell.
pub(super) fn peek(known: TcpLabel, ports: [u16; 2], payload: &[u8]) -> Option<TcpLabel> {
    let is_port = |p: &u16| is_sip_tls_port(*p) || *p == 443;
    if known != TcpLabel::UNKNOWN && !(known == OTHER && ports.iter().any(is_port)) {
        return None;
    }
    if is_tls_record(payload) {
        let sip = ports.iter().any(|p| is_sip_tls_port(*p));
        return Some(if sip { SIP_TLS } else { TLS });
    }
    is_web_socket(payload).then_some(WEB_SOCKET)
}

/// 5061 (RFC 3261 §19.1.2), and 5081, the usual second one.
pub(super) const fn is_sip_tls_port(port: u16) -> bool {
    matches!(port, 5061 | 5081)
}

/// A record header (RFC 8446 §5.1): content type, version 3.x, length.
pub(super) fn is_tls_record(payload: &[u8]) -> bool {
    let Some(&[kind, 3, minor, l0, l1]) = payload.first_chunk::<5>() else {
        return false;
    };
    // 2^14 octets and what older versions may add (RFC 5246 §6.2.3).
    let len = u16::from_be_bytes([l0, l1]);
    (20..=24).contains(&kind) && minor <= 4 && (1..=16_384 + 2048).contains(&len)
}

/// A handshake (RFC 6455 §4) that stands in one segment.
fn is_web_socket(payload: &[u8]) -> bool {
    let is_http = payload.starts_with(b"GET ") || payload.starts_with(b"HTTP/1.1 101");
    is_http && {
        let head = payload.get(..2048).unwrap_or(payload).to_ascii_lowercase();
        memchr::memmem::find(&head, b"upgrade: websocket").is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_of_all_fates_add_up_to_what_was_noted() {
        let mut fates = Fates::default();
        for fate in Fate::ALL {
            fates.add(*fate, 1);
        }
        assert_eq!(fates.total(), Fate::ALL.len() as u64);
        assert_eq!(fates.take(Fate::Rtp, 5), 1, "no more than there is");
        assert_eq!(fates.total(), Fate::ALL.len() as u64 - 1);
        assert_eq!(fates.sip(), 4);
    }

    #[test]
    fn every_fate_has_a_token_of_its_own() {
        let mut names: Vec<_> = Fate::ALL.iter().map(|f| f.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Fate::ALL.len());
    }

    #[test]
    fn segments_of_sip_connections_are_split_by_what_they_brought() {
        let mut fates = Fates::default();
        // Label 1 is SIP: 10 segments, of which 4 brought message bytes; labels 0 and 5 are other TCP.
        fates.settle_tcp([7, 10, 3, 2, 1, 5, 0, 0], 4);
        let got = [
            Fate::SipTcp,
            Fate::SipTcpBare,
            Fate::SipTls,
            Fate::Tls,
            Fate::WebSocket,
            Fate::OtherTcp,
        ]
        .map(|f| fates.of(f));
        assert_eq!(got, [4, 6, 3, 2, 1, 12]);
    }

    #[test]
    fn a_tls_record_tells_and_the_port_says_whose_it_is() {
        // Handshake, TLS 1.0 record version, 512 octets.
        let hello = [22, 3, 1, 2, 0, 1];
        assert_eq!(
            peek(TcpLabel::UNKNOWN, [50_000, 5061], &hello),
            Some(SIP_TLS)
        );
        assert_eq!(peek(TcpLabel::UNKNOWN, [50_000, 443], &hello), Some(TLS));
        assert_eq!(
            peek(TcpLabel::UNKNOWN, [50_000, 443], &[22, 3, 1, 0xff]),
            None
        );
        assert_eq!(peek(SIP, [50_000, 5061], &hello), None, "known already");
        let data = [23, 3, 3, 0, 40];
        assert_eq!(peek(OTHER, [5061, 50_000], &data), Some(SIP_TLS));
        assert_eq!(peek(OTHER, [80, 50_000], &data), None);
    }

    #[test]
    fn a_web_socket_is_told_by_its_handshake() {
        let ask = b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: WebSocket\r\n\r\n";
        assert_eq!(peek(TcpLabel::UNKNOWN, [50_000, 80], ask), Some(WEB_SOCKET));
        let plain = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(peek(TcpLabel::UNKNOWN, [50_000, 80], plain), None);
    }
}
