//! Tables that ran full.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::LimitsReached;
use crate::types::{FlawCode, Hides, Severity};
use std::borrow::Cow;

pub(super) static RULE: Rule = Rule {
    code: "limit_reached",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "A table of the analysis ran full, so something was closed, dropped or left out. Every table has a \
limit, so that memory stays bounded.",
        evidence: "The limits that were reached, and how often.",
        check: "Give the analysis more room (option --limits 4: four times as much), cut the capture into shorter files \
(editcap -i 3600), or filter it.",
        limits: "Figures of what was closed or dropped early are incomplete: a call may seem unfinished, a stream \
shorter than it was. The finding says what follows from the limit that was reached. Where nothing is missing for it \
(only the doctor's own lists are concerned, or further ICE candidates, or what announces media in a capture without \
RTP), the finding is information.",
    },
    looks: &[Look::Capture(of_report), Look::Hidden(of_doctor)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::a_full_table,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

const ADVICE: &str = "Give the analysis more room (--limits 4), cut the capture into shorter files (editcap -i 3600), or filter it.";

/// A limit that was reached.
#[derive(Clone, Debug, PartialEq)]
pub struct LimitHit {
    /// What is limited.
    pub what: Cow<'static, str>,
    /// How often it was reached.
    pub times: u64,
    /// What follows from it.
    pub effect: &'static str,
    /// Nothing that anybody looks for is missing for it.
    pub is_harmless: bool,
    /// No table ran full: one message was too long, and this much of it is read.
    pub read_of_message: Option<&'static str>,
}

impl LimitHit {
    /// A message too long to be read whole, where there was one.
    fn of_message(what: &'static str, times: u64, read: &'static str) -> Option<LimitHit> {
        LimitHit::of(what, times, "the rest of it is not read").map(|hit| LimitHit {
            read_of_message: Some(read),
            ..hit
        })
    }

    /// A limit, where it was reached.
    pub fn of(
        what: impl Into<Cow<'static, str>>,
        times: u64,
        effect: &'static str,
    ) -> Option<LimitHit> {
        (times > 0).then(|| LimitHit {
            what: what.into(),
            times,
            effect,
            is_harmless: false,
            read_of_message: None,
        })
    }

    fn harmless(self, effect: &'static str) -> LimitHit {
        LimitHit {
            effect,
            is_harmless: true,
            ..self
        }
    }
}

/// The limits of the analysis that were reached. What announces media hides nothing in a capture without any.
pub fn limits_hit(l: &LimitsReached, has_media: bool) -> Vec<LimitHit> {
    const CLOSED: &str = "figures of what was closed early are incomplete";
    const UNREAD: &str = "those that found no room are not read";
    const CUT: &str = "messages on the others may be cut or missing";
    const OF_NO_CALL: &str = "RTP to the others may be told as of no call";
    let of_media = |hit: Option<LimitHit>| match has_media {
        true => hit,
        false => hit.map(|h| h.harmless("the capture has no RTP, so nothing is missing for it")),
    };
    let candidates = LimitHit::of("announced ICE candidates", l.media.endpoints_refused, "")
        .map(|hit| hit.harmless("media uses one of them, so nothing is missing for it"));
    let all = [
        LimitHit::of("open Call-IDs", l.call_ids_closed_early, CLOSED),
        LimitHit::of(
            "transactions or dialogs of one Call-ID",
            l.transactions_closed_early,
            CLOSED,
        ),
        LimitHit::of(
            "messages listed of one Call-ID",
            l.messages_unlisted,
            "the others count and are not listed with their call",
        ),
        LimitHit::of(
            "length of a Call-ID, tag or branch",
            l.keys_too_long,
            "those messages belong to no call",
        ),
        LimitHit::of(
            "kinds of requests outside calls",
            l.requests_refused,
            "the others count and are not listed",
        ),
        LimitHit::of(
            "RTP streams",
            l.media.stream_packets_refused,
            "so many packets of the others are not measured",
        ),
        LimitHit::of(
            "RTP candidates in probation",
            l.media.candidates_displaced,
            "a stream that no SDP announces may be missing",
        ),
        of_media(LimitHit::of(
            "announced media",
            l.media.announcements_refused,
            OF_NO_CALL,
        )),
        of_media(LimitHit::of(
            "media announced by one call",
            l.media.of_call_displaced,
            OF_NO_CALL,
        )),
        of_media(LimitHit::of(
            "calls that announce one address",
            l.media.of_endpoint_displaced,
            "RTP to that address is looked for among the youngest of them",
        )),
        candidates,
        of_media(LimitHit::of(
            "announced RTP sources",
            l.media.sources_refused,
            "RTP of the others is known by its addresses alone",
        )),
        LimitHit::of(
            "VLANs and tunnels joined",
            l.networks_not_joined,
            "a call that crosses the others may be told as two",
        ),
        LimitHit::of("fragmented datagrams", l.fragments_evicted, UNREAD),
        LimitHit::of("fragments of one datagram", l.fragments_beyond, UNREAD),
        LimitHit::of("TCP connections", l.tcp_connections_evicted, CUT),
        LimitHit::of(
            "TCP bytes behind a hole",
            l.tcp_queue_overflows,
            "messages behind the hole may be cut or missing",
        ),
        LimitHit::of_message(
            "length of a WebSocket message",
            l.websocket_messages_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of(
            "fragments of SCTP messages",
            l.sctp_fragments_dropped,
            UNREAD,
        ),
        LimitHit::of_message(
            "length of an SCTP message",
            l.sctp_messages_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of(
            "flows beside RTP",
            l.media.other_packets_refused,
            "so many packets of STUN, DTLS and the like are in no call",
        ),
        LimitHit::of("SCTP associations", l.sctp_directions_evicted, CUT),
        LimitHit::of_message(
            "length of a decompressed HEP payload",
            l.hep_payloads_too_long,
            "1 MiB of it is",
        ),
        LimitHit::of(
            "unfinished SIP messages on TCP",
            l.unfinished_messages_given_up,
            "so many are shown as far as they came",
        ),
        LimitHit::of_message(
            "length of a SIP message on TCP",
            l.stream_messages_too_long,
            "64 KiB of headers and 1 MiB of body are",
        ),
        LimitHit::of(
            "TCP connections of media",
            l.agreed_segments_refused,
            "so many segments of the others are not read",
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
            let detail = format!("{times}; {}", hit.effect);
            out.push(match hit.is_harmless {
                true => {
                    let title = format!(
                        "a limit was reached, nothing is missing for it: {}",
                        hit.what
                    );
                    RULE.found(Severity::Info, title, detail)
                }
                false => {
                    let title = format!("a memory limit was reached: {}", hit.what);
                    RULE.found(Severity::Warning, title, detail).advise(ADVICE)
                }
            });
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
    let listed = LimitHit::of(
        "ports and flows listed here",
        facts.census.beyond,
        "the lists of this command alone lack the others",
    );
    let (small, large): (Vec<_>, Vec<_>) = facts.limits.iter().partition(|hit| hit.is_harmless);
    let all = large.iter().chain(&small).copied().chain(&listed);
    let words: Vec<String> = all
        .map(|hit| {
            let times = counted(hit.times, "time", "times");
            format!("{} {times}: {}", hit.what, hit.effect)
        })
        .collect();
    if words.is_empty() {
        return;
    }
    let detail = words.join("; ");
    out.push(if large.is_empty() {
        RULE.found(
            Severity::Info,
            "a limit was reached; nothing is missing for it",
            detail,
        )
    } else {
        RULE.found(
            Severity::Warning,
            "a memory limit was reached, so something is missing or incomplete",
            detail,
        )
        .hides(Hides::Both)
        .advise(ADVICE)
    });
}

#[cfg(test)]
mod tests {
    use super::{LimitHit, limits_hit};
    use crate::diagnosis::building::Scene;
    use crate::pipeline::LimitsReached;

    pub(super) fn a_full_table() -> Scene {
        Scene::answered().capture(|c| c.limits_reached.extend(LimitHit::of("RTP streams", 2, "")))
    }

    #[test]
    fn what_announces_media_hides_nothing_where_there_is_none() {
        let mut reached = LimitsReached::default();
        reached.media.of_endpoint_displaced = 7476;
        let sip_only =
            Scene::answered().capture(|c| c.limits_reached.extend(limits_hit(&reached, false)));
        let what = "calls that announce one address";
        let told = sip_only.said();
        let expected =
            format!("info limit_reached: a limit was reached, nothing is missing for it: {what}");
        assert!(told.contains(&expected), "{told:#?}");
        let with_media =
            Scene::answered().capture(|c| c.limits_reached.extend(limits_hit(&reached, true)));
        let told = with_media.said();
        let expected = format!("warning limit_reached: a memory limit was reached: {what}");
        assert!(told.contains(&expected), "{told:#?}");
    }

    #[test]
    fn only_what_was_reached_is_told() {
        let reached = LimitsReached {
            fragments_beyond: 3,
            ..LimitsReached::default()
        };
        let hits = limits_hit(&reached, true);
        let hits: Vec<_> = hits.iter().map(|h| (&*h.what, h.times)).collect();
        assert_eq!(hits, [("fragments of one datagram", 3)]);
        assert_eq!(
            a_full_table().said(),
            ["warning limit_reached: a memory limit was reached: RTP streams"]
        );
    }
}
