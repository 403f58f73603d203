//! Departures from the rules of SIP that are told where somebody asks for them (`report --lint`): each once a kind
//! and sender. [`ConformanceWatch`] counts them while the capture is read.

mod ack_or_cancel_differs;
mod branch_reused;
mod branch_without_cookie;
mod cseq_out_of_order;
mod deviation;
mod digest_uri_differs;
#[cfg(test)]
mod exchange;
mod extension_not_offered;
mod header_missing;
mod max_forwards_not_decreased;
mod method_outside_allow;
mod nonce_count_repeated;
mod qop_missing;
mod record_route_not_copied;
mod response_differs;
mod sdp_version_unchanged;
mod tag_missing;
mod via_not_stamped;
mod watch;
mod weaker_digest_chosen;

pub use deviation::{Deviation, DeviationGroup, DeviationKind};
pub use watch::ConformanceWatch;

use super::case::Case;
use super::finding::Finding;
use super::rule::Rule;
use crate::types::Severity;

pub(super) const RULES: &[&Rule] = &[
    &header_missing::RULE,
    &tag_missing::RULE,
    &branch_without_cookie::RULE,
    &branch_reused::RULE,
    &ack_or_cancel_differs::RULE,
    &cseq_out_of_order::RULE,
    &record_route_not_copied::RULE,
    &response_differs::RULE,
    &extension_not_offered::RULE,
    &method_outside_allow::RULE,
    &via_not_stamped::RULE,
    &max_forwards_not_decreased::RULE,
    &sdp_version_unchanged::RULE,
    &nonce_count_repeated::RULE,
    &digest_uri_differs::RULE,
    &weaker_digest_chosen::RULE,
    &qop_missing::RULE,
];

/// A finding about these messages.
fn told(
    rule: &'static Rule,
    severity: Severity,
    case: &Case<'_>,
    d: &Deviation,
    title: String,
) -> Finding {
    let mut finding = rule
        .found(severity, title, case.frames(&d.messages))
        .clause(d.group.clause)
        .messages(d.messages.iter().copied())
        .calls(d.calls.iter().copied());
    finding.registrations.extend(&d.registrations);
    finding
}
