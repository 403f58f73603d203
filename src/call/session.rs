//! Offer and answer (RFC 3264) within a call: what was agreed when, on every hop that was captured.
//!
//! An offer changes nothing. What the answer agrees holds from its message on, until another answer changes
//! it; an offer that is refused leaves all as it was (RFC 3261 §14.1). Which message carries offer and answer:
//! RFC 3261 §13.2.1, RFC 3262 §5, RFC 3311, RFC 6337.

use super::agreement::{Agreement, Described, Lines, MediaLine};
use super::changes::{self, Change, Holding};
use super::compact::{push_exact, rows};
use super::exchanges::{Exchanges, OfferAnswer, OfferResult};
use super::facts::{Arrival, Facts};
use super::spoken;
use crate::sip::Message;
use crate::types::{CaptureTime, MessageId, Method, Party};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::sync::Arc;

crate::types::vocabulary! {
    /// What happened in a call between its answer and its end, or to its INVITE.
    pub enum EventKind {
        /// A second phone rang or answered (another To tag).
        Forked = "forked",
        /// One side wants no media for now.
        Hold = "hold",
        /// It wants media again.
        Resume = "resume",
        /// It wants media again, and the other side does not send.
        NotResumed = "not_resumed",
        /// A medium was added, or took the place of another.
        MediaAdded = "media_added",
        /// A medium was removed.
        MediaRemoved = "media_removed",
        /// A medium that was offered was refused (port 0 in the answer).
        MediaRefused = "media_refused",
        /// Another codec was agreed.
        CodecChanged = "codec_changed",
        /// One side wants a medium at another address or port.
        AddressChanged = "address_changed",
        /// A re-INVITE or UPDATE was answered and changed nothing.
        SessionRefreshed = "session_refreshed",
        /// A provisional response answers the offer: media may flow before the call is answered.
        EarlyMedia = "early_media",
        /// A reliable provisional response is confirmed (RFC 3262).
        Prack = "prack",
        /// An UPDATE within the call (RFC 3311).
        Update = "update",
        /// A re-INVITE or UPDATE was refused: the session stays as it was.
        ChangeRefused = "change_refused",
        /// A CANCEL says that another phone answered.
        AnsweredElsewhere = "answered_elsewhere",
        /// One side asks the other to call somebody (RFC 3515).
        Transfer = "transfer",
        /// How that came out: refused, or what a NOTIFY says.
        TransferResult = "transfer_result",
        /// The caller is sent to another address (RFC 3261 §8.1.3.4).
        Redirected = "redirected",
        /// A part of the TCP stream of its signalling is missing in the capture.
        CaptureGap = "capture_gap",
    }
}

/// What an answer changed.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionEvent {
    /// When.
    pub time: CaptureTime,
    /// What.
    pub kind: EventKind,
    /// The message that said so.
    pub message: MessageId,
    /// In words.
    pub text: String,
}

/// An offer that was made and, as the capture shows, never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnswerMissing {
    /// The message with the offer.
    pub offer: MessageId,
    /// The message that had to carry the answer.
    pub message: MessageId,
    /// Who had to answer.
    pub by: Party,
    /// When.
    pub time: CaptureTime,
}

/// Longest list of `m=` lines followed; real sessions have a handful.
const MAX_SECTIONS: usize = 32;
/// Offers that wait for their answers: one a hop, and one a phone of a fork.
const MAX_OFFERS: usize = 32;
/// Agreements kept of one call, and phones of a fork that answered.
const MAX_AGREEMENTS: usize = 256;
const MAX_CONFIRMED: usize = 8;

/// A message, and where in its call it stands.
#[derive(Clone, Copy)]
pub(super) struct Told<'a> {
    pub(super) side: Party,
    /// The hop, by its hosts.
    pub(super) hop: u32,
    pub(super) on_caller_hop: bool,
    /// The tag of who was called, as a number; 0 where there is none.
    pub(super) dialog: u64,
    pub(super) facts: &'a Facts<'a>,
    pub(super) arrival: &'a Arrival<'a>,
}

