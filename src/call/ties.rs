//! What ties a call to others: transfers, redirections, and what its INVITE says of where it comes from.

use super::compact::{block, rows};
use super::facts::Arrival;
use super::links::CallLink;
use super::transfer::{Told, Transfer, Transfers};
use crate::sip::{HeaderName, Message, NameAddr, Replaces, Uri};
use crate::types::{CallId, CaptureTime, HostAddr, MessageId, Party, StatusCode, text_of};

/// Redirections kept of one call, their targets, and the names of who forwarded it.
const MAX_REDIRECTS: usize = 16;
const MAX_TARGETS: usize = 16;
const MAX_FORWARDERS: usize = 8;

/// A 3xx to the INVITE (RFC 3261 §8.1.3.4).
#[derive(Clone, Debug, PartialEq)]
pub struct Redirect {
    /// The response.
    pub told: Told,
    /// The Contacts to try, with their preference in thousandths.
    pub targets: Vec<(String, Option<u16>)>,
    /// A later INVITE of the call that goes to one of them.
    pub followed_in: Option<MessageId>,
    /// Where that INVITE goes, and which of the targets it asks for.
    pub(super) followed_to: Option<(HostAddr, usize)>,
    /// A 2xx to the INVITE came from there.
    pub(super) answered: bool,
}

impl Redirect {
    /// The target that answered.
    pub(super) fn answering(&self) -> Option<&str> {
        let (_, at) = self.followed_to.filter(|_| self.answered)?;
        self.targets.get(at).map(|(uri, _)| &**uri)
    }
}

/// Nearly no call has any.
#[derive(Clone, Debug, Default)]
pub struct Ties {
    pub(super) transfers: Transfers,
    /// Redirections in order.
    pub redirects: Vec<Redirect>,
    /// The call whose place it takes, by the Replaces of its INVITE (RFC 3891).
    pub replaces: Option<CallId>,
    /// The call it joins (RFC 3911).
    pub joins: Option<CallId>,
    /// Who asked for it, by the Referred-By of its INVITE (RFC 3892).
    pub referred_by: Option<String>,
    /// Who forwarded it, by Diversion (RFC 5806) or History-Info (RFC 7044).
    pub forwarded_by: Vec<String>,
    /// The conference a side is the focus of, by its Contact with `isfocus` (RFC 4579 §5.1).
    pub focus: [Option<String>; 2],
    /// Messages of its Call-ID that were seen before it could be told for a call.
    pub(super) absorbed: Vec<MessageId>,
    /// What it is tied to.
    pub links: Vec<CallLink>,
}

impl Ties {
    /// What the first INVITE of a call says; `None` where that is nothing.
    pub(super) fn of_invite(message: &Message<'_>) -> Option<Box<Ties>> {
        let dialog = |r: Option<Replaces<'_>>| r.map(|r| CallId::new(r.call_id));
        let ties = Ties {
            replaces: dialog(message.replaces()),
            joins: dialog(message.join()),
            referred_by: message.referred_by().map(|a| text_of(a.uri)),
            forwarded_by: forwarders(message),
            ..Ties::default()
        };
        (!ties.is_empty()).then(|| Box::new(ties))
    }

    /// Nothing ties it.
    pub(super) fn is_empty(&self) -> bool {
        let named = self.replaces.is_some() || self.joins.is_some() || self.referred_by.is_some();
        let is_focus = self.focus.iter().any(Option::is_some);
        let lists = [
            self.transfers.0.len(),
            self.redirects.len(),
            self.forwarded_by.len(),
        ];
        !named && !is_focus && lists == [0; 3] && self.absorbed.is_empty()
    }

    /// Transfers asked for in it, in order.
    pub fn transfers(&self) -> &[Transfer] {
        &self.transfers.0
    }

    /// Takes in those of another leg of the call.
    pub(super) fn take_in(&mut self, other: Ties) {
        for theirs in other.transfers.0 {
            let mirror = |own: &Transfer| own.by == theirs.by && own.goes_where(&theirs);
            match self.transfers.0.iter_mut().find(|own| mirror(own)) {
                // Each party's own request is on its own leg; the server passes it on.
                Some(own) if theirs.by == Party::Callee => *own = theirs,
                None if theirs.by == Party::Callee => self.transfers.0.push(theirs),
                _ => {}
            }
        }
        self.redirects.extend(other.redirects);
        self.redirects.truncate(MAX_REDIRECTS);
        self.absorbed.extend(other.absorbed);
        self.replaces = self.replaces.take().or(other.replaces);
        self.joins = self.joins.take().or(other.joins);
        let [_, callee] = other.focus;
        let [_, slot] = &mut self.focus;
        *slot = slot.take().or(callee);
    }

    /// When a transfer was accepted that has not failed: what the call's media does from then on is no fault of it.
    pub fn moved_on(&self) -> Option<CaptureTime> {
        let moves = |t: &&Transfer| t.method.is_none() && !self.is_focus(t.by.other());
        let moved = self.transfers().iter().filter(moves);
        let going = moved.filter(|t| t.outcome().is_none_or(|o| o.status.is_success()));
        let since = going.filter_map(|t| {
            let accepted = t.accepted().or(t.reports.first());
            accepted.map(|a| a.time)
        });
        since.min()
    }

