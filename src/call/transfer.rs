//! Transfers (RFC 3515, RFC 5589): who asks whom to call somebody else, and what is said of how that went.

use super::compact::{block, rows};
use super::facts::{Arrival, Facts};
use super::ties::is_same_user;
use crate::sip::{HeaderName, Message, Replaces, SubscriptionState, Uri};
use crate::types::{CallId, CaptureTime, Delta, HostAddr, MessageId, Party, StatusCode, text_of};
use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// Transfers kept of one call; later ones are not told.
const MAX_TRANSFERS: usize = 32;
/// NOTIFYs kept of one transfer, and hosts its REFER reached.
const MAX_REPORTS: usize = 16;

/// What a REFER and its response share: the From tag, hashed, and the CSeq number.
pub(super) type Id = (u64, u32);

/// A server passes a REFER on to its other dialog within this time.
const PASSED_ON: Delta = Delta::from_secs(2);

/// A status and the message that said so.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The status.
    pub status: StatusCode,
    /// Its reason phrase.
    pub reason: String,
    /// The message: a response, or a NOTIFY that carries it.
    pub message: MessageId,
    /// When.
    pub time: CaptureTime,
}

impl Told {
    /// `486 Busy Here`.
    pub fn text(&self) -> String {
        format!("{} {}", self.status, self.reason)
            .trim_end()
            .to_owned()
    }

    fn weight(&self) -> usize {
        size_of::<Self>() + block(self.reason.len())
    }
}

crate::types::vocabulary! {
    /// How a transfer, or another request that leads to a call, came out.
    pub enum LinkResult {
        /// The other side agreed to try; what became of it is not in the capture.
        Accepted = "accepted",
        /// The other side would not try.
        Refused = "refused",
        /// It worked.
        Succeeded = "succeeded",
        /// It was tried in vain.
        Failed = "failed",
        /// Nothing in the capture tells.
        Unknown = "unknown",
    }
}

/// One REFER with what followed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Transfer {
    /// Who asks: the sender of the REFER.
    pub by: Party,
    /// Tag of the sender and CSeq number of the REFER, in each dialog it passed.
    pub(super) ids: Vec<Id>,
    pub(super) last: CaptureTime,
    /// The REFER and when; `None` where NOTIFYs alone were captured.
    pub refer: Option<(MessageId, CaptureTime)>,
    /// Whom to call: the URI of Refer-To without its headers, as sent.
    pub target: Option<String>,
    /// What the URI asks for, where it is not an INVITE.
    pub method: Option<String>,
    /// The call whose place the new one is to take, by its Call-ID.
    pub replaces: Option<CallId>,
    /// No NOTIFY is to follow: Refer-Sub: false (RFC 4488), or an extension that says so (RFC 7614).
    pub is_silent: bool,
    /// The final response to the REFER.
    pub answer: Option<Told>,
    /// What each NOTIFY says, repeats left out.
    pub reports: Vec<Told>,
    /// The NOTIFY that ends the subscription.
    pub ended: Option<MessageId>,
    /// A NOTIFY was cut short, so its status is not known.
    pub is_cut: bool,
    /// Hosts that the REFER reached.
    pub receivers: Vec<HostAddr>,
}

impl Transfer {
    /// The last final status a NOTIFY told.
    pub fn outcome(&self) -> Option<&Told> {
        self.reports.iter().rev().find(|r| r.status.is_final())
    }

    /// The other side agreed to try.
    pub fn accepted(&self) -> Option<&Told> {
        self.answer.as_ref().filter(|a| a.status.is_success())
    }

    /// The other side would not try.
    pub fn refused(&self) -> Option<&Told> {
        let refusal = |a: &&Told| a.status.get() >= 300;
        self.answer.as_ref().filter(refusal)
    }

    /// How it came out, by what REFER and NOTIFY say.
    pub fn result(&self) -> LinkResult {
        match (self.outcome(), &self.answer) {
            (Some(told), _) if told.status.is_success() => LinkResult::Succeeded,
            (Some(_), _) => LinkResult::Failed,
            (None, _) if self.refused().is_some() => LinkResult::Refused,
            (None, Some(_)) => LinkResult::Accepted,
            // Only who accepted a REFER reports.
            (None, None) if !self.reports.is_empty() => LinkResult::Accepted,
            (None, None) => LinkResult::Unknown,
        }
    }

