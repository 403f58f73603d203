//! What a request asks, who asks whom, and what it carries that matters.

use super::described::whom;
use super::folded::Folded;
use super::proof::credentials;
use super::teller::{Teller, Telling, capital, source_of_method};
use crate::call::RegisterKind;
use crate::explain::cut::{hides_body, is_cut};
use crate::explain::names::{address_of, reached_at, user_of};
use crate::explain::steps::in_dialog;
use crate::explain::words::clean;
use crate::report::model::Message;

/// Tells a request.
pub(super) fn ask(teller: &Teller<'_>, f: &Folded<'_>, telling: &mut Telling) {
    let m = f.first;
    let method = m.method.as_deref().unwrap_or_default();
    let from = teller.name(f.from);
    if let Some(source) = source_of_method(method) {
        telling.rule(source);
    }
    telling.say(match (method, f.does.strip_prefix(from)) {
        ("INVITE", Some(does)) if does.starts_with(" calls") => {
            let whom = whom(m).map_or(String::new(), |w| format!(" {w}"));
            let rest = does.strip_prefix(" calls").unwrap_or_default();
            let rest = match teller.is_again(m) && !rest.starts_with(" again") {
                true => format!(" again{rest}"),
                false => rest.to_owned(),
            };
            format!("{} calls{whom}{rest}.", capital(from))
        }
        ("ACK", _) => acknowledged(teller, f),
        ("REGISTER", _) => registering(teller, f),
        ("PUBLISH", _) if is_quality_report(m) => {
            format!("{} reports the quality of a call.", capital(from))
        }
        ("SUBSCRIBE", _) if teller.carried(m).expires_s == Some(0) && in_dialog(m) => {
            format!("{} ends the subscription.", capital(from))
        }
        // What the UPDATE carries says whether it changes anything.
        ("UPDATE", _) if teller.repeats_sdp(m).is_some() => {
            format!("{} sends an UPDATE within the call.", capital(from))
        }
        ("OPTIONS", Some(_)) if !f.onward.is_empty() => {
            let whom = whom(m).unwrap_or_else(|| "the other side".to_owned());
            format!("{} asks what {whom} can do.", capital(from))
        }
        // A proxy stops what it sent on, for a reason of its own.
        ("CANCEL", Some(_))
            if teller.invite_of(m).is_some()
                && is_part(from)
                && !f.does.contains("another phone") =>
        {
            format!("{} stops the INVITE that it has sent.", capital(from))
        }
        _ => format!("{}.", capital(&f.does)),
    });
    for proof in teller.carried(m).credentials {
        telling.sentences.extend(credentials(
            &proof,
            teller.nonces(),
            teller.is_first("credentials"),
        ));
    }
    if let Some(verdict) = crate::explain::digest::verdict(m) {
        telling.say(verdict);
    }
    match method {
        "INVITE" => invite(teller, f, telling),
        "ACK" => ack(teller, m, telling),
        "CANCEL" => cancel(teller, m, telling),
        "REGISTER" => register(teller, m, telling),
        "PRACK" => {
            if let Some((rseq, cseq, of)) = teller.carried(m).rack {
                telling.say(format!(
                    "The RAck header names what it confirms: the response with RSeq {rseq} to the {of} with CSeq {cseq}."
                ));
            }
        }
        "SUBSCRIBE" | "NOTIFY" | "PUBLISH" | "MESSAGE" | "INFO" => {
            event(teller, m, method, telling)
        }
        _ => {}
    }
    if let Some(reason) = teller.carried(m).reasons.first() {
        telling.say(format!("The Reason header says why: {reason}."));
        telling.rule("RFC 3326 §2");
    }
    for proof in teller.carried(m).credentials {
        telling.rule(match proof.is_proxy {
            true => "RFC 3261 §22.3",
            false => "RFC 3261 §22.2",
        });
    }
    teller.describe(m, teller.describer(f.from), telling);
    if is_cut(m) {
        telling.say("The capture has only a part of this message.");
    }
    // An ACK is never answered.
    if method != "ACK" && !teller.has_final(m) {
        telling.say("No final response to it is in the capture.");
    }
}

