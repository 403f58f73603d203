//! Which calls belong to each other: what a transfer, a redirection or a conference led to.
//!
//! A link says more than that two calls look alike: a message of one names the other, or its host was asked to make
//! the very call. Calls that are legs of one call are no links.

use super::compact::block;
use super::record::CallRecord;
use super::session::EventKind;
use super::ties::{Redirect, is_same, is_same_user};
use super::transfer::{LinkResult, Transfer};
use crate::sip::Uri;
use crate::types::{CallId, CallNo, CaptureTime, Delta, HostAddr, MessageId, Party, StatusCode};
use std::collections::{HashMap, HashSet};

/// Links kept of one call.
const MAX_LINKS: usize = 32;
/// Calls looked at for one transfer or redirection.
const MAX_LOOKS: usize = 64;
/// A user may be asked first whether to make the call.
const ASKED_FOR: Delta = Delta::from_secs(64);
/// A final NOTIFY may overtake the INVITE it speaks of, of a PBX that tells it at once.
const TOLD_EARLY: Delta = Delta::from_secs(2);

crate::types::vocabulary! {
    /// What ties two calls.
    pub enum LinkKind {
        /// A REFER (RFC 3515).
        Transfer = "transfer",
        /// One takes the place of the other (RFC 3891).
        Replaces = "replaces",
        /// A 3xx (RFC 3261 §8.1.3.4). Where it is followed under the same Call-ID, `call` is null.
        Redirect = "redirect",
        /// The INVITE says who forwarded it (RFC 5806, RFC 7044).
        Forward = "forward",
        /// They are in one conference (RFC 4579).
        Conference = "conference",
        /// The INVITE went to several phones under one Call-ID (RFC 3261 §16.7): `call` is null.
        Fork = "fork",
    }
}

crate::types::vocabulary! {
    /// What a call is to the one it is linked with.
    pub enum LinkRole {
        /// The other results from this one.
        LeadsTo = "leads_to",
        /// This one results from the other.
        ComesFrom = "comes_from",
        /// The Replaces of a Refer-To of this one names the other.
        Names = "names",
        /// A Refer-To of the other names this one.
        NamedBy = "named_by",
        /// This one takes the place of the other.
        Replaces = "replaces",
        /// The other takes the place of this one.
        ReplacedBy = "replaced_by",
        /// Neither: they are up at the same time.
        Beside = "beside",
    }
}

/// One tie of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallLink {
    /// What ties them.
    pub kind: LinkKind,
    /// What this call is to the other.
    pub role: LinkRole,
    /// The other call; `None` where the capture shows none.
    pub call: Option<CallNo>,
    /// The messages that say so.
    pub messages: Vec<MessageId>,
    /// How it came out.
    pub result: LinkResult,
    /// The status that tells.
    pub status: Option<StatusCode>,
    /// Of a redirection within the call: the new address, where who is there answered.
    pub target: Option<Box<str>>,
}

impl CallLink {
    pub(super) fn weight(&self) -> usize {
        let target = self.target.as_deref().map_or(0, |t| block(t.len()));
        size_of::<Self>() + block(size_of_val(&*self.messages)) + target
    }
}

/// Works out the links of calls that are final, and notes them with both. Calls are in order of their numbers.
pub fn link(calls: &mut [CallRecord]) {
    if calls.iter().all(|c| c.ties.is_none() && !is_forked(c)) {
        return;
    }
    let found = Finder::of(calls).links();
    for (at, link) in found {
        let Some(call) = calls.get_mut(at) else {
            continue;
        };
        let links = &mut call.ties.get_or_insert_default().links;
        if links.len() < MAX_LINKS {
            links.push(link);
        }
    }
}

fn is_forked(call: &CallRecord) -> bool {
    call.events.iter().any(|e| e.kind == EventKind::Forked)
}

/// Calls by what they may be found by.
struct Finder<'a> {
    calls: &'a [CallRecord],
    by_call_id: HashMap<&'a CallId, Vec<usize>>,
    /// In order of their start.
    by_host: HashMap<HostAddr, Vec<usize>>,
    /// Calls whose INVITE has a Referred-By, in order of their start.
    referred: Vec<usize>,
    /// By the call whose place they take.
    by_replaced: HashMap<&'a CallId, Vec<usize>>,
    /// Calls a link leads to already: one cause each.
    taken: HashSet<usize>,
    out: Vec<(usize, CallLink)>,
}