/// One side's description that waits for the other's.
#[derive(Clone, Debug)]
struct Offer {
    hop: u32,
    on_caller_hop: bool,
    by: Party,
    method: Method,
    cseq: u32,
    /// It came in a response, so that a request answers it: ACK or PRACK.
    in_response: bool,
    /// When the request of its transaction was seen.
    asked: CaptureTime,
    dialog: u64,
    message: MessageId,
    time: CaptureTime,
    /// `None` for a request without an offer: its response makes it.
    media: Option<Arc<[Described]>>,
    /// The answer of a reliable 18x to a re-INVITE, which its 2xx brings into force.
    early_answer: Option<(Arc<[Described]>, MessageId, CaptureTime)>,
}

/// The negotiation of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Negotiation {
    offers: Vec<Offer>,
    agreed: Vec<Agreement>,
    /// Offers on the caller's own hop, and what came of them.
    exchanges: Exchanges,
    /// What the caller said last.
    offered: Vec<Arc<MediaLine>>,
    /// Phones that answered, by their tags.
    confirmed: Vec<u64>,
    /// The first of them on the caller's own hop.
    answered: Option<u64>,
    /// Some 18x was reliable, and may hold what nobody captured.
    prack_seen: bool,
    missing: Option<AnswerMissing>,
}

/// What was agreed in a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Agreed {
    /// With the phone that answered, on the caller's own hop, in order.
    pub(super) own: Vec<Agreement>,
    /// Otherwise: on further hops where it differs, and with other phones of a fork.
    pub(super) elsewhere: Vec<Agreement>,
    pub(super) missing: Option<AnswerMissing>,
    /// Each offer on the caller's own hop, in order.
    pub(super) exchanges: Vec<OfferAnswer>,
}

impl Negotiation {
    /// About how many bytes its lists take.
    pub(super) fn weight(&self) -> usize {
        let of = |media: &Option<Arc<[Described]>>| media.as_ref().map_or(0, |m| rows(m));
        let offers: usize = self.offers.iter().map(|o| of(&o.media)).sum();
        rows(&self.offers)
            + rows(&self.agreed)
            + self.exchanges.weight()
            + rows(&self.offered)
            + rows(&self.confirmed)
            + offers
    }

    /// True for a message that may offer, answer, refuse or leave out an answer.
    pub(super) fn concerns(facts: &Facts<'_>) -> bool {
        matches!(
            facts.method,
            Method::Invite | Method::Update | Method::Prack | Method::Ack
        )
    }

    /// Takes a message that is no repetition.
    pub(super) fn handle(
        &mut self,
        told: Told<'_>,
        lines: &mut Lines,
        events: &mut Vec<SessionEvent>,
    ) {
        let sdp = told.arrival.sdp;
        let media = sdp.map(|sdp| -> Arc<[Described]> {
            let media = sdp.media.iter().take(MAX_SECTIONS);
            let is_cut = is_cut(told.arrival.message);
            let sender = told.arrival.flow.src.addr;
            media
                .map(|m| Described::of(m, sender, is_cut, lines))
                .collect()
        });
        if let Some(media) = media.as_ref().filter(|_| told.side == Party::Caller) {
            self.offered.clear();
            for media in media.iter().filter(|m| m.is_active) {
                push_exact(&mut self.offered, Arc::clone(&media.line));
            }
        }
        if told.on_caller_hop {
            events.extend(spoken::request(&told, media.is_some()));
        }
        match (&told.facts.method, told.facts.status) {
            (Method::Ack, None) => self.handle_ack(told, media, events),
            (Method::Prack, None) => self.handle_prack(told, media, events),
            // A body that was cut off may have held an offer.
            (_, None) if media.is_some() || is_without_body(told.arrival.message) => {
                self.offer(told, media, told.arrival.time);
            }
            (Method::Ack, Some(_)) => {}
            (_, Some(status)) if status.get() >= 300 => self.refuse(told),
            (_, Some(status)) if status.get() > 100 => self.handle_response(told, media, events),
            _ => {}
        }
    }

