//! SIP that cannot be read, or of which only a part was captured.

use super::super::assemble::Facts;
use super::super::{Advice, Hides};
use super::{advice, counted, first_few, packets};
use crate::pipeline::Fate;
use crate::pipeline::census::{Guess, UnknownUdp};
use crate::source::Secrets;
use crate::types::{FrameRef, Severity};
use std::collections::BTreeSet;

pub(super) const CODES: &[&str] = &[
    "sip_over_tls",
    "sip_malformed",
    "sigcomp_unsupported",
    "hep_unreadable",
    "one_direction_sip",
    "sip_web_socket",
    "sctp_without_sip",
    "other_signalling",
    "tls_on_another_hop",
    "tls_elsewhere",
];

pub(super) fn run(facts: &Facts<'_>, out: &mut Vec<Advice>) {
    out.extend(over_tls(facts));
    out.extend(unreadable(facts));
    out.extend(one_direction(facts));
    out.extend(web_socket(facts));
    out.extend(sctp(facts));
    out.extend(other_signalling(facts));
    out.extend(other_hop(facts));
    out.extend(tls_elsewhere(facts));
}

/// Ports of TLS connections with that fate, and the first packet.
fn tls_ports(facts: &Facts<'_>, fate: Fate) -> (Vec<String>, Option<FrameRef>) {
    let seen: Vec<_> = facts
        .census
        .tcp()
        .into_iter()
        .filter(|t| t.fate == fate)
        .collect();
    let ports: BTreeSet<u16> = seen.iter().map(|t| t.port()).collect();
    let ports = ports.iter().map(u16::to_string).collect();
    (ports, seen.first().map(|t| t.frame))
}

fn over_tls(facts: &Facts<'_>) -> Option<Advice> {
    let n = facts.of(Fate::SipTls);
    if n == 0 {
        return None;
    }
    let (ports, first) = tls_ports(facts, Fate::SipTls);
    let keys = facts
        .infos
        .iter()
        .any(|i| i.secrets.iter().any(|s| s.kind == Secrets::TLS_KEY_LOG));
    let keys = match keys {
        true => "; the file holds a TLS key log, which is not used yet",
        false => "",
    };
    Some(
        advice(
            "sip_over_tls",
            Severity::Warning,
            Hides::Sip,
            format!("{} of SIP over TLS (port {}) cannot be read without the keys", packets(n), first_few(&ports, 5)),
        )
        .detail(format!("TLS records on the ports of SIP over TLS (RFC 3261 §26.2){keys}"))
        .advise("Capture at a hop without TLS, or have a phone or server log its TLS keys and let tshark write the plain messages: tshark -r FILE -o tls.keylog_file:KEYS -U 'OSI layer 7' -w - | tshark -r - -Y 'exported_pdu.prot_name == \"sip\"' -w plain.pcapng")
        .packets(n)
        .at(first),
    )
}

fn tls_elsewhere(facts: &Facts<'_>) -> Option<Advice> {
    let n = facts.of(Fate::Tls);
    if n == 0 {
        return None;
    }
    let (ports, first) = tls_ports(facts, Fate::Tls);
    // Where there is no SIP at all, it may be in there: WebSocket over TLS is on 443 as a rule.
    let (severity, hides) = match facts.has_sip() || facts.of(Fate::SipTls) > 0 {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Sip)),
    };
    Some(
        advice(
            "tls_elsewhere",
            severity,
            hides,
            format!("{} of TLS (port {}) may hide SIP", packets(n), first_few(&ports, 5)),
        )
        .detail("browsers and some phones speak SIP in a WebSocket over TLS, which looks as any other TLS")
        .advise("If a client of yours uses that port, capture behind the TLS proxy, or with its keys logged.")
        .packets(n)
        .at(first),
    )
}

fn other_hop(facts: &Facts<'_>) -> Option<Advice> {
    let (n, first) = facts.watch.secure;
    (n > 0).then(|| {
        advice(
            "tls_on_another_hop",
            Severity::Info,
            None,
            format!(
                "{} ran over TLS on another hop, or name a sips: address",
                counted(n, "message", "messages")
            ),
        )
        .detail("their Via says TLS or WSS; that hop is not in the capture in plain text")
        .at(first)
    })
}

fn unreadable(facts: &Facts<'_>) -> Vec<Advice> {
    let rows = [
        (
            Guess::SipMalformed,
            "sip_malformed",
            "with SIP/2.0 in the text could not be read as a message",
            "The sender's start line or headers are broken, or the payload is cut; look at the frame in Wireshark.",
        ),
        (
            Guess::SigComp,
            "sigcomp_unsupported",
            "of compressed SIP (SigComp, RFC 3320), as it seems, cannot be read",
            "Switch compression off at the client or the first proxy.",
        ),
        (
            Guess::Hep,
            "hep_unreadable",
            "of a capture agent's relay (HEP), as it seems, could not be read",
            "Have the agent send HEP 3 uncompressed and unencrypted, or capture where it captures.",
        ),
    ];
    let unknown = facts.census.unknown_udp();
    rows.iter()
        .filter_map(|(guess, code, title, todo)| {
            let seen: Vec<&&UnknownUdp> = unknown.iter().filter(|u| u.guess == *guess).collect();
            let n: u64 = seen.iter().map(|u| u.packets).sum();
            let first = seen.iter().map(|u| u.frame).min()?;
            let flows: Vec<String> = seen.iter().map(|u| u.flow.to_string()).collect();
            Some(
                advice(
                    code,
                    Severity::Warning,
                    Hides::Sip,
                    format!("{} {title}", packets(n)),
                )
                .detail(format!("the first: {}", first_few(&flows, 3)))
                .advise(*todo)
                .packets(n)
                .at(Some(first)),
            )
        })
        .collect()
}

