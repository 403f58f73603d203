//! What a response says, and what it carries that matters.

use super::folded::Folded;
use super::proof::challenge;
use super::teller::{Teller, Telling, capital};
use crate::explain::cut::is_cut;
use crate::explain::names::{address_of, reached_at};
use crate::explain::words::{clean, duration, listed};
use crate::report::model::Message;
use crate::sip::status;
use crate::types::{StatusCode, Transport};

/// Tells a response.
pub(super) fn answer(teller: &Teller<'_>, f: &Folded<'_>, telling: &mut Telling) {
    let m = f.first;
    let code = m.status.unwrap_or_default();
    let method = m.method.as_deref().unwrap_or_default();
    let carried = teller.carried(m);
    let says_nothing = carried.is_whole && !carried.names_abilities;
    match (method, code) {
        ("OPTIONS", 200..=299) if says_nothing => telling.say(format!(
            "{} answers: it is there. The response does not say what it can do.",
            capital(teller.name(f.from))
        )),
        ("PUBLISH", 200..=299)
            if teller
                .request_of(m)
                .is_some_and(|(_, r)| super::ask::is_quality_report(r)) =>
        {
            telling.say(format!(
                "{} has taken the report.",
                capital(teller.name(f.from))
            ));
        }
        ("SUBSCRIBE", 200..=299) if carried.expires_s == Some(0) => telling.say(format!(
            "{} accepts that the subscription ends.",
            capital(teller.name(f.from))
        )),
        // `answer` is said of SDP here.
        ("INVITE", 200..=299) => telling.say(match f.does.strip_suffix(" answers") {
            Some(who) => format!("{} accepts the call.", capital(who)),
            None => format!("{}.", capital(&f.does)),
        }),
        _ => telling.say(format!(
            "{}.",
            capital(&f.does).replace(" has taken the request over", " has received the request")
        )),
    }
    match (method, code) {
        ("PRACK", 200..=299) => telling.rule("RFC 3262 §3"),
        ("UPDATE", 200..=299) => telling.rule("RFC 3311 §5.2"),
        _ => {
            if let Some(entry) = StatusCode::new(code).and_then(status::meaning) {
                telling.rule(entry.source);
            }
        }
    }
    let asked = teller.request_of(m);
    let named = clean(method);
    match asked {
        Some((step, _)) => {
            telling.say(response_to(teller, m, &named, step));
        }
        None => telling.say(format!(
            "The {} that it is the response to is not in this lesson.",
            name_or(&named)
        )),
    }
    for asked in &carried.challenges {
        telling.sentences.extend(challenge(asked));
    }
    if !carried.challenges.is_empty() {
        telling.rule("RFC 3261 §22.1");
        let had = asked.is_some_and(|(_, request)| request.has_credentials);
        if had && !carried.challenges.iter().any(|c| c.stale) {
            telling.say(crate::explain::digest::refused(
                asked.map(|(_, request)| request),
            ));
        }
    }
    match (method, code) {
        ("INVITE", 100) if teller.is_first("100") => telling.say(match m.transport {
            Transport::Udp => {
                "This response goes one hop only. It tells the sender that the INVITE has arrived, and need not be sent again."
            }
            _ => "This response goes one hop only. It tells the sender that the INVITE has arrived.",
        }),
        ("INVITE", 101..=199) => provisional(teller, m, telling),
        ("INVITE", 200..=299) => success(teller, m, telling),
        (_, 300..=399) => contacts(m, telling),
        ("REGISTER", 200..=299) => bound(teller, m, telling),
        ("SUBSCRIBE", 200..=299) => {
            if let Some(s) = carried.expires_s.filter(|s| *s > 0) {
                telling.say(format!("The subscription lasts for {s} s."));
            }
        }
        ("PUBLISH", 200..=299) => {
            if let Some(s) = carried.expires_s {
                telling.say(format!("The state is kept for {s} s."));
            }
            if let Some(tag) = &carried.etag {
                telling.say(format!("The SIP-ETag header names the state: {tag}."));
            }
        }
        ("OPTIONS", 200..=299) if !carried.allow.is_empty() => {
            telling.say(format!("The Allow header lists the methods: {}.", listed(&carried.allow)));
        }
        (_, 423) => {
            if let Some(s) = carried.min_expires_s {
                telling.say(format!(
                    "The Min-Expires header has the shortest lifetime that is taken: {s} s."
                ));
            }
        }
        _ => {}
    }
    if code >= 300 {
        failure(teller, m, code, telling);
    }
    if matches!(method, "INVITE" | "UPDATE" | "PRACK") {
        teller.describe(m, teller.describer(f.from), telling);
    }
    if is_cut(m) {
        telling.say("The capture has only a part of this message.");
    }
}

