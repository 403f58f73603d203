//! Feedback messages (RFC 4585 §6.1): what a receiver asks of a sender at once.

use super::{read_ssrc, read_u16, read_u32};
use crate::types::{SeqNo, Ssrc};

/// A transport (205) or payload-specific (206) feedback message.
#[derive(Clone, Copy, Debug)]
pub struct Feedback<'a> {
    /// Packet type 206 (pictures); false for 205 (packets).
    pub payload_specific: bool,
    /// Feedback message type: 205/1 generic NACK, 205/15 transport-wide congestion control, 206/1
    /// picture loss, 206/4 full intra request, 206/15 application (REMB).
    pub format: u8,
    /// Who asks.
    pub sender: Ssrc,
    /// The stream it is about.
    pub media: Ssrc,
    /// Feedback control information: what is asked, in the layout that `format` names.
    pub fci: &'a [u8],
}

impl<'a> Feedback<'a> {
    pub(super) fn parse(packet_type: u8, format: u8, body: &'a [u8]) -> Option<Self> {
        Some(Feedback {
            payload_specific: packet_type == 206,
            format,
            sender: read_ssrc(body)?,
            media: Ssrc(read_u32(body, 4)?),
            fci: body.get(8..).unwrap_or_default(),
        })
    }

    /// The sequence numbers a generic NACK (RFC 4585 §6.2.1) says are missing.
    pub fn nacked(&self) -> impl Iterator<Item = SeqNo> + use<'a> {
        let fci = if !self.payload_specific && self.format == 1 {
            self.fci
        } else {
            &[]
        };
        fci.chunks_exact(4).flat_map(|entry| {
            let first = read_u16(entry, 0).unwrap_or_default();
            let mask = read_u16(entry, 2).unwrap_or_default();
            std::iter::once(SeqNo(first)).chain(
                (0..16u16)
                    .filter(move |bit| mask >> bit & 1 == 1)
                    .map(move |bit| SeqNo(first.wrapping_add(bit + 1))),
            )
        })
    }

    /// True where a receiver asks for a new intra frame: picture loss (206/1) or full intra request
    /// (206/4, RFC 5104 §4.3.1).
    pub fn asks_for_intra_frame(&self) -> bool {
        self.payload_specific && matches!(self.format, 1 | 4)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nack_names_the_packet_and_those_in_its_mask() {
        let body = [0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0x00, 0x05];
        let f = Feedback::parse(205, 1, &body).unwrap();
        assert_eq!(f.media, Ssrc(2));
        assert_eq!(
            f.nacked().collect::<Vec<_>>(),
            vec![SeqNo(65535), SeqNo(0), SeqNo(2)]
        );
    }
}
