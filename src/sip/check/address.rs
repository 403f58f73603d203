//! Addresses and parameter lists beside the grammar: Via, From, To, Contact and the like.

use super::clean::is_clean;
use super::value::shown;
use crate::sip::flaw::Flaw;
use crate::sip::header::name_addr::may_be_uri;
use crate::sip::header::numbers::parse_seconds;
use crate::sip::header::{NameAddr, Via, via::BRANCH_COOKIE};
use crate::sip::header_name::HeaderName;
use crate::sip::lex::{is_lws, is_token_char, quoted_len, split_list, split_via_list, trim};
use crate::sip::params::Param;
use crate::types::FlawCode;
use memchr::{memchr, memchr2_iter};

/// Checks a header that holds addresses.
pub(super) fn check(name: HeaderName, value: &[u8], flaws: &mut Vec<Flaw>) {
    if !is_clean(name, value) {
        look_closely(name, value, flaws);
    }
}

/// The precise checks, for values the quick look did not pass.
pub(super) fn look_closely(name: HeaderName, value: &[u8], flaws: &mut Vec<Flaw>) {
    match name {
        HeaderName::Via => via(value, flaws),
        HeaderName::From | HeaderName::To => {
            let addr = NameAddr::parse(value);
            tag(name, &addr, flaws);
            name_addr(name, value, &addr, flaws);
        }
        HeaderName::ReferTo | HeaderName::ReferredBy | HeaderName::ReplyTo => {
            name_addr(name, value, &NameAddr::parse(value), flaws);
        }
        HeaderName::Contact if value != b"*" => {
            stray_separators(name, value, flaws);
            for item in split_list(value) {
                let addr = NameAddr::parse(item);
                name_addr(name, item, &addr, flaws);
                expires(&addr, flaws);
            }
        }
        HeaderName::Route | HeaderName::RecordRoute => {
            stray_separators(name, value, flaws);
        }
        _ => {}
    }
}

fn via(value: &[u8], flaws: &mut Vec<Flaw>) {
    let name = HeaderName::Via;
    stray_separators(name, value, flaws);
    for item in split_via_list(value) {
        let via = Via::parse(item);
        if via.transport.is_empty() || via.sent_by_malformed {
            flaws.push(Flaw::of_header(
                FlawCode::ViaMalformed,
                name,
                format!("The Via {} cannot be read in full.", shown(item)),
                "RFC 3261 §20.42",
            ));
        }
        if via.sent_by_host.contains(&b':')
            && !via.sent_by_malformed
            && via.sent_by_addr().is_none()
        {
            flaws.push(Flaw::of_header(
                FlawCode::Ipv6ReferenceMalformed,
                name,
                format!(
                    "Via: {} is no IPv6 address in brackets.",
                    shown(via.sent_by_host)
                ),
                "RFC 5118 §4.10",
            ));
        }
        let empty = via.branch.is_none() && via.params.has("branch");
        if empty || via.branch == Some(BRANCH_COOKIE) {
            flaws.push(Flaw::of_header(
                FlawCode::BranchEmpty,
                name,
                "The branch is empty or only the magic cookie and identifies nothing; RFC 2543 rules apply.",
                "RFC 3261 §8.1.1.7",
            ));
        }
        if via.sent_by_host == b"255.255.255.255" {
            flaws.push(Flaw::of_header(
                FlawCode::ViaBroadcast,
                name,
                "A Via names the broadcast address; a response must not go there.",
                "RFC 3261 §18.2.2",
            ));
        }
    }
}

/// Commas and semicolons with nothing between them.
fn stray_separators(name: HeaderName, value: &[u8], flaws: &mut Vec<Flaw>) {
    let suspicious = memchr2_iter(b';', b',', value).any(|at| {
        let mut after = value.get(at + 1..).unwrap_or_default().iter();
        after
            .find(|b| !is_lws(**b))
            .is_none_or(|b| matches!(b, b';' | b','))
    });
    if suspicious && has_empty_item(value) {
        flaws.push(Flaw::of_header(
            FlawCode::StraySeparator,
            name,
            format!(
                "{} holds separators with nothing between them.",
                name.as_str()
            ),
            "RFC 3261 §7.3.1",
        ));
    }
}

