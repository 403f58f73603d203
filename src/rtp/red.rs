//! Redundant audio (RFC 2198): several payloads of different age in one packet.

use crate::types::PayloadType;

/// One block of a redundant packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RedBlock<'a> {
    /// What the block holds: a number of the same session description.
    pub payload_type: PayloadType,
    /// Ticks its timestamp lies before the packet's; 0 for the primary block.
    pub age: u32,
    /// Its octets, as far as captured.
    pub payload: &'a [u8],
}

/// The blocks of a redundant payload, oldest first, the primary one last. Stops where the block
/// headers run out.
pub(crate) fn blocks(payload: &[u8]) -> impl Iterator<Item = RedBlock<'_>> {
    let mut header_len = 0usize;
    while payload.get(header_len).is_some_and(|b| b & 0x80 != 0) {
        header_len += 4;
    }
    header_len += 1;
    let mut at = 0usize;
    let mut data = header_len;
    std::iter::from_fn(move || {
        let first = *payload.get(at)?;
        let payload_type = PayloadType::from_header_octet(first);
        if at >= header_len {
            return None;
        }
        if first & 0x80 == 0 {
            at = header_len;
            return Some(RedBlock {
                payload_type,
                age: 0,
                payload: payload.get(data..).unwrap_or_default(),
            });
        }
        let &[_, a, b, c] = payload.get(at..)?.first_chunk::<4>()?;
        at += 4;
        let len = usize::from(b & 0x03) << 8 | usize::from(c);
        let block = payload
            .get(data..(data + len).min(payload.len()))
            .unwrap_or_default();
        data += len;
        Some(RedBlock {
            payload_type,
            age: u32::from(a) << 6 | u32::from(b) >> 2,
            payload: block,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_redundant_and_one_primary_block() {
        // F=1 PT=101 offset 160 (0x00a0 << 2 in 14 bits) length 4; then F=0 PT=0; data 4 + 2.
        let p = [0x80 | 101, 0x02, 0x80, 4, 0, 5, 0, 0, 160, 1, 2];
        let got: Vec<_> = blocks(&p).collect();
        assert_eq!(got.len(), 2);
        assert_eq!(
            (got[0].payload_type.get(), got[0].age, got[0].payload),
            (101, 160, &[5, 0, 0, 160][..])
        );
        assert_eq!(
            (got[1].payload_type.get(), got[1].age, got[1].payload),
            (0, 0, &[1, 2][..])
        );
    }

    #[test]
    fn cut_block_headers_end_the_walk() {
        assert_eq!(blocks(&[0xff, 0xff]).count(), 0);
        assert_eq!(blocks(&[]).count(), 0);
    }
}
