//! Extended reports (RFC 3611).

use super::{read_ssrc, read_u16, read_u32};
use crate::types::Ssrc;

/// An extended report packet.
#[derive(Clone, Copy, Debug)]
pub struct ExtendedReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    bytes: &'a [u8],
}

/// One block of an extended report.
#[derive(Clone, Copy, Debug)]
pub enum XrBlock<'a> {
    /// Block type 7 (§4.7).
    Voip(VoipMetrics),
    /// Block type 4 (§4.4): NTP time of a receiver that sends no media.
    ReferenceTime {
        /// Seconds since 1900 in the upper 32 bits, fraction in the lower.
        ntp: u64,
    },
    /// Any other block.
    Other {
        /// Block type (§3, IANA registry).
        kind: u8,
        /// Its contents.
        body: &'a [u8],
    },
}

/// VoIP metrics (§4.7). Fields the receiver marks unavailable are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoipMetrics {
    /// The stream reported about.
    pub about: Ssrc,
    /// Share of packets lost, 0 to 100.
    pub loss_percent: f64,
    /// Share of packets discarded by the jitter buffer, 0 to 100.
    pub discard_percent: f64,
    /// Share lost or discarded within bursts, 0 to 100.
    pub burst_density_percent: f64,
    /// Share lost or discarded within gaps, 0 to 100.
    pub gap_density_percent: f64,
    /// Mean burst length in milliseconds.
    pub burst_duration_ms: u16,
    /// Mean gap length in milliseconds.
    pub gap_duration_ms: u16,
    /// Round trip in milliseconds.
    pub round_trip_ms: u16,
    /// Delay within the end system in milliseconds.
    pub end_system_delay_ms: u16,
    /// Packets received in a row that end a burst (Gmin).
    pub gmin: u8,
    /// Transmission rating R of the call (ITU-T G.107), 0 to 100.
    pub r_factor: Option<u8>,
    /// Rating of a further network segment.
    pub external_r_factor: Option<u8>,
    /// Listening quality, 1.0 to 5.0.
    pub mos_lq: Option<f64>,
    /// Conversational quality, 1.0 to 5.0.
    pub mos_cq: Option<f64>,
    /// Nominal jitter buffer delay in milliseconds.
    pub jitter_buffer_nominal_ms: u16,
    /// Largest jitter buffer delay in milliseconds.
    pub jitter_buffer_max_ms: u16,
}

impl<'a> ExtendedReport<'a> {
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        Some(ExtendedReport {
            ssrc: read_ssrc(body)?,
            bytes: body.get(4..).unwrap_or_default(),
        })
    }

    /// Its blocks, each at its own offset by the length of those before.
    pub fn blocks(&self) -> impl Iterator<Item = XrBlock<'a>> + use<'a> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            let kind = *rest.first()?;
            let len = 4 * usize::from(read_u16(rest, 2)?);
            let body = rest.get(4..4 + len)?;
            rest = rest.get(4 + len..).unwrap_or_default();
            let parsed = match kind {
                7 => VoipMetrics::parse(body).map(XrBlock::Voip),
                4 => read_u32(body, 0).zip(read_u32(body, 4)).map(|(hi, lo)| {
                    XrBlock::ReferenceTime {
                        ntp: u64::from(hi) << 32 | u64::from(lo),
                    }
                }),
                _ => None,
            };
            Some(parsed.unwrap_or(XrBlock::Other { kind, body }))
        })
    }
}

impl VoipMetrics {
    fn parse(b: &[u8]) -> Option<Self> {
        let percent = |at: usize| b.get(at).map(|n| f64::from(*n) / 256.0 * 100.0);
        // 127 is "unavailable" (§4.7.5).
        let rating = |at: usize| b.get(at).map(|n| Some(*n).filter(|n| *n != 127));
        let mos = |at: usize| rating(at).map(|m| m.map(|n| f64::from(n) / 10.0));
        Some(VoipMetrics {
            about: read_ssrc(b)?,
            loss_percent: percent(4)?,
            discard_percent: percent(5)?,
            burst_density_percent: percent(6)?,
            gap_density_percent: percent(7)?,
            burst_duration_ms: read_u16(b, 8)?,
            gap_duration_ms: read_u16(b, 10)?,
            round_trip_ms: read_u16(b, 12)?,
            end_system_delay_ms: read_u16(b, 14)?,
            gmin: *b.get(19)?,
            r_factor: rating(20)?,
            external_r_factor: rating(21)?,
            mos_lq: mos(22)?,
            mos_cq: mos(23)?,
            jitter_buffer_nominal_ms: read_u16(b, 26)?,
            jitter_buffer_max_ms: read_u16(b, 28)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_voip_block_is_read_at_its_own_place() {
        let block = |ssrc: u32, mos: u8| {
            let mut b = vec![7, 0, 0, 8];
            b.extend(ssrc.to_be_bytes());
            b.extend([64, 0, 0, 0, 0, 100, 0, 200, 0, 30, 0, 40, 0, 0, 0, 16]);
            b.extend([93, 127, mos, 127, 0, 0, 0, 60, 0, 80, 0, 90]);
            b
        };
        let mut body = 5u32.to_be_bytes().to_vec();
        body.extend(block(1, 44));
        body.extend(block(2, 31));
        let xr = ExtendedReport::parse(&body).unwrap();
        let got: Vec<_> = xr
            .blocks()
            .filter_map(|b| match b {
                XrBlock::Voip(v) => Some((v.about, v.mos_lq, v.mos_cq, v.loss_percent)),
                _ => None,
            })
            .collect();
        assert_eq!(
            got,
            vec![
                (Ssrc(1), Some(4.4), None, 25.0),
                (Ssrc(2), Some(3.1), None, 25.0)
            ]
        );
    }
}