impl<'a> Finder<'a> {
    fn of(calls: &'a [CallRecord]) -> Finder<'a> {
        let mut finder = Finder {
            calls,
            by_call_id: HashMap::new(),
            by_host: HashMap::new(),
            referred: Vec::new(),
            by_replaced: HashMap::new(),
            taken: HashSet::new(),
            out: Vec::new(),
        };
        let mut order: Vec<usize> = (0..calls.len()).collect();
        order.sort_by_key(|at| calls.get(*at).map(|c| c.start));
        for at in order {
            let Some(call) = calls.get(at) else { continue };
            finder.by_call_id.entry(&call.call_id).or_default().push(at);
            for leg in call.legs.iter().filter(|l| l.call_id != call.call_id) {
                finder.by_call_id.entry(&leg.call_id).or_default().push(at);
            }
            if let Some(host) = caller_host(call) {
                finder.by_host.entry(host).or_default().push(at);
            }
            let Some(ties) = &call.ties else { continue };
            if ties.referred_by.is_some() {
                finder.referred.push(at);
            }
            if let Some(replaced) = &ties.replaces {
                finder.by_replaced.entry(replaced).or_default().push(at);
            }
        }
        finder
    }

    fn links(mut self) -> Vec<(usize, CallLink)> {
        for (at, call) in self.calls.iter().enumerate() {
            if is_forked(call) {
                self.fork(at, call);
            }
            let Some(ties) = &call.ties else { continue };
            for transfer in ties.transfers() {
                self.transfer(at, call, transfer);
            }
            for redirect in &ties.redirects {
                if let Some(invite) = redirect.followed_in {
                    let messages = vec![redirect.told.message, invite];
                    let roles = (LinkRole::LeadsTo, LinkRole::ComesFrom);
                    let ((result, _), status) = (came_to(call), Some(redirect.told.status));
                    let kind = LinkKind::Redirect;
                    self.note(at, None, kind, roles, messages, result, status);
                    if let Some((_, link)) = self.out.last_mut() {
                        link.target = redirect.answering().map(Into::into);
                    }
                    continue;
                }
                // One seen behind a proxy, that tried the new address itself, left the caller with nothing to do.
                if call.final_status == Some(redirect.told.status) {
                    self.redirect(at, call, redirect);
                }
            }
            for (named, kind) in [
                (&ties.replaces, LinkKind::Replaces),
                (&ties.joins, LinkKind::Conference),
            ] {
                let other = named.as_ref().and_then(|id| self.named(id, call.start, at));
                let roles = match kind {
                    LinkKind::Replaces => (LinkRole::Replaces, LinkRole::ReplacedBy),
                    _ => (LinkRole::Beside, LinkRole::Beside),
                };
                if named.is_some() {
                    let (result, status) = came_to(call);
                    let messages = call.evidence.invite.into_iter().collect();
                    self.note(at, other, kind, roles, messages, result, status);
                }
            }
        }
        self.forwards();
        self.conferences();
        self.out
    }

    fn transfer(&mut self, at: usize, call: &CallRecord, transfer: &Transfer) {
        let next = self.resulting(at, call, transfer);
        if let Some(next) = next {
            self.taken.insert(next);
        }
        let mut result = transfer.result();
        let told = transfer.outcome().or(transfer.refused());
        let mut status = told.map(|t| t.status);
        let mut messages: Vec<MessageId> = transfer.messages().collect();
        if let Some(new) = next.and_then(|at| self.calls.get(at)) {
            messages.extend(new.evidence.invite);
            // The call itself shows what no NOTIFY in the capture says.
            if status.is_none() {
                let shown = came_to(new);
                if shown.0 != LinkResult::Unknown {
                    (result, status) = shown;
                }
            }
        }
        let roles = (LinkRole::LeadsTo, LinkRole::ComesFrom);
        let asked = transfer.by.other();
        let kind = match call.ties.as_ref().is_some_and(|t| t.is_focus(asked)) {
            true => LinkKind::Conference,
            false => LinkKind::Transfer,
        };
        self.note(at, next, kind, roles, messages, result, status);
        let named = transfer.replaces.as_ref();
        let since = transfer.refer.map_or(call.start, |(_, time)| time);
        if let Some(other) = named.and_then(|id| self.named(id, since, at)) {
            let messages = transfer.refer.into_iter().map(|(id, _)| id).collect();
            let roles = (LinkRole::Names, LinkRole::NamedBy);
            self.note(at, Some(other), kind, roles, messages, result, status);
        }
    }

    /// The call that a transfer led to: it says which call it replaces, or who asked for it, or it comes from a host
    /// that the REFER reached; and it goes to the address that the REFER names.
    fn resulting(&self, at: usize, call: &CallRecord, transfer: &Transfer) -> Option<usize> {
        if transfer.method.is_some() || transfer.refused().is_some() {
            return None;
        }
        let (_, asked) = transfer.refer?;
        let until = match transfer.outcome() {
            Some(told) => told.time + TOLD_EARLY,
            None => asked + ASKED_FOR,
        };
        let fits = |other: usize| other != at && !self.taken.contains(&other);
        if let Some(replaced) = &transfer.replaces {
            let takers = self
                .by_replaced
                .get(replaced)
                .map_or(&[][..], Vec::as_slice);
            let mut takers = self.started(takers, asked, until);
            return takers.find(|other| fits(*other));
        }
        let target = transfer.target.as_deref()?;
        let target = Uri::parse(target.as_bytes());
        let referrer = match transfer.by {
            Party::Caller => &call.caller.uri,
            Party::Callee => &call.callee.uri,
        };
        let referrer = Uri::parse(referrer.as_bytes());
        let goes_there =
            |other: &CallRecord| is_same_user(&Uri::parse(other.callee.uri.as_bytes()), &target);
        let mut referred = self.started(&self.referred, asked, until);
        let named = referred.find(|other| {
            let new = self.calls.get(*other);
            let by = new.and_then(|n| n.ties.as_ref()?.referred_by.as_deref());
            let by = by.is_some_and(|by| is_same_user(&Uri::parse(by.as_bytes()), &referrer));
            fits(*other) && by && new.is_some_and(goes_there)
        });
        let reached = || {
            transfer.receivers.iter().find_map(|host| {
                let from_it = self.by_host.get(host).map_or(&[][..], Vec::as_slice);
                let mut from_it = self.started(from_it, asked, until);
                let goes = |at: &usize| self.calls.get(*at).is_some_and(goes_there);
                from_it.find(|other| fits(*other) && goes(other))
            })
        };
        named.or_else(reached)
    }

    /// One INVITE that reached several phones.
    fn fork(&mut self, at: usize, call: &CallRecord) {
        let forked = call.events.iter().filter(|e| e.kind == EventKind::Forked);
        let messages = forked.map(|e| e.message).take(MAX_LINKS).collect();
        let roles = (LinkRole::Beside, LinkRole::Beside);
        let (result, status) = came_to(call);
        self.note(at, None, LinkKind::Fork, roles, messages, result, status);
    }

    fn redirect(&mut self, at: usize, call: &CallRecord, redirect: &Redirect) {
        let (asked, until) = (redirect.told.time, redirect.told.time + ASKED_FOR);
        let goes_there = |other: &CallRecord| {
            let callee = Uri::parse(other.callee.uri.as_bytes());
            let mut targets = redirect.targets.iter();
            targets.any(|(uri, _)| {
                let target = Uri::parse(uri.as_bytes());
                is_same(&callee, &target) || is_same_user(&callee, &target)
            })
        };
        let host = caller_host(call);
        let calls = host.and_then(|host| self.by_host.get(&host));
        let calls = calls.map_or(&[][..], Vec::as_slice);
        let mut calls = self.started(calls, asked, until);
        let next = calls.find(|other| {
            let new = self.calls.get(*other);
            *other != at && !self.taken.contains(other) && new.is_some_and(goes_there)
        });
        drop(calls);
        self.taken.extend(next);
        let new = next.and_then(|at| self.calls.get(at));
        let (result, _) = new.map_or((LinkResult::Unknown, None), came_to);
        let invite = new.and_then(|n| n.evidence.invite);
        let messages = [Some(redirect.told.message), invite];
        let messages = messages.into_iter().flatten().collect();
        let roles = (LinkRole::LeadsTo, LinkRole::ComesFrom);
        let status = Some(redirect.told.status);
        self.note(
            at,
            next,
            LinkKind::Redirect,
            roles,
            messages,
            result,
            status,
        );
    }

    /// Calls whose INVITE names who forwarded it, with the call that was forwarded.
    fn forwards(&mut self) {
        let is_forwarded =
            |c: &CallRecord| c.ties.as_ref().is_some_and(|t| !t.forwarded_by.is_empty());
        let forwarded = self.calls.iter().enumerate();
        let forwarded: Vec<usize> = forwarded
            .filter(|(_, c)| is_forwarded(c))
            .map(|(at, _)| at)
            .collect();
        if forwarded.is_empty() {
            return;
        }
        let mut by_callee: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, call) in self.calls.iter().enumerate() {
            let callee = Uri::parse(call.callee.uri.as_bytes()).short_text();
            by_callee.entry(callee).or_default().push(at);
        }
        for at in forwarded {
            let Some(new) = self.calls.get(at) else {
                continue;
            };
            let Some(ties) = &new.ties else { continue };
            if self.taken.contains(&at) {
                continue;
            }
            let caller = Uri::parse(new.caller.uri.as_bytes());
            let before = |other: &usize| {
                let Some(first) = self.calls.get(*other) else {
                    return false;
                };
                // What ended before was not forwarded but called again.
                let is_on = first.end.is_none_or(|end| end + TOLD_EARLY >= new.start);
                is_on
                    && first.start <= new.start
                    && first.call_id != new.call_id
                    && is_same_user(&Uri::parse(first.caller.uri.as_bytes()), &caller)
            };
            let first = ties.forwarded_by.iter().find_map(|by| {
                let by = Uri::parse(by.as_bytes()).short_text();
                let calls = by_callee.get(&by)?;
                // In order of number, and so about of time.
                let earlier = calls.get(..calls.partition_point(|other| *other < at))?;
                let mut earlier = earlier.iter().rev().take(MAX_LOOKS);
                earlier.find(|other| before(other)).copied()
            });
            if let Some(first) = first {
                let (result, status) = came_to(new);
                let messages = new.evidence.invite.into_iter().collect();
                let roles = (LinkRole::LeadsTo, LinkRole::ComesFrom);
                let kind = LinkKind::Forward;
                self.note(first, Some(at), kind, roles, messages, result, status);
            }
        }
    }

