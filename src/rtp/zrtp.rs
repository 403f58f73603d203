//! Messages of ZRTP (RFC 6189 §5).

use std::borrow::Cow;

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message<'a> {
    kind: &'a [u8; 8],
    /// What follows its type, as far as it was captured.
    pub body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Its type without the blanks that fill it: `Hello`, `Conf2ACK`.
    pub(crate) fn name(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.kind.trim_ascii_end())
    }

    /// The number of an Error (RFC 6189 §5.9).
    pub(crate) fn error(&self) -> Option<u32> {
        let number = self.body.first_chunk().filter(|_| self.name() == "Error")?;
        Some(u32::from_be_bytes(*number))
    }
}

/// The message of a datagram: its type stands behind the header, preamble and length.
pub(crate) fn message(datagram: &[u8]) -> Option<Message<'_>> {
    let (kind, body) = datagram.get(16..)?.split_first_chunk()?;
    Some(Message { kind, body })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_a_number() {
        let mut datagram = b"\x10\0\0\x01ZRTP\0\0\0\0\x50\x5a\0\x04Error   ".to_vec();
        assert_eq!(message(&datagram).unwrap().error(), None, "it is cut");
        datagram.extend([0, 0, 0, 0x10]);
        let said = message(&datagram).unwrap();
        assert_eq!((&*said.name(), said.error()), ("Error", Some(16)));
    }
}
