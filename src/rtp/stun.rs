//! STUN recognition (RFC 8489 §5) and the attributes that tell where media flows.

use crate::types::{Endpoint, HostAddr};

/// The magic cookie (RFC 8489 §5).
pub(crate) const MAGIC_COOKIE: u32 = 0x2112_A442;

/// Attribute types (RFC 8489 §18.3, RFC 8656 §18, RFC 8445 §16.1).
pub(crate) const USERNAME: u16 = 0x0006;
pub(crate) const CHANNEL_NUMBER: u16 = 0x000c;
pub(crate) const XOR_PEER_ADDRESS: u16 = 0x0012;
pub(crate) const DATA: u16 = 0x0013;
pub(crate) const XOR_RELAYED_ADDRESS: u16 = 0x0016;
pub(crate) const XOR_MAPPED_ADDRESS: u16 = 0x0020;
pub(crate) const PRIORITY: u16 = 0x0024;
pub(crate) const USE_CANDIDATE: u16 = 0x0025;
pub(crate) const SOFTWARE: u16 = 0x8022;
pub(crate) const ICE_CONTROLLED: u16 = 0x8029;
pub(crate) const ICE_CONTROLLING: u16 = 0x802a;

/// What a STUN message is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StunClass {
    /// Expects a success or error response.
    Request,
    /// Expects no response.
    Indication,
    /// Success response.
    Success,
    /// Error response.
    Error,
}

/// A STUN message as lent from a datagram.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StunMessage<'a> {
    /// Request, indication or answer.
    pub class: StunClass,
    /// Method; 1 is Binding.
    pub method: u16,
    /// False for a message of the withdrawn RFC 3489, which has no cookie.
    pub has_cookie: bool,
    /// Ties an answer to its request.
    pub transaction: [u8; 12],
    attributes: &'a [u8],
}

impl<'a> StunMessage<'a> {
    /// Reads a message with the magic cookie. Anywhere on a port these 62 fixed bits are proof enough.
    pub(crate) fn parse(captured: &'a [u8], wire_len: u32) -> Option<Self> {
        Self::parse_classic(captured, wire_len).filter(|m| m.has_cookie)
    }

    /// Reads a message with or without the cookie; only for ports already known to carry media.
    pub(crate) fn parse_classic(captured: &'a [u8], wire_len: u32) -> Option<Self> {
        let (head, attributes) = captured.split_first_chunk::<20>()?;
        let [t0, t1, l0, l1, c0, c1, c2, c3, transaction @ ..] = *head;
        let length = u32::from(u16::from_be_bytes([l0, l1]));
        if t0 & 0xc0 != 0 || length % 4 != 0 || length + 20 != wire_len {
            return None;
        }
        let kind = u16::from_be_bytes([t0, t1]);
        let class = match (kind >> 7 & 2) | (kind >> 4 & 1) {
            0 => StunClass::Request,
            1 => StunClass::Indication,
            2 => StunClass::Success,
            _ => StunClass::Error,
        };
        Some(StunMessage {
            class,
            method: (kind & 0x000f) | (kind >> 1 & 0x0070) | (kind >> 2 & 0x0f80),
            has_cookie: u32::from_be_bytes([c0, c1, c2, c3]) == MAGIC_COOKIE,
            transaction,
            attributes,
        })
    }