/// Outside quotes and brackets, two separators follow one another or one ends the value.
fn has_empty_item(value: &[u8]) -> bool {
    let mut at = 0;
    let mut open = false;
    while let Some(rest) = value.get(at..) {
        at += match rest.first() {
            None => return open,
            Some(b';' | b',') if open => return true,
            Some(b';' | b',') => {
                open = true;
                1
            }
            Some(b) if is_lws(*b) => 1,
            Some(b'"') => {
                open = false;
                quoted_len(rest).unwrap_or(1)
            }
            Some(b'<') => {
                open = false;
                memchr(b'>', rest).map_or(1, |end| end + 1)
            }
            Some(_) => {
                open = false;
                1
            }
        };
    }
    open
}

fn tag(name: HeaderName, addr: &NameAddr<'_>, flaws: &mut Vec<Flaw>) {
    let mut tags = addr
        .params
        .iter()
        .filter(|p| p.name.eq_ignore_ascii_case(b"tag"));
    let first = tags.next();
    if first.is_some_and(|t| t.value.unwrap_or_default().is_empty()) || tags.next().is_some() {
        flaws.push(Flaw::of_header(
            FlawCode::TagMalformed,
            name,
            format!("The tag of {} is empty or given twice.", name.as_str()),
            "RFC 3261 §19.3",
        ));
    }
}

fn name_addr(name: HeaderName, value: &[u8], addr: &NameAddr<'_>, flaws: &mut Vec<Flaw>) {
    super::uri::check(Some(name), &addr.uri(), flaws);
    let mut flaw = |code, text: &str, source| {
        flaws.push(Flaw::of_header(
            code,
            name,
            format!("{}: {text}", name.as_str()),
            source,
        ));
    };
    if has_unterminated_quote(value) {
        flaw(
            FlawCode::UnterminatedQuote,
            "a quoted string never ends.",
            "RFC 3261 §25.1",
        );
    }
    if !addr.bracketed {
        if memchr(b'?', addr.uri).is_some() {
            flaw(
                FlawCode::UriNotBracketed,
                "a URI with headers must stand in <>.",
                "RFC 3261 §20",
            );
        }
        return;
    }
    let Some(open) = memchr(b'<', value) else {
        return;
    };
    if addr.mended || !may_be_uri(trim(addr.uri)) {
        let text = match addr.mended {
            true => "what stands in the first <> is no URI; the last <> is taken for the address.",
            false => "what stands in the <> is no URI.",
        };
        flaw(FlawCode::NameAddrMalformed, text, "RFC 3261 §25.1");
        return;
    }
    let display = value.get(..open).unwrap_or_default();
    let unquoted_flaw =
        display.first() != Some(&b'"') && !display.iter().all(|b| is_token_char(*b) || is_lws(*b));
    if unquoted_flaw {
        flaw(
            FlawCode::DisplayNameUnquoted,
            "the display name needs quotes.",
            "RFC 3261 §25.1",
        );
    }
    let inner = value.get(open + 1..).unwrap_or_default();
    let Some(close) = memchr(b'>', inner) else {
        flaw(
            FlawCode::UnterminatedBracket,
            "the < before the URI is never closed.",
            "RFC 3261 §25.1",
        );
        return;
    };
    let inner = inner.get(..close).unwrap_or_default();
    // In a quoted display name the first `<` is not the address's; then the URI fills its brackets.
    if display.first() != Some(&b'"') || quoted_len(display).is_some() {
        let spaced =
            inner.first().is_some_and(|b| is_lws(*b)) || inner.last().is_some_and(|b| is_lws(*b));
        if spaced {
            flaw(
                FlawCode::UriWhiteSpace,
                "white space stands inside the <>.",
                "RFC 3261 §25.1",
            );
        }
    }
}

/// Quotes are counted over the display name and the parameters, not inside `<>`.
fn has_unterminated_quote(value: &[u8]) -> bool {
    let mut at = 0;
    while let Some(hit) = value.get(at..).and_then(|rest| memchr(b'"', rest)) {
        let Some(len) = value.get(at + hit..).and_then(quoted_len) else {
            return true;
        };
        at += hit + len;
    }
    false
}

fn expires(addr: &NameAddr<'_>, flaws: &mut Vec<Flaw>) {
    let bad = |p: Param<'_>| p.value.and_then(parse_seconds).is_none();
    if addr.params.find("expires").is_some_and(bad) {
        flaws.push(Flaw::of_header(
            FlawCode::ExpiresOutOfRange,
            HeaderName::Contact,
            "The expires parameter is not a number below 2^32; 3600 s are assumed.",
            "RFC 3261 §20.10",
        ));
    }
}
