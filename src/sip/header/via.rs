//! Via (RFC 3261 §20.42).

use crate::sip::lex::{is_lws, is_token_char, trim};
use crate::sip::params::Params;
use crate::sip::uri::{parse_addr, split_host_port};
use memchr::memchr;
use nom::bytes::complete::{take_while, take_while1};
use nom::character::complete::char;
use nom::sequence::{delimited, terminated};
use nom::{IResult, Parser};
use std::net::IpAddr;

/// The `rport` parameter (RFC 3581).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rport {
    /// Present without a value: the client asks to be told.
    Asked,
    /// The source port the server saw.
    Port(u16),
}

/// One Via value: a hop of the request, as whoever sent it there wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Via<'a> {
    /// `UDP`, `TCP`, `TLS`, `WS`, ... as sent.
    pub transport: &'a [u8],
    /// Host of the sent-by, an IPv6 address without its brackets.
    pub sent_by_host: &'a [u8],
    /// Port of the sent-by; `None` stands for the transport's default.
    pub sent_by_port: Option<u16>,
    /// The host or port is not readable.
    pub sent_by_malformed: bool,
    /// The `branch` as sent; `None` when absent or empty.
    pub branch: Option<&'a [u8]>,
    /// The address the server saw, an IPv6 address without its brackets (RFC 5118 §4.5).
    pub received: Option<&'a [u8]>,
    /// The port the server saw.
    pub rport: Option<Rport>,
    /// All parameters.
    pub params: Params<'a>,
    /// The value as sent, trimmed.
    pub raw: &'a [u8],
}

/// The cookie an RFC 3261 branch starts with (§8.1.1.7).
pub(crate) const BRANCH_COOKIE: &[u8] = b"z9hG4bK";

/// True for a branch that is more than the magic cookie.
pub(in crate::sip) fn is_unique(branch: &[u8]) -> bool {
    let (cookie, rest) = branch.split_at(BRANCH_COOKIE.len().min(branch.len()));
    !rest.is_empty() && cookie.eq_ignore_ascii_case(BRANCH_COOKIE)
}

impl<'a> Via<'a> {
    /// Reads one Via value. Always gives one; parts that cannot be read are empty or `None`.
    pub fn parse(raw: &'a [u8]) -> Via<'a> {
        let raw = trim(raw);
        let (rest, transport) = plain_protocol(raw)
            .or_else(|| sent_protocol(raw).ok())
            .unwrap_or((raw, b""));
        let end = memchr(b';', rest).unwrap_or(rest.len());
        let (sent_by, params) = rest.split_at(end);
        // RFC 2543 allowed a comment after the sent-by.
        let comment = memchr(b'(', sent_by).unwrap_or(sent_by.len());
        let sent_by = sent_by.get(..comment).unwrap_or_default();
        let host = split_host_port(sent_by);
        let mut via = Via {
            transport,
            sent_by_host: without_brackets(host.host),
            sent_by_port: host.port,
            sent_by_malformed: host.malformed || host.host.is_empty(),
            branch: None,
            received: None,
            rport: None,
            params: Params(params),
            raw,
        };
        for p in via.params.iter() {
            if p.name.eq_ignore_ascii_case(b"branch") {
                via.branch = via.branch.or(p.value.filter(|b| !b.is_empty()));
            } else if p.name.eq_ignore_ascii_case(b"received") {
                via.received = p.value.map(without_brackets);
            } else if p.name.eq_ignore_ascii_case(b"rport") {
                via.rport = Some(
                    p.value
                        .and_then(|v| std::str::from_utf8(v).ok()?.parse().ok())
                        .map_or(Rport::Asked, Rport::Port),
                );
            }
        }
        via
    }

    /// The branch if it is one RFC 3261 makes unique: longer than the cookie and starting with it.
    pub fn unique_branch(&self) -> Option<&'a [u8]> {
        self.branch.filter(|b| is_unique(b))
    }

    /// The sent-by host as an address, if it is one.
    pub fn sent_by_addr(&self) -> Option<IpAddr> {
        parse_addr(self.sent_by_host)
    }
}

/// `SIP/2.0/transport` as nearly everybody writes it: the rest and the transport.
fn plain_protocol(v: &[u8]) -> Option<(&[u8], &[u8])> {
    let v = v.strip_prefix(b"SIP/2.0/")?;
    let len = v.iter().take_while(|b| is_token_char(**b)).count();
    let (transport, rest) = v.split_at(len);
    (len > 0).then_some((rest, transport))
}

/// `SIP / 2.0 / transport`, with LWS anywhere around the slashes; gives the transport.
fn sent_protocol(i: &[u8]) -> IResult<&[u8], &[u8]> {
    fn slash(i: &[u8]) -> IResult<&[u8], char> {
        delimited(take_while(is_lws), char('/'), take_while(is_lws)).parse(i)
    }
    let (i, _) = terminated(take_while1(is_token_char), slash).parse(i)?;
    let (i, _) = terminated(take_while1(is_token_char), slash).parse(i)?;
    take_while1(is_token_char).parse(i)
}

fn without_brackets(host: &[u8]) -> &[u8] {
    match host {
        [b'[', inner @ .., b']'] => inner,
        plain => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_and_spaces_around_every_separator_are_read_over() {
        let v = Via::parse(
            b"SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ",
        );
        assert_eq!(v.transport, b"TCP");
        assert_eq!(v.sent_by_host, b"spindle.example.com");
        assert_eq!(v.branch, Some(&b"z9hG4bK9ikj8"[..]));
    }

    #[test]
    fn ipv6_is_the_same_with_and_without_brackets() {
        let v = Via::parse(
            b"SIP/2.0/UDP [2001:db8::9:1]:5070;received=[2001:db8::9:255];rport=5081;branch=z9hG4bKas3-111",
        );
        assert_eq!(v.sent_by_addr(), "2001:db8::9:1".parse().ok());
        assert_eq!(v.sent_by_port, Some(5070));
        assert_eq!(v.received, Some(&b"2001:db8::9:255"[..]));
        assert_eq!(v.rport, Some(Rport::Port(5081)));
        let bare = Via::parse(b"SIP/2.0/UDP [::1];received=2001:db8::9:255;rport");
        assert_eq!(bare.received, v.received);
        assert_eq!(bare.rport, Some(Rport::Asked));
    }

    #[test]
    fn a_branch_of_only_the_cookie_makes_nothing_unique() {
        let v = Via::parse(b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK");
        assert_eq!(v.branch, Some(&b"z9hG4bK"[..]));
        assert_eq!(v.unique_branch(), None);
        assert_eq!(Via::parse(b"SIP/2.0/UDP a;branch=1").unique_branch(), None);
    }

    #[test]
    fn rubbish_gives_an_empty_hop() {
        let v = Via::parse(b";;,;,,");
        assert!(v.sent_by_malformed);
        assert_eq!(v.branch, None);
        assert!(Via::parse(b"SIP/2.0/UDP host:0;branch=x").sent_by_malformed);
    }
}
