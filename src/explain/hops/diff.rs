//! What is different between two forms of one message, part by part.

use crate::explain::words::clean;
use crate::report::model::{ChangeKind, HopChange, HopLink};
use crate::sip::{self, Cardinality, Framing, HeaderName, Message, StartLine};
use crate::types::text_of;

/// Differences of one step that are told.
const MOST: usize = 100;
/// Lines of a body that are compared one by one.
const MOST_LINES: usize = 500;

/// How the differences are told.
pub(super) struct Told<'a> {
    /// Who made them, as far as packets prove.
    pub(super) who: &'a str,
    /// `between #3 and #5`.
    pub(super) between: &'a str,
    pub(super) link: HopLink,
    /// The address the second packet comes from.
    pub(super) from: &'a str,
}

/// All differences, in the order of the message.
pub(super) fn changes(before: &[u8], after: &[u8], told: &Told<'_>) -> Vec<HopChange> {
    let parse = |text| sip::parse_message(text, Framing::Truncated);
    let (Some(a), Some(b)) = (parse(before), parse(after)) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    start_line(&a, &b, told, &mut all);
    headers(&a, &b, told, &mut all);
    body(&a, &b, told, &mut all);
    all.truncate(MOST);
    all
}

fn change(
    kind: ChangeKind,
    part: &str,
    (before, after): (Option<&str>, Option<&str>),
    text: String,
    meaning: Option<&str>,
) -> HopChange {
    HopChange {
        kind,
        part: clean(part),
        before: before.map(clean),
        after: after.map(clean),
        text: clean(&text),
        meaning: meaning.map(str::to_owned),
    }
}

fn start_line(a: &Message<'_>, b: &Message<'_>, told: &Told<'_>, all: &mut Vec<HopChange>) {
    let (part, before, after, meaning) = match (&a.start, &b.start) {
        (StartLine::Request { uri: before, .. }, StartLine::Request { uri: after, .. }) => (
            "Request-URI",
            text_of(before),
            text_of(after),
            "a proxy puts the next target there, as the address a user registered (RFC 3261 §16.6)",
        ),
        (StartLine::Response { reason: before, .. }, StartLine::Response { reason: after, .. }) => {
            (
                "reason phrase",
                text_of(before),
                text_of(after),
                "only the number counts",
            )
        }
        _ => return,
    };
    if before != after {
        let text = format!("{} changes the {part} from {before} to {after}", told.who);
        let values = (Some(&*before), Some(&*after));
        all.push(change(
            ChangeKind::Changed,
            part,
            values,
            text,
            Some(meaning),
        ));
    }
}

/// Names in the order of the first message, then what only the second has; each with the name to be shown.
fn names(a: &Message<'_>, b: &Message<'_>) -> Vec<(HeaderName, String)> {
    let mut names: Vec<(HeaderName, String)> = Vec::new();
    for h in a.headers.iter().chain(b.headers.iter()) {
        let shown = match h.name.entry() {
            Some(entry) => entry.name.to_owned(),
            None => text_of(h.raw_name),
        };
        let is_it = |(_, known): &(HeaderName, String)| known.eq_ignore_ascii_case(&shown);
        if !names.iter().any(is_it) {
            names.push((h.name, shown));
        }
    }
    names
}

/// The values of a header, those of a list apart.
fn values(m: &Message<'_>, name: HeaderName, shown: &str) -> Vec<String> {
    match name.entry().map(|e| e.cardinality) {
        Some(_) if name == HeaderName::Via => m.vias().map(|via| text_of(via.raw)).collect(),
        Some(Cardinality::List) => m.list(name).map(text_of).collect(),
        Some(_) => m.headers.all(name).map(text_of).collect(),
        None => m.headers.all_spelled(shown).map(text_of).collect(),
    }
}

fn headers(a: &Message<'_>, b: &Message<'_>, told: &Told<'_>, all: &mut Vec<HopChange>) {
    for (name, shown) in names(a, b) {
        let (before, after) = (values(a, name, &shown), values(b, name, &shown));
        if before == after {
            spelling(a, b, (name, &shown), told, all);
            continue;
        }
        match name {
            HeaderName::Via => vias(&before, &after, told, all),
            HeaderName::MaxForwards => max_forwards(&before, &after, told, all),
            _ => one_header((name, &shown), (&before, &after), told, all),
        }
    }
    order(a, b, told, all);
}

