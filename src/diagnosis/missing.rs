//! Messages that should be there: ACK and BYE.

use super::{CallCase, finding};
use crate::call::Outcome;
use crate::types::{Delta, Finding, Severity};

pub(super) const CODES: &[&str] = &["missing_ack", "missing_bye", "capture_starts_mid_call"];

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let marks = &call.evidence;
    if !call.invite_seen {
        let f = finding(
            "capture_starts_mid_call",
            Severity::Info,
            "the capture starts after this call's INVITE",
            "the set-up times cannot be known, and the caller named is the sender of the first request seen",
        );
        out.push(case.of_call(f, &[call.messages.first().copied()]));
    }
    if call.answer.is_some() && !marks.acked && call.invite_seen {
        out.push(missing_ack(case));
    }
    if call.outcome == Outcome::Answered {
        out.push(missing_bye(case));
    }
}

/// A side that gets no ACK repeats its 200 after 0.5, 1.5, 3.5 s and gives up after 32 s (RFC 3261
/// §13.3.1.4). Without a repetition the ACK came, by a way the capture does not show.
fn missing_ack(case: &CallCase<'_>) -> Finding {
    let marks = &case.call.evidence;
    let frames = case.case.frames(marks.final_response.as_slice());
    let mut f = if marks.answer_repeats > 0 {
        let mut f = finding(
            "missing_ack",
            Severity::Error,
            "the answer was never acknowledged (no ACK)",
            format!(
                "the 200 {frames} was repeated {}; a phone that gets no ACK ends the call after 32 s",
                times(marks.answer_repeats)
            ),
        );
        f.advice = "Look at Contact and Record-Route of the 200: the ACK goes there, often to an address that cannot be reached.".into();
        f
    } else {
        finding(
            "missing_ack",
            Severity::Info,
            "the ACK of the answer is not in this capture",
            format!("the 200 {frames} was not repeated, so the ACK must have come by another way"),
        )
    };
    f.source = Some("RFC 3261 §13.3.1.4");
    case.of_call(f, &[marks.final_response])
}

/// How near to the capture's end a call still counts as going on.
const STILL_UP: Delta = Delta::from_secs(5);

fn missing_bye(case: &CallCase<'_>) -> Finding {
    let call = case.call;
    let streams = case.streams.iter().map(|s| s.last_time);
    let last = streams.chain(call.evidence.last_seen).max();
    let still_up = matches!((last, case.case.capture.last_time), (Some(last), Some(end)) if end - last <= STILL_UP);
    let mut f = if still_up {
        finding(
            "missing_bye",
            Severity::Info,
            "the call was still up when the capture ended (no BYE)",
            "its packets go on until the end",
        )
    } else {
        let mut f = finding(
            "missing_bye",
            Severity::Warning,
            "the call was answered but never ended in this capture (no BYE)",
            "a side vanished, or the BYE took a way that was not captured",
        );
        f.advice = "Look at which side stopped sending RTP first.".into();
        f
    };
    f.source = Some("RFC 3261 §15");
    case.of_call(f, &[call.evidence.final_response])
}

fn times(n: u32) -> String {
    if n == 1 {
        "once".to_owned()
    } else {
        format!("{n} times")
    }
}
