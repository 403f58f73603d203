//! Messages that should be there: ACK and BYE.

use super::{CallCase, finding};
use crate::call::Outcome;
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &["missing_ack", "missing_bye", "capture_starts_mid_call"];

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let marks = &call.evidence;
    if !call.invite_seen {
        let f = finding(
            "capture_starts_mid_call",
            Severity::Info,
            "the capture starts after this call's INVITE",
            "who called, the codec and the set-up times cannot be known",
        );
        out.push(case.of_call(f, &[call.messages.first().copied()]));
    }
    if call.answer.is_some() && !marks.acked && call.invite_seen {
        let mut f = finding(
            "missing_ack",
            Severity::Error,
            "the answer was never acknowledged (no ACK)",
            format!(
                "the 200 {} was repeated {} times; a phone that gets no ACK ends the call after 32 s",
                case.case.frames(marks.final_response.as_slice()),
                marks.answer_repeats
            ),
        );
        "Look at Contact and Record-Route of the 200: the ACK goes there, often to an address that cannot be reached."
            .clone_into(&mut f.advice);
        f.source = Some("RFC 3261 §13.2.2.4");
        out.push(case.of_call(f, &[marks.final_response]));
    }
    if call.outcome == Outcome::Answered {
        let mut f = finding(
            "missing_bye",
            Severity::Warning,
            "the call was answered but never ended in this capture (no BYE)",
            "either it was still up when the capture stopped, or a side vanished",
        );
        "If the capture covers the end of the call, look at which side stopped sending RTP first."
            .clone_into(&mut f.advice);
        f.source = Some("RFC 3261 §15");
        out.push(case.of_call(f, &[marks.final_response]));
    }
}
