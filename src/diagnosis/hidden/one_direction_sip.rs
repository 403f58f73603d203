//! Pairs of hosts of which one direction is in the capture.

use crate::diagnosis::finding::Finding;
use crate::diagnosis::hidden::Facts;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, first_few};
use crate::types::{Hides, Severity};

pub(super) static RULE: Rule = Rule {
    code: "one_direction_sip",
    severities: &[Severity::Info, Severity::Warning],
    clause: None,
    page: Page {
        means: "Between two hosts SIP goes one way only, and not one packet of any kind comes back. It is a warning \
where responses or ACK are seen, because they prove that another direction existed; else \
information.",
        evidence: "The packets between each pair of hosts, all kinds of them.",
        check: "Mirror both directions of the port (rx and tx), capture on both links where routes differ, and leave \
'src' and 'dst' out of the filter. Where there are only requests: the host is down, or a firewall is \
in between.",
        limits: "Where only requests are seen, it cannot be told whether nobody answered or the answers were not \
captured.",
    },
    looks: &[Look::Hidden(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Doctor,
};

fn run(facts: &Facts<'_>, out: &mut Vec<Finding>) {
    out.extend(one_direction(facts));
}

fn one_direction(facts: &Facts<'_>) -> Option<Finding> {
    // Beyond the limit, absence proves nothing.
    if facts.census.hosts.beyond() > 0 {
        return None;
    }
    let ways = facts.watch.ways.iter();
    let one_way: Vec<_> = ways
        .filter(|((from, to), _)| from != to && facts.census.hosts.of(&(*to, *from)) == 0)
        .collect();
    let pairs: Vec<String> = one_way
        .iter()
        .map(|((from, to), way)| {
            format!(
                "{from} to {to} ({}, {})",
                counted(way.requests + way.acks, "request", "requests"),
                counted(way.responses, "response", "responses")
            )
        })
        .collect();
    let first = one_way.iter().filter_map(|(_, way)| way.first).min()?;
    // Responses answer requests, and ACK answers a response: there was another direction.
    let is_sure = one_way.iter().any(|(_, w)| w.responses + w.acks > 0);
    let of = counted(pairs.len() as u64, "pair of hosts", "pairs of hosts");
    let detail = format!("not one packet back: {}", first_few(&pairs, 3));
    let finding = match is_sure {
        true => RULE
            .found(
                Severity::Warning,
                format!("of {of} only one direction is in the capture"),
                detail,
            )
            .hides(Hides::Sip)
            .advise("Mirror both directions of the port (rx and tx), capture on both links where routes differ, and leave 'src' and 'dst' out of the filter."),
        false => RULE
            .found(
                Severity::Info,
                format!("between {of} nothing came back: no answer, or one direction was captured"),
                detail,
            )
            .advise("If the host is up and did answer, capture both directions of the port; else it is down, or a firewall is in between."),
    };
    Some(finding.at(first))
}
