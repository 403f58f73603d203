//! Causes of Q.850 and codes of the Warning header, of the registry of `sip`.

use super::{Entry, Words, fact};
use crate::sip::q850::{CAUSES, WARNINGS};
use crate::types::TermGroup;

/// The status code a gateway makes of a cause (RFC 3398 §7.2.4.1).
#[rustfmt::skip]
const STATUS_OF: &[(u32, &str)] = &[
    (1, "404"), (2, "404"), (3, "404"), (17, "486"), (18, "408"), (19, "480"), (20, "480"),
    (21, "403, or 603 where the user refused"), (22, "410, or 301 with the new number"), (23, "410"), (26, "404"),
    (27, "502"), (28, "484"), (29, "501"), (31, "480"), (34, "503"), (38, "503"), (41, "503"), (42, "503"), (47, "503"),
    (55, "403"), (57, "403"), (58, "503"), (65, "488"), (70, "488"), (79, "501"), (87, "403"), (88, "503"),
    (102, "504"), (111, "500"), (127, "500"),
];

/// Causes that are met often, in other words than their names.
#[rustfmt::skip]
const MEANINGS: &[(u32, &str)] = &[
    (1, "Nobody has the number that was called."),
    (3, "The network knows no way to the number that was called."),
    (16, "Somebody hung up; nothing is wrong."),
    (17, "The called user is talking already."),
    (18, "The called phone did not react at all."),
    (19, "The called phone rang, and nobody answered in time."),
    (20, "The called mobile phone is switched off or out of reach."),
    (21, "The called user, or the phone for him, refused the call."),
    (22, "The called user has another number now."),
    (27, "The line or phone that was called has a fault, so the call could not be delivered."),
    (28, "The number is too short, too long or of a wrong form."),
    (31, "The call ended in the normal way; no closer reason is given."),
    (34, "All lines on the way are taken."),
    (38, "The network has a fault that will last for some time."),
    (41, "The network has a fault that will pass; trying again may succeed."),
    (42, "A switch on the way has too much to do."),
    (47, "Something that the call needs is not there; no closer reason is given."),
    (57, "The caller may not make this kind of call (for example data or video)."),
    (58, "This kind of call cannot be made just now."),
    (65, "The network does not know this kind of call, such as a codec or a data rate."),
    (79, "The network does not know this service; no closer reason is given."),
    (88, "The called device cannot take this kind of call, as a fax machine cannot talk."),
    (102, "No answer came before a timer of the network ran out."),
    (111, "The signalling on the way is wrong; no closer reason is given."),
    (127, "Another network ended the call, and its reason is not known here."),
];

/// Warnings that need more words than their names.
#[rustfmt::skip]
const WARNING_MEANINGS: &[(u32, &str)] = &[
    (308, "None of the languages asked for in the session description can be had."),
    (380, "The request cannot be handled because the sips: scheme is not allowed, for example as nobody registered a sips: Contact."),
    (381, "The request cannot be handled because the sips: scheme is required."),
];

/// What a group of causes has in common: its class, of sixteen numbers each.
fn class(cause: u32) -> &'static str {
    match cause {
        0..=31 => "a normal event",
        32..=47 => "a resource is missing",
        48..=63 => "a service or option is not available",
        64..=79 => "a service or option is not implemented",
        80..=95 => "an invalid message",
        96..=111 => "a protocol error",
        _ => "interworking with another network",
    }
}

fn sentence(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => format!("{}{}.", first.to_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

pub(super) fn causes() -> impl Iterator<Item = Entry> {
    CAUSES.iter().map(|(cause, name)| {
        let status = STATUS_OF.iter().find(|(c, _)| c == cause);
        let known = MEANINGS.iter().find(|(c, _)| c == cause);
        let mut facts = vec![fact("class", class(*cause))];
        facts
            .extend(status.map(|(_, s)| fact("as SIP status", format!("{s} (RFC 3398 §7.2.4.1)"))));
        Entry {
            title: Some((*name).into()),
            facts,
            example: Some(format!("Reason: Q.850;cause={cause};text=\"{name}\"").into()),
            keys: vec![
                cause.to_string(),
                format!("q850 {cause}"),
                format!("cause {cause}"),
                format!("q.850;cause={cause}"),
                format!("reason: q.850;cause={cause}"),
            ],
            ..Entry::new(
                TermGroup::Cause,
                format!("Q.850 {cause}"),
                known.map_or(Words::from(sentence(name)), |(_, text)| Words::from(*text)),
                "ITU-T Q.850, RFC 3326 §2",
            )
        }
    })
}

pub(super) fn warnings() -> impl Iterator<Item = Entry> {
    WARNINGS.iter().map(|(code, name, source)| Entry {
        title: Some((*name).into()),
        example: Some(format!("Warning: {code} example.com \"{name}\"").into()),
        keys: vec![code.to_string()],
        ..Entry::new(
            TermGroup::Warning,
            format!("Warning {code}"),
            WARNING_MEANINGS
                .iter()
                .find(|(c, _)| c == code)
                .map_or(Words::from(sentence(name)), |(_, text)| Words::from(*text)),
            *source,
        )
    })
}
