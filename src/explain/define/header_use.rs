//! Where a header may stand: tables 2 and 3 of RFC 3261 §20 for the six methods of that RFC, and a sentence for
//! headers of later ones.

use super::{Fact, fact};
use crate::explain::words::listed;
use crate::sip::HeaderName;
use HeaderName as H;

/// The methods of the columns, in their order.
const METHODS: [&str; 6] = ["ACK", "BYE", "CANCEL", "INVITE", "OPTIONS", "REGISTER"];

/// Header, where (in the words of the table), and a mark a method:
/// `m` must, `s` should (m*), `o` may, `c` by the message, `t` should (over TCP must), `b` with a body must (*),
/// `-` not.
#[rustfmt::skip]
const TABLE: &[(HeaderName, &str, [char; 6])] = &[
    (H::Accept, "R", ['-', 'o', '-', 'o', 's', 'o']),
    (H::Accept, "2xx", ['-', '-', '-', 'o', 's', 'o']),
    (H::Accept, "415", ['-', 'c', '-', 'c', 'c', 'c']),
    (H::AcceptEncoding, "R", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::AcceptEncoding, "2xx", ['-', '-', '-', 'o', 's', 'o']),
    (H::AcceptEncoding, "415", ['-', 'c', '-', 'c', 'c', 'c']),
    (H::AcceptLanguage, "R", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::AcceptLanguage, "2xx", ['-', '-', '-', 'o', 's', 'o']),
    (H::AcceptLanguage, "415", ['-', 'c', '-', 'c', 'c', 'c']),
    (H::AlertInfo, "R", ['-', '-', '-', 'o', '-', '-']),
    (H::AlertInfo, "180", ['-', '-', '-', 'o', '-', '-']),
    (H::Allow, "R", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::Allow, "2xx", ['-', 'o', '-', 's', 's', 'o']),
    (H::Allow, "r", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::Allow, "405", ['-', 'm', '-', 'm', 'm', 'm']),
    (H::AuthenticationInfo, "2xx", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::Authorization, "R", ['o', 'o', 'o', 'o', 'o', 'o']),
    (H::CallId, "c", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::CallInfo, "", ['-', '-', '-', 'o', 'o', 'o']),
    (H::Contact, "R", ['o', '-', '-', 'm', 'o', 'o']),
    (H::Contact, "1xx", ['-', '-', '-', 'o', '-', '-']),
    (H::Contact, "2xx", ['-', '-', '-', 'm', 'o', 'o']),
    (H::Contact, "3xx", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::Contact, "485", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::ContentDisposition, "", ['o', 'o', '-', 'o', 'o', 'o']),
    (H::ContentEncoding, "", ['o', 'o', '-', 'o', 'o', 'o']),
    (H::ContentLanguage, "", ['o', 'o', '-', 'o', 'o', 'o']),
    (H::ContentLength, "", ['t', 't', 't', 't', 't', 't']),
    (H::ContentType, "", ['b', 'b', '-', 'b', 'b', 'b']),
    (H::CSeq, "c", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::Date, "", ['o', 'o', 'o', 'o', 'o', 'o']),
    (H::ErrorInfo, "300-699", ['-', 'o', 'o', 'o', 'o', 'o']),
    (H::Expires, "", ['-', '-', '-', 'o', '-', 'o']),
    (H::From, "c", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::InReplyTo, "R", ['-', '-', '-', 'o', '-', '-']),
    (H::MaxForwards, "R", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::MinExpires, "423", ['-', '-', '-', '-', '-', 'm']),
    (H::MimeVersion, "", ['o', 'o', '-', 'o', 'o', 'o']),
    (H::Organization, "", ['-', '-', '-', 'o', 'o', 'o']),
    (H::Priority, "R", ['-', '-', '-', 'o', '-', '-']),
    (H::ProxyAuthenticate, "407", ['-', 'm', '-', 'm', 'm', 'm']),
    (H::ProxyAuthenticate, "401", ['-', 'o', 'o', 'o', 'o', 'o']),
    (H::ProxyAuthorization, "R", ['o', 'o', '-', 'o', 'o', 'o']),
    (H::ProxyRequire, "R", ['-', 'o', '-', 'o', 'o', 'o']),
    (H::RecordRoute, "R", ['o', 'o', 'o', 'o', 'o', '-']),
    (H::RecordRoute, "2xx, 18x", ['-', 'o', 'o', 'o', 'o', '-']),
    (H::ReplyTo, "", ['-', '-', '-', 'o', '-', '-']),
    (H::Require, "", ['-', 'c', '-', 'c', 'c', 'c']),
    (H::RetryAfter, "404, 413, 480, 486, 500, 503, 600, 603", ['-', 'o', 'o', 'o', 'o', 'o']),
    (H::Route, "R", ['c', 'c', 'c', 'c', 'c', 'c']),
    (H::Server, "r", ['-', 'o', 'o', 'o', 'o', 'o']),
    (H::Subject, "R", ['-', '-', '-', 'o', '-', '-']),
    (H::Supported, "R", ['-', 'o', 'o', 's', 'o', 'o']),
    (H::Supported, "2xx", ['-', 'o', 'o', 's', 's', 'o']),
    (H::Timestamp, "", ['o', 'o', 'o', 'o', 'o', 'o']),
    (H::To, "c", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::Unsupported, "420", ['-', 'm', '-', 'm', 'm', 'm']),
    (H::UserAgent, "", ['o', 'o', 'o', 'o', 'o', 'o']),
    (H::Via, "R", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::Via, "rc", ['m', 'm', 'm', 'm', 'm', 'm']),
    (H::Warning, "r", ['-', 'o', 'o', 'o', 'o', 'o']),
    (H::WwwAuthenticate, "401", ['-', 'm', '-', 'm', 'm', 'm']),
    (H::WwwAuthenticate, "407", ['-', 'o', '-', 'o', 'o', 'o']),
];

