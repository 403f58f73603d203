//! A leg as the joining sees it: hosts, users and times at hand.

use crate::call::record::CallRecord;
use crate::sip::Uri;
use crate::types::{CaptureTime, Delta, Endpoint};
use std::borrow::Cow;

/// One leg.
pub(super) struct View<'a> {
    pub(super) call: &'a CallRecord,
    /// Who made the leg: sent its INVITE with no Via but its own.
    pub(super) sender: Option<Endpoint>,
    /// Who received its INVITE, proxies on the way included.
    pub(super) receivers: Vec<Endpoint>,
    pub(super) caller: User<'a>,
    pub(super) callee: User<'a>,
    /// Its end, or its last message.
    pub(super) until: CaptureTime,
    /// Answered, refused or given up.
    pub(super) decided: Option<CaptureTime>,
}

/// The user part of From or To.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User<'a>(Cow<'a, [u8]>);

/// A leg whose end was not captured goes on for some time after its last message.
const STILL_UP: Delta = Delta::from_secs(10);

/// Digits of a number that are compared at least, and at most: prefixes for the line or the country come and go.
const FEWEST_DIGITS: usize = 6;
const MOST_DIGITS: usize = 9;

impl<'a> User<'a> {
    fn of(uri: &'a str) -> Self {
        let user = Uri::parse(uri.as_bytes()).user_text().unwrap_or_default();
        let nobody = [
            &b"anonymous"[..],
            b"asterisk",
            b"private",
            b"restricted",
            b"unavailable",
            b"unknown",
        ];
        let hidden = nobody.iter().any(|n| n.eq_ignore_ascii_case(&user));
        User(if hidden { Cow::default() } else { user })
    }

    /// The digits from the last one on; `None` where it is no number of a line.
    fn digits_reversed(&self) -> Option<impl Iterator<Item = u8> + '_> {
        let fill = |b: &u8| matches!(b, b'+' | b'-' | b'.' | b'(' | b')' | b' ');
        let number = self.0.iter().all(|b| b.is_ascii_digit() || fill(b));
        let digits = || self.0.iter().rev().copied().filter(u8::is_ascii_digit);
        (number && digits().count() >= FEWEST_DIGITS).then(digits)
    }

    /// The same user, as far as both are named.
    pub(super) fn is(&self, other: &User<'_>) -> bool {
        if self.0.is_empty() || other.0.is_empty() {
            return false;
        }
        if self.0 == other.0 {
            return true;
        }
        match (self.digits_reversed(), other.digits_reversed()) {
            (Some(a), Some(b)) => a.zip(b).take(MOST_DIGITS).all(|(a, b)| a == b),
            _ => false,
        }
    }

    /// What users that are the same have in common; `None` where there is no name.
    pub(super) fn key(&self) -> Option<Vec<u8>> {
        match self.digits_reversed() {
            Some(digits) => Some(digits.take(FEWEST_DIGITS).collect()),
            None => (!self.0.is_empty()).then(|| self.0.to_vec()),
        }
    }
}

impl<'a> View<'a> {
    pub(super) fn of(call: &'a CallRecord) -> Self {
        let hops = &call.hops;
        let way = call.leg.way.as_deref();
        // On one machine ports tell the programs apart.
        let one_machine = |f: &crate::types::Flow| f.src.addr == f.dst.addr;
        let by_port = hops.iter().map(|h| &h.flow).chain(way).any(one_machine);
        let host = |e: Endpoint| if by_port { e } else { Endpoint::new(e.addr, 0) };
        let sender = match hops.first() {
            Some(first) => (first.vias <= 1).then_some(first.flow.src),
            None => way.map(|way| way.src),
        };
        let mut receivers: Vec<Endpoint> = Vec::with_capacity(hops.len().max(1));
        let reached = hops.iter().map(|h| h.flow.dst);
        let reached = reached.chain(way.filter(|_| hops.is_empty()).map(|way| way.dst));
        for end in reached.map(host) {
            if !receivers.contains(&end) {
                receivers.push(end);
            }
        }
        let last = call.evidence.last_seen.unwrap_or(call.start);
        View {
            call,
            sender: sender.map(host),
            receivers,
            caller: User::of(&call.caller.uri),
            callee: User::of(&call.callee.uri),
            until: call.end.unwrap_or(last + STILL_UP),
            decided: call.answer.or(call.end),
        }
    }

    pub(super) fn start(&self) -> CaptureTime {
        self.call.start
    }

    /// True where the host that received `self` sent `down`.
    pub(super) fn leads_to(&self, down: &View<'_>) -> bool {
        // A port of 0 stands for any.
        let same = |a: &Endpoint, b: &Endpoint| {
            a.addr == b.addr && (a.port == b.port || a.port == 0 || b.port == 0)
        };
        let made_by = |sender: &Endpoint| self.receivers.iter().any(|r| same(r, sender));
        down.sender.as_ref().is_some_and(made_by)
    }

    /// True where `down` began while `self` was going on.
    pub(super) fn spans(&self, down: &View<'_>) -> bool {
        self.start() <= down.start() && down.start() <= self.until
    }

    /// True where both were going on at one time, nearly.
    pub(super) fn meets(&self, other: &View<'_>) -> bool {
        let slack = Delta::from_secs(1);
        self.start() <= other.until + slack && other.start() <= self.until + slack
    }

    pub(super) fn was_answered(&self) -> bool {
        self.call.answer.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::User;

    #[test]
    fn a_number_is_the_same_with_and_without_its_prefixes() {
        for (a, b, same) in [
            ("sip:100@192.0.2.1", "sip:100@192.0.2.2", true),
            ("sip:100@192.0.2.1", "sip:2100@192.0.2.2", false),
            ("sip:12025550123@h", "sip:912025550123@h", true),
            ("sip:+1-202-555-0123@h", "tel:12025550123", true),
            ("sip:5550123@h", "sip:+12025550123@h", true),
            ("sip:12025550123@h", "sip:12025550124@h", false),
            ("sip:12345@h", "sip:912345@h", false),
            ("sip:alice@h", "sip:Alice@h", false),
            ("sip:anonymous@anonymous.invalid", "sip:anonymous@h", false),
            ("sip:192.0.2.1", "sip:192.0.2.1", false),
        ] {
            let (a, b) = (User::of(a), User::of(b));
            assert_eq!(a.is(&b), same, "{a:?} {b:?}");
            assert!(!same || a.key() == b.key(), "{a:?} {b:?}");
        }
    }
}
