//! The rules of a compound datagram (RFC 3550 §6.1, A.2; RFC 5506).

use super::Header;
use crate::types::Severity;

crate::types::vocabulary! {
    /// What is wrong with an RTCP datagram; each is named once a datagram, the first that is found.
    pub enum Flaw {
        /// A packet is longer than what is left of the datagram.
        TooLong = "too_long",
        /// Octets behind the last packet that are no packet.
        Trailing = "trailing_octets",
        /// Padding of a packet that is not the last.
        Padding = "padding_not_last",
        /// Padding longer than its packet, or of no octets.
        PaddingLength = "padding_length",
        /// A packet holds fewer reports, chunks or sources than its header counts.
        Count = "count",
        /// It begins neither with a report nor with feedback, which may go without (RFC 5506). Many phones say goodbye
        /// so.
        NoReport = "no_report_first",
    }
}

impl Flaw {
    /// The rule it breaks, in words.
    pub const fn text(self) -> &'static str {
        match self {
            Flaw::TooLong => "a packet is longer than the datagram (RFC 3550 A.2)",
            Flaw::Trailing => "octets behind the last packet are no packet (RFC 3550 A.2)",
            Flaw::Padding => "padding of a packet that is not the last (RFC 3550 A.2)",
            Flaw::PaddingLength => {
                "its padding is longer than its packet, or of no octets (RFC 3550 §6.4.1)"
            }
            Flaw::Count => {
                "a packet holds fewer reports or sources than its header counts (RFC 3550 §6.4)"
            }
            Flaw::NoReport => {
                "no sender or receiver report in front: RFC 3550 §6.1 asks for one, even where a BYE goes alone; RFC 5506 \
                 lets both sides agree on less. No figure suffers"
            }
        }
    }

    /// How much it matters: what is only left out in front spoils nothing that follows.
    pub const fn severity(self) -> Severity {
        match self {
            Flaw::NoReport => Severity::Info,
            _ => Severity::Warning,
        }
    }
}

/// The first rule that a datagram breaks; `None` also where the capture cut it and what is there breaks none.
///
/// Ask only of one that is in clear: behind the first header of SRTCP everything would be wrong.
pub fn flaw(captured: &[u8], wire_len: u32) -> Option<Flaw> {
    let wire_len = (wire_len as usize).max(captured.len());
    let first = Header::read(captured)?;
    let mut at = 0usize;
    let mut padded = false;
    while at < wire_len {
        let Some(header) = captured.get(at..).and_then(Header::read) else {
            // Cut by the capture, or no header.
            let is_cut = captured.len() < wire_len && captured.len() < at + 4;
            return (!is_cut).then_some(Flaw::Trailing);
        };
        if !(192..=223).contains(&header.packet_type) {
            return Some(Flaw::Trailing);
        }
        if padded {
            return Some(Flaw::Padding);
        }
        if header.len() > wire_len - at {
            return Some(Flaw::TooLong);
        }
        padded = header.padding;
        let mut room = header.len() - 4;
        if let Some(packet) = captured.get(at..at + header.len()).filter(|_| padded) {
            let pad = packet.last().map_or(0, |n| usize::from(*n));
            if pad == 0 || pad > room {
                return Some(Flaw::PaddingLength);
            }
            room -= pad;
        }
        if room < header.least() {
            return Some(Flaw::Count);
        }
        at += header.len();
    }
    (!matches!(first.packet_type, 200 | 201 | 205 | 206)).then_some(Flaw::NoReport)
}

impl Header {
    /// Octets behind the header that its count asks for at least.
    fn least(self) -> usize {
        let count = usize::from(self.count);
        match self.packet_type {
            200 => 24 + 24 * count,
            201 => 4 + 24 * count,
            // An SSRC, and the null octet that ends it.
            202 => 8 * count,
            203 => 4 * count,
            204..=206 => 8,
            207 => 4,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::sr_sdes;
    use super::*;

    fn flaw_of(bytes: &[u8]) -> Option<Flaw> {
        flaw(bytes, bytes.len() as u32)
    }

    #[test]
    fn a_report_with_its_name_breaks_no_rule_and_each_rule_is_told() {
        assert_eq!(flaw_of(&sr_sdes()), None);
        // A receiver report with four octets of padding, and the names behind it.
        let mut v = vec![0xa0, 201, 0, 2, 0, 0, 0, 0x11, 0, 0, 0, 4];
        assert_eq!(flaw_of(&v), None);
        v.extend(&sr_sdes()[28..]);
        assert_eq!(flaw_of(&v), Some(Flaw::Padding));
        let mut v = sr_sdes();
        v[31] = 9;
        assert_eq!(flaw_of(&v), Some(Flaw::TooLong));
        let mut v = sr_sdes();
        v.extend([0; 4]);
        assert_eq!(flaw_of(&v), Some(Flaw::Trailing));
        let mut v = sr_sdes();
        v[0] = 0x82;
        assert_eq!(flaw_of(&v), Some(Flaw::Count));
        assert_eq!(flaw_of(&sr_sdes()[28..]), Some(Flaw::NoReport));
        assert_eq!(Flaw::NoReport.severity(), Severity::Info);
        assert_eq!(
            flaw_of(&[0xa0, 201, 0, 1, 0, 0, 0, 0]),
            Some(Flaw::PaddingLength)
        );
    }

    #[test]
    fn feedback_alone_and_a_cut_datagram_break_none() {
        let nack = [0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 9, 0, 0];
        assert_eq!(flaw_of(&nack), None);
        let v = sr_sdes();
        assert_eq!(flaw(&v[..30], v.len() as u32), None);
        assert_eq!(flaw(&v[..28], v.len() as u32), None);
    }
}
