//! What a TURN relay wraps: a datagram inside another (RFC 8656 §11, §12).

use super::classify::turn_channel_data;
use super::stun::{StunMessage, XOR_PEER_ADDRESS};
use crate::types::Endpoint;

/// How a datagram is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    /// ChannelData: the channel's number stands for the peer.
    Channel(u16),
    /// A Send or Data indication.
    Indication {
        /// Method of STUN: 6 is Send, 7 is Data.
        method: u16,
        /// The other side of the relay; `None` where it is not named.
        peer: Option<Endpoint>,
    },
}

/// A datagram inside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wrapped<'a> {
    /// How.
    pub by: Wrapping,
    /// As far as it was captured.
    pub payload: &'a [u8],
    /// Its octets on the wire.
    pub wire_len: u32,
}

/// What TURN wraps in a datagram of `wire_len` octets; `None` where it wraps nothing.
pub(crate) fn wrapped(payload: &[u8], wire_len: u32) -> Option<Wrapped<'_>> {
    match payload {
        // Send and Data indications begin with 0.
        [0, ..] => {
            let message = StunMessage::parse(payload, wire_len)?;
            let inner = message.data()?;
            Some(Wrapped {
                by: Wrapping::Indication {
                    method: message.method,
                    peer: message.xor_address(XOR_PEER_ADDRESS),
                },
                payload: inner,
                // One datagram inside another: its length is within u16.
                wire_len: inner.len() as u32,
            })
        }
        [c0 @ 0x40..=0x4f, c1, ..] => {
            let (inner, len) = turn_channel_data(payload, wire_len)?;
            Some(Wrapped {
                by: Wrapping::Channel(u16::from_be_bytes([*c0, *c1])),
                payload: inner,
                wire_len: len,
            })
        }
        _ => None,
    }
}

/// The datagram itself, or what TURN wraps in it.
pub(crate) fn unwrapped(payload: &[u8], wire_len: u32) -> (&[u8], u32) {
    let inner = wrapped(payload, wire_len);
    inner.map_or((payload, wire_len), |w| (w.payload, w.wire_len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_channel_stands_before_what_it_carries() {
        let seen = wrapped(&[0x40, 1, 0, 2, 0xaa, 0xbb, 0, 0], 8).unwrap();
        assert_eq!(seen.by, Wrapping::Channel(0x4001));
        assert_eq!((seen.payload, seen.wire_len), (&[0xaa, 0xbb][..], 2));
    }

    #[test]
    fn a_data_indication_names_its_peer() {
        let mut m = vec![0x00, 0x17, 0, 20];
        m.extend(crate::rtp::stun::MAGIC_COOKIE.to_be_bytes());
        m.extend([7; 12]);
        // 192.0.2.1:32853 XORed with the cookie, as in RFC 5769 §2.2.
        m.extend([0, 0x12, 0, 8, 0, 1, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
        m.extend([0, 0x13, 0, 4, 1, 2, 3, 4]);
        let seen = wrapped(&m, 40).unwrap();
        let Wrapping::Indication { method, peer } = seen.by else {
            panic!("no indication");
        };
        assert_eq!(
            (method, peer.unwrap().to_string()),
            (7, "192.0.2.1:32853".into())
        );
        assert_eq!((seen.payload, seen.wire_len), (&[1, 2, 3, 4][..], 4));
    }

    #[test]
    fn what_is_not_wrapped_stays_as_it_is() {
        let rtp = [0x80; 12];
        assert_eq!(wrapped(&rtp, 12), None);
        assert_eq!(unwrapped(&rtp, 12), (&rtp[..], 12));
    }
}
