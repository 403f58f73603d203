//! What a datagram may be that is neither SIP nor media: a guess by port and first bytes, for a person
//! who wonders why it is not shown.

use crate::rtp::{MediaClass, classify, stun::StunMessage};
use crate::sip::starts_like_sip;
use crate::types::vocabulary;
use memchr::memmem;

macro_rules! guesses {
    ($($(#[$doc:meta])+ $name:ident $token:literal $words:literal,)+) => {
        vocabulary! {
            /// What a payload may be.
            pub enum Guess { $($(#[$doc])+ $name = $token,)+ }
        }

        impl Guess {
            /// The name people know.
            pub const fn words(self) -> &'static str {
                match self { $(Guess::$name => $words),+ }
            }
        }
    };
}

guesses! {
    /// No payload at all.
    Empty "empty" "empty",
    /// Line ends, NULs or a short mark between SIP hosts (RFC 5626 §3.5).
    SipKeepAlive "sip_keep_alive" "SIP keep-alive",
    /// Says SIP/2.0, but no message could be made of it.
    SipMalformed "sip_malformed" "SIP-like, malformed",
    /// Compressed SIP (RFC 3320).
    SigComp "sigcomp" "SigComp (compressed SIP)",
    /// Version 2 like RTP, but refused.
    RtpLike "rtp_like" "RTP-like, not proven",
    /// Version 2 and a type of RTCP, but refused.
    RtcpLike "rtcp_like" "RTCP-like, not proven",
    /// STUN of before RFC 5389, without cookie.
    ClassicStun "classic_stun" "STUN without cookie",
    /// TURN ChannelData without RTP inside.
    TurnChannel "turn_channel" "TURN channel data",
    /// A capture agent's relay (HEP) that could not be read.
    Hep "hep" "HEP, unreadable",
    /// Media Gateway Control Protocol.
    Mgcp "mgcp" "MGCP",
    /// Inter-Asterisk exchange.
    Iax2 "iax2" "IAX2",
    /// H.323 registration.
    H225Ras "h225_ras" "H.225 RAS",
    /// H.248.
    Megaco "megaco" "Megaco/H.248",
    /// Domain names.
    Dns "dns" "DNS",
    /// Multicast DNS.
    Mdns "mdns" "mDNS",
    /// Link-local names.
    Llmnr "llmnr" "LLMNR",
    /// NetBIOS names and datagrams.
    NetBios "netbios" "NetBIOS",
    /// Time.
    Ntp "ntp" "NTP",
    /// Addresses.
    Dhcp "dhcp" "DHCP",
    /// Network management.
    Snmp "snmp" "SNMP",
    /// Service discovery.
    Ssdp "ssdp" "SSDP",
    /// Web services discovery.
    WsDiscovery "ws_discovery" "WS-Discovery",
    /// Logs.
    Syslog "syslog" "syslog",
    /// Trivial file transfer, which phones load their configuration with.
    Tftp "tftp" "TFTP",
    /// Authentication.
    Radius "radius" "RADIUS",
    /// Key exchange of IPsec.
    Ike "ike" "IKE/IPsec",
    /// QUIC.
    Quic "quic" "QUIC",
    /// A VPN.
    WireGuard "wireguard" "WireGuard",
    /// A VPN.
    OpenVpn "openvpn" "OpenVPN",
    /// Printable text.
    Text "text" "text",
    /// Nothing is known.
    Unknown "unknown" "unknown",
}

/// A guess, and the port that stands for the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Guessed {
    pub(super) guess: Guess,
    pub(super) port: u16,
}

/// Guesses what `payload` of `wire_len` octets is.
pub(super) fn guess(src: u16, dst: u16, payload: &[u8], wire_len: u32) -> Guessed {
    let port = service_port(src, dst);
    if let Some(guess) = by_sip(payload, [src, dst]) {
        return Guessed { guess, port };
    }
    for (service, guess) in PORTS {
        if (src == *service || dst == *service) && fits(*guess, payload) {
            return Guessed {
                guess: *guess,
                port: *service,
            };
        }
    }
    let guess = by_bytes(payload, wire_len);
    Guessed { guess, port }
}

/// Ports as registered. DHCP, TFTP and the like have no look of their own.
const PORTS: &[(u16, Guess)] = &[
    (53, Guess::Dns),
    (67, Guess::Dhcp),
    (68, Guess::Dhcp),
    (69, Guess::Tftp),
    (123, Guess::Ntp),
    (137, Guess::NetBios),
    (138, Guess::NetBios),
    (161, Guess::Snmp),
    (162, Guess::Snmp),
    (443, Guess::Quic),
    (500, Guess::Ike),
    (514, Guess::Syslog),
    (546, Guess::Dhcp),
    (547, Guess::Dhcp),
    (1194, Guess::OpenVpn),
    (1645, Guess::Radius),
    (1719, Guess::H225Ras),
    (1812, Guess::Radius),
    (1813, Guess::Radius),
    (1900, Guess::Ssdp),
    (2427, Guess::Mgcp),
    (2727, Guess::Mgcp),
    (2944, Guess::Megaco),
    (2945, Guess::Megaco),
    (3702, Guess::WsDiscovery),
    (4500, Guess::Ike),
    (4569, Guess::Iax2),
    (5353, Guess::Mdns),
    (5355, Guess::Llmnr),
    (51_820, Guess::WireGuard),
];

/// What a port promises and the bytes must not contradict.
fn fits(guess: Guess, payload: &[u8]) -> bool {
    match guess {
        Guess::Ntp => payload.len() >= 48,
        Guess::Dns | Guess::Mdns | Guess::Llmnr => payload.len() >= 12,
        // A short header has the fixed bit, a long one the form bit as well (RFC 9000 §17).
        Guess::Quic => payload.first().is_some_and(|b| b & 0x40 != 0),
        Guess::WireGuard => matches!(payload.first_chunk(), Some([1..=4, 0, 0, 0])),
        Guess::Syslog => payload.first() == Some(&b'<'),
        _ => true,
    }
}

fn by_sip(payload: &[u8], ports: [u16; 2]) -> Option<Guess> {
    if payload.is_empty() {
        return Some(Guess::Empty);
    }
    let line_ends = payload.iter().all(|b| matches!(b, b'\r' | b'\n'));
    let few_nuls = payload.len() <= 4 && payload.iter().all(|b| *b == 0);
    if line_ends || few_nuls || payload == b"jaK" {
        return Some(Guess::SipKeepAlive);
    }
    let head = payload.get(..512).unwrap_or(payload);
    if starts_like_sip(payload)
        || memmem::find(head, b" SIP/2.0").is_some()
        || head.starts_with(b"SIP/2.0")
    {
        return Some(Guess::SipMalformed);
    }
    let sip_port = |p: &u16| (5060..=5080).contains(p);
    let first = payload.first().copied().unwrap_or(0);
    (first & 0xf8 == 0xf8 && ports.iter().any(sip_port)).then_some(Guess::SigComp)
}

fn by_bytes(payload: &[u8], wire_len: u32) -> Guess {
    if payload.starts_with(b"HEP3") {
        return Guess::Hep;
    }
    if payload.starts_with(b"M-SEARCH * ") || payload.starts_with(b"NOTIFY * ") {
        return Guess::Ssdp;
    }
    match classify::classify_cut(payload, wire_len) {
        MediaClass::Rtp => return Guess::RtpLike,
        MediaClass::Rtcp => return Guess::RtcpLike,
        MediaClass::TurnChannel => return Guess::TurnChannel,
        MediaClass::Quic => return Guess::Quic,
        _ => {}
    }
    if StunMessage::parse_classic(payload, wire_len).is_some() {
        return Guess::ClassicStun;
    }
    let is_text = |b: &u8| matches!(b, b' '..=b'~' | b'\r' | b'\n' | b'\t');
    if payload.len() >= 4 && payload.iter().take(64).all(is_text) {
        return Guess::Text;
    }
    Guess::Unknown
}

/// The registered port below 1024, else the lower one: ephemeral ports are high.
fn service_port(src: u16, dst: u16) -> u16 {
    match (src, dst) {
        (0, p) | (p, 0) => p,
        (a, b) => a.min(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(src: u16, dst: u16, payload: &[u8]) -> (&'static str, u16) {
        let g = guess(src, dst, payload, payload.len() as u32);
        (g.guess.as_str(), g.port)
    }

    #[test]
    fn a_port_tells_where_the_bytes_do_not_contradict_it() {
        assert_eq!(of(50_000, 53, &[1; 4]), ("unknown", 53));
        assert_eq!(of(50_000, 53, &[1; 12]), ("dns", 53));
        assert_eq!(of(123, 123, &[0x23; 48]), ("ntp", 123));
        assert_eq!(of(123, 123, &[1; 8]), ("unknown", 123));
        assert_eq!(of(443, 50_000, &[0x40; 30]), ("quic", 443));
    }

    #[test]
    fn what_says_sip_and_is_none_is_named_before_any_port() {
        assert_eq!(
            of(5060, 53, b"INVITE sip:bob@example.com SIP/2.0"),
            ("sip_malformed", 53)
        );
        assert_eq!(of(5060, 5060, b"\r\n\r\n"), ("sip_keep_alive", 5060));
        assert_eq!(of(5060, 5060, b"jaK"), ("sip_keep_alive", 5060));
        assert_eq!(of(5060, 5060, &[0xf9, 1, 2, 3]), ("sigcomp", 5060));
    }

    #[test]
    fn bytes_tell_where_no_port_does() {
        let mut rtp = [0u8; 40];
        rtp[0] = 0x80;
        assert_eq!(of(40_000, 40_002, &rtp), ("rtp_like", 40_000));
        assert_eq!(of(40_000, 40_002, b"hello there"), ("text", 40_000));
        assert_eq!(of(40_000, 40_002, &[7, 200, 3, 1]), ("unknown", 40_000));
        assert_eq!(of(40_000, 40_002, b""), ("empty", 40_000));
    }
}
