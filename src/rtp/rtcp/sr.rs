//! Sender report (RFC 3550 §6.4.1).

use super::rr::ReportBlocks;
use super::{read_ssrc, read_u32};
use crate::types::{RtpTicks, Ssrc};

/// What a sender says about its own stream.
#[derive(Clone, Copy, Debug)]
pub struct SenderReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// NTP time of the report: seconds since 1900 in the upper 32 bits, fraction in the lower.
    pub ntp: u64,
    /// The same moment on the stream's RTP clock.
    pub rtp_timestamp: RtpTicks,
    /// Packets sent since the stream began.
    pub packet_count: u32,
    /// Payload octets sent since the stream began.
    pub octet_count: u32,
    /// What it receives itself.
    pub blocks: ReportBlocks<'a>,
}

impl<'a> SenderReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        let ntp = u64::from(read_u32(body, 4)?) << 32 | u64::from(read_u32(body, 8)?);
        Some(SenderReport {
            ssrc: read_ssrc(body)?,
            ntp,
            rtp_timestamp: RtpTicks(read_u32(body, 12)?),
            packet_count: read_u32(body, 16)?,
            octet_count: read_u32(body, 20)?,
            blocks: ReportBlocks::new(count, body.get(24..).unwrap_or_default()),
        })
    }

    /// The middle 32 bits of the NTP time, as a receiver echoes them in LSR.
    pub const fn ntp_middle(&self) -> u32 {
        // The shift leaves the wanted 32 bits lowest; the rest is cut on purpose.
        (self.ntp >> 16) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_the_ntp_time_is_what_lsr_repeats() {
        let mut body = 0x11u32.to_be_bytes().to_vec();
        body.extend(0xaaaa_bbbbu32.to_be_bytes());
        body.extend(0xcccc_ddddu32.to_be_bytes());
        for n in [160u32, 5, 800] {
            body.extend(n.to_be_bytes());
        }
        let sr = SenderReport::parse(0, &body).unwrap();
        assert_eq!(sr.ntp_middle(), 0xbbbb_cccc);
        assert_eq!((sr.packet_count, sr.octet_count), (5, 800));
        assert!(SenderReport::parse(0, &body[..20]).is_none());
    }
}
