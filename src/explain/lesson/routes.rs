//! The way of a message: Route and what was taken off it, Record-Route and the route sets that follow, and where the
//! Request-URI comes from (RFC 3261 §12, §16).

use super::{Around, host_of, is_address, is_same};
use crate::explain::message::Described;
use crate::report::model::{Message, MessageKind};
use crate::sip::NameAddr;

/// Values of one header that are told.
const MOST: usize = 20;

pub(super) fn facts(around: &Around<'_>) -> Vec<Described> {
    let mut out = Vec::new();
    if around.message.kind == MessageKind::Request {
        target(around, &mut out);
        routes(around, &mut out);
    }
    record_routes(around, &mut out);
    out
}

fn to_tag(m: &Message) -> Option<&str> {
    m.to.as_ref()?.tag.as_deref()
}

fn from_tag(m: &Message) -> Option<&str> {
    m.from.as_ref()?.tag.as_deref()
}

fn makes_dialogs(m: &Message) -> bool {
    matches!(m.method.as_deref(), Some("INVITE" | "SUBSCRIBE" | "REFER"))
}

/// Where the Request-URI of a request within a dialog comes from (RFC 3261 §12.2.1.1).
fn target(around: &Around<'_>, out: &mut Vec<Described>) {
    let m = around.message;
    let (Some(uri), Some(peer)) = (&m.request_uri, to_tag(m)) else {
        return;
    };
    if matches!(m.method.as_deref(), Some("CANCEL" | "REGISTER")) || is_ack_of_refusal(around) {
        return;
    }
    // Messages of the other side that say where it is reached.
    let is_peers = |o: &&&Message| {
        let tag = match o.kind {
            MessageKind::Request => from_tag(o),
            MessageKind::Response => to_tag(o),
        };
        let method = o.method.as_deref();
        let may_say = makes_dialogs(o) || matches!(method, Some("UPDATE" | "NOTIFY"));
        tag == Some(peer) && may_say && o.id < m.id && !o.contacts.is_empty()
    };
    let peers: Vec<&Message> = around.same.iter().filter(is_peers).copied().collect();
    let says = |o: &&&Message| o.contacts.iter().any(|contact| contact == uri);
    // The one that came over this hop, else the one nearest to who wrote it.
    let is_here = |o: &&&Message| o.src.address == m.dst.address && o.dst.address == m.src.address;
    let mut saying = peers.iter().filter(says);
    let here = peers.iter().rev().filter(says).find(is_here);
    match (here.or_else(|| saying.next()), peers.last()) {
        (Some(said), _) => out.push(Described::new(
            "Request-URI",
            &format!("{uri}: the Contact of {}", around.name(said)),
            Some("within a dialog a request is for the other side's Contact, its remote target (RFC 3261 §12.2.1.1)"),
        )),
        // Behind the first hop a proxy may have put another target there.
        (None, Some(said)) if m.vias.len() == 1 => out.push(Described::new(
            "Request-URI",
            &format!(
                "{uri}: not the Contact of {}, {}",
                around.name(said),
                said.contacts.join(", ")
            ),
            Some(
                "within a dialog it is the other side's Contact (RFC 3261 §12.2.1.1); who wrote another one, or \
                 whether a Contact the capture does not have came between, cannot be told from here",
            ),
        )),
        (None, _) => {}
    }
}

/// True for the ACK of a refusal, which has the Request-URI of its INVITE (RFC 3261 §17.1.1.3).
fn is_ack_of_refusal(around: &Around<'_>) -> bool {
    let m = around.message;
    let refuses = |o: &&Message| {
        o.kind == MessageKind::Response
            && o.method.as_deref() == Some("INVITE")
            && o.cseq == m.cseq
            && to_tag(o) == to_tag(m)
            && o.status.is_some_and(|s| s >= 300)
    };
    m.method.as_deref() == Some("ACK") && around.same.iter().copied().any(|o| refuses(&o))
}

fn routes(around: &Around<'_>, out: &mut Vec<Described>) {
    let m = around.message;
    for (n, route) in m.routes.iter().take(MOST).enumerate() {
        let host = host_of(route);
        let place = match n {
            0 if is_same(&host, &m.dst.address) => "the next stop: this packet goes there".to_owned(),
            0 if is_same(&host, &m.src.address) => {
                "names the host this packet comes from; a proxy takes itself off before it sends a request on (RFC 3261 §16.4)"
                    .to_owned()
            }
            0 if is_address(&host) => format!("names another host than the one this packet goes to, {}", m.dst),
            0 => format!("names a domain; this packet goes to {}", m.dst),
            _ => "a later stop".to_owned(),
        };
        let kind = match is_loose(route) {
            true => "lr: a loose router, which leaves the Request-URI as it is",
            false => {
                "no lr: a strict router as in RFC 2543, which wants itself in the Request-URI (RFC 3261 §12.2.1.1)"
            }
        };
        out.push(Described::new(
            &format!("Route {}", n + 1),
            route,
            Some(&format!("{place}; {kind}")),
        ));
    }
    if let Some(before) = around.before() {
        let gone = before.routes.iter().filter(|r| !m.routes.contains(r));
        let gone: Vec<&str> = gone.map(String::as_str).collect();
        if !gone.is_empty() {
            let way = format!(
                "{}, between {} and this packet",
                gone.join(", "),
                around.name(before)
            );
            out.push(Described::new(
                "Route taken off",
                &way,
                Some("a stop that has been reached is taken off (RFC 3261 §16.4)"),
            ));
        }
    }
    route_set(around, out);
}