    /// Calls of one focus that are up at the same time.
    fn conferences(&mut self) {
        let mut by_focus: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut order = Vec::new();
        for (at, call) in self.calls.iter().enumerate() {
            let Some(ties) = &call.ties else { continue };
            for focus in ties.focus.iter().flatten() {
                let members = by_focus.entry(focus).or_default();
                if members.is_empty() {
                    order.push(focus.as_str());
                }
                if members.last() != Some(&at) {
                    members.push(at);
                }
            }
        }
        for focus in order {
            let members = by_focus.get(focus).map_or(&[][..], Vec::as_slice);
            for (n, &a) in members.iter().enumerate() {
                for &b in members.iter().skip(n + 1).take(MAX_LINKS) {
                    let (Some(one), Some(two)) = (self.calls.get(a), self.calls.get(b)) else {
                        continue;
                    };
                    if !is_together(one, two) {
                        continue;
                    }
                    let answers = [one, two].map(|c| c.evidence.final_response);
                    let messages = answers.into_iter().flatten().collect();
                    let roles = (LinkRole::Beside, LinkRole::Beside);
                    let (kind, result) = (LinkKind::Conference, LinkResult::Succeeded);
                    self.note(a, Some(b), kind, roles, messages, result, None);
                }
            }
        }
    }

