//! Requests outside calls and registrations: OPTIONS, SUBSCRIBE, NOTIFY, PUBLISH, MESSAGE and the like, grouped by
//! who asks whom for what.

use super::compact::{block, push_exact, rows};
use super::facts::Arrival;
use super::quality::QualityReport;
use super::record::IcmpSeen;
use super::transaction::Transaction;
use crate::sip::{Message, NameAddr};
use crate::types::{
    CaptureTime, Delta, Endpoint, MessageId, Method, RequestsNo, StatusCode, text_of,
};
use foldhash::fast::RandomState;
use hashbrown::HashTable;
use std::borrow::Cow;
use std::hash::BuildHasher;

/// Groups that are told apart.
const MOST_GROUPS: usize = 4096;
/// Messages listed of one group.
const MOST_MESSAGES: usize = 64;
/// Different final statuses told apart in one group.
const MOST_STATUSES: usize = 16;
/// Quality reports kept of one group.
const MOST_REPORTS: usize = 64;
/// Longest URI kept.
const LONGEST_URI: usize = 1024;

/// Requests of one kind from one host to another, for the same user by the same user.
#[derive(Clone, Debug)]
pub struct RequestsRecord {
    /// Its number.
    pub no: RequestsNo,
    /// Method.
    pub method: Method,
    /// Event package (RFC 6665) of the first.
    pub event: Option<String>,
    /// Who sends them.
    pub client: Endpoint,
    /// Who gets them.
    pub server: Endpoint,
    /// Via headers of the first: 1 next to who made it.
    pub vias: u16,
    /// From URI.
    pub from: String,
    /// To URI.
    pub to: String,
    /// How many, repetitions left out.
    pub requests: u32,
    /// How many had a final response.
    pub answered: u32,
    /// How many had none although the sender waited for it: it was sent again, or 64·T1 passed.
    pub unanswered: u32,
    /// How many of those the sender repeated.
    pub unanswered_repeated: u32,
    /// How many had 401 or 407 as final response.
    pub challenged: u32,
    /// Final responses by status.
    pub statuses: Vec<(StatusCode, u32)>,
    /// Copies of requests sent again.
    pub retransmissions: u32,
    /// Time of the first.
    pub first: CaptureTime,
    /// Time of the last.
    pub last: CaptureTime,
    /// Shortest and longest time between two.
    pub gaps: Option<(Delta, Delta)>,
    /// The first messages, requests and responses.
    pub messages: Vec<MessageId>,
    /// ICMP errors that quoted one.
    pub icmp: Option<IcmpSeen>,
    /// Quality reports about calls that are not in the capture.
    pub reports: Vec<QualityReport>,
}

impl RequestsRecord {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let texts = [&self.from, &self.to].map(|t| block(t.len()));
        let reports: usize = self.reports.iter().map(QualityReport::weight).sum();
        size_of::<Self>()
            + texts.iter().sum::<usize>()
            + rows(&self.statuses)
            + rows(&self.messages)
            + rows(&self.reports)
            + reports
    }

    fn note(&mut self, seen: &Transaction, now: CaptureTime, is_answered_elsewhere: bool) {
        let Some((_, _, time)) = seen.request else {
            return;
        };
        if self.requests > 0 {
            let gap = (time - self.last).abs();
            let (min, max) = self.gaps.unwrap_or((gap, gap));
            self.gaps = Some((min.min(gap), max.max(gap)));
        }
        self.requests += 1;
        self.first = self.first.min(time);
        self.last = self.last.max(time);
        let again = seen.sends.saturating_sub(1);
        self.retransmissions += again;
        for id in seen.messages() {
            if self.messages.len() < MOST_MESSAGES {
                push_exact(&mut self.messages, *id);
            }
        }
        match seen.final_response {
            Some((status, ..)) => {
                self.answered += 1;
                self.challenged += u32::from(status.is_challenge());
                let full = self.statuses.len() >= MOST_STATUSES;
                match self.statuses.iter_mut().find(|(s, _)| *s == status) {
                    Some((_, n)) => *n += 1,
                    None if full => {}
                    None => push_exact(&mut self.statuses, (status, 1)),
                }
            }
            None if seen.is_proceeding() || is_answered_elsewhere => {}
            None if again > 0 || seen.is_due(now) => {
                self.unanswered += 1;
                self.unanswered_repeated += u32::from(again > 0);
            }
            None => {}
        }
    }
}