    /// Keeps an offer, or a request without one; `asked`: when its request was seen.
    fn offer(&mut self, told: Told<'_>, media: Option<Arc<[Described]>>, asked: CaptureTime) {
        let in_response = !told.facts.is_request;
        let same = |o: &Offer| {
            o.hop == told.hop
                && o.by == told.side
                && o.in_response == in_response
                && (o.dialog == told.dialog || o.dialog == 0)
        };
        self.offers.retain(|o| !same(o));
        if self.offers.len() >= MAX_OFFERS {
            self.offers.remove(0);
        }
        if let Some(offered) = media.as_ref().filter(|_| told.on_caller_hop) {
            self.exchanges.note_offer(OfferAnswer {
                leg: 0,
                offer: told.arrival.id,
                time: told.arrival.time,
                by: told.side,
                result: OfferResult::Open,
                end: None,
                status: None,
                warnings: Vec::new(),
                offered: Arc::clone(offered),
                answered: None,
                dialog: told.dialog,
            });
        }
        let offer = Offer {
            hop: told.hop,
            on_caller_hop: told.on_caller_hop,
            by: told.side,
            method: told.facts.method.clone(),
            cseq: told.facts.cseq,
            in_response,
            asked,
            dialog: told.dialog,
            message: told.arrival.id,
            time: told.arrival.time,
            media,
            early_answer: None,
        };
        push_exact(&mut self.offers, offer);
    }

    /// Where the request that a response answers stands.
    fn request_of(&self, told: Told<'_>) -> Option<usize> {
        let mut offers = self.offers.iter();
        offers.position(|o| {
            !o.in_response
                && o.hop == told.hop
                && o.by != told.side
                && o.cseq == told.facts.cseq
                && o.method == told.facts.method
        })
    }

    fn refuse(&mut self, told: Told<'_>) {
        let Some(at) = self.request_of(told) else {
            return;
        };
        let offer = self.offers.remove(at);
        if told.on_caller_hop && offer.media.is_some() {
            self.exchanges.note_refusal(offer.message, told.arrival);
        }
    }

    fn handle_response(
        &mut self,
        told: Told<'_>,
        media: Option<Arc<[Described]>>,
        events: &mut Vec<SessionEvent>,
    ) {
        // Where the request was not captured, this may be offer or answer.
        let Some(at) = self.request_of(told) else {
            return;
        };
        let mut request = self.offers.swap_remove(at);
        let is_success = told.facts.status.is_some_and(|s| s.is_success());
        let is_invite = told.facts.method == Method::Invite;
        let is_initial = request.dialog == 0;
        let message = told.arrival.message;
        let here = (told.arrival.id, told.arrival.time);
        match (request.media.is_some(), media) {
            (true, Some(media)) if is_success || is_initial => {
                if told.on_caller_hop && !is_success && !self.is_agreed(told) {
                    events.push(spoken::early(&told));
                }
                self.agree(told, &request, &media, here, events);
            }
            (true, Some(media)) if message.requires("100rel") => {
                request.early_answer = Some((media, here.0, here.1));
            }
            (true, None) if is_success => match request.early_answer.take() {
                Some((media, id, time)) => {
                    self.agree(told, &request, &media, (id, time), events);
                }
                None if is_without_body(message) => self.note_missing(told, &request),
                None => {}
            },
            // The INVITE left the offer to its responses: the first that is reliable makes it.
            (false, Some(media)) if is_invite && (is_success || message.requires("100rel")) => {
                self.offer(told, Some(media), request.asked);
            }
            _ => {}
        }
        // Another phone of a fork may answer too; nobody else does within a dialog.
        if !is_success || is_initial {
            self.offers.push(request);
        }
        if is_success && is_invite && is_initial {
            self.confirm(told);
        }
    }

    /// A phone of a fork answered: what was agreed before with others is over (RFC 3261 §13.2.2.4).
    fn confirm(&mut self, told: Told<'_>) {
        if told.on_caller_hop {
            self.answered.get_or_insert(told.dialog);
        }
        if !self.confirmed.contains(&told.dialog) && self.confirmed.len() < MAX_CONFIRMED {
            push_exact(&mut self.confirmed, told.dialog);
        }
        let confirmed = &self.confirmed;
        let over = self
            .agreed
            .iter_mut()
            .filter(|a| a.until.is_none() && a.hop == told.hop && !confirmed.contains(&a.dialog));
        over.for_each(|a| a.until = Some(told.arrival.time));
    }

