//! Extended reports (RFC 3611).

use super::voip::VoipMetrics;
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
pub struct XrBlock<'a> {
    /// Block type (§3, IANA registry).
    pub kind: u8,
    /// What it says.
    pub content: XrContent<'a>,
}

/// What a block says.
#[derive(Clone, Copy, Debug)]
pub enum XrContent<'a> {
    /// Block type 7 (§4.7).
    Voip(VoipMetrics),
    /// Block type 4 (§4.4): NTP time of a receiver that sends no media.
    ReferenceTime {
        /// Seconds since 1900 in the upper 32 bits, fraction in the lower.
        ntp: u64,
    },
    /// Block type 5 (§4.5): the answers to reference times.
    Answers(Answers<'a>),
    /// Block types 1 and 2 (§4.1, §4.2), 10 and 25: which packets were lost, doubled or discarded, run by run.
    Runs {
        /// The stream reported about.
        about: Ssrc,
        /// First sequence number it speaks of.
        begin: u16,
        /// The number behind the last.
        end: u16,
    },
    /// Block type 6 (§4.6): sums over a range of packets.
    Summary {
        /// The stream reported about.
        about: Ssrc,
        /// First sequence number it speaks of.
        begin: u16,
        /// The number behind the last.
        end: u16,
        /// Packets lost in the range.
        lost: u32,
        /// Second copies in the range.
        duplicates: u32,
    },
    /// Any other block, or one too short for its type.
    Other {
        /// Its contents.
        body: &'a [u8],
    },
}

/// Answers to reference times.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    bytes: &'a [u8],
}

/// One answer: of a sender to a receiver's reference time, as LSR and DLSR are of a receiver to a sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The receiver answered.
    pub to: Ssrc,
    /// Middle 32 bits of its last reference time; 0: none came.
    pub last_reference: u32,
    /// Time since, in 1/65536 s.
    pub delay: u32,
}

impl Answer {
    /// `delay` in nanoseconds.
    pub fn delay_nanos(&self) -> i64 {
        // Below 2^16 s.
        i64::from(self.delay) * 1_000_000_000 / 65_536
    }
}

impl Iterator for Answers<'_> {
    type Item = Answer;

    fn next(&mut self) -> Option<Answer> {
        let (one, rest) = self.bytes.split_at_checked(12)?;
        self.bytes = rest;
        Some(Answer {
            to: read_ssrc(one)?,
            last_reference: read_u32(one, 4)?,
            delay: read_u32(one, 8)?,
        })
    }
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
            let content = XrContent::parse(kind, body).unwrap_or(XrContent::Other { body });
            Some(XrBlock { kind, content })
        })
    }
}

impl<'a> XrContent<'a> {
    fn parse(kind: u8, body: &'a [u8]) -> Option<XrContent<'a>> {
        match kind {
            1 | 2 | 10 | 25 => Some(XrContent::Runs {
                about: read_ssrc(body)?,
                begin: read_u16(body, 4)?,
                end: read_u16(body, 6)?,
            }),
            4 => {
                let (seconds, fraction) = (read_u32(body, 0)?, read_u32(body, 4)?);
                Some(XrContent::ReferenceTime {
                    ntp: u64::from(seconds) << 32 | u64::from(fraction),
                })
            }
            5 => Some(XrContent::Answers(Answers { bytes: body })),
            6 => Some(XrContent::Summary {
                about: read_ssrc(body)?,
                begin: read_u16(body, 4)?,
                end: read_u16(body, 6)?,
                lost: read_u32(body, 8)?,
                duplicates: read_u32(body, 12)?,
            }),
            7 => VoipMetrics::parse(body).map(XrContent::Voip),
            _ => None,
        }
    }
}

impl XrBlock<'_> {
    /// The stream it is about, where it is about one: most blocks begin with its SSRC.
    pub fn about(&self) -> Option<Ssrc> {
        match self.content {
            XrContent::Voip(v) => Some(v.about),
            XrContent::Runs { about, .. } | XrContent::Summary { about, .. } => Some(about),
            XrContent::ReferenceTime { .. } | XrContent::Answers(_) => None,
            XrContent::Other { body } => match self.kind {
                // Receipt times, and all that later RFCs added about one source.
                3 | 12..=35 => read_ssrc(body),
                _ => None,
            },
        }
    }
}

/// The name of a block type (IANA registry "RTCP XR Block Type").
pub const fn block_name(kind: u8) -> Option<&'static str> {
    Some(match kind {
        1 => "loss run length encoding",
        2 => "duplicate run length encoding",
        3 => "packet receipt times",
        4 => "receiver reference time",
        5 => "answers to reference times (DLRR)",
        6 => "statistics summary",
        7 => "VoIP metrics",
        8 => "BT XNQ",
        9 => "extended VoIP quality (Texas Instruments)",
        10 => "post-repair loss run length encoding",
        11 => "multicast acquisition",
        12 => "synchronization of destinations",
        13 => "ECN summary",
        14 => "measurement information",
        15 => "packet delay variation",
        16 => "delay metrics",
        17 => "burst and gap loss summary",
        18 => "burst and gap discard summary",
        19 => "frame impairment summary",
        20 => "burst and gap loss",
        21 => "burst and gap discard",
        22 => "MPEG-2 transport stream decodability",
        23 => "de-jitter buffer",
        24 => "discard count",
        25 => "discard run length encoding",
        26 => "octets discarded",
        27 => "initial synchronization delay",
        28 => "synchronization offset",
        29 => "MOS",
        30 => "loss concealment",
        31 => "concealed seconds",
        32 => "MPEG-2 PSI decodability",
        33 => "post-repair loss count",
        34 => "video loss concealment",
        35 => "independent burst and gap discard",
        _ => return None,
    })
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
            .filter_map(|b| match b.content {
                XrContent::Voip(v) => Some((v.about, v.mos_lq, v.mos_cq, v.loss_percent)),
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

    #[test]
    fn blocks_of_other_types_are_named_and_walked_over() {
        let mut body = 5u32.to_be_bytes().to_vec();
        // Reference time; one answer to 9; losses of 7, numbers 10 to 20; type 15 about 8; type 99.
        body.extend([4, 0, 0, 2, 0, 0, 0, 1, 0x80, 0, 0, 0]);
        body.extend([5, 0, 0, 3, 0, 0, 0, 9, 0, 1, 0x80, 0, 0, 0, 0x80, 0]);
        body.extend([1, 0, 0, 3, 0, 0, 0, 7, 0, 10, 0, 20, 0x40, 0x05, 0, 0]);
        body.extend([15, 0, 0, 1, 0, 0, 0, 8]);
        body.extend([99, 0, 0, 0]);
        let xr = ExtendedReport::parse(&body).unwrap();
        let blocks: Vec<_> = xr.blocks().collect();
        let kinds: Vec<u8> = blocks.iter().map(|b| b.kind).collect();
        assert_eq!(kinds, [4, 5, 1, 15, 99]);
        let about: Vec<_> = blocks.iter().map(XrBlock::about).collect();
        assert_eq!(about, [None, None, Some(Ssrc(7)), Some(Ssrc(8)), None]);
        let XrContent::Answers(mut answers) = blocks[1].content else {
            panic!("no answers: {:?}", blocks[1]);
        };
        let answer = answers.next().unwrap();
        assert_eq!((answer.to, answer.delay), (Ssrc(9), 0x8000));
        assert_eq!(block_name(15), Some("packet delay variation"));
        assert_eq!(block_name(99), None);
    }
}