fn is_loose(route: &str) -> bool {
    let address = NameAddr::parse(route.as_bytes());
    address.uri().params.has("lr")
}

/// Whether the Routes are those that the dialog's Record-Route asks for.
fn route_set(around: &Around<'_>, out: &mut Vec<Described>) {
    let m = around.message;
    let (Some(to), Some(from)) = (to_tag(m), from_tag(m)) else {
        return;
    };
    let is_answer = |o: &&&Message| {
        o.kind == MessageKind::Response
            && makes_dialogs(o)
            && o.status.is_some_and(|s| (200..300).contains(&s))
            && o.id < m.id
            && o.retransmission_of.is_none()
    };
    let by_caller = |o: &&&Message| from_tag(o) == Some(from) && to_tag(o) == Some(to);
    let by_callee = |o: &&&Message| from_tag(o) == Some(to) && to_tag(o) == Some(from);
    let answers = || around.same.iter().filter(is_answer);
    // The first answer of the dialog decides, whoever asks again later.
    let first = answers().find(|o| by_caller(o) || by_callee(o));
    let Some(answer) = first else { return };
    let is_callers = by_caller(&answer);
    let mut set: Vec<&str> = answer.record_routes.iter().map(String::as_str).collect();
    if is_callers {
        set.reverse();
    }
    if set.is_empty() && m.routes.is_empty() {
        return;
    }
    let side = if is_callers { "caller" } else { "callee" };
    let routes: Vec<&str> = m.routes.iter().map(String::as_str).collect();
    let frame = around.name(answer);
    let (value, meaning) = match set.ends_with(&routes) {
        true => (
            match routes.len() {
                0 => format!("no stop is left of {}", set.len()),
                1 => format!("1 stop of {} is left", set.len()),
                n => format!("{n} stops of {} are left", set.len()),
            },
            format!(
                "the route set of the {side}, made of the Record-Route of {frame} (RFC 3261 §12.1, §12.2.1.1)"
            ),
        ),
        false => (
            format!("the Routes are not those of the {side}: {}", or_none(&set)),
            format!("its route set is made of the Record-Route of {frame} (RFC 3261 §12.1)"),
        ),
    };
    out.push(Described::new("route set", &value, Some(&meaning)));
}

fn or_none(set: &[&str]) -> String {
    match set.is_empty() {
        true => "none".to_owned(),
        false => set.join(", "),
    }
}

fn record_routes(around: &Around<'_>, out: &mut Vec<Described>) {
    let m = around.message;
    if m.record_routes.is_empty() {
        return;
    }
    if let Some(before) = around.before() {
        let added = m.record_routes.iter();
        let added: Vec<&str> = added
            .filter(|r| !before.record_routes.contains(r))
            .map(String::as_str)
            .collect();
        // Who got the one and sent the other.
        let who = match before.dst.address == m.src.address {
            true => m.src.address.clone(),
            false => "somebody".to_owned(),
        };
        if !added.is_empty() {
            out.push(Described::new(
                "Record-Route added",
                &format!(
                    "{} by {who}, between {} and this packet",
                    added.join(", "),
                    around.name(before)
                ),
                Some("it wants to stay in the path of the requests that follow (RFC 3261 §16.6)"),
            ));
        }
    }
    let is_answer = m.kind == MessageKind::Response
        && m.status.is_some_and(|s| (101..300).contains(&s))
        && to_tag(m).is_some();
    let opens = m.kind == MessageKind::Request && to_tag(m).is_none();
    if !makes_dialogs(m) || !(is_answer || opens) {
        return;
    }
    let in_order: Vec<&str> = m
        .record_routes
        .iter()
        .map(String::as_str)
        .take(MOST)
        .collect();
    if is_answer {
        let reversed: Vec<&str> = in_order.iter().rev().copied().collect();
        out.push(Described::new(
            "caller's route set",
            &reversed.join(", "),
            Some(
                "who sent the request takes the Record-Route from the bottom up (RFC 3261 §12.1.2)",
            ),
        ));
    }
    out.push(Described::new(
        "callee's route set",
        &in_order.join(", "),
        Some(match is_answer {
            true => "who answers takes the Record-Route as it stands (RFC 3261 §12.1.1)",
            false => "as far as this hop: who answers takes the Record-Route as it stands (RFC 3261 §12.1.1)",
        }),
    ));
}
