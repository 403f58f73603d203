//! What the capture itself hides or lacks.

use super::{Case, finding};
use crate::sip::Flaw;
use crate::types::{Finding, Severity};

pub(super) const CODES: &[&str] = &[
    "capture_drops",
    "capture_truncated",
    "fragments_missing",
    "fragments_conflict",
    "limit_reached",
    "media_not_captured",
];

pub(super) fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    let facts = &case.capture;
    let answered: Vec<_> = case.calls.iter().filter(|c| c.answer.is_some()).collect();
    if !answered.is_empty() && !facts.has_rtp {
        let mut f = finding(
            "media_not_captured",
            Severity::Info,
            "the capture holds SIP only, no RTP of any call",
            "whether there was audio cannot be told: none was sent, it took another path, or a capture filter kept it out",
        );
        f.advice =
            "Capture at a phone or on the media path, with a filter that lets UDP through.".into();
        f.calls = answered.iter().map(|c| c.no).collect();
        out.push(f);
    }
    for (path, reason) in &facts.damaged {
        let mut f = finding(
            "capture_truncated",
            Severity::Warning,
            format!("{path} could not be read to its end"),
            reason.clone(),
        );
        f.advice = "What was read before is in the report; copy the file again or stop the capture cleanly.".into();
        out.push(f);
    }
    if facts.dropped_packets > 0 {
        let mut f = finding(
            "capture_drops",
            Severity::Warning,
            format!(
                "{} were lost while capturing",
                match facts.dropped_packets {
                    1 => "1 packet".to_owned(),
                    n => format!("{n} packets"),
                }
            ),
            "messages that seem missing and RTP that seems lost may have been there",
        );
        f.advice = "Capture with a larger buffer (sipflow capture -B 64, tcpdump -B 65536), a filter, or on a less busy machine.".into();
        out.push(f);
    }
    if facts.truncated_packets > 0 {
        let mut f = finding(
            "capture_truncated",
            Severity::Warning,
            format!(
                "{} of {} packets were cut short by the capture (snap length)",
                facts.truncated_packets, facts.packets
            ),
            "SIP bodies and audio beyond the cut are not there; sizes and rates are taken from the headers and stay right",
        );
        f.advice = "Capture whole packets: tcpdump -s 0.".into();
        out.push(f);
    }
    if let Some((count, first)) = &facts.fragments_missing {
        let mut f = finding(
            "fragments_missing",
            Severity::Warning,
            format!(
                "{} later fragments, the first at {}",
                match count {
                    1 => "1 datagram lacks its".to_owned(),
                    n => format!("{n} datagrams lack their"),
                },
                first.frame
            ),
            "a capture filter by port keeps only the first fragment of a datagram, because the others carry no port",
        );
        f.advice = "Widen the filter: 'port 5060 or (ip[6:2] & 0x1fff != 0)'.".into();
        f.source = Some("RFC 791 §3.2");
        out.push(f);
    }
    if facts.fragment_conflicts > 0 {
        let n = facts.fragment_conflicts;
        let (fragments, overlap) = match n {
            1 => ("fragment", "overlaps an earlier one"),
            _ => ("fragments", "overlap earlier ones"),
        };
        let mut f = finding(
            "fragments_conflict",
            Severity::Warning,
            format!("{n} IP {fragments} {overlap} with other bytes"),
            "the bytes that came first were kept; a receiver may have kept the others",
        );
        f.advice = "Look at them in Wireshark (ip.fragment.overlap.conflict): a broken router, or somebody who hides something from analyzers.".into();
        f.source = Some("RFC 1858 §4");
        out.push(f);
    }
    for (what, count) in &facts.limits_reached {
        let times = match count {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        };
        let of_message = is_length_of_message(what);
        let (title, effect) = if of_message {
            (
                format!(
                    "too long to be read whole: {}",
                    what.trim_start_matches("length of ")
                ),
                match what.contains("SIP") {
                    true => "64 KiB of headers and 1 MiB of body are read and listed",
                    false => "1 MiB of it is read and listed",
                },
            )
        } else {
            (
                format!("a memory limit was reached: {what}"),
                "figures of what was closed or dropped early are incomplete",
            )
        };
        let mut f = finding(
            "limit_reached",
            Severity::Warning,
            title,
            format!("{times}; {effect}"),
        );
        // The flaw does not say which limit it was.
        let flaw = case.flaws.iter().find(|f| f.code == Flaw::TOO_LONG);
        let reached = facts.limits_reached.iter();
        if let Some(flaw) = flaw.filter(|_| of_message)
            && reached.filter(|(w, _)| is_length_of_message(w)).count() == 1
        {
            let first = flaw.messages.first().and_then(|&m| (case.frame_of)(m));
            if let Some(first) = first {
                f.detail += &format!("; the first: frame {}", first.frame);
            }
            f.messages.clone_from(&flaw.messages);
        }
        out.push(f);
    }
}

/// Lengths of messages: no table ran full, one thing was too long.
fn is_length_of_message(limit: &str) -> bool {
    limit.starts_with("length of") && (limit.contains("message") || limit.contains("payload"))
}
