//! What the messages of one leg say that another leg of the same call may say too.
//!
//! Marks are kept as hashes: what they are compared for is equality alone, and the message that carried one
//! shows its text.

use super::compact::{block, rows};
use super::facts::{Arrival, Facts};
use super::record::Hop;
use crate::sdp::{MediaPort, SessionDescription};
use crate::sip::{HeaderName, Params};
use crate::types::{CaptureTime, Few, Flow, HostAddr, MessageId, Method, Party, Scope};
use foldhash::fast::FixedState;
use std::hash::{BuildHasher, Hash};
use std::net::IpAddr;

/// Headers in which a B2BUA names the Call-ID of the leg it serves, beside those the user names.
pub(super) const LEG_HEADERS: [&str; 2] = ["X-CID", "X-Call-ID"];

/// Longest list kept for one leg; beyond it the leg goes on, the list does not.
const MAX_MARKS: usize = 24;

/// Kinds of marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarkKind {
    /// A Call-ID named by a header of the INVITE.
    Parent,
    /// Both UUIDs of a Session-ID (RFC 7989 §5), in no order: each side names its own first.
    Session,
    /// The caller's UUID alone, the other side being unknown yet.
    CallersSession,
    /// The icid-value of P-Charging-Vector (RFC 7315 §4.6).
    Charging,
    /// User, session id and address of an `o=` line (RFC 8866 §5.2).
    Origin,
    /// Address and port where one side wants its media.
    Media,
}

/// Something that two legs may share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Of the text.
    pub hash: u64,
    /// The first message that carried it.
    pub message: MessageId,
    /// What it is.
    pub kind: MarkKind,
    /// Who said it.
    pub side: Party,
    /// Said after the leg was answered: by a re-INVITE or its answer.
    pub late: bool,
}

/// What a leg is known by, beside names and times.
#[derive(Clone, Debug, Default)]
pub struct LegFacts {
    /// In order of messages.
    pub marks: Few<Mark, 2>,
    /// The way of its first message, as a request of the caller's goes, where that was no INVITE of its hops.
    pub way: Option<Box<Flow>>,
    begun: bool,
    /// The first REFER of it, and when: what follows may be the doing of a transfer.
    pub refer: Option<(MessageId, CaptureTime)>,
}

/// The hash that marks and Call-IDs are compared by.
pub(super) fn hash_of(value: impl Hash) -> u64 {
    FixedState::default().hash_one(value)
}

impl LegFacts {
    /// About how many bytes its list takes.
    pub(super) fn weight(&self) -> usize {
        let marks = match self.marks.len() {
            0..=2 => 0,
            _ => rows(&self.marks),
        };
        let way = self.way.as_ref().map_or(0, |_| block(size_of::<Flow>()));
        marks + way
    }

    /// Of the first message, which `side` sent.
    pub(super) fn note_way(&mut self, side: Party, flow: Flow, hops: &[Hop]) {
        if std::mem::replace(&mut self.begun, true) {
            return;
        }
        let way = match side {
            Party::Caller => flow,
            Party::Callee => flow.reversed(),
        };
        self.way = (!hops.iter().any(|h| h.flow == way)).then(|| Box::new(way));
    }

    /// Takes what a message of the leg says. `side` sent it; `answered`: the leg was answered before.
    pub(super) fn note(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        side: Party,
        answered: bool,
        headers: &[String],
    ) {
        match (&facts.method, facts.is_request) {
            (Method::Refer, true) => {
                self.refer.get_or_insert((arrival.id, arrival.time));
            }
            (Method::Invite, _) if !answered => self.note_headers(facts, arrival, side, headers),
            _ => {}
        }
        if let Some(sdp) = arrival.sdp {
            self.note_sdp(sdp, arrival, side, answered);
        }
    }