    /// Its messages in order, one of each kind on every path.
    pub fn messages(&self) -> impl Iterator<Item = MessageId> + '_ {
        let refer = self.refer.map(|(id, _)| id);
        let told = self.answer.iter().chain(&self.reports);
        refer.into_iter().chain(told.map(|t| t.message))
    }

    fn weight(&self) -> usize {
        let texts = [&self.target, &self.method];
        let texts = texts.into_iter().flatten().map(|t| block(t.len()));
        let told = self.answer.iter().chain(&self.reports).map(Told::weight);
        size_of::<Self>()
            + texts.chain(told).sum::<usize>()
            + self
                .replaces
                .as_ref()
                .map_or(0, |c| block(c.as_bytes().len()))
            + rows(&self.receivers)
            + rows(&self.ids)
    }

    pub(super) fn blank(by: Party, last: CaptureTime) -> Transfer {
        Transfer {
            by,
            ids: Vec::new(),
            last,
            refer: None,
            target: None,
            method: None,
            replaces: None,
            is_silent: false,
            answer: None,
            reports: Vec::new(),
            ended: None,
            is_cut: false,
            receivers: Vec::new(),
        }
    }

    /// To the same user: a server gives the target its own address.
    pub(super) fn goes_where(&self, other: &Transfer) -> bool {
        let target = |t: &Transfer| t.target.clone().unwrap_or_default();
        let (a, b) = (target(self), target(other));
        a == b || is_same_user(&Uri::parse(a.as_bytes()), &Uri::parse(b.as_bytes()))
    }

    fn is_challenged(&self) -> bool {
        self.answer
            .as_ref()
            .is_some_and(|a| a.status.is_challenge())
    }

    fn read_refer(&mut self, message: &Message<'_>) {
        let Some(refer_to) = message.refer_to() else {
            return;
        };
        let uri = refer_to.uri();
        self.target = Some(text_of(uri.without_headers()));
        let method = uri.params.value("method").map(text_of);
        self.method = method.filter(|m| !m.eq_ignore_ascii_case("INVITE"));
        let replaces = uri.header_value("Replaces");
        self.replaces = replaces.map(|r| CallId::new(Replaces::parse(&r).call_id));
        let tags = ["norefersub", "nosub", "explicitsub"];
        self.is_silent = wants_no_report(message) || tags.iter().any(|t| message.requires(t));
    }
}

/// Of a REFER or its response: both have the From of the request.
fn id_of(facts: &Facts<'_>) -> Id {
    let tag = facts.from_tag.unwrap_or_default();
    (FixedState::default().hash_one(tag), facts.cseq)
}

/// `Refer-Sub: false` (RFC 4488 §4).
fn wants_no_report(message: &Message<'_>) -> bool {
    let value = message.header(HeaderName::ReferSub);
    value.is_some_and(|v| v.get(..5).is_some_and(|v| v.eq_ignore_ascii_case(b"false")))
}

/// The transfers of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Transfers(pub(super) Vec<Transfer>);

impl Transfers {
    /// A REFER of `by`; true for one that was not seen on an earlier hop and asks for something new.
    pub(super) fn handle_refer(
        &mut self,
        by: Party,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        let to = arrival.flow.dst.addr;
        let id = id_of(facts);
        let mut new = Transfer::blank(by, arrival.time);
        new.read_refer(arrival.message);
        let known = self.0.iter_mut().filter(|t| t.by == by);
        let known = known.rev().find(|t| {
            let is_other_dialog = t.ids.iter().all(|(tag, _)| *tag != id.0);
            let is_near = arrival.time - t.last <= PASSED_ON;
            // The same again with a password, after a 401 or 407; or what a server passes on.
            let open = t.is_challenged() || t.answer.is_none() && is_near;
            let again = open && arrival.message.has_credentials();
            let onward = is_other_dialog && is_near;
            t.ids.contains(&id) || (again || onward) && t.goes_where(&new)
        });
        if let Some(known) = known {
            if known.is_challenged() && arrival.message.has_credentials() {
                known.answer = None;
            }
            known.last = arrival.time;
            if !known.ids.contains(&id) && known.ids.len() < MAX_REPORTS {
                known.ids.push(id);
            }
            if known.receivers.len() < MAX_REPORTS && !known.receivers.contains(&to) {
                known.receivers.push(to);
            }
            return false;
        }
        if self.0.len() >= MAX_TRANSFERS {
            return false;
        }
        new.refer = Some((arrival.id, arrival.time));
        new.ids.push(id);
        new.receivers.push(to);
        self.0.push(new);
        true
    }

