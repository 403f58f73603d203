//! ICMP that says why SIP or media did not arrive.

use crate::call::{IcmpSeen, Outcome, RegisterOutcome};
use crate::diagnosis::case::{CallCase, RegistrationCase};
use crate::diagnosis::finding::Finding;
use crate::diagnosis::rule::{Look, Page, Rule};
use crate::media::StreamRecord;
use crate::types::Severity;

pub(super) static RULE: Rule = Rule {
    code: "icmp_unreachable",
    severities: &[Severity::Warning, Severity::Error],
    clause: Some("RFC 792"),
    page: Page {
        means: "A host or router sent ICMP errors about packets of the call: nothing listens on the port, the host \
cannot be reached, a firewall forbids it, or the packet was too large. It is about SIP messages, or \
about the RTP of a stream.",
        evidence: "The ICMP error itself. It quotes the beginning of the packet it is about, so the call, the registration \
or the stream is known: by the Call-ID, or where no more than addresses and ports are quoted, as the last SIP message \
that went this way. Type and code say the reason.",
        check: "For SIP: check address and port, that the program runs, and the firewall between the two hosts. For \
RTP: the program that should receive it is gone or listens on another port; compare the address and \
port of its SDP with where packets go.",
        limits: "A few errors at the end of a call are normal (the phone closed its port before the last packets \
came) and are no finding. Hosts send only some errors a second, often one, so the number of errors \
is not the number of lost packets. A host that sends no ICMP error may be unreachable all the same.",
    },
    looks: &[
        Look::Call(signalling),
        Look::Registration(registration),
        Look::Call(media),
    ],
    #[cfg(test)]
    proof: crate::diagnosis::building::Proof::Built {
        has: tests::rtp_refused_all_the_time,
        almost: tests::rtp_refused_at_the_end,
    },
};

fn signalling(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let marks = &case.call.evidence;
    out.extend(marks.icmp.as_deref().map(|icmp| refused(case, icmp)));
}

/// Who refused what, and why as far as the ICMP code tells (RFC 792, RFC 1812 §5.2.7.1, RFC 4443 §3.1).
fn refused(case: &CallCase<'_>, icmp: &IcmpSeen) -> Finding {
    let call = case.call;
    // A phone that closes its port right after a call is no fault anyone notices.
    let severity = match call.outcome {
        Outcome::Timeout | Outcome::Incomplete | Outcome::Failed => Severity::Error,
        _ => Severity::Warning,
    };
    let (title, detail) = told(icmp);
    case.found(&RULE, severity, title, detail)
        .advise(reason(icmp).1)
        .clause(clause(icmp))
        .messages(icmp.message.or(call.evidence.invite))
}

/// A REGISTER that got no answer but an ICMP error.
fn registration(case: &RegistrationCase<'_>, out: &mut Vec<Finding>) {
    let Some(icmp) = &case.registration.icmp else {
        return;
    };
    if case.last.outcome == RegisterOutcome::NoResponse {
        let (title, detail) = told(icmp);
        let finding = case
            .found(&RULE, Severity::Error, title, detail)
            .advise(reason(icmp).1)
            .clause(clause(icmp));
        out.push(finding);
    }
}

fn told(icmp: &IcmpSeen) -> (String, String) {
    let (why, _) = reason(icmp);
    let count = match icmp.count {
        1 => "An ICMP error".to_owned(),
        n => format!("{n} ICMP errors, the first"),
    };
    (
        format!(
            "SIP from {} to {} was refused: {why}",
            icmp.quoted.src, icmp.quoted.dst
        ),
        format!(
            "{count} in {} (type {}, code {})",
            icmp.frame.frame, icmp.kind, icmp.code
        ),
    )
}

fn clause(icmp: &IcmpSeen) -> &'static str {
    if icmp.v6 { "RFC 4443 §3.1" } else { "RFC 792" }
}

fn reason(icmp: &IcmpSeen) -> (&'static str, &'static str) {
    match (icmp.v6, icmp.kind, icmp.code) {
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
    }
}

fn media(case: &CallCase<'_>, out: &mut Vec<Finding>) {
    let streams = case.sound.iter().flat_map(|sound| &sound.streams);
    for s in streams.filter(|s| is_refused(s)) {
        let finding = case
            .found(
                &RULE,
                Severity::Error,
                format!("{} says nobody receives the RTP sent to it", s.flow.dst),
                format!(
                    "{} ICMP errors answer the {} packets from {}",
                    s.icmp_unreachable, s.figures.packets, s.flow.src
                ),
            )
            .streams([s.no]);
        out.push(finding);
    }
}

/// More errors than those of a phone that closed its port before the last packets came. A host sends
/// about one a second after a first few (RFC 1812 §4.3.2.8), however many packets it refuses.
fn is_refused(s: &StreamRecord) -> bool {
    const FEW: u32 = 8;
    let errors = s.icmp_unreachable;
    let of_all = errors > 0 && u64::from(errors) * 10 >= s.figures.packets;
    let all_the_time = errors > FEW && f64::from(errors) * 2.0 >= s.figures.duration_s;
    of_all || all_the_time
}

#[cfg(test)]
mod tests {
    use crate::call::Outcome;
    use crate::diagnosis::building::{Scene, port_unreachable};
    use crate::types::Party;

    /// 20 s of RTP at 50 packets a second, refused by a host that sends 6 errors and then one a second.
    pub(super) fn rtp_refused_all_the_time() -> Scene {
        Scene::answered().stream_from(Party::Caller, |s| s.icmp_unreachable = 25)
    }

    pub(super) fn rtp_refused_at_the_end() -> Scene {
        Scene::answered().stream_from(Party::Caller, |s| s.icmp_unreachable = 7)
    }

    #[test]
    fn a_host_that_limits_its_errors_refuses_the_stream_all_the_same() {
        let found = rtp_refused_all_the_time().findings();
        assert_eq!(
            found[0].title,
            "192.0.2.12:6000 says nobody receives the RTP sent to it"
        );
        assert_eq!(
            found[0].detail,
            "25 ICMP errors answer the 1000 packets from 192.0.2.11:4000"
        );
    }

    #[test]
    fn an_error_about_sip_is_an_error_where_the_call_failed_and_a_warning_where_not() {
        let refused =
            |scene: Scene| scene.call(|c| c.evidence.icmp = Some(Box::new(port_unreachable())));
        for (scene, severity) in [
            (Scene::failed(Outcome::Timeout, 0), "error"),
            (Scene::answered(), "warning"),
        ] {
            assert_eq!(
                refused(scene).said(),
                [format!(
                    "{severity} icmp_unreachable: SIP from 192.0.2.11:5060 to 192.0.2.12:5060 was refused: \
                     nothing listened on that port then"
                )]
            );
        }
    }
}