    /// One more transfer of the caller's, for tests of what is told of it.
    #[cfg(test)]
    pub(crate) fn add_sample(
        &mut self,
        refer: (crate::types::MessageId, CaptureTime),
        target: &str,
        answer: Option<Told>,
        report: Option<Told>,
    ) {
        self.transfers.0.push(Transfer {
            refer: Some(refer),
            target: Some(target.to_owned()),
            answer,
            reports: report.into_iter().collect(),
            ..Transfer::blank(crate::types::Party::Caller, refer.1)
        });
    }

    /// Its transfers, to be changed by tests.
    #[cfg(test)]
    pub(crate) fn samples(&mut self) -> impl Iterator<Item = &mut Transfer> {
        self.transfers.0.iter_mut()
    }

    /// That side is the focus of a conference: who asks it to call somebody stays where he is (RFC 4579 §5.5).
    pub fn is_focus(&self, side: crate::types::Party) -> bool {
        self.focus.get(side as usize).is_some_and(Option::is_some)
    }

    /// A 3xx; true for one that was not seen on an earlier hop.
    pub(super) fn handle_redirect(&mut self, status: StatusCode, arrival: &Arrival<'_>) -> bool {
        let contacts = arrival.message.contacts().take(MAX_TARGETS);
        let targets: Vec<_> = contacts.map(|c| (text_of(c.addr.uri), c.q)).collect();
        let same = |r: &Redirect| r.told.status == status && r.targets == targets;
        if self.redirects.len() >= MAX_REDIRECTS || self.redirects.iter().any(same) {
            return false;
        }
        self.redirects.push(Redirect {
            told: Told {
                status,
                reason: arrival.message.reason().map(text_of).unwrap_or_default(),
                message: arrival.id,
                time: arrival.time,
            },
            targets,
            followed_in: None,
            followed_to: None,
            answered: false,
        });
        true
    }

    /// An INVITE of the call, after a 3xx: whether it follows it.
    pub(super) fn note_target(&mut self, uri: &[u8], invite: MessageId, to: HostAddr) {
        let goes_to = Uri::parse(uri);
        for redirect in &mut self.redirects {
            let same =
                |(target, _): &(String, _)| is_same(&Uri::parse(target.as_bytes()), &goes_to);
            if redirect.followed_in.is_none()
                && let Some(at) = redirect.targets.iter().position(same)
            {
                redirect.followed_in = Some(invite);
                redirect.followed_to = Some((to, at));
            }
        }
    }

    /// A 2xx to the INVITE.
    pub(super) fn note_answer(&mut self, from: HostAddr) {
        for redirect in &mut self.redirects {
            redirect.answered |= redirect.followed_to.is_some_and(|(to, _)| to == from);
        }
    }

    /// Who answered in place of who was called: the target of a redirection.
    pub fn answering_target(&self) -> Option<&str> {
        self.redirects.iter().rev().find_map(Redirect::answering)
    }

    pub(super) fn weight(&self) -> usize {
        let texts = self.referred_by.iter().chain(&self.forwarded_by);
        let texts = texts.chain(self.focus.iter().flatten());
        let targets = self.redirects.iter().flat_map(|r| &r.targets);
        let texts = texts.chain(targets.map(|(uri, _)| uri));
        let links: usize = self.links.iter().map(CallLink::weight).sum();
        block(size_of::<Self>())
            + self.transfers.weight()
            + texts
                .map(|t| size_of::<(String, u16)>() + block(t.len()))
                .sum::<usize>()
            + self.redirects.len() * size_of::<Redirect>()
            + links
            + rows(&self.absorbed)
    }
}

/// `sip:carol@example.com (q 0.7) or sip:dave@example.com (q 0.3)`.
pub(super) fn told_targets(redirect: &Redirect) -> String {
    let target = |(uri, q): &(String, Option<u16>)| match q {
        Some(q) => format!("{uri} (q {})", f64::from(*q) / 1000.0),
        None => uri.clone(),
    };
    let targets: Vec<String> = redirect.targets.iter().map(target).collect();
    match targets.len() {
        0 => "an address it does not name".to_owned(),
        _ => targets.join(" or "),
    }
}

/// The same user at the same host, port and parameters left aside: on its way an address loses and gains those.
pub(super) fn is_same(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    is_same_user(a, b) && a.host.eq_ignore_ascii_case(b.host)
}

/// The same user, or number; of URIs without one, the same host.
pub(super) fn is_same_user(a: &Uri<'_>, b: &Uri<'_>) -> bool {
    match (a.user_text(), b.user_text()) {
        (Some(a), Some(b)) => a == b,
        (None, None) => !a.host.is_empty() && a.host.eq_ignore_ascii_case(b.host),
        _ => false,
    }
}

fn forwarders(message: &Message<'_>) -> Vec<String> {
    let diversion = message.list(HeaderName::Diversion);
    let history = message.list(HeaderName::HistoryInfo);
    let named = diversion.chain(history).take(MAX_FORWARDERS);
    named.map(|v| text_of(NameAddr::parse(v).uri)).collect()
}

/// The URI of a Contact that names the focus of a conference (RFC 3840 §9, RFC 4579 §5.1).
pub(super) fn focus_of(message: &Message<'_>) -> Option<String> {
    let raw = message.headers_named(HeaderName::Contact).next()?;
    // One address without parameters, as nearly all are.
    if memchr::memchr(b'>', raw).is_some_and(|end| end + 1 == raw.len()) {
        return None;
    }
    memchr::memmem::find(raw, b"isfocus")?;
    let contact = message.contacts().find(|c| c.addr.params.has("isfocus"))?;
    Some(contact.addr.uri().aor())
}