    fn note_headers(
        &mut self,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
        side: Party,
        headers: &[String],
    ) {
        let all = &arrival.message.headers;
        let mut add = |kind, hash| self.add(kind, hash, side, arrival.id, false);
        if facts.is_request && facts.to_tag.is_none() {
            let spelled = LEG_HEADERS.into_iter().chain(headers.iter().map(|h| &**h));
            for named in spelled.flat_map(|name| all.all_spelled(name)) {
                let named = named.trim_ascii();
                if !named.is_empty() && named != facts.call_id {
                    add(MarkKind::Parent, hash_of(named));
                }
            }
            let charging = all.first(HeaderName::PChargingVector);
            if let Some(icid) = charging.and_then(icid_value) {
                add(MarkKind::Charging, hash_of(icid));
            }
        }
        match all.first(HeaderName::SessionId).and_then(session_pair) {
            Some((a, Some(b))) => add(MarkKind::Session, hash_of((a.min(b), a.max(b)))),
            Some((a, None)) if facts.is_request => add(MarkKind::CallersSession, hash_of(a)),
            _ => {}
        }
    }

    fn note_sdp(
        &mut self,
        sdp: &SessionDescription<'_>,
        arrival: &Arrival<'_>,
        side: Party,
        late: bool,
    ) {
        if let Some(origin) = &sdp.origin
            && is_telling(origin.session_id)
        {
            let hash = hash_of((origin.username, origin.session_id, origin.address));
            self.add(MarkKind::Origin, hash, side, arrival.id, late);
        }
        for media in &sdp.media {
            let (MediaPort::Port(port), Some(ip)) =
                (media.port, media.connection().and_then(|c| c.ip()))
            else {
                continue;
            };
            if is_a_place(ip, port.get(), arrival.flow.src.addr) {
                let place = (
                    HostAddr::from(ip),
                    port.get(),
                    scope_of(arrival.flow.scope, ip),
                );
                self.add(MarkKind::Media, hash_of(place), side, arrival.id, late);
            }
        }
    }

    fn add(&mut self, kind: MarkKind, hash: u64, side: Party, message: MessageId, late: bool) {
        let same = |m: &Mark| (m.kind, m.hash, m.side) == (kind, hash, side);
        if self.marks.len() < MAX_MARKS && !self.marks.iter().any(same) {
            self.marks.push(Mark {
                hash,
                message,
                kind,
                side,
                late,
            });
        }
    }
}

/// A public address is one host in every network; of private ones each network may have its own.
fn scope_of(scope: Scope, ip: IpAddr) -> Scope {
    let public = match ip {
        IpAddr::V4(ip) => !ip.is_private() && !ip.is_link_local() && !ip.is_loopback(),
        IpAddr::V6(ip) => !ip.is_loopback() && ip.segments()[0] & 0xfe00 != 0xfc00,
    };
    if public { Scope::NONE } else { scope }
}

/// `0`, `1` or `-` is what programs write that do not care: every call of theirs has it.
fn is_telling(session_id: &str) -> bool {
    session_id.len() >= 3 && session_id.bytes().any(|b| b != b'0')
}

/// True where media can be sent to: no stand-in of ICE (RFC 8840 §4.1.1: port 9), no hold, no host's own
/// loopback unless the signalling runs there.
fn is_a_place(ip: IpAddr, port: u16, sender: HostAddr) -> bool {
    let here = !ip.is_loopback() || sender.ip().is_loopback();
    port != 9 && !ip.is_unspecified() && !ip.is_multicast() && here
}

/// `icid-value` of a P-Charging-Vector. Shorter ones are counters that begin anew with each server.
fn icid_value(value: &[u8]) -> Option<&[u8]> {
    let icid = Params(value).value("icid-value")?.trim_ascii();
    (icid.len() >= 8).then_some(icid)
}

/// The two UUIDs of a Session-ID; the other side's is `None` where it is not known yet.
fn session_pair(value: &[u8]) -> Option<(u128, Option<u128>)> {
    let mut parts = value.split(|b| *b == b';');
    let own = uuid(parts.next()?)?;
    let remote = parts.find_map(|p| {
        let (name, value) = p.split_at(p.iter().position(|b| *b == b'=')?);
        let is = name.trim_ascii().eq_ignore_ascii_case(b"remote");
        uuid(value.get(1..)?).filter(|_| is)
    });
    match (own, remote.unwrap_or(0)) {
        (0, 0) => None,
        (own, 0) => Some((own, None)),
        (0, remote) => Some((remote, None)),
        (own, remote) => Some((own, Some(remote))),
    }
}

/// 32 hexadecimal digits (RFC 7989 §5).
fn uuid(text: &[u8]) -> Option<u128> {
    let text = std::str::from_utf8(text.trim_ascii()).ok()?;
    let all = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    u128::from_str_radix(text, 16).ok().filter(|_| all)
}
