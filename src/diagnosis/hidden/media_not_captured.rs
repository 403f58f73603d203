//! Answered calls without a packet of media.

use crate::call::{Agreement, CallRecord};
use crate::decode::Layer;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "media_not_captured",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "Calls were answered, and the capture holds no RTP of any call.",
        evidence: "The answered calls, and that no RTP stream is there. `sipflow doctor` looks also at what else is in \
the capture: where there is nothing but SIP, a filter such as 'port 5060' is likely; where there is \
other traffic, it is not.",
        check: "Capture at a phone or on the media path, with a filter that lets UDP through ('udp or tcp or icmp'). \
A proxy often does not see the media.",
        limits: "Whether there was audio cannot be told: none was sent, it took another path, or a capture filter \
kept it out.",
    },
    looks: &[Look::Capture(of_report), Look::Hidden(of_doctor)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::an_answered_call_and_no_rtp,
        almost: tests::no_call_was_answered,
    },
};

fn of_report(case: &Case<'_>, out: &mut Vec<Finding>) {
    let answered: Vec<_> = case.calls.iter().filter(|c| misses_rtp(c)).collect();
    if answered.is_empty() || case.capture.has_rtp {
        return;
    }
    let finding = RULE
        .found(
            Severity::Info,
            "the capture holds SIP only, no RTP of any call",
            "whether there was audio cannot be told: none was sent, it took another path, or a capture filter kept it out",
        )
        .advise("Capture at a phone or on the media path, with a filter that lets UDP through.")
        .calls(answered.iter().map(|c| c.no));
    out.push(finding);
}

fn of_doctor(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let answered = facts.calls.iter().filter(|c| misses_rtp(c)).count() as u64;
    if answered == 0 || !facts.streams.is_empty() {
        return;
    }
    let (detail, advice) = where_it_may_be(facts);
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} answered, but no packet of media was captured",
                counted(answered, "call was", "calls were")
            ),
            detail,
        )
        .hides(Hides::Rtp)
        .advise(advice);
    out.push(finding);
}

/// Answered, and not with messages, a fax or the like alone.
fn misses_rtp(call: &CallRecord) -> bool {
    let agreed = &call.media;
    call.answer.is_some() && (agreed.is_empty() || agreed.iter().any(Agreement::is_rtp))
}

/// What the rest of the capture tells of the media that is not there, and what to do.
fn where_it_may_be(facts: &Facts<'_>) -> (&'static str, &'static str) {
    let is_bare = |f: Fate| matches!(f, Fate::SipTcpBare | Fate::OtherSctp);
    let rest = |among: fn(Fate) -> bool| -> u64 {
        let fates = facts.summary.counters.fates.iter();
        let rest = fates.filter(|(f, _)| !f.is_sip() && !is_bare(*f) && among(*f));
        rest.map(|(_, n)| n).sum()
    };
    let stacks = facts.census.stacks.ranked();
    let is_relayed = stacks.iter().any(|(stack, _)| stack.0.contains(Layer::Hep));
    match (rest(|_| true), rest(is_udp)) {
        _ if is_relayed => (
            "capture agents relay SIP and reports, not media (HEP)",
            "Capture RTP where the agent runs; its reports are not read.",
        ),
        (0, _) => (
            "the capture holds nothing but SIP, as with the filter 'port 5060'",
            "Capture with 'udp or tcp or icmp' or without a filter: RTP runs on other ports, which only the SDP names.",
        ),
        (_, 0) => (
            "other traffic shows that no filter on the SIP port kept media out: it takes another way, often straight between the phones",
            "Capture at a phone or at the media server; a proxy often does not see the media.",
        ),
        _ => (
            "there is other UDP, so it is no filter on the SIP port: media takes another way, or is not RTP",
            "Look at the UDP payloads listed; capture at a phone or at the media server, as a proxy often does not see the media.",
        ),
    }
}

/// Datagrams that may be anything but SIP.
fn is_udp(fate: Fate) -> bool {
    matches!(
        fate,
        Fate::Rtp
            | Fate::Rtcp
            | Fate::Stun
            | Fate::Dtls
            | Fate::Zrtp
            | Fate::T38
            | Fate::Bfcp
            | Fate::RtpUnproven
            | Fate::UdpCopy
            | Fate::OtherUdp
    )
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::diagnosis::building::Scene;

    pub(super) fn an_answered_call_and_no_rtp() -> Scene {
        Scene::answered()
            .without_streams()
            .capture(|c| c.has_rtp = false)
    }

    pub(super) fn no_call_was_answered() -> Scene {
        Scene::failed(Outcome::Busy, 486).capture(|c| c.has_rtp = false)
    }

    #[test]
    fn it_is_one_finding_for_all_calls() {
        let two = an_answered_call_and_no_rtp().and(an_answered_call_and_no_rtp());
        let found = two.findings();
        assert_eq!((found.len(), found[0].calls.len()), (1, 2));
    }
}
