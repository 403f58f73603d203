//! Answers that go to another port than the request came from, and do not arrive.

use crate::call::OtherPortSeen;
use crate::diagnosis::case::Case;
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::diagnosis::words::{counted, seconds};
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "response_to_other_port",
    severities: &[Severity::Error],
    clause: Some("RFC 3581 §4"),
    page: Page {
        means: "A server answers to another port than the requests come from, and the client sends the same request \
again after each answer: the answers do not reach it. Without rport in the Via a server answers to the port that \
the Via names (RFC 3261 §18.2.2), which behind a NAT is not where the client can be reached.",
        evidence: "The port the request came from, the port the answer went to, and at least two repetitions of the \
request after such an answer. Clients that send from one port and listen at another are healthy: they go on, and are \
no finding.",
        check: "Switch rport on in the client (symmetric response routing, often called NAT support), or make the \
server answer to the port the request came from.",
        limits: "That the answers do not arrive is told by the repetitions; where they are lost is not seen. An answer \
that is lost for another reason looks the same.",
    },
    looks: &[Look::Capture(run)],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::answered_to_the_via_port,
        almost: crate::diagnosis::building::Scene::answered,
    },
};

fn run(case: &Case<'_>, out: &mut Vec<Finding>) {
    out.extend(case.other_ports.iter().map(|seen| one(case, seen)));
}

fn one(case: &Case<'_>, seen: &OtherPortSeen) -> Finding {
    let OtherPortSeen {
        client,
        server,
        answered_to,
        ..
    } = seen;
    let method = seen.method.as_str();
    let (clause, why, advice) = match (seen.asks_rport, *answered_to == seen.via_port) {
        (true, _) => (
            "RFC 3581 §4",
            "although the Via asks for rport",
            "Make the server answer to the port the request came from, as the rport of the Via asks.",
        ),
        (false, true) => (
            "RFC 3581 §4, RFC 3261 §18.2.2",
            "the port of the Via, which has no rport",
            "Switch rport on in the client (often called NAT support), or make the server answer to the port the request came from.",
        ),
        (false, false) => (
            "RFC 3261 §18.2.2",
            "which is not the port of the Via either",
            "See why the server does not answer to the port of the Via.",
        ),
    };
    let frames = match case.frames(&seen.messages) {
        frames if frames.is_empty() => String::new(),
        frames => format!(": {frames}"),
    };
    let finding = RULE
        .found(
            Severity::Error,
            format!(
                "{} answers {} to port {answered_to}, and not to port {} that the {method} comes from: the answers do not arrive",
                server, client.addr, client.port
            ),
            format!(
                "{why}; {} sent again {} after an answer, over {}{frames}",
                counted(seen.requests.into(), "request was", "requests were"),
                counted(seen.repeats.into(), "time", "times"),
                seconds(seen.last - seen.first)
            ),
        )
        .advise(advice)
        .clause(clause)
        .calls(seen.calls.iter().copied())
        .messages(seen.messages.iter().copied());
    Finding {
        registrations: seen.registrations.clone(),
        ..finding
    }
}

#[cfg(test)]
mod tests {
    use crate::diagnosis::building::Scene;

    pub(super) fn answered_to_the_via_port() -> Scene {
        Scene::other_port(|_| ())
    }

    #[test]
    fn both_ports_and_the_reason_are_named() {
        let found = answered_to_the_via_port().findings();
        assert_eq!(
            found[0].title,
            "192.0.2.10:5060 answers 192.0.2.11 to port 5060, and not to port 61234 that the REGISTER comes from: the answers do not arrive"
        );
        assert_eq!(
            found[0].detail,
            "the port of the Via, which has no rport; 1 request was sent again 10 times after an answer, over 32 s: #1 #2"
        );
        let asked = Scene::other_port(|seen| seen.asks_rport = true).findings();
        assert!(
            asked[0]
                .detail
                .starts_with("although the Via asks for rport")
        );
    }
}
