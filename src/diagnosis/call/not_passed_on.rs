//! A server between two legs that gets the sound of one phone and passes none of it on to the other.
//!
//! That nothing of it goes on is believed only where the capture would hold it: the sound of the other phone on the
//! same leg is there, and so is what the server sends elsewhere from the address that leg has of it.

use crate::call::{Agreement, Described, Leg};
use crate::diagnosis::case::CallCase;
use crate::diagnosis::receiving::CHANGE_OVER;
use crate::media::StreamRecord;
use crate::types::codec::Role;
use crate::types::{CaptureTime, Delta, Endpoint, MessageId, Party};

/// Shorter talk may end before anyone speaks.
const LONG_ENOUGH: Delta = Delta::from_secs(3);
/// Packets on their way when the answer is seen.
const ON_THE_WAY: Delta = Delta::from_millis(200);
/// A stream of voice has a packet so often; one of a phone that keeps silent does not.
const OFTEN_S: f64 = 0.04;

/// What the server does not pass on.
pub(super) struct Dropped<'a> {
    /// Who speaks.
    pub(super) speaker: Party,
    /// Where the server gets it.
    pub(super) server: Endpoint,
    /// Where it sends from on the other leg.
    pub(super) sends_from: Endpoint,
    /// Where the other phone wants it.
    pub(super) wanted: Endpoint,
    /// The stream that arrives at the server.
    pub(super) arrives: &'a StreamRecord,
    /// What the other phone sends to the server.
    pub(super) back: &'a StreamRecord,
    /// How long both legs let it through.
    pub(super) talk: Delta,
    /// The answer that says where the other phone wants it.
    pub(super) agreed_in: MessageId,
}

/// The phone at the far end of a leg.
#[derive(Clone, Copy)]
struct Phone<'a> {
    leg: &'a Leg,
    party: Party,
}

pub(super) fn find<'a>(case: &CallCase<'a>) -> Option<Dropped<'a>> {
    let mut answered = case.call.legs.iter().filter(|l| l.answer.is_some());
    let (near, far) = (answered.next()?, answered.next()?);
    // With a transfer, or several phones at once, what is to go where is not known.
    if answered.next().is_some() || case.moved_on().is_some() {
        return None;
    }
    let (near, far) = (
        Phone {
            leg: near,
            party: Party::Caller,
        },
        Phone {
            leg: far,
            party: Party::Callee,
        },
    );
    dropped(case, near, far).or_else(|| dropped(case, far, near))
}

fn dropped<'a>(case: &CallCase<'a>, from: Phone<'a>, to: Phone<'a>) -> Option<Dropped<'a>> {
    let start = from.leg.answer?.max(to.leg.answer?);
    let end = case.call.end.or(case.call.evidence.last_seen)?;
    let open = |phone: Phone<'a>, sender: Party| {
        let audio = phone.leg.media.iter().filter(|a| a.is_audio());
        audio.filter(move |a| a.flows_from(sender))
    };
    open(from, from.party).find_map(|a| {
        open(to, to.party.other()).find_map(|b| {
            let since = a.since.max(b.since).max(start) + CHANGE_OVER;
            let until = end.min(a.until.unwrap_or(end)).min(b.until.unwrap_or(end));
            let window = Window {
                start,
                since,
                until,
            };
            (until - since >= LONG_ENOUGH)
                .then(|| within(case, (from, a), (to, b), window))
                .flatten()
        })
    })
}

/// When both legs let it through: from the answer, from when everybody has followed it, to the end.
#[derive(Clone, Copy)]
struct Window {
    start: CaptureTime,
    since: CaptureTime,
    until: CaptureTime,
}

impl Window {
    fn runs_through(self, s: &StreamRecord) -> bool {
        s.last_time.min(self.until) - s.first_time.max(self.since) >= LONG_ENOUGH
    }

    fn touches(self, s: &StreamRecord) -> bool {
        s.last_time > self.start + ON_THE_WAY && s.first_time < self.until
    }
}

fn within<'a>(
    case: &CallCase<'a>,
    (from, a): (Phone<'a>, &Agreement),
    (to, b): (Phone<'a>, &Agreement),
    window: Window,
) -> Option<Dropped<'a>> {
    let speaks_at = place_of(a.side(from.party))?;
    let server = place_of(a.side(from.party.other()))?;
    let sends_from = place_of(b.side(to.party.other()))?;
    let wanted = place_of(b.side(to.party))?;
    // Else the phones talk past it, or through hosts whose other ways are not known.
    let is_one =
        server.addr == sends_from.addr || is_end(from.leg, server) && is_end(to.leg, sends_from);
    if !is_one
        || [speaks_at.addr, wanted.addr]
            .iter()
            .any(|phone| [server.addr, sends_from.addr].contains(phone))
    {
        return None;
    }
    let through = || {
        case.streams
            .iter()
            .copied()
            .filter(|s| window.runs_through(s))
    };
    let arrives = through().find(|s| s.flow.dst == server && is_voice(s))?;
    let back =
        through().find(|s| s.flow.dst == sends_from && s.flow.src.addr != sends_from.addr)?;
    let mut all = case.case.streams.iter().filter(|s| window.touches(s));
    let is_seen_to_send = all
        .clone()
        .any(|s| s.flow.src.addr == sends_from.addr && window.runs_through(s));
    let own = Some(case.call.no);
    let goes_on = |s: &StreamRecord| {
        let dst = s.flow.dst;
        // Both phones may stand behind one address.
        if dst == speaks_at || dst == arrives.flow.src {
            return false;
        }
        let is_at_phone = [wanted.addr, back.flow.src.addr].contains(&dst.addr);
        let is_of_call = s.call.is_none() || s.call == own;
        [wanted, back.flow.src].contains(&dst)
            || s.flow.src == sends_from
            || is_at_phone && is_of_call
    };
    if !is_seen_to_send || all.any(goes_on) {
        return None;
    }
    Some(Dropped {
        speaker: from.party,
        server,
        sends_from,
        wanted,
        arrives,
        back,
        talk: window.until - window.start,
        agreed_in: b.agreed_in,
    })
}

/// The server's own signalling of that leg comes from there: one server may have an address of its own on each.
fn is_end(leg: &Leg, place: Endpoint) -> bool {
    let ends = [
        leg.hops.first().map(|h| h.flow.src),
        leg.hops.last().map(|h| h.flow.dst),
    ];
    ends.iter().flatten().any(|end| end.addr == place.addr)
}

/// Where a side wants its media, where that is all it says of it.
fn place_of(said: &Described) -> Option<Endpoint> {
    let is_plain = !said.has_ice && !said.is_cut && said.is_active;
    Some(Endpoint::new(said.address.filter(|_| is_plain)?, said.port))
}

fn is_voice(s: &StreamRecord) -> bool {
    let carries = s.payloads.iter().filter(|p| {
        let role = Role::of_codec(p.codec.as_deref().unwrap_or(""));
        !p.is_keepalive() && !matches!(role, Role::ComfortNoise | Role::Event)
    });
    let packets: u64 = carries.map(|p| p.packets).sum();
    // Packet counts are exact in f64 below 2^53.
    packets as f64 * OFTEN_S >= (s.last_time - s.first_time).as_secs_f64()
}
