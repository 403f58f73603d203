//! The quick look: true only for values the precise checks would find nothing wrong with. Nearly
//! every value of real traffic passes, so the precise checks are paid for by the odd ones only.

use super::uri::USER_CHARS;
use crate::sip::header::via::BRANCH_COOKIE;
use crate::sip::header_name::HeaderName;
use crate::sip::lex::{CharSet, HOST_CHARS, alphanumeric_and, is_lws, is_token, split_run};
use memchr::{memchr, memchr2};

static TRANSPORT_CHARS: CharSet = alphanumeric_and(b"");
/// Those of a parameter with a value, which may be an IPv6 address.
static VIA_PARAM_CHARS: CharSet = alphanumeric_and(b"-.!%*_+`'~=:[]");
/// Those of a display name without quotes.
static NAME_CHARS: CharSet = alphanumeric_and(b"-.!%*_+`'~ ");

/// True when a header that holds addresses needs no closer look.
pub(super) fn is_clean(name: HeaderName, value: &[u8]) -> bool {
    match name {
        HeaderName::Via => is_clean_via(value),
        HeaderName::From | HeaderName::To => {
            after_name_addr(value).is_some_and(|params| match params {
                [] => true,
                [b';', b't', b'a', b'g', b'=', tag @ ..] => is_token(tag),
                _ => false,
            })
        }
        HeaderName::Contact
        | HeaderName::ReferTo
        | HeaderName::ReferredBy
        | HeaderName::ReplyTo => after_name_addr(value).is_some_and(|params| match params {
            [] => true,
            [
                b';',
                b'e',
                b'x',
                b'p',
                b'i',
                b'r',
                b'e',
                b's',
                b'=',
                digits @ ..,
            ] => (1..=9).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit),
            _ => false,
        }),
        HeaderName::Route | HeaderName::RecordRoute => {
            matches!(value, [b'<', uri @ .., b'>'] if !uri.contains(&b'>'))
        }
        _ => true,
    }
}

/// One hop or several.
fn is_clean_via(mut value: &[u8]) -> bool {
    loop {
        match after_hop(value) {
            Some([]) => return true,
            Some([b',', b' ', next @ ..] | [b',', next @ ..]) => value = next,
            _ => return false,
        }
    }
}

/// What follows `SIP/2.0/UDP host[:port]` and parameters of token characters.
fn after_hop(value: &[u8]) -> Option<&[u8]> {
    let rest = value.strip_prefix(b"SIP/2.0/")?;
    let (transport, [b' ', rest @ ..]) = split_run(rest, &TRANSPORT_CHARS) else {
        return None;
    };
    let mut params = after_host_port(rest).filter(|_| !transport.is_empty())?;
    while let [b';', rest @ ..] = params {
        let (param, after) = split_run(rest, &VIA_PARAM_CHARS);
        let no_value = param.eq_ignore_ascii_case(b"branch") || param.ends_with(b"=");
        if param.is_empty() || no_value || param.ends_with(BRANCH_COOKIE) {
            return None;
        }
        params = after;
    }
    Some(params)
}

/// What follows a name or IPv4 address with an optional port from 1 to 65535.
pub(super) fn after_host_port(v: &[u8]) -> Option<&[u8]> {
    let (name, rest) = split_run(v, &HOST_CHARS);
    if name.is_empty() || name == b"255.255.255.255" {
        return None;
    }
    let [b':', port @ ..] = rest else {
        return (rest.first() != Some(&b':')).then_some(rest);
    };
    let digits = port.iter().take_while(|b| b.is_ascii_digit()).count();
    let (number, rest) = port.split_at(digits);
    // Four digits cannot overflow; five are looked at closely unless they are low.
    let fits = (1..=4).contains(&digits) || (digits == 5 && number < &b"65536"[..]);
    (fits && number.first() != Some(&b'0')).then_some(rest)
}

/// What follows `"name" <uri>` or `name <uri>`, when both are plain.
fn after_name_addr(value: &[u8]) -> Option<&[u8]> {
    let rest = match value {
        [b'"', quoted @ ..] => {
            let end = quoted.iter().position(|b| matches!(b, b'"' | b'\\'))?;
            match quoted.get(end..)? {
                [b'"', b' ', rest @ ..] | [b'"', rest @ ..] => rest,
                _ => return None,
            }
        }
        plain => split_run(plain, &NAME_CHARS).1,
    };
    let [b'<', uri @ ..] = rest else { return None };
    let end = memchr2(b'>', b'"', uri)?;
    let (uri, rest) = uri.split_at(end);
    match rest {
        [b'>', rest @ ..] if is_clean_uri(uri) && !is_lws(*uri.last()?) => Some(rest),
        _ => None,
    }
}

