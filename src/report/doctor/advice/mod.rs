//! Detectors: each looks for one thing that hides or cuts something, and says what to do about it. One
//! row a file of detectors.

mod capture;
mod media;
mod network;
mod sip;
mod stream;

use super::assemble::Facts;
use super::seen::place;
use super::{Advice, Hides};
use crate::types::{FrameRef, Severity};

/// Detectors of one kind, and the codes they may give.
struct Detectors {
    codes: &'static [&'static str],
    run: fn(&Facts<'_>, &mut Vec<Advice>),
}

/// In the order of what they say first: what hides everything stands before what hides a part.
const DETECTORS: &[Detectors] = &[
    Detectors {
        codes: capture::CODES,
        run: capture::run,
    },
    Detectors {
        codes: sip::CODES,
        run: sip::run,
    },
    Detectors {
        codes: stream::CODES,
        run: stream::run,
    },
    Detectors {
        codes: media::CODES,
        run: media::run,
    },
    Detectors {
        codes: network::CODES,
        run: network::run,
    },
];

/// Every code an advice can have.
pub fn codes() -> impl Iterator<Item = &'static str> {
    DETECTORS.iter().flat_map(|d| d.codes.iter().copied())
}

/// Runs every detector; worst first, and in the order of the detectors where they weigh the same.
pub(super) fn all(facts: &Facts<'_>) -> Vec<Advice> {
    let mut out = Vec::new();
    for d in DETECTORS {
        (d.run)(facts, &mut out);
    }
    out.sort_by_key(|a| std::cmp::Reverse(a.severity));
    out
}

/// An advice without evidence yet.
fn advice(
    code: &'static str,
    severity: Severity,
    hides: impl Into<Option<Hides>>,
    title: impl Into<String>,
) -> Advice {
    Advice {
        code: code.to_owned(),
        severity,
        hides: hides.into(),
        title: title.into(),
        detail: String::new(),
        advice: None,
        packets: None,
        source: None,
        frame: None,
    }
}

impl Advice {
    fn detail(self, detail: impl Into<String>) -> Self {
        Advice {
            detail: detail.into(),
            ..self
        }
    }
    fn advise(self, advice: impl Into<String>) -> Self {
        Advice {
            advice: Some(advice.into()),
            ..self
        }
    }
    fn packets(self, packets: u64) -> Self {
        Advice {
            packets: Some(packets),
            ..self
        }
    }
    fn at(self, frame: Option<FrameRef>) -> Self {
        let (source, frame) = frame.map(place).unzip();
        Advice {
            source,
            frame,
            ..self
        }
    }
}

/// `1 packet`, `3 packets`.
fn counted(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

fn packets(n: u64) -> String {
    counted(n, "packet", "packets")
}

/// The first few of a list, joined, and how many more there are.
fn first_few(items: &[String], shown: usize) -> String {
    let mut text = items
        .iter()
        .take(shown)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if items.len() > shown {
        text.push_str(&format!(" and {} more", items.len() - shown));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_lower_snake_case_and_each_is_given_by_one_file() {
        let mut all: Vec<_> = codes().collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        let is_token = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(all.iter().all(|code| code.chars().all(is_token)));
    }

    #[test]
    fn a_long_list_says_how_much_it_leaves_out() {
        let items: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
        assert_eq!(first_few(&items, 2), "a, b and 1 more");
        assert_eq!(first_few(&items, 3), "a, b, c");
    }
}
