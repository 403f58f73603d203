//! A body octet by octet, as Content-Length counts it (RFC 3261 §20.14).

use crate::explain::message::Described;
use crate::types::text_of;

/// A line of a body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BodyLine {
    /// What it says and means.
    pub text: Described,
    /// Its octets, those of its line end included.
    pub octets: u64,
    /// The octets of the body up to its end.
    pub sum: u64,
}

/// The lines of a body, `told` as text.
pub(crate) fn lines(body: &[u8], mut told: impl FnMut(&str) -> Described) -> Vec<BodyLine> {
    let mut sum = 0;
    body.split_inclusive(|b| *b == b'\n')
        .map(|line| {
            let octets = line.len() as u64;
            sum += octets;
            let text = text_of(line);
            BodyLine {
                text: told(text.trim_end_matches(['\r', '\n'])),
                octets,
                sum,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_counts_two_and_a_letter_of_utf8_as_its_octets() {
        // "v=0" 3 + CR LF 2 = 5; "s=Zoë" 4 + 2 for ë = 6, + 2 = 8; "t=0 0" without an end 5.
        let body = "v=0\r\ns=Zoë\r\nt=0 0".as_bytes();
        let all = lines(body, |line| Described::new("", line, None));
        let counts: Vec<_> = all
            .iter()
            .map(|l| (l.text.value.as_str(), l.octets, l.sum))
            .collect();
        assert_eq!(counts, [("v=0", 5, 5), ("s=Zoë", 8, 13), ("t=0 0", 5, 18)]);
        assert!(lines(b"", |_| Described::default()).is_empty());
    }
}
