//! Receiver report and report blocks (RFC 3550 §6.4.1, §6.4.2).

use super::{read_ssrc, read_u32};
use crate::types::Ssrc;

/// What a receiver says about one stream it gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportBlock {
    /// The stream reported about.
    pub about: Ssrc,
    /// Share lost since the report before, in 1/256.
    pub fraction_lost: u8,
    /// Expected minus received since the beginning; negative with duplicates (24 bits signed).
    pub cumulative_lost: i32,
    /// Highest sequence number received, cycles in the upper 16 bits.
    pub highest_seq: u32,
    /// Interarrival jitter in ticks of the stream's clock.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time; 0 where none was received.
    pub last_sr: u32,
    /// Time since that report, in 1/65536 s.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    /// Reads 24 octets.
    fn parse(bytes: &[u8]) -> Option<ReportBlock> {
        let loss = read_u32(bytes, 4)?;
        Some(ReportBlock {
            about: read_ssrc(bytes)?,
            // The top octet of the word; the cast keeps exactly those 8 bits.
            fraction_lost: (loss >> 24) as u8,
            // Sign extension of 24 bits: reinterpreted after the shift puts the sign in place.
            cumulative_lost: ((loss << 8) as i32) >> 8,
            highest_seq: read_u32(bytes, 8)?,
            jitter: read_u32(bytes, 12)?,
            last_sr: read_u32(bytes, 16)?,
            delay_since_last_sr: read_u32(bytes, 20)?,
        })
    }

    /// `fraction_lost` as a share, 0 to 100.
    pub fn fraction_lost_percent(&self) -> f64 {
        f64::from(self.fraction_lost) / 256.0 * 100.0
    }

    /// DLSR in nanoseconds.
    pub fn delay_nanos(&self) -> i64 {
        // 2^32 / 65536 s is 65536 s: far within i64 nanoseconds.
        (i64::from(self.delay_since_last_sr) * 1_000_000_000) >> 16
    }
}

/// The report blocks of a report, as many as were announced and captured.
#[derive(Clone, Copy, Debug)]
pub struct ReportBlocks<'a> {
    left: u8,
    bytes: &'a [u8],
}

impl<'a> ReportBlocks<'a> {
    pub(super) fn new(count: u8, bytes: &'a [u8]) -> Self {
        ReportBlocks { left: count, bytes }
    }
}

impl Iterator for ReportBlocks<'_> {
    type Item = ReportBlock;
    fn next(&mut self) -> Option<ReportBlock> {
        self.left = self.left.checked_sub(1)?;
        let (block, rest) = self.bytes.split_at_checked(24)?;
        self.bytes = rest;
        ReportBlock::parse(block)
    }
}

/// A report of one who receives and does not send.
#[derive(Clone, Copy, Debug)]
pub struct ReceiverReport<'a> {
    /// Who reports.
    pub ssrc: Ssrc,
    /// What it receives.
    pub blocks: ReportBlocks<'a>,
}

impl<'a> ReceiverReport<'a> {
    pub(super) fn parse(count: u8, body: &'a [u8]) -> Option<Self> {
        Some(ReceiverReport {
            ssrc: read_ssrc(body)?,
            blocks: ReportBlocks::new(count, body.get(4..).unwrap_or_default()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cumulative_loss_is_signed_and_dlsr_is_in_65536ths() {
        let mut body = 0x22u32.to_be_bytes().to_vec();
        for word in [
            0x11u32,
            0x40ff_fffe,
            0x0001_0064,
            40,
            0x1234_5678,
            0x0001_8000,
        ] {
            body.extend(word.to_be_bytes());
        }
        let rr = ReceiverReport::parse(1, &body).unwrap();
        let b = rr.blocks.into_iter().next().unwrap();
        assert_eq!(b.about, Ssrc(0x11));
        assert_eq!(b.fraction_lost_percent(), 25.0);
        assert_eq!(b.cumulative_lost, -2);
        assert_eq!(b.delay_nanos(), 1_500_000_000);
    }

    #[test]
    fn a_count_beyond_the_octets_gives_the_blocks_that_are_there() {
        let body = [0u8; 4 + 24 + 10];
        let rr = ReceiverReport::parse(5, &body).unwrap();
        assert_eq!(rr.blocks.count(), 1);
    }
}