/// True for a sip or sips URI with a plain user and host.
fn is_clean_uri(uri: &[u8]) -> bool {
    let Some(rest) = uri
        .strip_prefix(b"sip:")
        .or_else(|| uri.strip_prefix(b"sips:"))
    else {
        return false;
    };
    clean_user_and_host(rest).is_some()
}

/// What follows `user@host:port` or `host:port` where nothing is escaped and the host is no IPv6 address.
fn clean_user_and_host(v: &[u8]) -> Option<&[u8]> {
    let (user, host) = split_run(v, &USER_CHARS);
    let host = match host {
        [b'@', host @ ..] if !user.is_empty() => host,
        // Parameters may hold a part that looks like an address.
        _ if memchr(b'@', v).is_some() => return None,
        _ => v,
    };
    let rest = after_host_port(host)?;
    let is_end = match rest.first() {
        None => true,
        Some(b';' | b'?') => memchr(b'@', rest).is_none(),
        Some(_) => false,
    };
    is_end.then_some(rest)
}

/// True for a sip or sips Request-URI with a plain host and nothing a request line forbids.
pub(super) fn is_clean_request_uri(uri: &[u8]) -> bool {
    let Some(rest) = uri
        .strip_prefix(b"sip:")
        .or_else(|| uri.strip_prefix(b"sips:"))
    else {
        return false;
    };
    clean_user_and_host(rest).is_some_and(|params| !params.contains(&b'?'))
}

#[cfg(test)]
mod tests {
    use super::super::address;
    use super::*;
    use crate::sip::uri::Uri;
    use proptest::prelude::*;

    const ADDRESSES: [HeaderName; 7] = [
        HeaderName::Via,
        HeaderName::From,
        HeaderName::To,
        HeaderName::Contact,
        HeaderName::Route,
        HeaderName::RecordRoute,
        HeaderName::ReferTo,
    ];

    #[test]
    fn everyday_values_pass_the_quick_look() {
        assert!(is_clean_via(
            b"SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK-1.2;received=192.0.2.9"
        ));
        for from in [
            &b"\"Alice Q\" <sip:alice@b:5060>;tag=9fx.1"[..],
            b"Alice <sip:a@b;x=y>",
            b"<sip:a@b>;tag=1",
        ] {
            assert!(is_clean(HeaderName::From, from));
        }
        assert!(is_clean(HeaderName::Contact, b"<sip:a@192.0.2.1:5060;ob>"));
        assert!(is_clean(HeaderName::Contact, b"<sip:a@b>;expires=3600"));
        assert!(is_clean_via(
            b"SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/TCP b:5070;rport"
        ));
        assert!(is_clean(HeaderName::Route, b"<sip:192.0.2.1;lr>"));
        assert!(is_clean_request_uri(
            b"sip:bob@192.0.2.10:65535;transport=tcp"
        ));
        assert!(!is_clean_request_uri(b"sip:bob@192.0.2.10:65536"));
        for empty in [
            &b"SIP/2.0/UDP a;branch=z9hG4bK"[..],
            b"SIP/2.0/UDP a;branch=;x",
        ] {
            assert!(!is_clean_via(empty));
            assert_eq!(precise(HeaderName::Via, empty), 1);
        }
    }

    fn precise(name: HeaderName, value: &[u8]) -> usize {
        let mut flaws = Vec::new();
        address::look_closely(name, value, &mut flaws);
        flaws.len()
    }

    proptest! {
        // Built from the pieces the grammar turns on, so that near-misses are common.
        #[test]
        fn what_passes_the_quick_look_passes_the_precise_checks(
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("SIP/2.0/UDP "), Just("192.0.2.1"), Just("255.255.255.255"), Just(":5060"),
                    Just(":0"), Just(":70000"), Just(":65535"), Just(";"), Just(","), Just("branch="),
                    Just("z9hG4bK"), Just("1"), Just("<"), Just(">"), Just("sip:a@b"), Just("\""),
                    Just(" "), Just("\\"), Just(";tag="), Just("?x=y"), Just("Bob"), Just("@"),
                    Just("<sip:a@b>"), Just("expires=x"), Just("[::1]"), Just("[::::1]"), Just("%4"),
                    Just("<sip:"), Just("2001:db8::1"), Just("#"),
                    Just(";expires="), Just("SIP/2.0/TCP h;x"), Just(", "),
                ],
                0..9,
            ),
        ) {
            let value = pieces.concat();
            let value = value.trim().as_bytes();
            for name in ADDRESSES {
                if is_clean(name, value) {
                    prop_assert_eq!(precise(name, value), 0, "{:?}", name);
                }
            }
            if is_clean_request_uri(value) {
                let uri = Uri::parse(value);
                prop_assert!(!uri.host_malformed && uri.headers.is_none());
            }
        }
    }
}
