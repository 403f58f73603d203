//! VoIP metrics (RFC 3611 §4.7): what a phone says of the call as it heard it.

use super::{read_ssrc, read_u16};
use crate::types::Ssrc;

crate::types::vocabulary! {
    /// How a receiver hides lost packets (RFC 3611 §4.7.6).
    pub enum Concealment {
        /// It does not say.
        Unspecified = "unspecified",
        /// Silence in place of what is lost.
        Disabled = "disabled",
        /// More than a repetition of the last frame.
        Enhanced = "enhanced",
        /// The last frame again.
        Standard = "standard",
    }
}

crate::types::vocabulary! {
    /// How a receiver's de-jitter buffer works (RFC 3611 §4.7.6).
    pub enum BufferKind {
        /// It does not say.
        Unknown = "unknown",
        /// A value the RFC keeps for later.
        Reserved = "reserved",
        /// Its depth is fixed.
        Fixed = "fixed",
        /// Its depth follows the jitter.
        Adaptive = "adaptive",
    }
}

/// VoIP metrics. What the receiver marks unavailable is `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VoipMetrics {
    /// The stream reported about.
    pub about: Ssrc,
    /// Share of packets lost since reception began, 0 to 100.
    pub loss_percent: f64,
    /// Share of packets discarded by the de-jitter buffer, 0 to 100.
    pub discard_percent: f64,
    /// Share lost or discarded within bursts, 0 to 100.
    pub burst_density_percent: f64,
    /// Share lost or discarded within gaps, 0 to 100.
    pub gap_density_percent: f64,
    /// Mean burst length in milliseconds.
    pub burst_duration_ms: u16,
    /// Mean gap length in milliseconds.
    pub gap_duration_ms: u16,
    /// Round trip between the two RTP ends in milliseconds; 0 on the wire: not measured.
    pub round_trip_ms: Option<u16>,
    /// Delay within the end system in milliseconds; 0 on the wire: not known.
    pub end_system_delay_ms: Option<u16>,
    /// Level of speech in dBm0.
    pub signal_level_dbm0: Option<i8>,
    /// Level of the noise without speech in dBm0.
    pub noise_level_dbm0: Option<i8>,
    /// Residual echo return loss in dB.
    pub rerl_db: Option<u8>,
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
    /// How it hides losses.
    pub concealment: Concealment,
    /// How its de-jitter buffer works.
    pub buffer: BufferKind,
    /// How fast an adaptive buffer adapts, 0 to 15 (RFC 3611 §4.7.6).
    pub buffer_rate: u8,
    /// Delay of the de-jitter buffer now, of a packet that comes in time, in milliseconds.
    pub buffer_nominal_ms: u16,
    /// Delay of the earliest packet that is not discarded now, in milliseconds.
    pub buffer_max_ms: u16,
    /// The largest that maximum can become, in milliseconds.
    pub buffer_abs_max_ms: u16,
}