    /// A response to a REFER of `by`; true where it refuses.
    pub(super) fn handle_response(
        &mut self,
        by: Party,
        status: StatusCode,
        facts: &Facts<'_>,
        arrival: &Arrival<'_>,
    ) -> bool {
        let id = id_of(facts);
        let mut asked = self.0.iter_mut();
        let Some(asked) = asked.find(|t| t.by == by && t.ids.contains(&id)) else {
            return false;
        };
        if !status.is_final() || asked.answer.is_some() {
            return false;
        }
        asked.is_silent |= wants_no_report(arrival.message);
        asked.answer = Some(Told {
            status,
            reason: arrival.message.reason().map(text_of).unwrap_or_default(),
            message: arrival.id,
            time: arrival.time,
        });
        status.get() >= 300 && !status.is_challenge()
    }

    /// A NOTIFY sent to `by`; the transfer it is about, where it tells a final status for the first time.
    pub(super) fn handle_notify(&mut self, by: Party, arrival: &Arrival<'_>) -> Option<&Transfer> {
        let message = arrival.message;
        let event = message.event()?;
        if !event.package.eq_ignore_ascii_case(b"refer") {
            return None;
        }
        // Of the first REFER of a dialog the id may be left out (RFC 3515 §2.4.6).
        let id = event
            .id
            .and_then(|id| std::str::from_utf8(id).ok()?.parse().ok());
        let at = match id {
            Some(number) => self.0.iter().position(|t| {
                let numbered = |(_, cseq): &Id| *cseq == number;
                t.by == by && t.ids.iter().any(numbered)
            }),
            None => self.0.iter().rposition(|t| t.by == by),
        };
        let at = match at {
            Some(at) => at,
            None if self.0.len() < MAX_TRANSFERS => {
                let mut new = Transfer::blank(by, arrival.time);
                new.ids.extend(id.map(|number| (0, number)));
                self.0.push(new);
                self.0.len() - 1
            }
            None => return None,
        };
        let transfer = self.0.get_mut(at)?;
        let state = message.subscription_state();
        if state.as_ref().is_some_and(SubscriptionState::is_terminated) {
            transfer.ended.get_or_insert(arrival.id);
        }
        let Some(frag) = message.sipfrag() else {
            let announced = message.content_length().unwrap_or(0);
            transfer.is_cut |= announced > message.body.len() as u64;
            return None;
        };
        // The same NOTIFY passes every hop, and a status may be told again.
        let last = transfer.reports.last();
        if last.is_some_and(|r| r.status == frag.status) || transfer.reports.len() >= MAX_REPORTS {
            return None;
        }
        let first = frag.status.is_final() && transfer.outcome().is_none();
        transfer.reports.push(Told {
            status: frag.status,
            reason: text_of(frag.reason),
            message: arrival.id,
            time: arrival.time,
        });
        first.then_some(transfer)
    }

    pub(super) fn weight(&self) -> usize {
        self.0.iter().map(Transfer::weight).sum()
    }
}

/// `sip:carol@example.com`, or where the URI asks for another method what to send there.
pub(super) fn wish(transfer: &Transfer) -> String {
    let target = transfer
        .target
        .as_deref()
        .unwrap_or("somebody it does not name");
    match &transfer.method {
        Some(method) => format!("send {method} to {target}"),
        None => format!("call {target}"),
    }
}

/// A Refer-To without the escapes of its headers, which nobody can read.
pub fn readable(uri: &[u8]) -> String {
    let uri = Uri::parse(uri);
    let target = text_of(uri.without_headers());
    match uri.headers {
        Some(headers) => format!("{target}?{}", text_of(&crate::sip::unescape(headers))),
        None => target,
    }
}