/// A header that is written in its compact form on one side.
fn spelling(
    a: &Message<'_>,
    b: &Message<'_>,
    (name, shown): (HeaderName, &str),
    told: &Told<'_>,
    all: &mut Vec<HopChange>,
) {
    let raw = |m: &Message<'_>| {
        let mut of_it = m.headers.iter().filter(|h| h.name == name);
        of_it.next().map(|h| text_of(h.raw_name))
    };
    if name.entry().is_none() {
        return;
    }
    if let (Some(before), Some(after)) = (raw(a), raw(b))
        && !before.eq_ignore_ascii_case(&after)
    {
        let text = format!("{} writes {before} as {after}", told.who);
        let values = (Some(&*before), Some(&*after));
        let meaning = Some("a compact form and the long one say the same (RFC 3261 §7.3.3)");
        all.push(change(ChangeKind::Changed, shown, values, text, meaning));
    }
}

/// Via: one is put on top or taken off, and received and rport are written into the one below.
fn vias(before: &[String], after: &[String], told: &Told<'_>, all: &mut Vec<HopChange>) {
    let who = told.who;
    let new = after.len().saturating_sub(before.len());
    let gone = before.len().saturating_sub(after.len());
    for via in after.iter().take(new) {
        all.push(change(
            ChangeKind::Added,
            "Via",
            (None, Some(via)),
            format!("{who} adds a Via on top: {via}"),
            Some("the response comes back to who wrote it (RFC 3261 §16.6)"),
        ));
    }
    for via in before.iter().take(gone) {
        all.push(change(
            ChangeKind::Removed,
            "Via",
            (Some(via), None),
            format!("{who} takes the topmost Via off: {via}"),
            Some("the response goes on to the next one (RFC 3261 §16.7)"),
        ));
    }
    for (old, now) in before.iter().skip(gone).zip(after.iter().skip(new)) {
        if old == now {
            continue;
        }
        let (a, b) = (
            sip::Via::parse(old.as_bytes()),
            sip::Via::parse(now.as_bytes()),
        );
        let is_same = a.branch == b.branch
            && a.sent_by_host == b.sent_by_host
            && a.sent_by_port == b.sent_by_port
            && a.transport.eq_ignore_ascii_case(b.transport);
        let filled = is_same && (a.received != b.received || a.rport != b.rport);
        let (text, meaning) = match filled {
            true => (
                format!("{who} writes into the Via below where its packet came from: {now}"),
                "received and rport are what it saw (RFC 3261 §18.2.1, RFC 3581 §4)",
            ),
            false => (
                format!("{who} changes a Via that is not its own from {old} to {now}"),
                "only received and rport are for others to write",
            ),
        };
        all.push(change(
            ChangeKind::Changed,
            "Via",
            (Some(old), Some(now)),
            text,
            Some(meaning),
        ));
    }
}

fn max_forwards(before: &[String], after: &[String], told: &Told<'_>, all: &mut Vec<HopChange>) {
    let who = told.who;
    let number = |values: &[String]| values.first().and_then(|v| v.trim().parse::<i64>().ok());
    let (old, now) = (before.first(), after.first());
    let (kind, text, meaning) = match (number(before), number(after)) {
        (Some(a), Some(b)) if b == a - 1 => (
            ChangeKind::Changed,
            format!("{who} lowers Max-Forwards from {a} to {b}"),
            "by one at each hop (RFC 3261 §16.6)",
        ),
        (Some(a), Some(b)) => (
            ChangeKind::Changed,
            format!("{who} changes Max-Forwards from {a} to {b}"),
            "a proxy lowers it by one (RFC 3261 §16.6)",
        ),
        (None, Some(b)) => (
            ChangeKind::Added,
            format!("{who} adds Max-Forwards: {b}"),
            "a proxy adds it where it is missing (RFC 3261 §16.6)",
        ),
        _ => (
            ChangeKind::Removed,
            format!("{who} removes Max-Forwards"),
            "every request has one (RFC 3261 §8.1.1)",
        ),
    };
    let values = (old.map(String::as_str), now.map(String::as_str));
    all.push(change(kind, "Max-Forwards", values, text, Some(meaning)));
}