/// RFC 6035 §4.6: a report of the quality of a session.
pub(super) fn is_quality_report(m: &Message) -> bool {
    let kind = m.content_type.as_deref().unwrap_or_default();
    kind.to_ascii_lowercase()
        .starts_with("application/vq-rtcpxr")
}

fn invite(teller: &Teller<'_>, f: &Folded<'_>, telling: &mut Telling) {
    let m = f.first;
    let from = teller.name(f.from);
    let inside = in_dialog(m);
    if inside {
        telling.say(match teller.is_first("re-INVITE") {
            true => "It is a re-INVITE: its To header has a tag, so it is within the dialog.",
            false => "It is a re-INVITE.",
        });
        telling.sections.clear();
        telling.rule("RFC 3261 §14.1");
    } else if let Some(party) = m.from.as_ref().filter(|p| p.tag.is_some())
        && !teller.is_again(m)
    {
        let who = user_of(&party.uri);
        telling.say(format!(
            "The From header names {who} and has a tag; the To header has no tag yet, so this asks for a new call."
        ));
        if let Some(contact) = m.contacts.first() {
            telling.say(format!(
                "The Contact header says where {} is to be reached for the rest of the call: {}.",
                bare_party(from, &who),
                reached_at(contact)
            ));
        }
    }
    if let Some(seconds) = teller.carried(m).session_expires_s {
        telling.say(format!(
            "The Session-Expires header asks that the session be refreshed within {seconds} s."
        ));
        telling.rule("RFC 4028 §7.1");
    }
    if m.sdp.is_none() && !hides_body(m) && teller.carried(m).is_whole {
        telling.say("It has no offer: the other side is to make it.");
        telling.rule("RFC 3261 §13.2.1");
    }
}

fn is_part(host: &str) -> bool {
    host.starts_with("the ") || host.starts_with("proxy ") || host.starts_with("B2BUA ")
}

/// A server that calls in the name of a user is reached itself.
fn bare_party<'n>(host: &'n str, user: &'n str) -> &'n str {
    match host.starts_with("the ") {
        true => host,
        false => user,
    }
}

/// What an ACK confirms.
fn acknowledged(teller: &Teller<'_>, f: &Folded<'_>) -> String {
    let from = capital(teller.name(f.from));
    match teller.ended_of(f.first) {
        Some((step, status)) => {
            format!("{from} confirms that the {status} of step {step} has arrived.")
        }
        None => format!("{}.", capital(&f.does)),
    }
}

fn ack(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    let Some((invite_step, invite)) = teller.invite_of(m) else {
        return;
    };
    let Some((_, status)) = teller.ended_of(m) else {
        return;
    };
    let same = m.branch.is_some() && m.branch == invite.branch;
    match status {
        200..=299 => {
            telling.sections.clear();
            telling.rule("RFC 3261 §13.2.2.4");
            if !same && m.branch.is_some() {
                telling.say(match teller.is_first("ACK of 2xx") {
                    true => "It has a branch of its own: the ACK of a 2xx is a transaction by itself. An ACK is never answered; without it the 2xx would be sent again.",
                    false => "It has a branch of its own.",
                });
            }
            if let Some(step) = teller.unanswered_offer(m) {
                telling.say(format!(
                    "The 200 of step {step} carried an offer, and this ACK is to carry the answer, but has none."
                ));
                telling.rule("RFC 3261 §13.2.1");
            }
        }
        _ => {
            telling.sections.clear();
            telling.rule("RFC 3261 §17.1.1.3");
            if same {
                telling.say(match teller.is_first("ACK of refusal") {
                    true => format!(
                        "It has the branch of the INVITE of step {invite_step}: the ACK of a refusal belongs to that transaction and goes one hop."
                    ),
                    false => format!("It has the branch of the INVITE of step {invite_step}."),
                });
            } else if m.branch.is_some()
                && invite.branch.is_some()
                && (&invite.src, &invite.dst) == (&m.src, &m.dst)
            {
                telling.say(format!(
                    "Its branch is another one than that of the INVITE of step {invite_step}, and it must be the same: the server cannot tell which INVITE it is of."
                ));
            }
        }
    }
}

