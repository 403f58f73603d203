//! Packets that carry no sound: what announces a silence, and what only keeps a way open.

use super::record::{PayloadSeen, StreamRecord};
use crate::types::codec::Role;

impl PayloadSeen {
    /// They carry nothing, under a number that no description lists: they keep a NAT's way open (RFC 6263).
    pub fn is_keepalive(&self) -> bool {
        self.codec.is_none() && self.packets > 0 && self.payload_bytes == 0
    }
}

impl StreamRecord {
    /// Its last packet says that silence follows: comfort noise (RFC 3389), or the silence descriptor of its codec.
    pub fn ends_in_silence(&self) -> bool {
        let last = self.payloads.iter().max_by_key(|p| p.last_time);
        let Some(codec) = last.and_then(|p| p.codec.as_deref()) else {
            return false;
        };
        if Role::of_codec(codec) == Role::ComfortNoise {
            return true;
        }
        // SRTP adds its tag, of four or ten octets as a rule (RFC 3711 §5.2, RFC 4568 §6.2).
        let tags: &[u32] = if self.encrypted { &[10, 4] } else { &[0] };
        let mut lengths = tags
            .iter()
            .filter_map(|t| self.last_payload.checked_sub(*t));
        lengths.any(|length| is_descriptor(codec, length))
    }
}

/// The size of a codec's packet that describes silence, alone or after the last sound.
fn is_descriptor(codec: &str, octets: u32) -> bool {
    let is = |name: &str| codec.eq_ignore_ascii_case(name);
    match octets {
        0 => false,
        // RFC 3551 §4.5.6: frames of ten octets, and two at the end.
        _ if is("G729") => octets % 10 == 2,
        // RFC 3551 §4.5.3.
        _ if is("G723") => octets == 4,
        // RFC 4867 §4.3, §4.4: 39 or 40 bits behind the mode and the table of contents.
        _ if is("AMR") || is("AMR-WB") => octets == 7,
        // RFC 6716 §3.1: a frame without sound is its first octet, or little more.
        _ if is("opus") => octets <= 3,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codecs_silence_descriptor_is_known_by_its_size() {
        // G.729: two frames of sound are 20 octets.
        let of_g729 = [2, 12, 22, 10, 20].map(|octets| is_descriptor("G729", octets));
        assert_eq!(of_g729, [true, true, true, false, false]);
        let others = [
            ("G723", 4),
            ("G723", 24),
            ("AMR", 7),
            ("AMR", 32),
            ("opus", 1),
            ("PCMU", 2),
        ];
        let said = others.map(|(codec, octets)| is_descriptor(codec, octets));
        assert_eq!(said, [true, false, true, false, true, false]);
    }
}