fn one_header(
    (name, shown): (HeaderName, &str),
    (before, after): (&[String], &[String]),
    told: &Told<'_>,
    all: &mut Vec<HopChange>,
) {
    let who = told.who;
    let [gone, new] = [without(before, after), without(after, before)];
    if gone.is_empty() && new.is_empty() {
        let [old, now] = [before, after].map(|values| values.join(", "));
        let text = format!("{who} puts the values of {shown} in another order: {now}");
        all.push(change(
            ChangeKind::Moved,
            shown,
            (Some(&old), Some(&now)),
            text,
            Some("of one header the order counts (RFC 3261 §7.3.1)"),
        ));
        return;
    }
    let meaning = meaning_of(name, told);
    if gone.len() == new.len() {
        for (old, now) in gone.iter().zip(&new) {
            let text = format!("{who} changes {shown} from {old} to {now}");
            let values = (Some(&**old), Some(&**now));
            all.push(change(ChangeKind::Changed, shown, values, text, meaning));
        }
        return;
    }
    for old in gone {
        let text = format!("{who} removes {shown}: {old}");
        let values = (Some(&*old), None);
        all.push(change(
            ChangeKind::Removed,
            shown,
            values,
            text,
            removed(name),
        ));
    }
    for now in new {
        let text = format!("{who} adds {shown}: {now}");
        let values = (None, Some(&*now));
        all.push(change(ChangeKind::Added, shown, values, text, added(name)));
    }
}

/// The values of one list that are not in the other, as often as they are.
fn without(values: &[String], others: &[String]) -> Vec<String> {
    let mut others: Vec<&String> = others.iter().collect();
    let mut left = Vec::new();
    for value in values {
        match others.iter().position(|o| *o == value) {
            Some(at) => drop(others.swap_remove(at)),
            None => left.push(value.clone()),
        }
    }
    left
}

fn added(name: HeaderName) -> Option<&'static str> {
    Some(match name {
        HeaderName::RecordRoute => {
            "it wants to stay in the path of later requests (RFC 3261 §16.6)"
        }
        HeaderName::Route => "stops this request is to visit (RFC 3261 §16.6)",
        _ => return None,
    })
}

fn removed(name: HeaderName) -> Option<&'static str> {
    Some(match name {
        HeaderName::Route => "a stop that has been reached is taken off (RFC 3261 §16.4)",
        HeaderName::ProxyAuthorization => "they were for the realm of a proxy (RFC 3261 §22.3)",
        _ => return None,
    })
}

