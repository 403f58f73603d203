//! What of a message the capture does not hold, so that nothing is concluded from its absence.

use crate::report::model::Message;
use crate::types::FlawCode;

/// True where the message went on behind what the capture holds of it.
pub(super) fn is_cut(m: &Message) -> bool {
    const CUT: [FlawCode; 3] = [
        FlawCode::CaptureTruncated,
        FlawCode::FragmentsMissing,
        FlawCode::MessageTooLong,
    ];
    m.warnings.iter().any(|w| CUT.contains(&w.code))
}

/// True where it may have had a session description of which nothing tells.
pub(super) fn hides_body(m: &Message) -> bool {
    let is_told = m.sdp.as_ref().is_some_and(|sdp| !sdp.media.is_empty());
    !is_told && is_cut(m) && m.content_length != Some(0)
}