/// Headers of later RFCs: where they stand.
const LATER: &[(HeaderName, &str)] = &[
    (H::SessionExpires, "INVITE and UPDATE, and their 2xx."),
    (
        H::MinSe,
        "INVITE and UPDATE; must stand in a 422, which names the minimum by it.",
    ),
    (
        H::RSeq,
        "Must stand in a provisional response (101 to 199) to INVITE that is sent reliably.",
    ),
    (H::RAck, "Must stand in PRACK, and nowhere else."),
    (H::Event, "Must stand in SUBSCRIBE, NOTIFY and PUBLISH."),
    (H::SubscriptionState, "Must stand in NOTIFY."),
    (
        H::AllowEvents,
        "Requests and 2xx; must stand in a 489, which names what is supported by it.",
    ),
    (H::ReferTo, "Must stand in REFER, once."),
    (
        H::ReferredBy,
        "REFER, and the request that is sent because of it.",
    ),
    (H::ReferSub, "REFER and its 2xx."),
    (H::Replaces, "INVITE, once, and not together with Join."),
    (H::Join, "INVITE, once, and not together with Replaces."),
    (
        H::Reason,
        "CANCEL and requests within a dialog, such as BYE; in a response a Q.850 cause (RFC 6432).",
    ),
    (H::SipEtag, "Must stand in a 2xx to PUBLISH."),
    (
        H::SipIfMatch,
        "PUBLISH that refreshes, changes or removes a state.",
    ),
    (H::SuppressIfMatch, "SUBSCRIBE."),
    (H::InfoPackage, "INFO."),
    (H::Path, "REGISTER, and its 2xx."),
    (H::ServiceRoute, "2xx to REGISTER."),
    (H::FlowTimer, "2xx to REGISTER."),
    (
        H::PAssertedIdentity,
        "Requests other than ACK and CANCEL, and responses, within a trusted network.",
    ),
    (
        H::PPreferredIdentity,
        "Requests other than ACK and CANCEL, from a user to a trusted proxy.",
    ),
    (H::Identity, "Requests."),
    (H::Diversion, "INVITE, and 3xx."),
    (H::SessionId, "All requests and responses."),
    (H::AcceptContact, "Requests."),
    (H::RejectContact, "Requests."),
    (H::RequestDisposition, "Requests."),
    (H::AnswerMode, "INVITE and its responses."),
    (H::PrivAnswerMode, "INVITE and its responses."),
    (H::MaxBreadth, "Requests."),
    (H::PAssociatedUri, "2xx to REGISTER."),
];

