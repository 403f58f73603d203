//! Tables that ran full.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::LimitsReached;
use crate::types::{FlawCode, Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "limit_reached",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "A table of the analysis ran full, so something was closed, dropped or left out. Every table has a \
limit, so that memory stays bounded.",
        evidence: "The limits that were reached, and how often.",
        check: "Cut the capture into shorter files (editcap -i 3600) or filter it.",
        limits: "Figures of what was closed or dropped early are incomplete: a call may seem unfinished, a stream \
shorter than it was. Where only the doctor's own lists or further ICE candidates are concerned, \
nothing else is missing, and the finding is information.",
    },
    looks: &[Look::Capture(of_report), Look::Hidden(of_doctor)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::a_full_table,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

/// A limit that was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitHit {
    /// What is limited.
    pub what: &'static str,
    /// How often it was reached.
    pub times: u64,
    /// Nothing that anybody looks for is missing for it.
    pub is_harmless: bool,
    /// No table ran full: one message was too long, and this much of it is read.
    pub read_of_message: Option<&'static str>,
}

impl LimitHit {
    /// A message too long to be read whole, where there was one.
    fn of_message(what: &'static str, times: u64, read: &'static str) -> Option<LimitHit> {
        LimitHit::of(what, times).map(|hit| LimitHit {
            read_of_message: Some(read),
            ..hit
        })
    }

    /// A limit, where it was reached.
    pub fn of(what: &'static str, times: u64) -> Option<LimitHit> {
        (times > 0).then_some(LimitHit {
            what,
            times,
            is_harmless: false,
            read_of_message: None,
        })
    }
}

/// The limits of the analysis that were reached.
pub fn limits_hit(l: &LimitsReached) -> Vec<LimitHit> {
    let candidates = LimitHit::of("announced ICE candidates", l.media.endpoints_refused);
    let all = [
        LimitHit::of("open Call-IDs", l.call_ids_closed_early),
        LimitHit::of(
            "transactions or dialogs of one Call-ID",
            l.transactions_closed_early,
        ),
        LimitHit::of("messages listed of one Call-ID", l.messages_unlisted),
        LimitHit::of("length of a Call-ID, tag or branch", l.keys_too_long),
        LimitHit::of("kinds of requests outside calls", l.requests_refused),
        LimitHit::of("RTP streams", l.media.stream_packets_refused),
        LimitHit::of("RTP candidates in probation", l.media.candidates_displaced),
        LimitHit::of("announced media", l.media.announcements_refused),
        candidates.map(|hit| LimitHit {
            is_harmless: true,
            ..hit
        }),
        LimitHit::of("announced RTP sources", l.media.sources_refused),
        LimitHit::of("VLANs and tunnels joined", l.networks_not_joined),
        LimitHit::of("fragmented datagrams", l.fragments_evicted),
        LimitHit::of("fragments of one datagram", l.fragments_beyond),
        LimitHit::of("TCP connections", l.tcp_connections_evicted),
        LimitHit::of("TCP bytes behind a hole", l.tcp_queue_overflows),
        LimitHit::of_message(
            "length of a WebSocket message",
            l.websocket_messages_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of("fragments of SCTP messages", l.sctp_fragments_dropped),
        LimitHit::of_message(
            "length of an SCTP message",
            l.sctp_messages_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of("SCTP associations", l.sctp_directions_evicted),
        LimitHit::of_message(
            "length of a decompressed HEP payload",
            l.hep_payloads_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of(
            "unfinished SIP messages on TCP",
            l.unfinished_messages_given_up,
        ),
        LimitHit::of_message(
            "length of a SIP message on TCP",
            l.stream_messages_too_long,
            "64 KiB of headers and 1 MiB of body are",
        ),
    ];
    all.into_iter().flatten().collect()
}

fn of_report(case: &Case<'_>, out: &mut Vec<Finding>) {
    let hits = &case.capture.limits_reached;
    // The flaw of a message does not say which limit it was.
    let one_kind = hits
        .iter()
        .filter(|hit| hit.read_of_message.is_some())
        .count()
        == 1;
    for hit in hits {
        let times = match hit.times {
            1 => "once".to_owned(),
            n => format!("{n} times"),
        };
        let Some(read) = hit.read_of_message else {
            let effect = "figures of what was closed or dropped early are incomplete";
            let title = format!("a memory limit was reached: {}", hit.what);
            out.push(RULE.found(Severity::Warning, title, format!("{times}; {effect}")));
            continue;
        };
        let what = hit.what.trim_start_matches("length of ");
        let mut detail = format!("{times}; {read} read and listed");
        let flaw = case
            .flaws
            .iter()
            .find(|f| f.code == FlawCode::MessageTooLong);
        let messages = flaw.filter(|_| one_kind).map_or(&[][..], |f| &f.messages);
        let first = messages.first().and_then(|&m| (case.frame_of)(m));
        if let Some(first) = first {
            detail += &format!("; the first: frame {}", case.frame(first));
        }
        let title = format!("too long to be read whole: {what}");
        out.push(
            RULE.found(Severity::Warning, title, detail)
                .messages(messages.iter().copied()),
        );
    }
}

/// More findings of one code than are listed.
pub(in crate::diagnosis) fn of_findings(code: &str, count: u64, listed: u64) -> Finding {
    RULE.found(
        Severity::Warning,
        format!("a memory limit was reached: findings {code}"),
        format!("{count} were found; the first {listed} are listed, the others are counted only"),
    )
}

fn of_doctor(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    // What only the lists of this command lack hides nothing.
    let listed = LimitHit::of("ports and flows listed here", facts.census.beyond);
    let (small, large): (Vec<_>, Vec<_>) = facts.limits.iter().partition(|hit| hit.is_harmless);
    let all = large.iter().chain(&small).copied().chain(&listed);
    let words: Vec<String> = all
        .map(|hit| format!("{} {}", hit.what, counted(hit.times, "time", "times")))
        .collect();
    if words.is_empty() {
        return;
    }
    let detail = words.join(", ");
    out.push(if large.is_empty() {
        RULE.found(
            Severity::Info,
            "a limit was reached; no packet was dropped for it",
            detail,
        )
    } else {
        RULE.found(
            Severity::Warning,
            "a memory limit was reached, so something was closed or dropped early",
            detail,
        )
        .hides(Hides::Both)
        .advise("Cut the capture into shorter files (editcap -i 3600) or filter it.")
    });
}

#[cfg(test)]
mod tests {
    use super::{LimitHit, limits_hit};
    use crate::diagnosis::building::Scene;
    use crate::pipeline::LimitsReached;

    pub(super) fn a_full_table() -> Scene {
        Scene::answered().capture(|c| c.limits_reached.extend(LimitHit::of("RTP streams", 2)))
    }

    #[test]
    fn only_what_was_reached_is_told() {
        let reached = LimitsReached {
            fragments_beyond: 3,
            ..LimitsReached::default()
        };
        let hits = limits_hit(&reached);
        assert_eq!(
            hits,
            [LimitHit::of("fragments of one datagram", 3).unwrap()]
        );
        assert_eq!(
            a_full_table().said(),
            ["warning limit_reached: a memory limit was reached: RTP streams"]
        );
    }
}
