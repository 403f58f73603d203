//! Short names for people: the user part of a URI, outcomes in words.

use super::standing::B2BUA;
use super::words::clean;
use super::{Ink, Lookup};
use crate::call::{EndedBy, Outcome};
use crate::report::model::{Call, CallParty};

/// The user part of a SIP or tel URI, else its host; %HH decoded where that gives text; safe to print.
pub(crate) fn user_of(uri: &str) -> String {
    let inner = uri.trim().trim_start_matches('<').trim_end_matches('>');
    let rest = inner.split_once(':').map_or(inner, |(_, rest)| rest);
    let name = match rest.rsplit_once('@') {
        Some((user, _)) => user.split(':').next().unwrap_or(user),
        None => host_of(rest),
    };
    let name = name.split(';').next().unwrap_or(name);
    let name = clean(&unescaped(name));
    if name.is_empty() { "-".into() } else { name }
}

/// `alice@192.0.2.10` without scheme, parameters and headers; safe to print.
pub(crate) fn address_of(uri: &str) -> String {
    let inner = uri.trim().trim_start_matches('<').trim_end_matches('>');
    let rest = inner
        .strip_prefix("sip:")
        .or_else(|| inner.strip_prefix("sips:"))
        .unwrap_or(inner);
    let end = match rest.rfind('@') {
        Some(at) => at + host_of(rest.get(at..).unwrap_or("")).len(),
        None => host_of(rest).len(),
    };
    clean(rest.get(..end).unwrap_or(rest))
}

/// [`address_of`] with the transport, which is a part of where it is (RFC 3261 §19.1.1).
pub(crate) fn reached_at(uri: &str) -> String {
    let inner = uri.trim().trim_start_matches('<').trim_end_matches('>');
    let after = inner.rsplit_once('@').map_or(inner, |(_, host)| host);
    let params = after.split('?').next().unwrap_or(after).split(';').skip(1);
    let is_transport = |p: &&str| {
        let name = p.split('=').next().unwrap_or(p);
        name.trim().eq_ignore_ascii_case("transport")
    };
    let mut params = params.filter(is_transport);
    match params.next() {
        Some(transport) => format!("{};{}", address_of(uri), clean(transport.trim())),
        None => address_of(uri),
    }
}

fn host_of(rest: &str) -> &str {
    rest.split([';', '?']).next().unwrap_or(rest)
}

fn unescaped(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| std::str::from_utf8(hex).ok())
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or(&[]);
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

/// The name of a party: its user part.
pub(crate) fn party(party: &CallParty) -> String {
    user_of(&party.uri)
}

/// The name of who was talked to: the callee, or who answered where a redirection within the call led to.
pub(crate) fn callee_of(call: &Call) -> String {
    let target = call.links.iter().rev().find_map(|l| l.target.as_deref());
    target.map_or_else(|| party(&call.callee), user_of)
}

/// `"山田太郎" <sip:yamada@example.jp>`, the display name only where there is one.
pub(crate) fn party_in_full(party: &CallParty) -> String {
    let uri = clean(&party.uri);
    match party.display_name.as_deref().filter(|n| !n.is_empty()) {
        Some(name) => format!("\"{}\" <{uri}>", clean(&quoted(name))),
        None => uri,
    }
}

/// What stands between the quotes of a quoted-string (RFC 3261 §25.1).
fn quoted(name: &str) -> String {
    name.replace('\\', "\\\\").replace('"', "\\\"")
}

/// The outcome in words, with its status where it adds something.
pub(crate) fn outcome(call: &Call) -> (String, Ink) {
    let (words, ink) = outcome_words(call.outcome);
    match call.final_status {
        Some(status) => (format!("{words} ({status})"), ink),
        None => (words.to_owned(), ink),
    }
}

/// An outcome's token in words.
pub(crate) fn outcome_words(outcome: Outcome) -> (&'static str, Ink) {
    match outcome {
        Outcome::Answered => ("answered, no BYE seen", Ink::Warning),
        Outcome::Ringing => ("ringing at the end", Ink::Warning),
        Outcome::NoAnswer => ("no answer", Ink::Warning),
        Outcome::Timeout => ("no response", Ink::Error),
        Outcome::Unavailable | Outcome::Incomplete => (outcome.as_str(), Ink::Warning),
        Outcome::NotFound => ("not found", Ink::Error),
        Outcome::AuthFailed => ("authentication failed", Ink::Error),
        Outcome::Rejected | Outcome::Failed => (outcome.as_str(), Ink::Error),
        // Words already, and no fault.
        Outcome::Completed
        | Outcome::Cancelled
        | Outcome::Busy
        | Outcome::Declined
        | Outcome::Redirected => (outcome.as_str(), Ink::Plain),
    }
}

/// Who ended the call, by name.
pub(crate) fn ended_by(lookup: &Lookup<'_>, call: &Call) -> Option<String> {
    match call.ended_by? {
        EndedBy::Caller => Some(
            lookup
                .calling_server(call)
                .map_or_else(|| party(&call.caller), str::to_owned),
        ),
        EndedBy::Callee => Some(callee_of(call)),
        // The server between the legs, which is in the picture.
        EndedBy::Network if call.legs.len() > 1 && call.answer_time.is_some() => {
            Some(B2BUA.to_owned())
        }
        EndedBy::Network => Some(EndedBy::Network.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_is_named_by_its_user_else_its_host() {
        for (uri, name) in [
            ("sip:alice@192.0.2.10", "alice"),
            ("<sip:alice:secret@192.0.2.10;transport=udp>", "alice"),
            ("sip:192.0.2.10;lr", "192.0.2.10"),
            ("tel:+420123456789;phone-context=x", "+420123456789"),
            ("sip:j%C3%A1n@example.cz", "ján"),
            ("sip:a%1bb@h", "a\\x1bb"),
            ("sip:[2001:db8::1]:5060", "[2001:db8::1]:5060"),
            ("", "-"),
        ] {
            assert_eq!(user_of(uri), name, "{uri}");
        }
    }

    #[test]
    fn quotes_within_a_display_name_are_shown_as_they_are_sent() {
        for (name, shown) in [
            ("Bob", "\"Bob\" <sip:b@x>"),
            ("Bob \"B\" <x>", "\"Bob \\\"B\\\" <x>\" <sip:b@x>"),
            ("a\\b", "\"a\\\\b\" <sip:b@x>"),
        ] {
            let party = CallParty {
                uri: "sip:b@x".into(),
                display_name: Some(name.into()),
            };
            assert_eq!(party_in_full(&party), shown);
        }
    }

    #[test]
    fn an_address_of_record_is_shown_without_scheme_and_parameters() {
        assert_eq!(
            address_of("sip:bob@192.0.2.12;transport=udp"),
            "bob@192.0.2.12"
        );
        assert_eq!(address_of("sip:a;b=1@h?x=y"), "a;b=1@h");
        assert_eq!(address_of("tel:+1"), "tel:+1");
        assert_eq!(
            reached_at("<sip:bob@192.0.2.12:5060;ob;transport=tcp?a=b>"),
            "bob@192.0.2.12:5060;transport=tcp"
        );
        assert_eq!(reached_at("sip:bob@192.0.2.12;ob"), "bob@192.0.2.12");
    }
}
