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
    /// The stream it is about; 0 where its contents name the streams.
    pub media: Ssrc,
    /// Feedback control information: what is asked, in the layout that `format` names.
    pub fci: &'a [u8],
}

/// What a feedback message asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asks {
    /// 205/1 (RFC 4585 §6.2.1): packets again.
    Packets,
    /// 205/15: nothing; it says when each packet arrived, for the sender to choose its rate.
    TransportWide,
    /// 206/1 (RFC 4585 §6.3.1): repair, for pictures were lost.
    PictureLoss,
    /// 206/4 (RFC 5104 §4.3.1): a whole picture.
    FullIntra,
    /// 206/15 with the name REMB: no more than this rate.
    MaxRate {
        /// Bits per second.
        bps: u64,
    },
    /// Anything else.
    Other,
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

    /// What it asks for.
    pub fn asks(&self) -> Asks {
        match (self.payload_specific, self.format) {
            (false, 1) => Asks::Packets,
            (false, 15) => Asks::TransportWide,
            (true, 1) => Asks::PictureLoss,
            (true, 4) => Asks::FullIntra,
            (true, 15) => match self.max_rate() {
                Some(bps) => Asks::MaxRate { bps },
                None => Asks::Other,
            },
            _ => Asks::Other,
        }
    }

    /// The rate of REMB (draft-alvestrand-rmcat-remb §2.2): six bits of exponent, 18 of mantissa.
    fn max_rate(&self) -> Option<u64> {
        let word = read_u32(self.fci, 4)?;
        let (exponent, mantissa) = (word >> 18 & 0x3f, u64::from(word & 0x3_ffff));
        self.fci
            .starts_with(b"REMB")
            .then(|| mantissa.checked_mul(1u64.checked_shl(exponent)?))?
    }

    /// The streams it is about: `media`, or those that its contents name (full intra request: RFC 5104 §4.3.1.2;
    /// REMB).
    pub fn targets(&self) -> impl Iterator<Item = Ssrc> + use<'a> {
        let (skip, step) = match self.asks() {
            Asks::FullIntra => (0, 8),
            Asks::MaxRate { .. } => (8, 4),
            _ => (self.fci.len(), 4),
        };
        let named = self.fci.get(skip..).unwrap_or_default();
        let media = Some(self.media).filter(|m| m.0 != 0);
        let named = named.chunks_exact(step).filter_map(read_ssrc);
        // Where both are given they are the same.
        media
            .into_iter()
            .chain(named.filter(move |ssrc| Some(*ssrc) != media))
    }

    /// The name of its kind (IANA registries of feedback message types).
    pub const fn name(&self) -> Option<&'static str> {
        Some(match (self.payload_specific, self.format) {
            (false, 1) => "generic NACK",
            (false, 3) => "maximum bit rate request (TMMBR)",
            (false, 4) => "maximum bit rate notification (TMMBN)",
            (false, 5) => "sender report request",
            (false, 6) => "rapid acquisition of multicast (RAMS)",
            (false, 7) => "transport layer loss (TLLEI)",
            (false, 8) => "ECN feedback",
            (false, 9) => "pause and resume",
            (false, 10) => "delay budget",
            (false, 11) => "congestion control feedback (RFC 8888)",
            (false, 15) => "transport-wide congestion control",
            (true, 1) => "picture loss (PLI)",
            (true, 2) => "slice loss (SLI)",
            (true, 3) => "reference picture selection (RPSI)",
            (true, 4) => "full intra request (FIR)",
            (true, 5) => "temporal-spatial trade-off request",
            (true, 6) => "temporal-spatial trade-off notification",
            (true, 7) => "video back channel message",
            (true, 8) => "payload-specific loss (PSLEI)",
            (true, 9) => "region of interest",
            (true, 10) => "layer refresh request",
            (true, 15) => "application feedback",
            _ => return None,
        })
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
        assert_eq!(f.targets().collect::<Vec<_>>(), vec![Ssrc(2)]);
    }

    #[test]
    fn a_full_intra_request_names_its_streams_inside() {
        let body = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 7, 1, 0, 0, 0];
        let f = Feedback::parse(206, 4, &body).unwrap();
        assert_eq!(f.asks(), Asks::FullIntra);
        assert_eq!(f.targets().collect::<Vec<_>>(), vec![Ssrc(7)]);
    }

    #[test]
    fn the_rate_of_remb_is_mantissa_and_exponent() {
        // One stream; exponent 3, mantissa 125000: 1 Mbit/s. 3 << 18 | 125000 = 0x0d_e848.
        let mut body = vec![0, 0, 0, 1, 0, 0, 0, 0];
        body.extend(b"REMB");
        body.extend([1, 0x0d, 0xe8, 0x48, 0, 0, 0, 9]);
        let f = Feedback::parse(206, 15, &body).unwrap();
        assert_eq!(f.asks(), Asks::MaxRate { bps: 1_000_000 });
        assert_eq!(f.targets().collect::<Vec<_>>(), vec![Ssrc(9)]);
        // An exponent that no rate has.
        let mut wild = body.clone();
        wild[13..16].copy_from_slice(&[0xff, 0xff, 0xff]);
        let f = Feedback::parse(206, 15, &wild).unwrap();
        assert_eq!(f.asks(), Asks::Other);
    }
}