    /// Attribute type and value, in order, as far as captured.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let mut rest = self.attributes;
        std::iter::from_fn(move || {
            let (&[t0, t1, l0, l1], body) = rest.split_first_chunk::<4>()?;
            let len = usize::from(u16::from_be_bytes([l0, l1]));
            let value = body.get(..len)?;
            rest = body.get(len.next_multiple_of(4)..).unwrap_or_default();
            Some((u16::from_be_bytes([t0, t1]), value))
        })
    }

    /// The value of the first attribute of a type.
    pub(crate) fn attribute(&self, kind: u16) -> Option<&'a [u8]> {
        self.attributes().find(|(t, _)| *t == kind).map(|(_, v)| v)
    }

    /// An address that is sent XORed with the cookie, of IPv6 with the transaction's number too (RFC 8489 §14.2).
    pub(crate) fn xor_address(&self, kind: u16) -> Option<Endpoint> {
        let (&[_, family, p0, p1], address) = self.attribute(kind)?.split_first_chunk::<4>()?;
        let cookie = MAGIC_COOKIE.to_be_bytes();
        let port = u16::from_be_bytes([p0, p1]) ^ u16::from_be_bytes([cookie[0], cookie[1]]);
        let mut mask = cookie.iter().chain(&self.transaction);
        let addr = match family {
            1 => {
                let mut octets = *address.first_chunk::<4>()?;
                octets.iter_mut().zip(&mut mask).for_each(|(o, m)| *o ^= m);
                HostAddr::v4(octets)
            }
            2 => {
                let mut octets = *address.first_chunk::<16>()?;
                octets.iter_mut().zip(&mut mask).for_each(|(o, m)| *o ^= m);
                HostAddr::v6(octets)
            }
            _ => return None,
        };
        Some(Endpoint::new(addr, port))
    }

    /// DATA of a TURN Send or Data indication (RFC 8656 §18.4): a datagram inside.
    pub(crate) fn data(&self) -> Option<&'a [u8]> {
        (self.class == StunClass::Indication && matches!(self.method, 6 | 7))
            .then(|| self.attribute(DATA))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, attributes: &[u8]) -> Vec<u8> {
        let mut v = kind.to_be_bytes().to_vec();
        v.extend((attributes.len() as u16).to_be_bytes());
        v.extend(MAGIC_COOKIE.to_be_bytes());
        v.extend([7; 12]);
        v.extend(attributes);
        v
    }

    #[test]
    fn a_binding_request_with_username_and_nomination() {
        let attributes = [
            0, 6, 0, 3, b'a', b':', b'b', 0, // USERNAME a:b, padded
            0, 0x25, 0, 0, // USE-CANDIDATE
        ];
        let m = message(0x0001, &attributes);
        let s = StunMessage::parse(&m, m.len() as u32).unwrap();
        assert_eq!((s.class, s.method), (StunClass::Request, 1));
        assert_eq!(s.attribute(0x0006), Some(&b"a:b"[..]));
        assert!(s.attribute(0x0025).is_some());
    }

    #[test]
    fn class_bits_are_spread_over_the_type() {
        let class = |k| {
            let m = message(k, &[]);
            StunMessage::parse(&m, 20).map(|s| s.class)
        };
        assert_eq!(class(0x0101), Some(StunClass::Success));
        assert_eq!(class(0x0111), Some(StunClass::Error));
        assert_eq!(class(0x0011), Some(StunClass::Indication));
    }

    #[test]
    fn without_cookie_only_the_classic_reader_accepts() {
        let mut m = message(0x0001, &[]);
        m[4] = 0;
        assert!(StunMessage::parse(&m, 20).is_none());
        assert!(StunMessage::parse_classic(&m, 20).is_some());
        assert!(StunMessage::parse_classic(&m, 24).is_none());
    }

    #[test]
    fn an_address_is_xored_with_the_cookie() {
        // 192.0.2.1:32853 as in RFC 5769 §2.2: port 0x8055 ^ 0x2112 = 0xa147.
        let attributes = [0, 0x20, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43];
        let m = message(0x0101, &attributes);
        let s = StunMessage::parse(&m, m.len() as u32).unwrap();
        assert_eq!(s.xor_address(0x20).unwrap().to_string(), "192.0.2.1:32853");
    }

    #[test]
    fn a_data_indication_carries_a_datagram() {
        let m = message(0x0017, &[0, 0x13, 0, 4, 1, 2, 3, 4]);
        assert_eq!(
            StunMessage::parse(&m, 28).unwrap().data(),
            Some(&[1, 2, 3, 4][..])
        );
    }
}