    /// The offer of a response that this request may answer: of the same hop, else of the same end of the
    /// path, as an ACK may go straight to the far end.
    fn offer_of_response(&self, told: Told<'_>, is_it: impl Fn(&Offer) -> bool) -> Option<usize> {
        let fits =
            |o: &Offer| o.in_response && o.by != told.side && o.dialog == told.dialog && is_it(o);
        let find = |near: &dyn Fn(&Offer) -> bool| {
            let mut offers = self.offers.iter();
            offers.position(|o| fits(o) && near(o))
        };
        find(&|o| o.hop == told.hop).or_else(|| find(&|o| o.on_caller_hop == told.on_caller_hop))
    }

    fn handle_ack(
        &mut self,
        told: Told<'_>,
        media: Option<Arc<[Described]>>,
        events: &mut Vec<SessionEvent>,
    ) {
        let cseq = told.facts.cseq;
        let Some(at) = self.offer_of_response(told, |o| o.cseq == cseq) else {
            return;
        };
        let offer = self.offers.remove(at);
        match media {
            Some(media) => {
                let answer = (told.arrival.id, told.arrival.time);
                self.agree(told, &offer, &media, answer, events);
            }
            None if is_without_body(told.arrival.message) => {
                self.note_missing(told, &offer);
            }
            None => {}
        }
    }

    fn handle_prack(
        &mut self,
        told: Told<'_>,
        media: Option<Arc<[Described]>>,
        events: &mut Vec<SessionEvent>,
    ) {
        self.prack_seen = true;
        let Some(media) = media else { return };
        match self.offer_of_response(told, |_| true) {
            Some(at) => {
                let offer = self.offers.remove(at);
                let answer = (told.arrival.id, told.arrival.time);
                self.agree(told, &offer, &media, answer, events);
            }
            None => self.offer(told, Some(media), told.arrival.time),
        }
    }

    /// The answer may stand in an earlier provisional response, or in one that nobody captured.
    fn note_missing(&mut self, told: Told<'_>, offer: &Offer) {
        let mut agreed = self.agreed.iter();
        let answered = agreed.any(|a| a.dialog == told.dialog && a.since >= offer.asked);
        if !answered && !self.prack_seen && self.missing.is_none() {
            self.missing = Some(AnswerMissing {
                offer: offer.message,
                message: told.arrival.id,
                by: told.side,
                time: told.arrival.time,
            });
        }
    }

    /// The dialog has an agreement on that hop.
    fn is_agreed(&self, told: Told<'_>) -> bool {
        let mut agreed = self.agreed.iter();
        agreed.any(|a| a.dialog == told.dialog && a.hop == told.hop)
    }

