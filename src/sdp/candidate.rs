//! ICE candidates (RFC 8839 §5.1).

use nom::bytes::complete::{tag_no_case, take_while, take_while1};
use nom::character::complete::{digit1, u16 as number16, u32 as number32};
use nom::combinator::opt;
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use std::net::IpAddr;

/// Where a candidate address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// An address of the host itself.
    Host,
    /// As a STUN server saw it.
    ServerReflexive,
    /// As the peer saw it.
    PeerReflexive,
    /// On a TURN server.
    Relayed,
    /// A type this program does not know.
    Other,
}

/// One `a=candidate`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// Candidates of one base share it.
    pub foundation: &'a str,
    /// 1 is RTP, 2 RTCP.
    pub component: u16,
    /// `UDP`, `tcp`, as sent.
    pub transport: &'a str,
    /// Higher is preferred.
    pub priority: u32,
    /// Address or host name (`.local` for mDNS).
    pub address: &'a str,
    /// Port of the candidate address.
    pub port: u16,
    /// Where it comes from.
    pub kind: CandidateKind,
    /// The address it was derived from (`raddr`, `rport`).
    pub related: Option<(&'a str, u16)>,
}

impl<'a> Candidate<'a> {
    /// Reads the value after `candidate:`; `None` when it is not one.
    pub fn parse(value: &'a str) -> Option<Candidate<'a>> {
        candidate(value.trim()).ok().map(|(_, c)| c)
    }

    /// The address, when it is no host name.
    pub fn ip(&self) -> Option<IpAddr> {
        self.address.parse().ok()
    }
}

fn word(i: &str) -> IResult<&str, &str> {
    terminated(take_while1(|c: char| c != ' '), take_while(|c| c == ' ')).parse(i)
}

fn keyword<'a>(
    name: &'static str,
) -> impl Parser<&'a str, Output = &'a str, Error = nom::error::Error<&'a str>> {
    terminated(tag_no_case(name), take_while(|c| c == ' '))
}

fn candidate(i: &str) -> IResult<&str, Candidate<'_>> {
    let spaces = || take_while(|c| c == ' ');
    let (i, foundation) = word(i)?;
    let (i, component) = terminated(number16, spaces()).parse(i)?;
    let (i, transport) = word(i)?;
    let (i, priority) = terminated(number32, spaces()).parse(i)?;
    let (i, address) = word(i)?;
    let (i, port) = terminated(number16, spaces()).parse(i)?;
    let (i, kind) = preceded(keyword("typ"), word).parse(i)?;
    let (i, related_address) = opt(preceded(keyword("raddr"), word)).parse(i)?;
    let (i, related_port) =
        opt(preceded(keyword("rport"), terminated(digit1, spaces()))).parse(i)?;
    let related_port = related_port.and_then(|p: &str| p.parse().ok());
    Ok((
        i,
        Candidate {
            foundation,
            component,
            transport,
            priority,
            address,
            port,
            kind: match kind {
                "host" => CandidateKind::Host,
                "srflx" => CandidateKind::ServerReflexive,
                "prflx" => CandidateKind::PeerReflexive,
                "relay" => CandidateKind::Relayed,
                _ => CandidateKind::Other,
            },
            related: related_address.zip(related_port),
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Examples of RFC 8839 §5.1, addresses changed.
    #[test]
    fn a_reflexive_candidate_names_its_base() {
        let c = Candidate::parse(
            "2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998 generation 0",
        )
        .unwrap();
        assert_eq!((c.foundation, c.component, c.transport), ("2", 1, "UDP"));
        assert_eq!(
            (c.priority, c.address, c.port),
            (1694498815, "192.0.2.3", 45664)
        );
        assert_eq!(c.kind, CandidateKind::ServerReflexive);
        assert_eq!(c.related, Some(("203.0.113.141", 8998)));
    }

    #[test]
    fn host_names_and_ipv6_are_candidates_too() {
        let m = Candidate::parse("1 1 udp 1 abc.local 9 typ host").unwrap();
        assert_eq!(
            (m.ip(), m.kind, m.related),
            (None, CandidateKind::Host, None)
        );
        assert!(
            Candidate::parse("1 2 udp 1 2001:db8::1 9 typ relay")
                .unwrap()
                .ip()
                .is_some()
        );
        assert_eq!(Candidate::parse("1 1 udp x 192.0.2.1 9 typ host"), None);
        assert_eq!(Candidate::parse(""), None);
    }
}
