//! What a call carries beside RTP: one arrow for each protocol between two hosts.

use super::Ink;
use super::scene::{Arrow, Beside, Role, Sender, What};
use super::stage::Stage;
use super::text::FrameName;
use super::words::counted;
use crate::report::model::{Call, Fax, MessageSession, OtherMedia};
use crate::types::OtherProtocol;

/// True where its ends are hosts to be seen: not every address that ICE tries out.
pub(super) fn is_on_stage(o: &OtherMedia) -> bool {
    let is_check = o.ice.as_ref().is_some_and(|ice| ice.username.is_some());
    match o.protocol {
        OtherProtocol::Stun => !is_check && o.packets_back > 0,
        OtherProtocol::Turn => o.packets_back > 0,
        _ => true,
    }
}

/// Hosts that only STUN or TURN was spoken with are named by what they are.
pub(super) fn name_servers(stage: &mut Stage<'_>, call: &Call) {
    for (protocol, name) in [
        (OtherProtocol::Turn, "TURN relay"),
        (OtherProtocol::Stun, "STUN server"),
    ] {
        let mut known = 0;
        let rows = call.other_media.iter();
        for o in rows.filter(|o| o.protocol == protocol && is_on_stage(o)) {
            let Some(at) = stage.place(&o.dst) else {
                continue;
            };
            let Some(host) = stage.hosts.get_mut(at) else {
                continue;
            };
            if host.role == Role::Media && &*host.name != "TURN relay" && &*host.name != name {
                known += 1;
                host.name = name.into();
                if protocol == OtherProtocol::Stun {
                    host.role = Role::Other;
                }
                host.number = (known > 1).then_some(known);
            }
        }
    }
}

/// Folded: whatever went by one protocol between two hosts is one arrow.
pub(super) fn of_other(stage: &Stage<'_>, call: &Call, ends: Option<(usize, usize)>) -> Vec<Arrow> {
    let mut folded: Vec<((usize, usize), OtherProtocol, Vec<&OtherMedia>)> = Vec::new();
    for o in &call.other_media {
        let Some((from, to)) = stage.way_between(&o.src, &o.dst, o.from, ends) else {
            continue;
        };
        let pair = (from.min(to), from.max(to));
        match folded
            .iter_mut()
            .find(|(known, protocol, _)| (*known, *protocol) == (pair, o.protocol))
        {
            Some((.., rows)) => rows.push(o),
            None => folded.push((pair, o.protocol, vec![o])),
        }
    }
    let arrows = folded
        .into_iter()
        .filter_map(|((low, high), protocol, rows)| {
            let first = rows.iter().min_by_key(|o| (o.first_time, o.first_frame))?;
            let mut sent = [0u64; 2];
            for o in &rows {
                let (from, _) = stage.way_between(&o.src, &o.dst, o.from, ends)?;
                let [a, b] = &mut sent;
                let (there, back) = if from == low { (a, b) } else { (b, a) };
                *there += o.packets;
                *back += o.packets_back;
            }
            let [by_low, by_high] = sent;
            let both = [(low, by_low), (high, by_high)];
            let senders = both.into_iter().filter(|(_, packets)| *packets > 0);
            let ways: Vec<Sender> = senders
                .map(|(from, packets)| Sender { from, packets })
                .collect();
            let (from, to) = match ways.as_slice() {
                [only] if only.from == high => (high, low),
                _ => (low, high),
            };
            Some(Arrow {
                time: first.first_time,
                frame: Some(FrameName::new(first.first_frame, first.source)),
                from,
                to,
                ink: ink(&rows),
                what: What::Beside(Beside {
                    protocol,
                    ways,
                    gist: gist(&rows),
                }),
            })
        });
    arrows.collect()
}

fn ink(rows: &[&OtherMedia]) -> Ink {
    let failed = |o: &&OtherMedia| o.keys.as_ref().is_some_and(|k| k.failure.is_some());
    let lost = |o: &&OtherMedia| {
        let ways = o.fax.iter().flat_map(|fax| [&fax.there, &fax.back]);
        ways.into_iter().any(|way| way.lost > way.made_good)
    };
    if rows.iter().any(failed) || rows.iter().any(lost) {
        Ink::Warning
    } else {
        Ink::Plain
    }
}

/// What came of it, in a few words; may be empty.
fn gist(rows: &[&OtherMedia]) -> String {
    let fax: Vec<&Fax> = rows.iter().filter_map(|o| o.fax.as_ref()).collect();
    if !fax.is_empty() {
        return of_fax(&fax);
    }
    let sessions: Vec<&MessageSession> = rows.iter().filter_map(|o| o.session.as_ref()).collect();
    if !sessions.is_empty() {
        let messages: u64 = sessions
            .iter()
            .map(|s| s.there.messages + s.back.messages)
            .sum();
        return counted(messages, "message", "messages");
    }
    let keys = || rows.iter().filter_map(|o| o.keys.as_ref());
    let nominated = rows
        .iter()
        .filter(|o| o.ice.as_ref().is_some_and(|ice| ice.nominated.is_some()));
    match (keys().find_map(|k| k.failure), nominated.count()) {
        (Some(number), _) => format!("fails ({number})"),
        (None, 0) if keys().any(|k| k.complete) => "agrees on keys".to_owned(),
        (None, 0) => String::new(),
        (None, 1) => "a pair is chosen".to_owned(),
        (None, pairs) => format!("{pairs} pairs are chosen"),
    }
}

/// `2 pages, 5 packets lost, 3 of them made good`.
fn of_fax(fax: &[&Fax]) -> String {
    let pages: u64 = fax.iter().map(|f| f.pages).sum();
    let ways = || fax.iter().flat_map(|f| [&f.there, &f.back]);
    let lost: u64 = ways().map(|way| way.lost).sum();
    let good: u64 = ways().map(|way| way.made_good).sum();
    // A page whose end cannot be read may have been sent.
    let pages = match pages {
        0 => String::new(),
        n => counted(n, "page", "pages") + ", ",
    };
    let packets = counted(lost, "packet", "packets");
    match (lost, good) {
        (0, _) => format!("{pages}no packet lost"),
        (_, 0) => format!("{pages}{packets} lost"),
        (lost, good) if lost == good => format!("{pages}{packets} lost, made good"),
        (_, good) => format!("{pages}{packets} lost, {good} of them made good"),
    }
}
