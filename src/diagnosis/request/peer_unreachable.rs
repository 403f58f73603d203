//! A host that answers no request.

use crate::call::RequestsRecord;
use crate::diagnosis::call::going_round;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, first_few, seconds};
use crate::types::{HostAddr, Severity};
use std::collections::{BTreeMap, BTreeSet};

pub(super) static RULE: Rule = Rule {
    code: "peer_unreachable",
    severities: &[Severity::Info, Severity::Warning],
    clause: Some("RFC 3261 §17.1.2.2"),
    page: Page {
        means: "Requests outside calls (OPTIONS, MESSAGE, SUBSCRIBE and the like) from one host to another were never \
answered. OPTIONS sent again and again are how many servers test whether a phone or a trunk is there. It is a warning \
where the sender repeats the requests, or the other host is seen to send, else information.",
        evidence: "All requests outside calls between the two hosts, with their repetitions, and that no final response \
to any of them is in the capture although the sender waited: it sent the request again, or 32 s passed.",
        check: "See whether the host is up and at that address and port, and whether a firewall or an expired NAT \
binding is in between. Capture at that host: if the requests arrive, look at the way back.",
        limits: "That no answer is in the capture does not prove that none was sent: answers may take a way that does \
not pass the capture point. Where nothing was repeated and no SIP of the other host is in the capture at all, whether it \
answers cannot be told, and the finding says so. Where packets are cut or missing and nothing was repeated, nothing is \
said.",
    },
    looks: &[Look::Capture(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::three_options_unanswered,
        almost: tests::the_same_with_one_answer,
    },
};

/// Requests without an answer that are more than one packet lost, and where none was sent again.
const SEVERAL: u32 = 2;
const SEVERAL_SENT_ONCE: u32 = 3;
/// Copies of one request that show how long its sender waited: 3.5 s and more (RFC 3261 §17.1.2.2).
const COPIES: u32 = 3;
/// Pairs of hosts with a finding of their own.
const MOST_PAIRS: usize = 100;

fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    let mut pairs: BTreeMap<(HostAddr, HostAddr), Vec<&RequestsRecord>> = BTreeMap::new();
    for record in case.requests {
        if going_round::is_of_requests(case, record) {
            continue;
        }
        let pair = (record.client.addr, record.server.addr);
        pairs.entry(pair).or_default().push(record);
    }
    if pairs.is_empty() {
        return;
    }
    let senders = senders(case);
    let unanswered = pairs
        .into_values()
        .filter_map(|records| Pair::of(case, records, &senders));
    out.extend(unanswered.take(MOST_PAIRS).map(|pair| pair.told(case)));
}

/// Hosts that are seen to send: their direction is in the capture.
fn senders(case: &Case<'_>) -> BTreeSet<HostAddr> {
    let asking = case.requests.iter().map(|r| r.client.addr);
    let answered = case.requests.iter().filter(|r| r.answered > 0);
    let clients = case.registrations.iter().map(|r| r.client.addr);
    let hops = case.calls.iter().flat_map(|c| &c.hops);
    asking
        .chain(answered.map(|r| r.server.addr))
        .chain(clients)
        .chain(hops.map(|h| h.flow.src.addr))
        .collect()
}

/// Two hosts of which one never answers the other.
struct Pair<'a> {
    records: Vec<&'a RequestsRecord>,
    severity: Severity,
    /// The silent host sends requests of its own.
    sends: bool,
}

