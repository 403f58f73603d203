//! The header of a frame (RFC 6455 §5.2).

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Opcode {
    /// More of the message begun before.
    Continuation,
    /// Begins a message; text and binary mean the same to SIP (RFC 7118 §5).
    Data,
    /// Close, ping or pong; may stand between the frames of a message (§5.4).
    Control,
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The last frame of its message.
    pub(super) fin: bool,
    /// RSV1: the message is compressed (RFC 7692 §6).
    pub(super) compressed: bool,
    pub(super) opcode: Opcode,
    /// The masking key, which clients must use and servers must not (§5.1).
    pub(super) mask: Option<[u8; 4]>,
    /// Length of the payload.
    pub(super) payload_len: u64,
    /// Length of this header.
    pub(super) len: usize,
    /// The payload's length is written in its shortest form, as §5.2 demands.
    pub(super) minimal: bool,
}

/// What stands at the start of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Frame(Header),
    /// It may be a frame, but its header is not all there.
    Incomplete,
    /// No frame begins so.
    Invalid,
}

/// Longest payload of a control frame (§5.5).
const MAX_CONTROL: u64 = 125;

/// Reads the header at the start of `bytes`.
pub(super) fn parse_header(bytes: &[u8]) -> Parsed {
    let Some(&first) = bytes.first() else {
        return Parsed::Incomplete;
    };
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 | 2 => Opcode::Data,
        8..=10 => Opcode::Control,
        _ => return Parsed::Invalid,
    };
    let (fin, compressed) = (first & 0x80 != 0, first & 0x40 != 0);
    // RSV2 and RSV3 belong to no known extension; RSV1 stands on a message's first frame only.
    if first & 0x30 != 0
        || compressed && opcode != Opcode::Data
        || opcode == Opcode::Control && !fin
    {
        return Parsed::Invalid;
    }
    let Some(&second) = bytes.get(1) else {
        return Parsed::Incomplete;
    };
    let (payload_len, at, shortest) = match second & 0x7f {
        126 => match bytes.get(2..).and_then(|rest| rest.first_chunk()) {
            Some(len) => (u64::from(u16::from_be_bytes(*len)), 4, 126),
            None => return Parsed::Incomplete,
        },
        127 => match bytes.get(2..).and_then(|rest| rest.first_chunk()) {
            Some(len) => (u64::from_be_bytes(*len), 10, 0x1_0000),
            None => return Parsed::Incomplete,
        },
        len => (u64::from(len), 2, 0),
    };
    // The most significant bit of a 64-bit length is 0.
    if payload_len > i64::MAX as u64 || opcode == Opcode::Control && payload_len > MAX_CONTROL {
        return Parsed::Invalid;
    }
    let mask = if second & 0x80 == 0 {
        None
    } else {
        match bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            Some(key) => Some(*key),
            None => return Parsed::Incomplete,
        }
    };
    Parsed::Frame(Header {
        fin,
        compressed,
        opcode,
        mask,
        payload_len,
        len: at + if mask.is_some() { 4 } else { 0 },
        minimal: payload_len >= shortest,
    })
}

/// Appends `payload`, which begins a frame's payload, to `into` without its mask (§5.3).
pub(super) fn unmask_into(into: &mut Vec<u8>, payload: &[u8], mask: Option<[u8; 4]>) {
    match mask {
        None => into.extend_from_slice(payload),
        Some(key) => into.extend(payload.iter().zip(key.iter().cycle()).map(|(b, k)| b ^ k)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(bytes: &[u8]) -> Header {
        match parse_header(bytes) {
            Parsed::Frame(header) => header,
            other => panic!("{bytes:02x?}: {other:?}"),
        }
    }

    /// The examples of RFC 6455 §5.7.
    #[test]
    fn the_examples_of_the_rfc_are_read() {
        let plain = header(&[0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
        assert_eq!((plain.fin, plain.payload_len, plain.len), (true, 5, 2));
        let bytes = [
            0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58,
        ];
        let masked = header(&bytes);
        let mut text = vec![];
        unmask_into(&mut text, &bytes[masked.len..], masked.mask);
        assert_eq!(text, b"Hello");
        let fragment = header(&[0x01, 0x03, 0x48]);
        assert_eq!((fragment.fin, fragment.opcode), (false, Opcode::Data));
        assert_eq!(header(&[0x80, 0x02]).opcode, Opcode::Continuation);
        assert_eq!(header(&[0x89, 0x05]).opcode, Opcode::Control);
        let long = header(&[0x82, 0x7e, 0x01, 0x00]);
        assert_eq!((long.payload_len, long.len), (256, 4));
        let longer = header(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]);
        assert_eq!((longer.payload_len, longer.len), (65536, 10));
    }

    #[test]
    fn what_no_endpoint_sends_is_no_frame() {
        for bytes in [
            &[0x83, 0][..],        // reserved opcode
            &[0xa1, 0],            // RSV2
            &[0xc9, 0],            // compressed ping
            &[0x09, 0],            // fragmented ping
            &[0x89, 0x7e, 0, 200], // long ping
            &[0x81, 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(parse_header(bytes), Parsed::Invalid, "{bytes:02x?}");
        }
        assert!(!header(&[0x81, 0x7e, 0, 5]).minimal);
        assert!(!header(&[0x81, 0x7f, 0, 0, 0, 0, 0, 0, 1, 0]).minimal);
    }

    #[test]
    fn every_prefix_of_a_header_waits_for_the_rest() {
        let whole = [0xc1, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4];
        for end in 0..whole.len() {
            assert_eq!(parse_header(&whole[..end]), Parsed::Incomplete);
        }
        assert_eq!(header(&whole).len, whole.len());
    }
}
