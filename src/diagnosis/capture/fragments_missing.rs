//! Fragments whose datagram never became whole.

use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::counted;
use crate::pipeline::Fate;
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "fragments_missing",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 791 §3.2"),
    page: Page {
        means: "IP datagrams came in fragments, and some of the fragments are not in the capture. Of a SIP message \
of that kind only the beginning can be read.",
        evidence: "The fragments that came, by the identification and offset in their IP headers. Where only first \
fragments are there and no datagram became whole, a capture filter by port is named as the cause.",
        check: "A filter such as 'port 5060' keeps only first fragments, because the others carry no port. Use 'port \
5060 or (ip[6:2] & 0x1fff != 0)', or 'udp or tcp or icmp'; add 'or ip6' for IPv6.",
        limits: "Whether the receiver got the fragments cannot be told: a filter, the capture's own loss and loss in \
the network look alike.",
    },
    looks: &[Look::Capture(of_report), Look::Hidden(of_doctor)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::two_datagrams_lack_their_rest,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn of_report(case: &Case<'_>, out: &mut Vec<Finding>) {
    let Some((count, first)) = &case.capture.fragments_missing else {
        return;
    };
    let finding = RULE
        .found(
            Severity::Warning,
            format!(
                "{} later fragments, the first at {}",
                counted(*count, "datagram lacks its", "datagrams lack their"),
                case.frame(*first)
            ),
            "a capture filter by port keeps only the first fragment of a datagram, because the others carry no port",
        )
        .advise("Widen the filter: 'port 5060 or (ip[6:2] & 0x1fff != 0)'.");
    out.push(finding);
}

fn of_doctor(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    let missing = facts.summary.fragments_missing;
    // Those of SIP messages that are shown as far as they go count as SIP.
    let shown = facts.summary.counters.sip_fragments;
    let lone = facts.of(Fate::FragmentIncomplete) + shown;
    if lone == 0 {
        return;
    }
    // A filter on ports lets no datagram become whole.
    let is_filter = missing.only_first > 0
        && missing.without_first == 0
        && facts.summary.fragments.reassembled == 0;
    let severity = if missing.without_rest > 0 {
        Severity::Warning
    } else {
        Severity::Info
    };
    let title = match is_filter {
        true => "the capture filter hides fragments: large messages are cut off".to_owned(),
        false => format!(
            "{} without the rest of the datagram",
            counted(lone, "fragment is", "fragments are")
        ),
    };
    let finding = RULE
        .found(severity, title, what_is_missing(facts))
        .hides(Hides::Sip)
        .partial()
        .advise(match is_filter {
            true => "Only first fragments have ports, so 'port 5060' loses the rest. Capture with 'port 5060 or (ip[6:2] & 0x1fff != 0)', or with 'udp or tcp or icmp', which keeps them too; add 'or ip6' for IPv6.",
            false => "Capture without a filter, for the whole time of the call, and where all packets pass.",
        })
        .packets(lone)
        .at(missing.frame);
    out.push(finding);
}

fn what_is_missing(facts: &Facts<'_>) -> String {
    let missing = facts.summary.fragments_missing;
    let shown = facts.summary.counters.sip_fragments;
    let datagrams = |n| counted(n, "datagram", "datagrams");
    let mut found = Vec::new();
    if missing.without_rest > 0 {
        let first = missing.flow.map(|flow| format!(", the first from {flow}"));
        found.push(format!(
            "of {} only the beginning came{}",
            datagrams(missing.without_rest),
            first.unwrap_or_default()
        ));
    }
    if missing.without_first > 0 {
        found.push(format!(
            "of {} the beginning did not come",
            datagrams(missing.without_first)
        ));
    }
    if shown > 0 {
        found.push(format!(
            "{} shown as far as {}",
            counted(
                shown,
                "packet is a SIP message,",
                "packets are SIP messages,"
            ),
            if shown == 1 { "it goes" } else { "they go" }
        ));
    }
    if found.is_empty() {
        found.push("they are copies of fragments that were joined".to_owned());
    }
    found.join("; ")
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::{Scene, frame};

    pub(super) fn two_datagrams_lack_their_rest() -> Scene {
        Scene::answered().capture(|c| c.fragments_missing = Some((2, frame(7))))
    }

    #[test]
    fn the_first_packet_concerned_is_named() {
        assert_eq!(
            two_datagrams_lack_their_rest().said(),
            ["warning fragments_missing: 2 datagrams lack their later fragments, the first at #7"]
        );
    }
}