impl<'a> Pair<'a> {
    fn of(
        case: &Case<'_>,
        records: Vec<&'a RequestsRecord>,
        senders: &BTreeSet<HostAddr>,
    ) -> Option<Pair<'a>> {
        let sum = |of: fn(&RequestsRecord) -> u32| records.iter().map(|r| of(r)).sum::<u32>();
        let repeated = sum(|r| r.unanswered_repeated);
        let sends = senders.contains(&records.first()?.server.addr);
        let is_answered = sum(|r| r.answered) > 0;
        let fewest = if repeated > 0 {
            SEVERAL
        } else {
            SEVERAL_SENT_ONCE
        };
        let is_many =
            sum(|r| r.unanswered) >= fewest || repeated > 0 && sum(|r| r.retransmissions) >= COPIES;
        let is_cut = case.capture.truncated_packets > 0 || case.capture.fragments_missing.is_some();
        if is_answered || !is_many || is_cut && repeated == 0 {
            return None;
        }
        Some(Pair {
            severity: match repeated > 0 || sends {
                true => Severity::Warning,
                false => Severity::Info,
            },
            records,
            sends,
        })
    }

    fn told(&self, case: &Case<'_>) -> Finding {
        let mut methods: Vec<String> = Vec::new();
        for record in &self.records {
            let method = record.method.as_str().to_owned();
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        let sum = |of: fn(&RequestsRecord) -> u32| -> u64 {
            self.records.iter().map(|r| u64::from(of(r))).sum()
        };
        let (unanswered, copies) = (sum(|r| r.unanswered), sum(|r| r.retransmissions));
        let ends = self.records.first();
        let (client, server) = match ends {
            Some(r) => (r.client.addr.to_string(), r.server.to_string()),
            None => Default::default(),
        };
        let first = self.records.iter().map(|r| r.first).min();
        let last = self.records.iter().map(|r| r.last).max();
        let over = first
            .zip(last)
            .filter(|(a, b)| a != b)
            .map_or(String::new(), |(a, b)| format!(" over {}", seconds(b - a)));
        let again = match copies {
            0 => String::new(),
            n => format!(", sent again {}", counted(n, "time", "times")),
        };
        let icmp = self.records.iter().find_map(|r| r.icmp.as_ref());
        let why = match (icmp, self.sends) {
            (Some(icmp), _) if icmp.is_unreachable() => {
                format!(
                    "; ICMP says that it cannot be reached ({})",
                    case.frame(icmp.frame)
                )
            }
            (_, true) => {
                "; it does send SIP itself, so the way to it or back from it is blocked".to_owned()
            }
            _ if self.severity == Severity::Info => {
                "; no SIP of that host is in the capture and the requests are not sent again: it may be down, or a filter or a tap of one direction leaves its answers out".to_owned()
            }
            _ => String::new(),
        };
        let messages = self.records.iter().flat_map(|r| &r.messages).copied();
        let messages: Vec<_> = messages.take(8).collect();
        let frames = match case.frames(&messages) {
            frames if frames.is_empty() => String::new(),
            frames => format!(" ({frames})"),
        };
        let methods = first_few(&methods, 3);
        let unanswered = counted(unanswered, "request", "requests");
        // Whether it answers cannot be told where nothing it sends is there to see and nobody misses the answer.
        let title = match self.severity {
            Severity::Info => format!(
                "no answer of {server} to {methods} of {client} is in the capture: {unanswered}"
            ),
            _ => format!(
                "{server} answers no {methods} of {client}: {unanswered} without an answer in the capture"
            ),
        };
        let finding = RULE
            .found(
                self.severity,
                title,
                format!(
                    "{}{over}{again}{frames}{why}",
                    counted(sum(|r| r.requests), "request", "requests")
                ),
            )
            .advise("See whether the host is up at that address, and whether a firewall or an expired NAT binding is in between.")
            .messages(messages);
        Finding {
            requests: self.records.iter().map(|r| r.no).collect(),
            ..finding
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn three_options_unanswered() -> Scene {
        Scene::options(|_| ())
    }

    pub(super) fn the_same_with_one_answer() -> Scene {
        Scene::options(|r| (r.answered, r.unanswered) = (1, 2))
    }

    #[test]
    fn how_many_and_over_what_time_is_said() {
        let found = three_options_unanswered().findings();
        assert_eq!(
            found[0].title,
            "192.0.2.11:5060 answers no OPTIONS of 192.0.2.12: 3 requests without an answer in the capture"
        );
        assert_eq!(
            found[0].detail,
            "3 requests over 120 s, sent again 9 times (#1 #2)"
        );
    }

    #[test]
    fn what_was_not_repeated_may_have_been_answered_on_another_way() {
        let once = |cut: u64| {
            Scene::options(|r| (r.unanswered_repeated, r.retransmissions) = (0, 0))
                .capture(|c| c.truncated_packets = cut)
        };
        assert_eq!(
            once(0).said(),
            [
                "info peer_unreachable: no answer of 192.0.2.11:5060 to OPTIONS of 192.0.2.12 is in the capture: 3 requests"
            ]
        );
        assert!(!once(5).has("peer_unreachable"));
    }
}
