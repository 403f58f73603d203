//! The user and the host of SIP URIs, wherever they stand.

use super::value::shown;
use crate::sip::flaw::Flaw;
use crate::sip::header_name::HeaderName;
use crate::sip::lex::{CharSet, alphanumeric_and};
use crate::sip::uri::{Uri, parse_addr};
use crate::types::FlawCode;
use std::net::IpAddr;

/// What a user part may hold unescaped: unreserved and user-unreserved (RFC 3261 §25.1).
pub(super) const fn is_user_char(b: u8) -> bool {
    USER_CHARS[b as usize]
}

/// Letters, digits, mark, user-unreserved.
pub(super) static USER_CHARS: CharSet = alphanumeric_and(b"-_.!~*'()&=+$,;?/");

/// Checks a URI of a header, or with `None` the Request-URI. Nothing is said of other schemes.
pub(super) fn check(header: Option<HeaderName>, uri: &Uri<'_>, flaws: &mut Vec<Flaw>) {
    if !uri.is_sip() {
        return;
    }
    let mut flaw = |code, what: String, source| {
        flaws.push(match header {
            Some(name) => Flaw::of_header(code, name, format!("{}: {what}", name.as_str()), source),
            None => Flaw::of_message(code, format!("Request-URI: {what}"), source),
        });
    };
    match uri.user {
        Some([]) => flaw(
            FlawCode::UriUserMalformed,
            "nothing stands before the @ of the URI.".to_owned(),
            "RFC 3261 §25.1",
        ),
        Some(user) => {
            if let Some(odd) = odd_char(user).or_else(|| odd_char(uri.password.unwrap_or_default()))
            {
                flaw(
                    FlawCode::UriUserMalformed,
                    format!(
                        "the user part of the URI holds {}, which has to be escaped.",
                        shown(&[odd])
                    ),
                    "RFC 3261 §25.1",
                );
            }
        }
        None => {}
    }
    if let [b'[', .., b']'] = uri.host
        && !is_v6(uri.host)
    {
        flaw(
            FlawCode::Ipv6ReferenceMalformed,
            format!("{} is no IPv6 address in brackets.", shown(uri.host)),
            "RFC 5118 §4.10",
        );
    }
    if header.is_some() && is_v6(uri.host) && uri.host.first() != Some(&b'[') {
        flaw(
            FlawCode::UriMalformed,
            format!(
                "the IPv6 address {} stands without brackets.",
                shown(uri.host)
            ),
            "RFC 5118 §4.2",
        );
    }
}

/// True for an IPv6 address, in brackets or not.
fn is_v6(host: &[u8]) -> bool {
    matches!(parse_addr(host), Some(IpAddr::V6(_)))
}

/// The first character that may not stand there as it is; of a bad escape, its percent sign.
fn odd_char(user: &[u8]) -> Option<u8> {
    let mut rest = user;
    loop {
        rest = match rest {
            [] => return None,
            [b'%', a, b, rest @ ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => rest,
            [b, rest @ ..] if is_user_char(*b) => rest,
            [odd, ..] => return Some(*odd),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(uri: &str) -> Vec<&'static str> {
        let mut flaws = Vec::new();
        check(
            Some(HeaderName::To),
            &Uri::parse(uri.as_bytes()),
            &mut flaws,
        );
        assert!(flaws.iter().all(|f| f.header == Some("To")));
        flaws.iter().map(|f| f.code.as_str()).collect()
    }

    #[test]
    fn a_user_part_escapes_what_the_grammar_does_not_list() {
        for good in [
            "sip:alice@h",
            "sip:+1-212;ext=5?a/b&c=d$e,f(g)!~*'_.@h",
            "sip:%5Calice%40x@h:5060",
            "sips:alice:pass,word@h",
            "tel:\\1",
            "sip:h;p=\\",
        ] {
            assert!(codes(good).is_empty(), "{good}");
        }
        for bad in [
            "sip:alice\\@192.0.2.10",
            "sip:a#b@h",
            "sip:a%4@h",
            "sip:a%zz@h",
            "sip:a@b@h",
            "sip:ä@h",
            "sip:a:p|w@h",
            "sip:@h",
        ] {
            assert_eq!(codes(bad), ["uri_user_malformed"], "{bad}");
        }
    }

    #[test]
    fn an_ipv6_reference_is_an_address_in_brackets() {
        for good in ["sip:a@[::1]", "sip:[2001:db8::192.0.2.1]:5070;x"] {
            assert!(codes(good).is_empty(), "{good}");
        }
        assert_eq!(
            codes("sip:a@[2001:db8:::192.0.2.1]"),
            ["ipv6_reference_malformed"]
        );
        assert_eq!(codes("sip:a@[192.0.2.1]"), ["ipv6_reference_malformed"]);
        assert_eq!(codes("sip:a@2001:db8::1"), ["uri_malformed"]);
    }
}
