//! Source description (RFC 3550 §6.5).

use super::read_ssrc;
use crate::types::Ssrc;

/// One item of a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SdesItem<'a> {
    /// Whom it describes.
    pub ssrc: Ssrc,
    /// Item type: 1 CNAME, 2 NAME, 3 EMAIL, 4 PHONE, 5 LOC, 6 TOOL, 7 NOTE, 8 PRIV.
    pub kind: u8,
    /// Text, UTF-8 by the RFC, not checked.
    pub text: &'a [u8],
}

/// A source description packet.
#[derive(Clone, Copy, Debug)]
pub struct Sdes<'a> {
    chunks: u8,
    bytes: &'a [u8],
}

impl<'a> Sdes<'a> {
    pub(super) fn new(chunks: u8, bytes: &'a [u8]) -> Self {
        Sdes { chunks, bytes }
    }

    /// All items of all chunks, as far as they can be read.
    pub fn items(&self) -> impl Iterator<Item = SdesItem<'a>> {
        let bytes = self.bytes;
        let mut chunks_left = self.chunks;
        let mut at = 0usize;
        let mut current: Option<Ssrc> = None;
        std::iter::from_fn(move || {
            loop {
                let ssrc = match current {
                    Some(ssrc) => ssrc,
                    None => {
                        chunks_left = chunks_left.checked_sub(1)?;
                        let ssrc = read_ssrc(bytes.get(at..)?)?;
                        at += 4;
                        current = Some(ssrc);
                        ssrc
                    }
                };
                let kind = *bytes.get(at)?;
                if kind == 0 {
                    // One to four null octets end a chunk on a 32-bit boundary.
                    at = (at + 1).next_multiple_of(4);
                    current = None;
                    continue;
                }
                let len = usize::from(*bytes.get(at + 1)?);
                let text = bytes.get(at + 2..at + 2 + len)?;
                at += 2 + len;
                return Some(SdesItem { ssrc, kind, text });
            }
        })
    }

    /// Every canonical name with its source.
    pub fn cnames(&self) -> impl Iterator<Item = (Ssrc, &'a [u8])> {
        self.items()
            .filter(|i| i.kind == 1)
            .map(|i| (i.ssrc, i.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_two_chunks_keep_their_source() {
        let mut b = 1u32.to_be_bytes().to_vec();
        b.extend(b"\x01\x03a@b\x06\x01T\0\0\0\0"); // 5 + 3 octets of items, 4 nulls
        b.extend(2u32.to_be_bytes());
        b.extend(b"\x01\x01c\0");
        let items: Vec<_> = Sdes::new(2, &b).items().collect();
        assert_eq!(items.len(), 3);
        assert_eq!(items[1].kind, 6);
        assert_eq!(
            Sdes::new(2, &b).cnames().collect::<Vec<_>>(),
            vec![(Ssrc(1), &b"a@b"[..]), (Ssrc(2), &b"c"[..])]
        );
    }

    #[test]
    fn an_item_longer_than_the_packet_ends_the_walk() {
        assert_eq!(Sdes::new(1, b"\0\0\0\x01\x01\xffab").items().count(), 0);
    }
}
