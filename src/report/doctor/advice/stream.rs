//! SIP over TCP: holes, beginnings that were not captured, connections that never came about.

use super::super::assemble::Facts;
use super::super::{Advice, Hides};
use super::{advice, counted, first_few};
use crate::pipeline::Fate;
use crate::pipeline::census::TcpSeen;
use crate::types::Severity;

pub(super) const CODES: &[&str] = &[
    "sip_stream_gaps",
    "tcp_one_direction",
    "sip_stream_mid_start",
    "sip_connection_failed",
];

/// Packets of one direction from which on the silence of the other is no chance.
const MANY: u64 = 3;

pub(super) fn run(facts: &Facts<'_>, out: &mut Vec<Advice>) {
    let tcp = facts.census.tcp();
    let sip: Vec<&TcpSeen> = tcp
        .iter()
        .copied()
        .filter(|t| t.fate == Fate::SipTcp)
        .collect();
    out.extend(gaps(facts));
    out.extend(one_direction(&tcp));
    out.extend(mid_start(&sip));
    out.extend(failed(&tcp));
}

fn gaps(facts: &Facts<'_>) -> Option<Advice> {
    let c = &facts.summary.counters;
    let t = &facts.summary.tcp;
    (c.sip_gaps > 0).then(|| {
        advice(
            "sip_stream_gaps",
            Severity::Warning,
            Hides::Sip,
            format!(
                "SIP over TCP has {} that the capture does not hold",
                counted(c.sip_gaps, "hole", "holes")
            ),
        )
        .detail(format!(
            "{} missing; over all TCP: {} out of order, {} sent again",
            counted(c.sip_gap_bytes, "byte is", "bytes are"),
            counted(t.out_of_order, "segment", "segments"),
            counted(t.retransmissions, "segment", "segments"),
        ))
        .advise("The capture lost packets or cut them: a larger buffer (tcpdump -B 65536), whole packets (-s 0), both directions.")
    })
}

fn one_direction(tcp: &[&TcpSeen]) -> Option<Advice> {
    let one_way = |t: &&&TcpSeen| matches!(t.packets, [n, 0] | [0, n] if n >= MANY);
    // Half a connection of something else is nobody's loss here.
    let found: Vec<&&TcpSeen> = tcp
        .iter()
        .filter(|t| t.fate == Fate::SipTcp || is_sip_port(t.port()))
        .filter(one_way)
        .filter(|t| !t.head().is_empty())
        .collect();
    let flows: Vec<String> = found.iter().map(|t| t.flow.to_string()).collect();
    let first = found.first()?.frame;
    Some(
        advice(
            "tcp_one_direction",
            Severity::Warning,
            Hides::Sip,
            format!(
                "of {} only one direction is in the capture",
                counted(
                    found.len() as u64,
                    "TCP connection of SIP",
                    "TCP connections of SIP"
                )
            ),
        )
        .detail(first_few(&flows, 3))
        .advise("Mirror both directions of the port (rx and tx), or capture at one of the hosts.")
        .at(Some(first)),
    )
}

fn mid_start(sip: &[&TcpSeen]) -> Option<Advice> {
    let found: Vec<&&TcpSeen> = sip.iter().filter(|t| !t.opened).collect();
    let first = found.first()?.frame;
    Some(
        advice(
            "sip_stream_mid_start",
            Severity::Info,
            None,
            format!(
                "{} open before the capture began",
                counted(
                    found.len() as u64,
                    "TCP connection of SIP was",
                    "TCP connections of SIP were"
                )
            ),
        )
        .detail(
            "the first bytes may be the end of a message; reading begins at the next start line",
        )
        .at(Some(first)),
    )
}

fn failed(tcp: &[&TcpSeen]) -> Option<Advice> {
    let found: Vec<&&TcpSeen> = tcp
        .iter()
        .filter(|t| is_sip_port(t.port()) && t.opened && t.head().is_empty())
        .filter(|t| t.reset || t.packets[1] == 0)
        .collect();
    let flows: Vec<String> = found.iter().map(|t| t.flow.to_string()).collect();
    let first = found.first()?;
    let refused = found.iter().filter(|t| t.reset).count();
    Some(
        advice(
            "sip_connection_failed",
            Severity::Warning,
            None,
            format!(
                "{} to a SIP port came to nothing",
                counted(found.len() as u64, "TCP connection", "TCP connections")
            ),
        )
        .detail(format!(
            "{refused} refused or reset, {} without an answer: {}",
            found.len() - refused,
            first_few(&flows, 3)
        ))
        .advise("Nobody listens there, or a firewall is in between: SIP was never sent.")
        .at(Some(first.frame)),
    )
}

fn is_sip_port(port: u16) -> bool {
    (5060..=5091).contains(&port)
}
