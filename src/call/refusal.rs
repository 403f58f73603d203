//! What a final response that refuses the offered media (415, 488, 606) says, beside what was offered.

use super::agreement::MediaLine;
use super::compact::{block, rows};
use super::facts::Arrival;
use crate::types::StatusCode;
use std::borrow::Cow;
use std::sync::Arc;

/// Warning codes kept of one response.
const MAX_WARNINGS: usize = 8;
/// Media lines kept of one offer.
const MAX_LINES: usize = 16;

/// A refusal of media.
#[derive(Clone, Debug, PartialEq)]
pub struct MediaRefusal {
    /// The media lines that were offered.
    pub offered: Vec<Arc<MediaLine>>,
    /// The codes of its Warning headers (RFC 3261 §20.43).
    pub warnings: Vec<u16>,
    /// Transport profiles in its own SDP: what its sender would take.
    pub takes: Vec<Cow<'static, str>>,
}

impl MediaRefusal {
    /// True for the statuses that are about the offer (RFC 3261 §21.4.13, §21.4.26, §21.6.4).
    pub(super) fn is_one(status: StatusCode) -> bool {
        matches!(status.get(), 415 | 488 | 606)
    }

    pub(super) fn new(offered: &[Arc<MediaLine>], arrival: &Arrival<'_>) -> MediaRefusal {
        let warnings = arrival.message.warning_header().filter_map(|w| w.code);
        let media = arrival.sdp.map_or(&[][..], |sdp| &sdp.media);
        let takes = media.iter().map(|m| super::compact::known(m.protocol));
        MediaRefusal {
            offered: offered.iter().take(MAX_LINES).cloned().collect(),
            warnings: warnings.take(MAX_WARNINGS).collect(),
            takes: takes.take(MAX_LINES).collect(),
        }
    }

    /// The transport profiles of the offered sound and pictures, each once.
    pub fn profiles(&self) -> Vec<&str> {
        let mut profiles: Vec<&str> = Vec::new();
        for line in self.offered.iter().filter(|l| l.protocol.contains("RTP/")) {
            if !profiles.contains(&&*line.protocol) {
                profiles.push(&line.protocol);
            }
        }
        profiles
    }

    /// The names of the offered codecs, each once.
    pub fn codecs(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for codec in self.offered.iter().flat_map(|l| &l.codecs) {
            if !names.contains(&&*codec.name) {
                names.push(&codec.name);
            }
        }
        names
    }

    pub(super) fn weight(&self) -> usize {
        let takes = self.takes.iter().map(|t| block(t.len())).sum::<usize>();
        block(size_of::<Self>())
            + rows(&self.offered)
            + rows(&self.warnings)
            + rows(&self.takes)
            + takes
    }

    /// Of PCMU in that profile, for tests of rules.
    #[cfg(test)]
    pub(crate) fn sample(profile: &'static str, warnings: &[u16]) -> MediaRefusal {
        let agreed = super::agreement::Agreement::sample(crate::types::CaptureTime::MIN);
        let mut line = MediaLine::clone(&agreed.side(crate::types::Party::Caller).line);
        line.protocol = profile.into();
        MediaRefusal {
            offered: vec![Arc::new(line)],
            warnings: warnings.to_vec(),
            takes: Vec::new(),
        }
    }
}
