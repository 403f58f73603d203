//! The fields a message is keyed by, taken from their headers without reading the rest: every
//! message is looked up by them, few are looked at more closely.
//!
//! Invariant: what the quick look cannot read to the letter is read in full, with the same result.

use super::header::via::is_unique;
use super::header::{NameAddr, Via};
use super::header_name::HeaderName;
use super::lex::{HOST_CHARS, PARAM_CHARS, is_lws, is_token, split_run, split_via_list};
use super::message::Message;
use memchr::memchr;

/// What the topmost Via tells of its hop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hop<'a> {
    /// The branch parameter.
    pub branch: Option<&'a [u8]>,
    /// Host of the sent-by, without brackets.
    pub sent_by_host: &'a [u8],
}

impl<'a> Hop<'a> {
    /// The branch where it identifies a transaction (RFC 3261 §8.1.1.7).
    pub fn unique_branch(&self) -> Option<&'a [u8]> {
        self.branch.filter(|b| is_unique(b))
    }
}

impl<'a> Message<'a> {
    /// The tag of the From header.
    pub fn from_tag(&self) -> Option<&'a [u8]> {
        self.headers.first(HeaderName::From).and_then(tag)
    }

    /// The tag of the To header.
    pub fn to_tag(&self) -> Option<&'a [u8]> {
        self.headers.first(HeaderName::To).and_then(tag)
    }

    /// Branch and sender of the topmost Via.
    pub fn top_hop(&self) -> Option<Hop<'a>> {
        self.hop
    }

    pub(super) fn read_hop(&self) -> Option<Hop<'a>> {
        let plain = self.headers.first(HeaderName::Via).and_then(plain_hop);
        plain.or_else(|| self.top_via().map(|via| hop(&via)))
    }

    /// How many hops the Vias name, over all lines.
    pub fn via_count(&self) -> usize {
        self.headers.all(HeaderName::Via).map(hops_of).sum()
    }
}

fn tag(value: &[u8]) -> Option<&[u8]> {
    match plain_params(value) {
        Some([]) => None,
        Some([b';', b't', b'a', b'g', b'=', tag @ ..]) if is_token(tag) => Some(tag),
        _ => NameAddr::parse(value).tag(),
    }
}

/// What follows `<uri>` or `"name" <uri>`.
fn plain_params(value: &[u8]) -> Option<&[u8]> {
    let bracketed = match value {
        [b'"', quoted @ ..] => {
            let end = quoted.iter().position(|b| matches!(b, b'"' | b'\\'))?;
            match quoted.get(end..)? {
                [b'"', b' ', rest @ ..] | [b'"', rest @ ..] => rest,
                _ => return None,
            }
        }
        plain => plain,
    };
    let [b'<', uri @ ..] = bracketed else {
        return None;
    };
    uri.get(memchr(b'>', uri)? + 1..)
}

fn hop<'a>(via: &Via<'a>) -> Hop<'a> {
    Hop {
        branch: via.branch,
        sent_by_host: via.sent_by_host,
    }
}

/// `SIP/2.0/UDP host[:port]`, parameters of token characters, and among them the branch.
fn plain_hop(value: &[u8]) -> Option<Hop<'_>> {
    let protocol = value.strip_prefix(b"SIP/2.0/")?;
    let len = protocol.iter().take_while(|b| b.is_ascii_alphabetic());
    let (transport, sent_by) = protocol.split_at(len.count());
    let [b' ', sent_by @ ..] = sent_by else {
        return None;
    };
    let (host, mut rest) = split_run(sent_by, &HOST_CHARS);
    if let [b':', port @ ..] = rest {
        let digits = port.iter().take_while(|b| b.is_ascii_digit()).count();
        rest = port.get(digits..).filter(|_| (1..=4).contains(&digits))?;
    }
    while let [b';', param @ ..] = rest {
        let (param, after) = split_run(param, &PARAM_CHARS);
        if let [b'b', b'r', b'a', b'n', b'c', b'h', b'=', branch @ ..] = param {
            // A blank or fold after the value would still belong to the header.
            let ends = matches!(after, [] | [b';', ..]);
            let plain = ends && !branch.is_empty() && !transport.is_empty() && !host.is_empty();
            return plain.then_some(Hop {
                branch: Some(branch),
                sent_by_host: host,
            });
        }
        let spelled_otherwise = |p: &[u8]| p.eq_ignore_ascii_case(b"branch");
        if param.get(..6).is_some_and(spelled_otherwise) {
            return None;
        }
        rest = after;
    }
    None
}

fn hops_of(line: &[u8]) -> usize {
    let starts = line.first().is_some_and(|b| !is_lws(*b) && *b != b';');
    if starts && memchr(b',', line).is_none() {
        1
    } else {
        split_via_list(line).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn in_full(value: &[u8]) -> Option<Hop<'_>> {
        split_via_list(value)
            .next()
            .map(|item| hop(&Via::parse(item)))
    }

    #[test]
    fn everyday_values_are_read_at_a_glance() {
        let via = b"SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-1.2;received=192.0.2.9";
        let hop = plain_hop(via);
        assert_eq!(hop.and_then(|h| h.branch), Some(&b"z9hG4bK-1.2"[..]));
        assert_eq!(hop, in_full(via));
        assert_eq!(
            plain_params(b"\"Alice Q\" <sip:a@b;x=y>;tag=9"),
            Some(&b";tag=9"[..])
        );
        assert_eq!(tag(b"<sip:a@b>;tag=9fx.1"), Some(&b"9fx.1"[..]));
        assert_eq!(hops_of(b"SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b"), 2);
    }

    proptest! {
        // Built from the pieces the grammar turns on, so that near-misses are common.
        #[test]
        fn a_glance_reads_what_a_close_look_reads(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("SIP/2.0/UDP "), Just("SIP/2.0/"), Just("192.0.2.1"), Just("h"),
                    Just(":5060"), Just(":0"), Just(":70000"), Just(";"), Just(","),
                    Just(";branch="), Just(";branch"), Just(";BRANCH=x"), Just("z9hG4bK1"),
                    Just("<"), Just(">"), Just("\""), Just(" "), Just("\\"), Just("("), Just(")"),
                    Just("="), Just(";rport"), Just("[::1]"), Just("\r\n "), Just("<sip:a@b>"),
                    Just("sip:a@b"), Just(";tag="), Just(";TAG=t"), Just("\"Bob\" "), Just("/"),
                ],
                0..10,
            ),
        ) {
            let value = pieces.concat();
            let value = value.trim().as_bytes();
            prop_assert_eq!(tag(value), NameAddr::parse(value).tag());
            prop_assert_eq!(hops_of(value), split_via_list(value).count());
            if let Some(hop) = plain_hop(value) {
                prop_assert_eq!(Some(hop), in_full(value));
            }
        }
    }
}
