//! What a session description says about payload types: number to encoding (RFC 8866 §6.6).

use crate::types::{ClockRate, PayloadType};
use std::sync::Arc;

/// One `a=rtpmap` row with its `a=fmtp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The number, as the receiver that declared it expects it.
    pub payload_type: PayloadType,
    /// Encoding name as written, `PCMU`, `telephone-event`.
    pub codec: Arc<str>,
    /// RTP clock rate; `None` where the row does not give a readable one.
    pub clock: Option<ClockRate>,
    /// Audio channels; `None` where nothing says.
    pub channels: Option<u8>,
    /// Format parameters as written.
    pub fmtp: Option<Arc<str>>,
}

/// The payload types of one media description, in order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormatMap {
    formats: Vec<Format>,
}

impl FormatMap {
    /// A map of these formats.
    pub fn new(formats: Vec<Format>) -> Self {
        FormatMap { formats }
    }
    /// The format of a number.
    pub fn format(&self, pt: PayloadType) -> Option<&Format> {
        self.formats.iter().find(|f| f.payload_type == pt)
    }
    /// All formats in order of preference.
    pub fn iter(&self) -> impl Iterator<Item = &Format> {
        self.formats.iter()
    }
    /// True where nothing was declared.
    pub fn is_empty(&self) -> bool {
        self.formats.is_empty()
    }
}

impl FromIterator<Format> for FormatMap {
    fn from_iter<I: IntoIterator<Item = Format>>(iter: I) -> Self {
        FormatMap::new(iter.into_iter().collect())
    }
}