fn cancel(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    if let Some((step, invite)) = teller.invite_of(m)
        && m.branch.is_some()
        && m.branch == invite.branch
    {
        telling.say(format!(
            "The CANCEL has the same branch as the INVITE of step {step}, so the receiver knows which request to stop."
        ));
    }
}

/// What a REGISTER is for, as the attempt it is of shows.
fn registering(teller: &Teller<'_>, f: &Folded<'_>) -> String {
    let from = capital(teller.name(f.from));
    let again = match f.first.has_credentials && teller.is_again(f.first) {
        true => ", now with credentials",
        false => "",
    };
    match teller.kinds.get(&f.first.id) {
        Some(RegisterKind::Register) => {
            let to = teller.name(f.to);
            format!("{from} tells {to} the address for its calls{again}.")
        }
        Some(RegisterKind::Refresh) => {
            format!("{from} renews the binding before it ends{again}.")
        }
        Some(RegisterKind::Query) => format!("{from} asks which bindings there are{again}."),
        Some(RegisterKind::Unregister) => {
            format!("{from} asks to remove a binding{again}.")
        }
        None => format!("{}.", capital(&f.does)),
    }
}

fn register(teller: &Teller<'_>, m: &Message, telling: &mut Telling) {
    let carried = teller.carried(m);
    let user = m.to.as_ref().map(|to| address_of(&to.uri));
    if let Some(user) = user.filter(|_| teller.is_first("address of record")) {
        telling.say(format!("The To header has the address of record: {user}."));
    }
    match m.contacts.as_slice() {
        [star] if star == "*" => {
            telling.say("The Contact header is *: all bindings are meant.");
        }
        [] if carried.is_whole => {
            telling.say("It has no Contact header, so it changes nothing and only asks.");
        }
        [] => {}
        contacts => {
            let all: Vec<String> = contacts.iter().take(4).map(|c| address_of(c)).collect();
            telling.say(
                match teller.kinds.get(&m.id) == Some(&RegisterKind::Unregister) {
                    true => format!(
                        "The Contact header has the address that is to be removed: {}.",
                        all.join(", ")
                    ),
                    false => format!(
                        "The Contact header has the address where the user can be reached: {}.",
                        all.join(", ")
                    ),
                },
            );
        }
    }
    match carried.expires_s {
        Some(0) => telling.say("The lifetime asked for is 0 s: the binding is to be removed."),
        Some(seconds) => {
            telling.say(format!("The lifetime asked for is {seconds} s."));
        }
        None => {}
    }
}

fn event(teller: &Teller<'_>, m: &Message, method: &str, telling: &mut Telling) {
    let carried = teller.carried(m);
    if let Some(package) = &carried.event {
        telling.say(format!(
            "The Event header names what it is about: {package}."
        ));
    }
    match (method, carried.expires_s) {
        ("SUBSCRIBE", Some(0)) => telling.say("The lifetime asked for is 0 s."),
        ("SUBSCRIBE", Some(s)) => {
            telling.say(format!("The subscription is asked for {s} s."));
        }
        ("PUBLISH", Some(0)) => telling.say("The lifetime is 0 s: the state is to be removed."),
        ("PUBLISH", Some(s)) => telling.say(format!("The state is to be kept for {s} s.")),
        _ => {}
    }
    if let Some(s) = &carried.subscription {
        let left = s.expires_s.map(|e| format!(" for {e} s more"));
        let why = s.reason.as_ref().map(|r| format!(", because of {r}"));
        telling.say(format!(
            "The subscription is {}{}{}.",
            s.state,
            left.unwrap_or_default(),
            why.unwrap_or_default()
        ));
    }
    if let Some(tag) = &carried.if_match {
        telling.say(format!(
            "The SIP-If-Match header names the state of before: {tag}."
        ));
    }
    match (&carried.body, m.content_type.as_deref()) {
        (Some(body), _) if method == "MESSAGE" => telling.say(format!("The text is {body}.")),
        (Some(body), _) => telling.say(format!("The body says: {body}.")),
        (None, Some(kind)) if m.sipfrag.is_none() => {
            telling.say(format!("The body is of the type {}.", clean(kind)));
        }
        _ => {}
    }
}