/// Which request it is for, and how long after the packet of it that went this way.
fn response_to(teller: &Teller<'_>, m: &Message, named: &str, step: u32) -> String {
    let which = match teller.is_first("response") {
        true => format!("This is the response to the {named} of step {step}"),
        false => format!("For the {named} of step {step}"),
    };
    let request = teller.request_of(m).map(|(_, request)| request);
    let here = request.filter(|r| (&r.src, &r.dst) == (&m.dst, &m.src));
    match (m.response_time_ms, here) {
        (Some(ms), Some(request)) => {
            let since = (m.time.0 - request.time.0).as_secs_f64() * 1e3;
            // A repeated request may be the one that counts.
            let after = match (since - ms).abs() < 0.01 {
                true => teller.frame(request),
                false => "it".to_owned(),
            };
            format!("{which}, {} after {after}.", duration(ms / 1e3))
        }
        (Some(ms), None) => format!("{which}, {} after it.", duration(ms / 1e3)),
        (None, _) => format!("{which}."),
    }
}

fn name_or(method: &str) -> &str {
    if method.is_empty() { "request" } else { method }
}

fn provisional(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    if teller.is_first("provisional") {
        telling.say("It is a provisional response: the final one is still to come.");
    }
    if teller.is_new_tag(m) {
        telling.say(match teller.knows_another_tag(m) {
            true => "The To header has another tag than before: this makes another early dialog.",
            false => "The To header has a tag now: this makes an early dialog.",
        });
        telling.rule("RFC 3261 §12.1");
    }
    if let Some(rseq) = teller.carried(m).rseq {
        telling.say(format!(
            "It has the RSeq header with {rseq}: it is a reliable provisional response, which a PRACK is to confirm."
        ));
        telling.rule("RFC 3262 §3");
    }
}

fn success(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    let again = crate::explain::steps::in_dialog(m)
        && teller
            .request_of(m)
            .is_some_and(|(_, r)| crate::explain::steps::in_dialog(r));
    if again {
        return;
    }
    if let Some(s) = teller.carried(m).session_expires_s {
        let who = match teller.carried(m).refresher.as_deref() {
            Some("uac") => ", by who sent the request",
            Some("uas") => ", by who sends this response",
            _ => "",
        };
        telling.say(format!(
            "The Session-Expires header says that the session is to be refreshed within {s} s{who}."
        ));
        telling.rule("RFC 4028 §7.2");
    }
    if teller.is_new_tag(m) && teller.knows_another_tag(m) {
        telling.say(
            "The To header has another tag than before: this is another dialog, though it answers the same INVITE.",
        );
        telling.rule("RFC 3261 §13.2.2.4");
    } else if teller.is_new_tag(m) {
        telling.say("The To header has a tag now: Call-ID and both tags together name the dialog.");
        telling.rule("RFC 3261 §12.1");
    } else if teller.knows_another_tag(m) {
        telling.say("It confirms the early dialog with its To tag: Call-ID and both tags together name the dialog.");
    } else if m.to.as_ref().is_some_and(|to| to.tag.is_some()) {
        telling
            .say("It confirms the early dialog: Call-ID and both tags together name the dialog.");
    }
    if let Some(contact) = m.contacts.first() {
        telling.say(format!(
            "The Contact header says where later requests of the call are to go: {}.",
            reached_at(contact)
        ));
    }
}

fn contacts(m: &Message, telling: &mut Telling) {
    let all: Vec<String> = m.contacts.iter().take(6).map(|c| address_of(c)).collect();
    if !all.is_empty() {
        telling.say(format!(
            "The Contact header says where to try instead: {}.",
            listed(&all)
        ));
    }
}

/// What the registrar lists.
fn bound(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    let all: Vec<String> = m.contacts.iter().take(4).map(|c| address_of(c)).collect();
    let left = m.contacts.len().saturating_sub(4);
    let more = match left {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    if !all.is_empty() {
        telling.say(format!(
            "The registrar lists the bindings it has now: {}{more}.",
            all.join(", ")
        ));
    } else if teller.carried(m).is_whole {
        telling.say("The response has no Contact header: there is no binding now.");
    }
    if let Some(s) = teller.carried(m).expires_s.filter(|_| !all.is_empty()) {
        telling.say(format!(
            "The binding is valid for {s} s, unless it is renewed before."
        ));
    }
}

fn failure(teller: &Teller<'_>, m: &Message, code: u16, telling: &mut Telling) {
    let standard = StatusCode::new(code).and_then(status::phrase);
    if let (Some(own), Some(standard)) = (m.reason.as_deref(), standard)
        && !own.is_empty()
        && !own.eq_ignore_ascii_case(standard)
    {
        telling.say(format!(
            "Its sender puts the text \"{}\" after the number; only the number counts.",
            clean(own)
        ));
    }
    let carried = teller.carried(m);
    if let Some((483, request)) = teller.request_of(m).map(|(_, r)| (code, r))
        && let Some(left) = teller.carried(request).max_forwards
    {
        telling.say(format!(
            "Its request came with {left} in the Max-Forwards header ({}).",
            teller.frame(request)
        ));
        telling.rule("RFC 3261 §16.3");
    }
    if let Some(reason) = carried.reasons.first() {
        telling.say(format!("The Reason header says why: {reason}."));
        telling.rule("RFC 3326 §2");
    }
    if let Some(text) = carried.warnings.first() {
        telling.say(format!("The Warning header says: {text}."));
        telling.rule("RFC 3261 §20.43");
    }
    if let Some(s) = carried.retry_after_s {
        telling.say(format!(
            "The Retry-After header says to try again after {s} s."
        ));
    }
}