impl VoipMetrics {
    /// Reads the 32 octets behind the block's header.
    pub(super) fn parse(b: &[u8]) -> Option<Self> {
        const UNAVAILABLE: u8 = 127;
        let octet = |at: usize| b.get(at).copied();
        let percent = |at: usize| octet(at).map(|n| f64::from(n) / 256.0 * 100.0);
        let known = |at: usize| octet(at).map(|n| Some(n).filter(|n| *n != UNAVAILABLE));
        let mos = |at: usize| known(at).map(|m| m.map(|n| f64::from(n) / 10.0));
        // Two's complement (§4.7.4).
        let level = |at: usize| known(at).map(|n| n.map(|n| i8::from_be_bytes([n])));
        let delay = |at: usize| read_u16(b, at).map(|ms| Some(ms).filter(|ms| *ms > 0));
        let config = octet(24)?;
        Some(VoipMetrics {
            about: read_ssrc(b)?,
            loss_percent: percent(4)?,
            discard_percent: percent(5)?,
            burst_density_percent: percent(6)?,
            gap_density_percent: percent(7)?,
            burst_duration_ms: read_u16(b, 8)?,
            gap_duration_ms: read_u16(b, 10)?,
            round_trip_ms: delay(12)?,
            end_system_delay_ms: delay(14)?,
            signal_level_dbm0: level(16)?,
            noise_level_dbm0: level(17)?,
            rerl_db: known(18)?,
            gmin: octet(19)?,
            r_factor: known(20)?,
            external_r_factor: known(21)?,
            mos_lq: mos(22)?,
            mos_cq: mos(23)?,
            concealment: match config >> 6 {
                0 => Concealment::Unspecified,
                1 => Concealment::Disabled,
                2 => Concealment::Enhanced,
                _ => Concealment::Standard,
            },
            buffer: match config >> 4 & 3 {
                0 => BufferKind::Unknown,
                1 => BufferKind::Reserved,
                2 => BufferKind::Fixed,
                _ => BufferKind::Adaptive,
            },
            buffer_rate: config & 0x0f,
            buffer_nominal_ms: read_u16(b, 26)?,
            buffer_max_ms: read_u16(b, 28)?,
            buffer_abs_max_ms: read_u16(b, 30)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As tshark 4.0 `-V` reads the same octets: fraction lost 64 / 256, discarded 8 / 256, burst density 128,
    /// gap density 3, burst 120 ms, gap 2000 ms, round trip 30, end system delay 40, signal -20, noise -60, RERL
    /// 55, Gmin 16, R 80, external R 127 (unavailable), MOS-LQ 4.1, MOS-CQ 3.9, PLC enhanced, adaptive, rate 5,
    /// buffer nominal 60, maximum 80, absolute maximum 300.
    #[test]
    fn every_field_is_read_at_its_place() {
        let mut b = 1u32.to_be_bytes().to_vec();
        b.extend([64, 8, 128, 3, 0, 120, 0x07, 0xd0, 0, 30, 0, 40]);
        b.extend([0xec, 0xc4, 55, 16, 80, 127, 41, 39]);
        b.extend([0b1011_0101, 0, 0, 60, 0, 80, 0x01, 0x2c]);
        let v = VoipMetrics::parse(&b).unwrap();
        assert_eq!((v.loss_percent, v.discard_percent), (25.0, 3.125));
        assert_eq!(v.burst_density_percent, 50.0);
        assert_eq!(v.gap_density_percent, 1.171_875);
        assert_eq!((v.burst_duration_ms, v.gap_duration_ms), (120, 2000));
        assert_eq!(v.round_trip_ms.zip(v.end_system_delay_ms), Some((30, 40)));
        assert_eq!(
            (v.signal_level_dbm0, v.noise_level_dbm0),
            (Some(-20), Some(-60))
        );
        assert_eq!((v.rerl_db, v.gmin), (Some(55), 16));
        assert_eq!((v.r_factor, v.external_r_factor), (Some(80), None));
        assert_eq!((v.mos_lq, v.mos_cq), (Some(4.1), Some(3.9)));
        assert_eq!(v.concealment, Concealment::Enhanced);
        assert_eq!((v.buffer, v.buffer_rate), (BufferKind::Adaptive, 5));
        let buffer = (v.buffer_nominal_ms, v.buffer_max_ms, v.buffer_abs_max_ms);
        assert_eq!(buffer, (60, 80, 300));
        assert!(VoipMetrics::parse(&b[..31]).is_none());
    }

    #[test]
    fn what_is_marked_unavailable_is_unknown() {
        let mut b = vec![0; 32];
        for at in [16, 17, 18, 20, 21, 22, 23] {
            b[at] = 127;
        }
        let v = VoipMetrics::parse(&b).unwrap();
        assert_eq!(v.signal_level_dbm0.or(v.noise_level_dbm0), None);
        assert_eq!(v.rerl_db.or(v.r_factor).or(v.external_r_factor), None);
        assert_eq!(v.mos_lq.or(v.mos_cq), None);
        assert_eq!(v.round_trip_ms.or(v.end_system_delay_ms), None);
    }
}
