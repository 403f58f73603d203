//! Addresses and flows.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An IPv4 or IPv6 address in two words: IPv4 is held as its IPv4-mapped form (RFC 4291 §2.5.5.2),
/// so comparing and hashing cost two words. (One `u128` would be aligned to 16 octets and make
/// every flow half as large again.)
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostAddr {
    high: u64,
    low: u64,
}

impl HostAddr {
    /// From four network-order octets.
    #[inline]
    pub const fn v4(octets: [u8; 4]) -> Self {
        HostAddr {
            high: 0,
            low: 0xffff_0000_0000 | u32::from_be_bytes(octets) as u64,
        }
    }
    /// From sixteen network-order octets.
    #[inline]
    pub const fn v6(octets: [u8; 16]) -> Self {
        let word = u128::from_be_bytes(octets);
        HostAddr {
            high: (word >> 64) as u64, // the two halves
            low: word as u64,
        }
    }
    /// The standard library's form.
    pub fn ip(self) -> IpAddr {
        let v6 = Ipv6Addr::from(u128::from(self.high) << 64 | u128::from(self.low));
        match v6.to_ipv4_mapped() {
            Some(v4) => IpAddr::V4(v4),
            None => IpAddr::V6(v6),
        }
    }
    /// True for an IPv4 address.
    pub const fn is_v4(self) -> bool {
        self.high == 0 && self.low >> 32 == 0xffff
    }
    /// 127.0.0.0/8 or ::1.
    pub fn is_loopback(self) -> bool {
        self.ip().is_loopback()
    }
    /// 0.0.0.0 or ::.
    pub fn is_unspecified(self) -> bool {
        self.ip().is_unspecified()
    }
    /// Private use: RFC 1918, RFC 6598 shared, link-local, or IPv6 unique local (RFC 4193).
    pub fn is_private(self) -> bool {
        match self.ip() {
            IpAddr::V4(a) => is_private_v4(a),
            IpAddr::V6(a) => {
                (a.segments()[0] & 0xfe00) == 0xfc00 || (a.segments()[0] & 0xffc0) == 0xfe80
            }
        }
    }
}

fn is_private_v4(a: Ipv4Addr) -> bool {
    let o = a.octets();
    a.is_private() || a.is_link_local() || (o[0] == 100 && (o[1] & 0xc0) == 64)
}

impl From<IpAddr> for HostAddr {
    fn from(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V4(a) => HostAddr::v4(a.octets()),
            IpAddr::V6(a) => HostAddr::v6(a.octets()),
        }
    }
}

impl fmt::Display for HostAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_v4() || f.width().is_some() || f.precision().is_some() {
            return self.ip().fmt(f);
        }
        // By hand: every record shows addresses, and the general way costs several times as much.
        let mut text = [0u8; 15];
        let mut len = 0;
        let mut put = |byte: u8| {
            if let Some(place) = text.get_mut(len) {
                *place = byte;
                len += 1;
            }
        };
        for (at, octet) in (self.low as u32).to_be_bytes().into_iter().enumerate() {
            if at > 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        f.write_str(std::str::from_utf8(text.get(..len).unwrap_or_default()).unwrap_or_default())
    }
}

impl fmt::Debug for HostAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ip().fmt(f)
    }
}

/// An address and a transport port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// IPv4 or IPv6; not told apart by VLAN or tunnel, which is the [`Scope`]'s part.
    pub addr: HostAddr,
    /// The UDP, TCP or SCTP port.
    pub port: u16,
}

impl Endpoint {
    /// An endpoint of `addr` and `port`.
    pub const fn new(addr: HostAddr, port: u16) -> Self {
        Endpoint { addr, port }
    }
}

impl fmt::Display for Endpoint {
    /// `192.0.2.1:5060`, `[2001:db8::1]:5060`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addr.is_v4() {
            true => write!(f, "{}:{}", self.addr, self.port),
            false => write!(f, "[{}]:{}", self.addr, self.port),
        }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The network a packet was seen in when addresses alone do not tell: the outer VLAN or tunnel id.
/// `Scope::NONE` is the untagged network. Equal private addresses in two scopes are two hosts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scope(pub u32);

impl Scope {
    /// No VLAN, no tunnel.
    pub const NONE: Scope = Scope(0);
}

