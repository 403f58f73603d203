//! Requests that nobody answered, and ICMP that says why.

use super::{CallCase, finding};
use crate::call::{Outcome, Side};
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &["no_response", "icmp_unreachable", "retransmissions"];

/// Repetitions of one call from which on they are worth a word: one lost packet is everyday life.
const MANY_RETRANSMISSIONS: u32 = 2;

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let marks = &call.evidence;
    if call.outcome == Outcome::Timeout {
        let detail = match call.final_status {
            Some(status) => format!(
                "{status} {} after {}",
                call.final_reason.as_deref().unwrap_or("").trim(),
                waited(case).unwrap_or_else(|| "an unknown time".to_owned())
            ),
            None => format!(
                "the INVITE was sent {} times without any response",
                marks.invite_sends
            ),
        };
        let mut f = finding(
            "no_response",
            Severity::Error,
            format!(
                "no answer came from the side of {}",
                case.name(Side::Callee)
            ),
            detail,
        );
        "Check that the address and port are right, that the phone is running, and that no firewall drops the packets."
            .clone_into(&mut f.advice);
        f.source = Some("RFC 3261 §17.1.1.2");
        out.push(case.of_call(f, &[marks.invite, marks.final_response]));
    }
    if let Some((kind, code, count)) = marks.icmp {
        // A phone that closes its port right after a call is no fault anyone notices.
        let severity = match call.outcome {
            Outcome::Timeout | Outcome::Incomplete | Outcome::Failed => Severity::Error,
            _ => Severity::Warning,
        };
        let errors = if count == 1 {
            "an ICMP error quotes".to_owned()
        } else {
            format!("{count} ICMP errors quote")
        };
        let mut f = finding(
            "icmp_unreachable",
            severity,
            "a host answered SIP with \"destination unreachable\"",
            format!(
                "{errors} messages of this call (type {kind}, code {code}): nothing listened on that address and port then"
            ),
        );
        "Check the port the phone or proxy listens on, and whether it had closed it already."
            .clone_into(&mut f.advice);
        f.source = Some("RFC 792");
        out.push(case.of_call(f, &[marks.invite]));
    }
    if marks.retransmission_count >= MANY_RETRANSMISSIONS {
        let mut f = finding(
            "retransmissions",
            Severity::Warning,
            format!(
                "{} SIP messages of this call were sent again",
                marks.retransmission_count
            ),
            format!(
                "a message is repeated when no answer arrives in time: {}",
                case.case.frames(&marks.retransmissions)
            ),
        );
        "Packets are lost, or a host answers slowly: look which side repeats, the trouble is behind it.".clone_into(&mut f.advice);
        f.source = Some("RFC 3261 §17.1.1.2");
        let mut f = case.of_call(f, &[]);
        f.messages.extend(marks.retransmissions.iter().take(8));
        out.push(f);
    }
}

fn waited(case: &CallCase<'_>) -> Option<String> {
    let end = case.call.end?;
    Some(format!("{:.1} s", (end - case.call.start).as_secs_f64()))
}