/// The URI of a From or To header, as text.
fn uri_of<'a>(header: Option<NameAddr<'a>>) -> Cow<'a, str> {
    let uri = header.map(|a| a.uri).unwrap_or_default();
    String::from_utf8_lossy(uri.get(..LONGEST_URI).unwrap_or(uri))
}

/// The groups of a capture.
#[derive(Default)]
pub(super) struct Requests {
    groups: Vec<RequestsRecord>,
    index: HashTable<u32>,
    hasher: RandomState,
    /// Requests beyond the groups that are told apart.
    pub(super) refused: u64,
}

impl Requests {
    /// True for a method that may stand alone, and is not told with calls or registrations.
    pub(super) fn concern(method: &Method) -> bool {
        use Method::*;
        !matches!(
            method,
            Invite | Ack | Bye | Cancel | Prack | Update | Register
        )
    }

    /// The group of a request that opens a transaction.
    pub(super) fn group_of(
        &mut self,
        method: &Method,
        arrival: &Arrival<'_>,
    ) -> Option<RequestsNo> {
        let message: &Message<'_> = arrival.message;
        let (from, to) = (uri_of(message.from()), uri_of(message.to()));
        let (client, server) = (arrival.flow.src, arrival.flow.dst);
        let key = (method, client.addr, server.addr, &*from, &*to);
        let hash = self.hasher.hash_one(key);
        let is_it = |at: &u32| {
            self.groups.get(*at as usize).is_some_and(|g| {
                g.method == *method
                    && g.client.addr == client.addr
                    && g.server.addr == server.addr
                    && g.from == from
                    && g.to == to
            })
        };
        if let Some(at) = self.index.find(hash, is_it) {
            return Some(RequestsNo::after(*at));
        }
        if self.groups.len() >= MOST_GROUPS {
            self.refused += 1;
            return None;
        }
        let at = u32::try_from(self.groups.len()).ok()?;
        let no = RequestsNo::after(at);
        let event = arrival.message.event();
        self.groups.push(RequestsRecord {
            no,
            method: method.clone(),
            event: event.map(|e| text_of(e.package)).filter(|e| !e.is_empty()),
            client,
            server,
            vias: u16::try_from(message.via_count())
                .unwrap_or(u16::MAX)
                .max(1),
            from: from.into_owned(),
            to: to.into_owned(),
            requests: 0,
            answered: 0,
            unanswered: 0,
            unanswered_repeated: 0,
            challenged: 0,
            statuses: Vec::new(),
            retransmissions: 0,
            first: arrival.time,
            last: arrival.time,
            gaps: None,
            messages: Vec::new(),
            icmp: None,
            reports: Vec::new(),
        });
        let (groups, hasher) = (&self.groups, &self.hasher);
        self.index.insert_unique(hash, at, |at| {
            groups.get(*at as usize).map_or(0, |g| {
                hasher.hash_one((&g.method, g.client.addr, g.server.addr, &*g.from, &*g.to))
            })
        });
        Some(no)
    }

    fn get_mut(&mut self, no: RequestsNo) -> Option<&mut RequestsRecord> {
        self.groups.get_mut(no.get() as usize - 1)
    }

    /// A transaction of a group is over.
    pub(super) fn note(&mut self, seen: &Transaction, now: CaptureTime, elsewhere: bool) {
        if let Some(group) = seen.group.and_then(|no| self.get_mut(no)) {
            group.note(seen, now, elsewhere);
        }
    }

    /// An ICMP error quoted a request of the group.
    pub(super) fn note_icmp(&mut self, no: RequestsNo, seen: IcmpSeen) {
        if let Some(group) = self.get_mut(no) {
            match &mut group.icmp {
                Some(first) => first.count += 1,
                none => *none = Some(seen),
            }
        }
    }

    /// A quality report about a call that is not in the capture.
    pub(super) fn note_report(&mut self, no: RequestsNo, report: QualityReport) {
        if let Some(group) = self.get_mut(no)
            && group.reports.len() < MOST_REPORTS
        {
            group.reports.push(report);
        }
    }

    /// The capture is over: hands the groups on.
    pub(super) fn take(&mut self) -> Vec<RequestsRecord> {
        self.index.clear();
        let mut groups = std::mem::take(&mut self.groups);
        // One whose only transactions were told with a call says nothing.
        groups.retain(|g| g.requests > 0 || !g.reports.is_empty());
        groups
    }
}
