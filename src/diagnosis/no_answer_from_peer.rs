//! Requests that nobody answered, and ICMP that says why.

use super::{CallCase, finding};
use crate::call::{IcmpSeen, Outcome};
use crate::types::{Finding, Party, Severity};

pub(super) const CODES: &[&str] = &["no_response", "icmp_unreachable", "retransmissions"];

/// Repetitions of one call from which on they are worth a word: one lost packet is everyday life.
const MANY_RETRANSMISSIONS: u32 = 2;

pub(super) fn run(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let call = case.call;
    let marks = &call.evidence;
    if call.outcome == Outcome::Timeout && marks.icmp.is_none() {
        let detail = match call.final_status {
            Some(status) => format!(
                "{status} {} after {}",
                call.final_reason.as_deref().unwrap_or("").trim(),
                waited(case).unwrap_or_else(|| "an unknown time".to_owned())
            ),
            None if marks.invite_sends == 1 => {
                "the INVITE was sent once, no response came".to_owned()
            }
            None => format!(
                "the INVITE was sent {} times, no response came",
                marks.invite_sends
            ),
        };
        let mut f = finding(
            "no_response",
            Severity::Error,
            format!(
                "no answer came from the side of {}",
                case.name(Party::Callee)
            ),
            detail,
        );
        f.advice = "Check that the address and port are right, that the phone is running, and that no firewall drops the packets.".into();
        f.source = Some("RFC 3261 §17.1.1.2");
        out.push(case.of_call(f, &[marks.invite, marks.final_response]));
    }
    if let Some(icmp) = &marks.icmp {
        out.push(unreachable(case, icmp));
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
        f.advice = "Packets are lost, or a host answers slowly: look which side repeats, the trouble is behind it.".into();
        f.source = Some("RFC 3261 §17.1.1.2");
        let mut f = case.of_call(f, &[]);
        f.messages.extend(marks.retransmissions.iter().take(8));
        out.push(f);
    }
}

/// Who refused what, and why as far as the ICMP code tells (RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1).
fn unreachable(case: &CallCase<'_>, icmp: &IcmpSeen) -> Finding {
    let call = case.call;
    // A phone that closes its port right after a call is no fault anyone notices.
    let severity = match call.outcome {
        Outcome::Timeout | Outcome::Incomplete | Outcome::Failed => Severity::Error,
        _ => Severity::Warning,
    };
    let (why, advice) = match (icmp.v6, icmp.kind, icmp.code) {
        (false, 3, 2 | 3) | (true, 1, 4) => (
            "nothing listened on that port then",
            "Check the port the phone or proxy listens on, and whether it had closed it already.",
        ),
        (false, 3, 9 | 10 | 13) | (true, 1, 1 | 5) => (
            "a firewall forbids it",
            "Let SIP through the firewall between the two hosts.",
        ),
        (false, 3, 4) | (true, 2, _) => (
            "a packet was too large for a link (fragmentation needed; RFC 1191)",
            "Large SIP needs a smaller MTU or TCP (RFC 3261 §18.1.1).",
        ),
        (false, 11, 0) | (true, 3, 0) => (
            "it went round until its TTL ran out: a routing loop",
            "Check the routes between the two hosts.",
        ),
        (false, 11, _) | (true, 3, _) => (
            "fragments of it were missing at the receiver",
            "Look for what drops IP fragments, or send SIP over TCP (RFC 3261 §18.1.1).",
        ),
        (false, 12, _) | (true, 4, _) => (
            "a host found a fault in the packet's header",
            "Look at the IP options and extension headers of the packet the error quotes.",
        ),
        _ => (
            "there is no way to that host",
            "Check the address and the routes towards it.",
        ),
    };
    let count = match icmp.count {
        1 => "An ICMP error".to_owned(),
        n => format!("{n} ICMP errors, the first"),
    };
    let mut f = finding(
        "icmp_unreachable",
        severity,
        format!(
            "SIP from {} to {} was refused: {why}",
            icmp.quoted.src, icmp.quoted.dst
        ),
        format!(
            "{count} in {} (type {}, code {})",
            icmp.frame.frame, icmp.kind, icmp.code
        ),
    );
    f.advice = advice.into();
    f.source = Some(if icmp.v6 { "RFC 4443 §3.1" } else { "RFC 792" });
    case.of_call(f, &[call.evidence.invite])
}

fn waited(case: &CallCase<'_>) -> Option<String> {
    let end = case.call.end?;
    Some(format!("{:.1} s", (end - case.call.start).as_secs_f64()))
}