    /// The call of that Call-ID that was going on.
    fn named(&self, id: &CallId, time: CaptureTime, but: usize) -> Option<usize> {
        let calls = self.by_call_id.get(id)?.iter().copied();
        let mut begun =
            calls.filter(|at| *at != but && self.calls.get(*at).is_some_and(|c| c.start <= time));
        begun.next_back()
    }

    /// Those of `calls`, in order of their start, that began in that time; not too many.
    fn started<'s>(
        &'s self,
        calls: &'s [usize],
        from: CaptureTime,
        until: CaptureTime,
    ) -> impl Iterator<Item = usize> + 's {
        let start = |at: &usize| self.calls.get(*at).map(|c| c.start);
        let first = calls.partition_point(|at| start(at).is_some_and(|s| s < from));
        let calls = calls.get(first..).unwrap_or_default().iter().copied();
        calls
            .take_while(move |at| start(at).is_some_and(|s| s <= until))
            .take(MAX_LOOKS)
    }

    /// Notes a link with both of its calls.
    #[allow(clippy::too_many_arguments)]
    fn note(
        &mut self,
        at: usize,
        other: Option<usize>,
        kind: LinkKind,
        (here, there): (LinkRole, LinkRole),
        messages: Vec<MessageId>,
        result: LinkResult,
        status: Option<StatusCode>,
    ) {
        let number = |at: usize| self.calls.get(at).map(|c| c.no);
        let mut messages = messages;
        messages.sort_unstable();
        let link = |role, call, messages| CallLink {
            kind,
            role,
            call,
            messages,
            result,
            status,
            target: None,
        };
        if let Some(other) = other {
            let back = link(there, number(at), messages.clone());
            self.out.push((other, back));
        }
        let call = other.and_then(number);
        self.out.push((at, link(here, call, messages)));
    }
}

/// The host of who called, as far as it is in the capture.
fn caller_host(call: &CallRecord) -> Option<HostAddr> {
    call.hops.first().map(|hop| hop.flow.src.addr)
}

/// What became of a call, as far as it was captured.
fn came_to(call: &CallRecord) -> (LinkResult, Option<StatusCode>) {
    let result = match call.final_status {
        _ if call.answer.is_some() => LinkResult::Succeeded,
        Some(status) if status.get() >= 300 => LinkResult::Failed,
        _ => LinkResult::Unknown,
    };
    (result, call.final_status)
}

/// Both were up at one time.
fn is_together(a: &CallRecord, b: &CallRecord) -> bool {
    let up = |c: &CallRecord| c.answer;
    let ends_before = |c: &CallRecord, other: CaptureTime| c.end.is_some_and(|end| end < other);
    match (up(a), up(b)) {
        (Some(one), Some(two)) => !ends_before(a, two) && !ends_before(b, one),
        _ => false,
    }
}
