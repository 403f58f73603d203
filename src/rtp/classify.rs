//! What a datagram on a media port is, by its first octets (RFC 7983, RFC 5761 §4).

use super::dtls::records;
use super::stun::StunMessage;

/// The protocols that share a media port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MediaClass {
    /// Version 2 and room for an RTP header. By itself a guess: a quarter of random data looks so.
    Rtp,
    /// Version 2 and a packet type of RTCP (192 to 223).
    Rtcp,
    /// STUN with its cookie.
    Stun,
    /// A DTLS record.
    Dtls,
    /// ZRTP with its cookie.
    Zrtp,
    /// TURN ChannelData: another datagram inside (RFC 8656 §12.4).
    TurnChannel,
    /// A QUIC long header of a known version (RFC 9443).
    Quic,
    /// Anything else.
    Other,
}

/// Classifies a datagram captured whole.
pub fn classify(payload: &[u8]) -> MediaClass {
    // A UDP payload is below 64 KiB.
    classify_cut(payload, u32::try_from(payload.len()).unwrap_or(u32::MAX))
}

/// Classifies a datagram of `wire_len` octets of which `payload` was captured.
pub(crate) fn classify_cut(payload: &[u8], wire_len: u32) -> MediaClass {
    let Some(&first) = payload.first() else {
        return MediaClass::Other;
    };
    let is = |yes: bool, class| if yes { class } else { MediaClass::Other };
    match first {
        0..=3 => is(
            StunMessage::parse(payload, wire_len).is_some(),
            MediaClass::Stun,
        ),
        16..=19 => is(payload.get(4..8) == Some(b"ZRTP"), MediaClass::Zrtp),
        20..=63 => is(is_dtls(payload, wire_len), MediaClass::Dtls),
        64..=79 => is(
            turn_channel_data(payload, wire_len).is_some(),
            MediaClass::TurnChannel,
        ),
        128..=191 => match payload.get(1) {
            Some(192..=223) => is(wire_len >= 8, MediaClass::Rtcp),
            Some(_) => is(wire_len >= 12 && payload.len() >= 12, MediaClass::Rtp),
            None => MediaClass::Other,
        },
        192..=255 => is(is_quic(payload), MediaClass::Quic),
        _ => MediaClass::Other,
    }
}

/// The datagram inside a TURN ChannelData message, and its length on the wire.
pub(crate) fn turn_channel_data(payload: &[u8], wire_len: u32) -> Option<(&[u8], u32)> {
    let (&[c0, _, l0, l1], inner) = payload.split_first_chunk::<4>()?;
    let len = u32::from(u16::from_be_bytes([l0, l1]));
    // Over UDP padding to four octets is allowed, not required (RFC 8656 §12.5).
    let slack = wire_len.checked_sub(4)?.checked_sub(len)?;
    if !(0x40..=0x4f).contains(&c0) || slack > 3 || len == 0 {
        return None;
    }
    Some((inner.get(..len as usize).unwrap_or(inner), len))
}

/// A header of BFCP (RFC 8855 §5.1): version 1 or 2, a primitive. A guess by itself, for where SDP says BFCP.
pub(crate) fn is_bfcp(payload: &[u8]) -> bool {
    let Some(&[first, primitive, ..]) = payload.first_chunk::<12>() else {
        return false;
    };
    matches!(first >> 5, 1 | 2) && (1..=18).contains(&primitive)
}

fn is_dtls(payload: &[u8], wire_len: u32) -> bool {
    // Content type 20 to 26, version {254, 255|253|252}, epoch and sequence, length (RFC 9147 §4).
    records(payload).next().is_some_and(|r| {
        (20..=26).contains(&r.kind)
            && matches!(r.version, [254, 252..=255])
            && u32::from(r.len) + 13 <= wire_len
    })
}

fn is_quic(payload: &[u8]) -> bool {
    let Some(&[_, v0, v1, v2, v3]) = payload.first_chunk::<5>() else {
        return false;
    };
    matches!(
        u32::from_be_bytes([v0, v1, v2, v3]),
        1 | 0x6b33_43cf | 0xff00_0000..=0xff00_00ff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_is_told_by_its_first_octets() {
        let mut rtp = [0u8; 172];
        rtp[0] = 0x80;
        assert_eq!(classify(&rtp), MediaClass::Rtp);
        assert_eq!(classify(&[0x80, 200, 0, 1, 0, 0, 0, 1]), MediaClass::Rtcp);
        let mut dtls = [0u8; 20];
        dtls[..3].copy_from_slice(&[22, 254, 253]);
        dtls[12] = 7;
        assert_eq!(classify(&dtls), MediaClass::Dtls);
        assert_eq!(classify(b"\x10\x00\x00\x01ZRTP\0\0\0\0"), MediaClass::Zrtp);
        assert_eq!(classify(&[0x40, 0, 0, 2, 9, 9]), MediaClass::TurnChannel);
        assert_eq!(classify(&[0xc0, 0, 0, 0, 1, 8]), MediaClass::Quic);
    }

    #[test]
    fn a_dns_query_is_none_of_them_where_its_id_does_not_start_with_binary_10() {
        let query = b"\x14\xfe\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01";
        assert_eq!(classify(query), MediaClass::Other);
        assert_eq!(classify(b""), MediaClass::Other);
    }

    #[test]
    fn channel_data_gives_the_inner_datagram() {
        let p = [0x40, 1, 0, 2, 0xaa, 0xbb, 0, 0];
        assert_eq!(turn_channel_data(&p, 8), Some((&[0xaa, 0xbb][..], 2)));
        assert_eq!(turn_channel_data(&p, 12), None);
    }
}
