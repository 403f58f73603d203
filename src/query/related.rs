//! Records, and how the ones that belong to them are found.

use super::belongs::Link;
use super::plan::Plan;
use crate::report::Record;
use crate::report::model::{
    Call, Dialog, Finding, Message, Registration, RegistrationAttempt, Report, Requests, Stream,
    Transaction,
};
use crate::types::QueryKind;
use std::collections::HashMap;

/// A record that is asked.
#[derive(Clone, Copy, Debug)]
pub enum Item<'a> {
    /// A call.
    Call(&'a Call),
    /// A registration.
    Registration(&'a Registration),
    /// An attempt and its registration.
    Attempt(&'a Registration, &'a RegistrationAttempt),
    /// Requests outside calls.
    Requests(&'a Requests),
    /// A message.
    Message(&'a Message),
    /// A transaction.
    Transaction(&'a Transaction),
    /// A dialog.
    Dialog(&'a Dialog),
    /// A stream.
    Stream(&'a Stream),
    /// A finding.
    Finding(&'a Finding),
}

impl<'a> From<Record<'a>> for Item<'a> {
    fn from(record: Record<'a>) -> Self {
        match record {
            Record::Message(x) => Item::Message(x),
            Record::Transaction(x) => Item::Transaction(x),
            Record::Dialog(x) => Item::Dialog(x),
            Record::Call(x) => Item::Call(x),
            Record::Registration(x) => Item::Registration(x),
            Record::Requests(x) => Item::Requests(x),
            Record::Stream(x) => Item::Stream(x),
            Record::Finding(x) => Item::Finding(x),
        }
    }
}

/// Where the records are that belong to a record.
pub trait Lookup {
    /// Hands over the record of this number, if it is there.
    fn record(&self, kind: QueryKind, id: u32, seen: &mut dyn FnMut(Item<'_>));
    /// Hands over the numbers of the records that belong to `item`.
    fn related(&self, link: Link, item: Item<'_>, seen: &mut dyn FnMut(u32));
}

/// Nothing belongs to anything: for expressions that name the record's own fields alone.
#[derive(Clone, Copy, Debug)]
pub struct Alone;

impl Lookup for Alone {
    fn record(&self, _: QueryKind, _: u32, _: &mut dyn FnMut(Item<'_>)) {}
    fn related(&self, _: Link, _: Item<'_>, _: &mut dyn FnMut(u32)) {}
}

/// Reads a message by its number.
pub type ReadMessage<'a> = &'a dyn Fn(u32, &mut dyn FnMut(&Message));

/// The records of a report. Messages are read when they are asked for: a report need not hold them.
pub struct Related<'a> {
    report: &'a Report,
    read: ReadMessage<'a>,
    streams_of_call: HashMap<u32, Vec<u32>>,
    dialogs_of_call: HashMap<u32, Vec<u32>>,
    /// By the first message.
    transactions: HashMap<u32, u32>,
    findings_of_message: HashMap<u32, Vec<u32>>,
}

impl<'a> Related<'a> {
    /// What an expression can ask for.
    pub(super) fn new(plan: &Plan, report: &'a Report, read: ReadMessage<'a>) -> Self {
        let is_asked = |link: Link| {
            let mut links = plan.nodes.iter().flat_map(|n| &n.links);
            links.any(|(l, _)| *l == link)
        };
        let by_call = |link, of: &mut dyn Iterator<Item = (Option<u32>, u32)>| {
            let mut ids: HashMap<u32, Vec<u32>> = HashMap::new();
            if is_asked(link) {
                for (call, id) in of {
                    if let Some(call) = call {
                        ids.entry(call).or_default().push(id);
                    }
                }
            }
            ids
        };
        let streams = &mut report.streams.iter().map(|s| (s.call, s.id));
        let dialogs = &mut report.dialogs.iter().map(|d| (d.call, d.id));
        let findings = report.findings.iter();
        let findings = &mut findings.flat_map(|f| f.messages.iter().map(|m| (Some(*m), f.id)));
        let transactions = report.transactions.iter();
        let first = transactions.filter_map(|t| Some((*t.messages.first()?, t.id)));
        Related {
            report,
            read,
            streams_of_call: by_call(Link::CallStreams, streams),
            dialogs_of_call: by_call(Link::CallDialogs, dialogs),
            findings_of_message: by_call(Link::MessageFindings, findings),
            transactions: match is_asked(Link::CallTransactions) {
                true => first.collect(),
                false => HashMap::new(),
            },
        }
    }
}

/// The record of a number in a list that is in order of its numbers.
fn numbered<T>(list: &[T], id: u32, of: impl Fn(&T) -> u32) -> Option<&T> {
    let at = list.binary_search_by_key(&id, of).ok()?;
    list.get(at)
}

impl Lookup for Related<'_> {
    fn record(&self, kind: QueryKind, id: u32, seen: &mut dyn FnMut(Item<'_>)) {
        let r = self.report;
        let found = match kind {
            QueryKind::Messages => {
                (self.read)(id, &mut |m| seen(Item::Message(m)));
                return;
            }
            QueryKind::Calls => numbered(&r.calls, id, |x| x.id).map(Item::Call),
            QueryKind::Registrations => {
                numbered(&r.registrations, id, |x| x.id).map(Item::Registration)
            }
            // An attempt has no number.
            QueryKind::Attempts => None,
            QueryKind::Requests => numbered(&r.requests, id, |x| x.id).map(Item::Requests),
            QueryKind::Transactions => {
                numbered(&r.transactions, id, |x| x.id).map(Item::Transaction)
            }
            QueryKind::Dialogs => numbered(&r.dialogs, id, |x| x.id).map(Item::Dialog),
            QueryKind::Streams => numbered(&r.streams, id, |x| x.id).map(Item::Stream),
            QueryKind::Findings => numbered(&r.findings, id, |x| x.id).map(Item::Finding),
        };
        if let Some(item) = found {
            seen(item);
        }
    }

    fn related(&self, link: Link, item: Item<'_>, seen: &mut dyn FnMut(u32)) {
        let listed = |ids: &HashMap<u32, Vec<u32>>, of: u32, seen: &mut dyn FnMut(u32)| {
            for id in ids.get(&of).map_or(&[][..], Vec::as_slice) {
                seen(*id);
            }
        };
        match (link, item) {
            (Link::CallStreams, Item::Call(call)) => listed(&self.streams_of_call, call.id, seen),
            (Link::CallDialogs, Item::Call(call)) => listed(&self.dialogs_of_call, call.id, seen),
            (Link::CallTransactions, Item::Call(call)) => {
                let all = call.messages.iter();
                for id in all.filter_map(|m| self.transactions.get(m)) {
                    seen(*id);
                }
            }
            (Link::RegistrationMessages, Item::Registration(r)) => {
                for id in r.attempts.iter().flat_map(|a| &a.messages) {
                    seen(*id);
                }
            }
            (Link::AttemptRegistration, Item::Attempt(r, _)) => seen(r.id),
            (Link::MessageFindings, Item::Message(m)) => {
                listed(&self.findings_of_message, m.id, seen);
            }
            _ => {}
        }
    }
}