/// The table's word for a place, in words.
fn place(word: &'static str) -> String {
    match word {
        "R" => "in requests".into(),
        "r" => "in responses".into(),
        "c" => "in requests, copied to the responses".into(),
        "rc" => "in responses, copied from the request".into(),
        "" => "in requests and responses".into(),
        status => format!("in {status}"),
    }
}

/// What a mark of the table asks for.
const NEEDS: [(char, &str); 6] = [
    ('m', "must"),
    ('s', "should"),
    ('t', "should, over TCP must"),
    ('b', "must where there is a body"),
    ('c', "where the message asks for it"),
    ('o', "may"),
];

/// The methods that have a mark: `all six methods`, `INVITE and REGISTER`.
fn methods(marks: &[char; 6], mark: char) -> Option<String> {
    let named: Vec<String> = METHODS
        .iter()
        .zip(marks)
        .filter(|(_, m)| **m == mark)
        .map(|(method, _)| (*method).to_owned())
        .collect();
    match named.len() {
        0 => None,
        6 => Some("each method".into()),
        _ => Some(listed(&named)),
    }
}

/// Where a header may stand, one fact a place.
pub(super) fn allowed(header: HeaderName) -> Vec<Fact> {
    let of_table = TABLE
        .iter()
        .filter(|(name, ..)| *name == header)
        .map(|(_, word, marks)| {
            let needs: Vec<String> = NEEDS
                .iter()
                .filter_map(|(mark, need)| Some(format!("{need}: {}", methods(marks, *mark)?)))
                .collect();
            Fact {
                name: place(word).into(),
                text: needs.join("; ").into(),
            }
        });
    let later = LATER.iter().filter(|(name, _)| *name == header);
    of_table
        .chain(later.map(|(_, text)| fact("where", *text)))
        .collect()
}

/// True where the table asks for the header in every request, and in every response.
pub(super) fn in_each_message(header: HeaderName) -> (bool, bool) {
    let rows = TABLE.iter().filter(|(name, ..)| *name == header);
    let places: Vec<&str> = rows
        .filter(|(.., marks)| marks.iter().all(|m| *m == 'm'))
        .map(|(_, word, _)| *word)
        .collect();
    let copied = places.contains(&"c");
    (
        copied || places.contains(&"R"),
        copied || places.contains(&"rc"),
    )
}

/// What must stand besides: the header, where, and with which methods.
pub(super) fn also_needed() -> impl Iterator<Item = (HeaderName, String, String)> {
    TABLE
        .iter()
        .filter(|(name, ..)| in_each_message(*name) == (false, false))
        .filter_map(|(name, word, marks)| {
            let at = methods(marks, 'm').or_else(|| methods(marks, 'b'))?;
            Some((*name, place(word), at))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contact_must_stand_in_invite_and_its_answer() {
        let facts = allowed(H::Contact);
        let of = |name: &str| facts.iter().find(|f| f.name == name).unwrap().text.clone();
        assert_eq!(
            of("in requests"),
            "must: INVITE; may: ACK, OPTIONS and REGISTER"
        );
        assert_eq!(of("in 2xx"), "must: INVITE; may: OPTIONS and REGISTER");
        assert_eq!(facts.len(), 5);
        assert_eq!(
            allowed(H::CallId),
            [fact(
                "in requests, copied to the responses",
                "must: each method"
            )]
        );
    }

    #[test]
    fn each_mark_of_the_table_has_its_words() {
        for (name, _, marks) in TABLE {
            let known = |m: &char| *m == '-' || NEEDS.iter().any(|(mark, _)| mark == m);
            assert!(marks.iter().all(known), "{name:?}");
        }
    }
}
