//! Messages that break the grammar or lie about their length.

use super::{Case, finding};
use crate::sip::Flaw;
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &["content_length_mismatch", "malformed_message"];

/// Flaws about the body's length.
const LENGTH_FLAWS: &[&str] = &[
    "body_truncated",
    "extra_octets",
    "content_length_mismatch",
    "missing_content_length",
    "stream_desync",
];

/// Flaws every analyzer meets daily and no receiver minds, and what the capture or a limit did and is told of that.
const LEFT_OUT: &[&str] = &["bare_lf", "fragments_missing", Flaw::TOO_LONG];

pub(super) fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    for flaw in case.flaws.iter().filter(|f| !LEFT_OUT.contains(&f.code)) {
        let about_length = LENGTH_FLAWS.contains(&flaw.code);
        let code = if about_length {
            "content_length_mismatch"
        } else {
            "malformed_message"
        };
        let times = if flaw.count == 1 {
            "1 message".to_owned()
        } else {
            format!("{} messages", flaw.count)
        };
        let mut f = finding(
            code,
            Severity::Warning,
            format!("{times}: {}", flaw.text),
            format!("{} ({})", flaw.code, case.frames(&flaw.messages)),
        );
        f.source = flaw.source;
        f.messages.clone_from(&flaw.messages);
        out.push(f);
    }
}
