//! Where a header may stand: tables 2 and 3 of RFC 3261 §20 for the six methods of that RFC, and a sentence for
//! headers and methods of later ones.

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

/// What later RFCs ask for: the header, where (in the words of the table), and the methods.
const LATER_MUSTS: &[(HeaderName, &str, &[&str])] = &[
    (H::Contact, "R", &["UPDATE", "SUBSCRIBE", "NOTIFY", "REFER"]),
    (H::Contact, "2xx", &["UPDATE", "SUBSCRIBE", "REFER"]),
    (H::Expires, "2xx", &["SUBSCRIBE", "PUBLISH"]),
    (H::MinExpires, "423", &["SUBSCRIBE", "PUBLISH"]),
    (H::MinSe, "422", &["INVITE", "UPDATE"]),
    (H::RSeq, "reliable 101 to 199", &["INVITE"]),
    (H::RAck, "R", &["PRACK"]),
    (H::Event, "R", &["SUBSCRIBE", "NOTIFY", "PUBLISH"]),
    (H::SubscriptionState, "R", &["NOTIFY"]),
    (H::AllowEvents, "489", &["SUBSCRIBE", "NOTIFY", "PUBLISH"]),
    (H::ReferTo, "R", &["REFER"]),
    (H::SipEtag, "2xx", &["PUBLISH"]),
];

/// Headers in methods of later RFCs, and headers of later RFCs: where they stand.
const LATER: &[(HeaderName, &str)] = &[
    (
        H::Contact,
        "Must stand in UPDATE, SUBSCRIBE, NOTIFY and REFER, and in the 2xx to UPDATE, SUBSCRIBE and REFER.",
    ),
    (
        H::Expires,
        "May stand in SUBSCRIBE and PUBLISH; must stand in the 2xx to them.",
    ),
    (
        H::MinExpires,
        "Must stand in a 423 to SUBSCRIBE or PUBLISH too.",
    ),
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
    (
        H::SipEtag,
        "Must stand in a 2xx to PUBLISH; may stand in NOTIFY (RFC 5839).",
    ),
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
    (H::AcceptContact, "Requests other than REGISTER."),
    (H::RejectContact, "Requests other than REGISTER."),
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
    let named = named(marks, mark);
    match named.len() {
        0 => None,
        6 => Some("each method".into()),
        _ => Some(listed(&named)),
    }
}

fn named(marks: &[char; 6], mark: char) -> Vec<String> {
    let each = METHODS.iter().zip(marks);
    each.filter(|(_, m)| **m == mark)
        .map(|(method, _)| (*method).to_owned())
        .collect()
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
    let mut facts: Vec<Fact> = of_table.collect();
    let rows = || TABLE.iter().filter(|(name, ..)| *name == header);
    let in_all = |marks: &[char; 6]| marks.iter().all(|mark| *mark == 'm');
    let later = LATER.iter().find(|(name, _)| *name == header);
    facts.extend(match later {
        Some((_, text)) if facts.is_empty() => Some(fact("where", *text)),
        Some((_, text)) => Some(fact("in later methods", *text)),
        None if rows().all(|(.., marks)| in_all(marks)) => None,
        None => Some(fact(
            "in later methods",
            "Not told here: what stands above is of the six methods of RFC 3261.",
        )),
    });
    facts
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
    let of_table = TABLE
        .iter()
        .filter(|(name, ..)| in_each_message(*name) == (false, false))
        .filter_map(|(name, word, marks)| {
            let mark = ['m', 'b'].into_iter().find(|mark| marks.contains(mark))?;
            Some((*name, *word, named(marks, mark), later_musts(*name, word)))
        });
    let of_later = LATER_MUSTS
        .iter()
        .filter(|(name, word, _)| !TABLE.iter().any(|(n, w, _)| (n, w) == (name, word)))
        .map(|(name, word, _)| (*name, *word, Vec::new(), later_musts(*name, word)));
    of_table
        .chain(of_later)
        .map(|(name, word, first, later)| (name, place(word), listed(&[first, later].concat())))
}

fn later_musts(header: HeaderName, word: &str) -> Vec<String> {
    let rows = LATER_MUSTS.iter();
    rows.filter(|(name, place, _)| *name == header && *place == word)
        .flat_map(|(.., methods)| methods.iter().map(|m| (*m).to_owned()))
        .collect()
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
        assert_eq!(facts.len(), 6);
        assert!(of("in later methods").starts_with("Must stand in UPDATE"));
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
        // Of those with a must in a later method, what is said and what is listed is of the same methods.
        for (name, _, methods) in LATER_MUSTS {
            let (_, said) = LATER.iter().find(|(n, _)| n == name).unwrap();
            let named = methods.iter().filter(|m| said.contains(**m)).count();
            let is_status = matches!(name, H::MinSe | H::AllowEvents);
            assert!(is_status || named == methods.len(), "{name:?}: {said}");
        }
    }
}