    /// Reads the agreement out of offer and answer, line by line (RFC 3264 §6).
    fn agree(
        &mut self,
        told: Told<'_>,
        offer: &Offer,
        answer: &Arc<[Described]>,
        (agreed_in, since): (MessageId, CaptureTime),
        events: &mut Vec<SessionEvent>,
    ) {
        let Some(offered) = &offer.media else { return };
        if told.on_caller_hop {
            let end = (agreed_in, since);
            self.exchanges
                .note_answer(offer.message, told.dialog, end, answer);
        }
        let mut agreed = self.agreed.iter();
        let goes_on = agreed.any(|a| a.dialog == told.dialog && a.since < offer.asked);
        let mut changed = Vec::new();
        let mut is_refresh = goes_on && offer.dialog != 0 && told.on_caller_hop;
        // New keys, or an ICE restart, are not seen in what is compared.
        is_refresh &= !offered.iter().any(|d| d.has_ice || d.line.encrypted);
        for (i, (offered, answered)) in offered.iter().zip(&**answer).enumerate() {
            let index = i as u16;
            let is_active = offered.is_active && answered.is_active;
            let current = self.agreed.iter_mut().rev().find(|a| {
                a.index == index
                    && a.until.is_none()
                    && a.dialog == told.dialog
                    && (a.hop == told.hop || (a.on_caller_hop && told.on_caller_hop))
            });
            let (offered, answered) = (offered.clone(), answered.clone());
            let mut now = Agreement {
                index,
                agreed_in,
                offered_in: offer.message,
                since,
                until: None,
                answerer: told.side,
                sides: match told.side {
                    Party::Callee => [offered, answered],
                    Party::Caller => [answered, offered],
                },
                hop: told.hop,
                on_caller_hop: told.on_caller_hop,
                dialog: told.dialog,
                holding: Holding::default(),
            };
            let held = current.as_ref().map_or(now.holding, |c| c.holding);
            now.holding = held.after(&now);
            match current {
                Some(current) if is_active && current.is_same(&now) => continue,
                Some(current) => {
                    current.until = Some(since);
                    match is_active {
                        true => changes::of_medium(current, &now, &mut changed),
                        false => changed.push(Change::removed(current.kind(), &now)),
                    }
                }
                None if is_active && goes_on => changed.push(Change::added(&now)),
                // Of a call that began before the capture.
                None if is_active && !offer.in_response && offer.dialog != 0 => {
                    changed.extend(Change::on_hold(&now));
                }
                None => changed.extend(Change::refused(&now)),
            }
            is_refresh &= !is_active && changed.is_empty();
            if told.on_caller_hop {
                let told_before = |c: &Change, e: &SessionEvent| {
                    c.kind == EventKind::MediaRefused && e.kind == c.kind && e.text == c.text
                };
                for change in changed.drain(..) {
                    if !events.iter().any(|e| told_before(&change, e)) {
                        events.push(change.into_event(&now, offer.time));
                    }
                }
            }
            changed.clear();
            if is_active && self.agreed.len() < MAX_AGREEMENTS {
                push_exact(&mut self.agreed, now);
            }
        }
        if is_refresh {
            events.push(spoken::refreshed(&offer.method, offer.message, offer.time));
        }
    }

    /// The call is the dialog with the phone of this tag, whoever answered first.
    pub(super) fn choose(&mut self, tag: &[u8]) {
        self.answered = Some(FixedState::default().hash_one(tag));
    }

    /// What was agreed in all.
    pub(super) fn take_agreed(&mut self) -> Agreed {
        let all = std::mem::take(&mut self.agreed);
        let mut own_hop = all.iter().filter(|a| a.on_caller_hop);
        let dialog = self.answered.or_else(|| Some(own_hop.next()?.dialog));
        let is_own = |a: &Agreement| a.on_caller_hop && Some(a.dialog) == dialog;
        let (mut own, mut elsewhere): (Vec<_>, Vec<_>) = all.into_iter().partition(is_own);
        elsewhere.retain(|a| !own.iter().any(|o| o.is_same(a)));
        own.shrink_to_fit();
        elsewhere.shrink_to_fit();
        Agreed {
            own,
            elsewhere,
            missing: self.missing,
            exchanges: self.exchanges.take(),
        }
    }

    /// The media lines the caller named last and did not leave out.
    pub(super) fn offered_lines(&self) -> &[Arc<MediaLine>] {
        &self.offered
    }

    /// Kinds of media the caller named last and did not leave out.
    pub(super) fn offered(&self) -> impl Iterator<Item = &str> {
        self.offered.iter().map(|line| &*line.kind)
    }
}

/// True where a message surely has no body: one that was cut short may have had.
pub(super) fn is_without_body(message: &Message<'_>) -> bool {
    let ends = message.raw.ends_with(b"\r\n\r\n") || message.raw.ends_with(b"\n\n");
    ends && message.body.is_empty()
        && message.content_type().is_none()
        && message.content_length().is_none_or(|length| length == 0)
}

/// True where the capture holds less of the body than its length says.
fn is_cut(message: &Message<'_>) -> bool {
    let length = message.content_length().unwrap_or(0);
    (message.body.len() as u64) < length
}