fn meaning_of(name: HeaderName, told: &Told<'_>) -> Option<&'static str> {
    match (name, told.link) {
        (HeaderName::Contact, HopLink::SameVia) => Some(
            "no Via was added between the two, so no proxy did it: a NAT that looks into SIP (an ALG), or another \
             box on the way",
        ),
        (HeaderName::Contact, HopLink::Via) => {
            Some("later requests of the dialog go to the new one")
        }
        (HeaderName::ContentLength, _) => Some("the body has another length"),
        _ => None,
    }
}

/// The order of the header fields, apart from what came and went.
fn order(a: &Message<'_>, b: &Message<'_>, told: &Told<'_>, all: &mut Vec<HopChange>) {
    let order = |m: &Message<'_>, other: &Message<'_>| {
        let mut names: Vec<String> = Vec::new();
        for h in m.headers.iter() {
            let name = text_of(h.raw_name).to_ascii_lowercase();
            let long = h.name.entry().map_or(name, |e| e.name.to_ascii_lowercase());
            let is_there = other.headers.iter().any(|o| match h.name {
                HeaderName::Other => o.raw_name.eq_ignore_ascii_case(h.raw_name),
                known => o.name == known,
            });
            if is_there && !names.contains(&long) {
                names.push(long);
            }
        }
        names
    };
    let (before, after) = (order(a, b), order(b, a));
    if before != after {
        all.push(change(
            ChangeKind::Moved,
            "header fields",
            (Some(&before.join(", ")), Some(&after.join(", "))),
            format!("{} puts the header fields in another order", told.who),
            Some("of different headers the order does not count (RFC 3261 §7.3.1)"),
        ));
    }
}

fn body(a: &Message<'_>, b: &Message<'_>, told: &Told<'_>, all: &mut Vec<HopChange>) {
    if a.body == b.body {
        return;
    }
    let sdp = |m: &Message<'_>| m.sdp().map(|s| text_of(&s));
    let (Some(before), Some(after)) = (sdp(a), sdp(b)) else {
        let sizes = [a, b].map(|m| format!("{} octets", m.body.len()));
        let [old, now] = sizes;
        let text = format!("the body changes {}: {old} and {now}", told.between);
        let values = (Some(&*old), Some(&*now));
        all.push(change(ChangeKind::Changed, "body", values, text, None));
        return;
    };
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().take(MOST_LINES);
        lines.map(|l| l.trim_end().to_owned()).collect()
    };
    let (before, after) = (lines(&before), lines(&after));
    let (gone, mut new) = (without(&before, &after), without(&after, &before));
    if gone.is_empty() && new.is_empty() {
        let text = format!(
            "the lines of the SDP stand in another order {}",
            told.between
        );
        all.push(change(ChangeKind::Moved, "body", (None, None), text, None));
        return;
    }
    for old in gone {
        // Lines of one kind are one line rewritten, as far as there are as many of them.
        let kind = kind_of(&old);
        match new.iter().position(|now| kind_of(now) == kind) {
            Some(at) => {
                let now = new.remove(at);
                sdp_line(kind, (&old, &now), told, all);
            }
            None => {
                let text = format!("{old} is removed from the SDP {}", told.between);
                let values = (Some(&*old), None);
                all.push(change(ChangeKind::Removed, kind, values, text, None));
            }
        }
    }
    for now in new {
        let text = format!("{now} is added to the SDP {}", told.between);
        let values = (None, Some(&*now));
        all.push(change(ChangeKind::Added, kind_of(&now), values, text, None));
    }
}

/// `c=`, or of an attribute its name too: `a=rtpmap`.
fn kind_of(line: &str) -> &str {
    match line.strip_prefix("a=") {
        Some(rest) => {
            let end = rest.find(':').map_or(line.len(), |at| at + 2);
            line.get(..end).unwrap_or(line)
        }
        None => line.get(..2).unwrap_or(line),
    }
}

fn sdp_line(kind: &str, (old, now): (&str, &str), told: &Told<'_>, all: &mut Vec<HopChange>) {
    let between = told.between;
    let last = |line: &str| line.rsplit(' ').next().unwrap_or_default().to_owned();
    let port = |line: &str| line.split(' ').nth(1).unwrap_or_default().to_owned();
    let (text, meaning) = match kind {
        "c=" => (
            format!(
                "the address in c= changes from {} to {} {between}",
                last(old),
                last(now)
            ),
            match (told.link, last(now) == told.from) {
                (HopLink::SameVia, _) => Some(
                    "no Via was added between the two, so no proxy did it: a NAT that looks into SIP (an ALG), or \
                     another box on the way",
                ),
                (HopLink::Via, true) => Some(
                    "the new one is the address of who passes the message on: media is to go by way of it",
                ),
                (HopLink::Via, false) => {
                    Some("media is to go there; whose address that is, is not said")
                }
            },
        ),
        "m=" if port(old) != port(now) => (
            format!(
                "the port in m= changes from {} to {} {between}: {now}",
                port(old),
                port(now)
            ),
            Some("media is to go there"),
        ),
        _ => (format!("{old} becomes {now} {between}"), None),
    };
    let values = (Some(old), Some(now));
    all.push(change(ChangeKind::Changed, kind, values, text, meaning));
}