/// Pairs of hosts that speak SIP one way only, while no packet at all came back.
fn one_direction(facts: &Facts<'_>) -> Option<Advice> {
    // Beyond the limit, absence proves nothing.
    if facts.census.hosts.beyond() > 0 {
        return None;
    }
    let one_way: Vec<_> = facts
        .watch
        .ways
        .iter()
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
    let sure = one_way.iter().any(|(_, w)| w.responses + w.acks > 0);
    let of = counted(pairs.len() as u64, "pair of hosts", "pairs of hosts");
    let note = match sure {
        true => advice(
            "one_direction_sip",
            Severity::Warning,
            Hides::Sip,
            format!("of {of} only one direction is in the capture"),
        )
        .advise("Mirror both directions of the port (rx and tx), capture on both links where routes differ, and leave 'src' and 'dst' out of the filter."),
        false => advice(
            "one_direction_sip",
            Severity::Info,
            None,
            format!("between {of} nothing came back: no answer, or one direction was captured"),
        )
        .advise("If the host is up and did answer, capture both directions of the port; else it is down, or a firewall is in between."),
    };
    Some(
        note.detail(format!("not one packet back: {}", first_few(&pairs, 3)))
            .at(Some(first)),
    )
}

fn web_socket(facts: &Facts<'_>) -> Option<Advice> {
    let n = facts.of(Fate::WebSocket);
    if n == 0 {
        return None;
    }
    let (ports, first) = tls_ports(facts, Fate::WebSocket);
    let (severity, hides) = match facts.has_sip() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Sip)),
    };
    Some(
        advice(
            "sip_web_socket",
            severity,
            hides,
            format!("{} of WebSocket (port {}) gave no SIP", packets(n), first_few(&ports, 5)),
        )
        .detail("the handshake was seen; SIP in it would name the subprotocol 'sip' (RFC 7118)")
        .advise("Look at the frame in Wireshark: if it shows SIP there, capture the connection from its beginning.")
        .packets(n)
        .at(first),
    )
}

fn sctp(facts: &Facts<'_>) -> Option<Advice> {
    let n = facts.of(Fate::OtherSctp);
    // Beside SIP over SCTP these are its control chunks.
    (n > 0 && facts.of(Fate::SipSctp) == 0).then(|| {
        let (severity, hides) = match facts.has_sip() {
            true => (Severity::Info, None),
            false => (Severity::Warning, Some(Hides::Sip)),
        };
        advice(
            "sctp_without_sip",
            severity,
            hides,
            format!("{} of SCTP gave no SIP", packets(n)),
        )
        .detail("SCTP carries SIP (RFC 4168) as well as SS7 and mobile signalling, and its own control chunks")
        .packets(n)
    })
}

/// Calls may be there, in another language.
fn other_signalling(facts: &Facts<'_>) -> Option<Advice> {
    let is_signalling = |g: Guess| {
        matches!(
            g,
            Guess::Mgcp | Guess::Iax2 | Guess::H225Ras | Guess::Megaco
        )
    };
    let unknown = facts.census.unknown_udp();
    let seen: Vec<_> = unknown.iter().filter(|u| is_signalling(u.guess)).collect();
    let mut kinds: Vec<String> = seen
        .iter()
        .map(|u| format!("{} ({})", u.guess.words(), packets(u.packets)))
        .collect();
    let mut first = seen.iter().map(|u| u.frame).min();
    // TCP ports of H.323 call signalling and of Skinny phones.
    for (port, name) in [(1720, "H.323"), (2000, "Skinny")] {
        let tcp = facts.census.tcp();
        let of_port: Vec<_> = tcp
            .iter()
            .filter(|t| t.port() == port && t.fate == Fate::OtherTcp && !t.head().is_empty())
            .collect();
        let n: u64 = of_port.iter().flat_map(|t| t.packets).sum();
        if n > 0 {
            kinds.push(format!("{name} ({})", packets(n)));
            first = first.or(of_port.first().map(|t| t.frame));
        }
    }
    if kinds.is_empty() {
        return None;
    }
    let (severity, hides) = match facts.has_sip() {
        true => (Severity::Info, None),
        false => (Severity::Warning, Some(Hides::Sip)),
    };
    Some(
        advice(
            "other_signalling",
            severity,
            hides,
            format!(
                "telephony other than SIP is in the capture: {}",
                first_few(&kinds, 4)
            ),
        )
        .detail(
            "only SIP is read as signalling; RTP beside it is measured as streams without a call",
        )
        .at(first),
    )
}
