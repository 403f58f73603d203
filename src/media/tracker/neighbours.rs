//! What else comes on the ports of media (RFC 7983).

use super::Tracker;
use crate::media::packet::{Class, MediaPacket};
use crate::rtp::classify::turn_channel_data;
use crate::rtp::stun::StunMessage;
use crate::rtp::{MediaClass, classify};

impl Tracker {
    /// STUN, DTLS, ZRTP, TURN channels; what a relay wraps is looked at as if it came alone.
    #[cold]
    pub(super) fn handle_neighbour(&mut self, p: &MediaPacket<'_>) -> Class {
        match classify::classify_cut(p.payload, p.wire_payload_len) {
            MediaClass::Stun => {
                let inner =
                    StunMessage::parse(p.payload, p.wire_payload_len).and_then(|m| m.data());
                match inner {
                    // One datagram inside another: its length is within u16.
                    Some(inner) => self.handle_wrapped(p, inner, inner.len() as u32, Class::Stun),
                    None => Class::Stun,
                }
            }
            MediaClass::TurnChannel => match turn_channel_data(p.payload, p.wire_payload_len) {
                Some((inner, len)) => self.handle_wrapped(p, inner, len, Class::Other),
                None => Class::Other,
            },
            MediaClass::Dtls => Class::Dtls,
            MediaClass::Zrtp => Class::Zrtp,
            MediaClass::Rtp | MediaClass::Rtcp | MediaClass::Quic => Class::Other,
            MediaClass::Other => {
                let known = || {
                    self.directory.is_announced(&p.flow.dst)
                        || self.directory.is_announced(&p.flow.src)
                        || self.streams.newest_of(&p.flow).is_some()
                        || self.streams.newest_of(&p.flow.reversed()).is_some()
                };
                let classic = StunMessage::parse_classic(p.payload, p.wire_payload_len);
                if classic.is_some() && known() {
                    Class::Stun
                } else {
                    Class::Other
                }
            }
        }
    }

    fn handle_wrapped(
        &mut self,
        p: &MediaPacket<'_>,
        inner: &[u8],
        len: u32,
        otherwise: Class,
    ) -> Class {
        let unwrapped = MediaPacket {
            payload: inner,
            wire_payload_len: len,
            ..*p
        };
        match inner.first_chunk::<2>() {
            Some([128..=191, 192..=223]) => self.handle_rtcp(&unwrapped, false),
            Some([128..=191, _]) => self.handle_rtp(&unwrapped),
            _ => otherwise,
        }
    }
}