super::vocabulary! {
    /// What carries the SIP message. `Tls`, `Ws` and `Wss` are named when the inner text could be read.
    pub enum Transport {
        /// RFC 768.
        Udp = "udp",
        /// RFC 9293.
        Tcp = "tcp",
        /// Decrypted TLS.
        Tls = "tls",
        /// RFC 7118 over TCP.
        Ws = "ws",
        /// RFC 7118 over TLS.
        Wss = "wss",
        /// RFC 4168.
        Sctp = "sctp",
    }
}

/// A directed flow: from `src` to `dst`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// Who sent.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
    /// VLAN or tunnel, so overlapping private ranges stay apart.
    pub scope: Scope,
}

/// Every packet is looked up by its flow, so it is hashed in as few words as it has.
impl Hash for Flow {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [src, dst, ports, src_high, dst_high] = self.words();
        state.write_u64(src);
        state.write_u64(dst);
        state.write_u64(ports);
        // Both 0 for IPv4.
        if src_high | dst_high != 0 {
            state.write_u64(src_high);
            state.write_u64(dst_high);
        }
    }
}

impl Flow {
    /// Addresses, ports and scope packed into words, the upper halves of the addresses last.
    #[inline]
    pub fn words(&self) -> [u64; 5] {
        let (src, dst) = (self.src.addr, self.dst.addr);
        let ports = u64::from(self.src.port) << 16 | u64::from(self.dst.port);
        [
            src.low,
            dst.low,
            ports | u64::from(self.scope.0) << 32,
            src.high,
            dst.high,
        ]
    }

    /// The same flow the other way round.
    pub const fn reversed(self) -> Flow {
        Flow {
            src: self.dst,
            dst: self.src,
            scope: self.scope,
        }
    }
    /// The same for this flow and its [`reversed`](Flow::reversed) one.
    pub fn key(self) -> FlowKey {
        let (low, high) = if self.src <= self.dst {
            (self.src, self.dst)
        } else {
            (self.dst, self.src)
        };
        FlowKey {
            low,
            high,
            scope: self.scope,
        }
    }
}

impl fmt::Display for Flow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {}", self.src, self.dst)
    }
}

/// An undirected flow: the same for both directions of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FlowKey {
    low: Endpoint,
    high: Endpoint,
    scope: Scope,
}

impl FlowKey {
    /// The two ends, lower address first.
    pub const fn ends(self) -> (Endpoint, Endpoint) {
        (self.low, self.high)
    }
    /// The two hosts without their ports, lower first.
    pub fn hosts(self) -> (HostAddr, HostAddr) {
        let (a, b) = (self.low.addr, self.high.addr);
        if a <= b { (a, b) } else { (b, a) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ep(s: &str) -> Endpoint {
        let a: std::net::SocketAddr = s.parse().unwrap();
        Endpoint::new(a.ip().into(), a.port())
    }

    #[test]
    fn both_directions_share_one_key() {
        let f = Flow {
            src: ep("192.0.2.2:5060"),
            dst: ep("192.0.2.1:5061"),
            scope: Scope::NONE,
        };
        assert_eq!(f.key(), f.reversed().key());
    }

    #[test]
    fn an_address_prints_as_it_came() {
        assert_eq!(ep("192.0.2.1:5060").to_string(), "192.0.2.1:5060");
        for a in ["0.0.0.0", "255.255.255.255", "10.100.9.99", "::ffff", "::"] {
            let ip: IpAddr = a.parse().unwrap();
            assert_eq!(HostAddr::from(ip).to_string(), ip.to_string());
            assert_eq!(format!("{:>20}", HostAddr::from(ip)), format!("{ip:>20}"));
        }
        assert_eq!(ep("[2001:db8::1]:5060").to_string(), "[2001:db8::1]:5060");
        assert!(ep("192.0.2.1:1").addr.is_v4());
    }

    #[test]
    fn private_ranges_are_known() {
        for a in [
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.0.1",
            "100.64.0.1",
            "fd00::1",
        ] {
            assert!(
                HostAddr::from(a.parse::<IpAddr>().unwrap()).is_private(),
                "{a}"
            );
        }
        for a in ["192.0.2.1", "172.32.0.1", "100.128.0.1", "2001:db8::1"] {
            assert!(
                !HostAddr::from(a.parse::<IpAddr>().unwrap()).is_private(),
                "{a}"
            );
        }
    }
}
