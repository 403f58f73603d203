//! Records of a report by id.

use super::FrameName;
use super::standing::{B2BUA, address_of, shared_hosts};
use crate::report::model::{Call, Finding, Message, Named, Report, Stream, Transaction};
use crate::types::FileNames;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

/// Finds what ids refer to. Arrays are in order of id, with gaps where a selection left some out.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    pub(crate) report: &'a Report,
    /// What frames of several files begin with.
    pub(crate) files: FileNames,
    streams_by_call: HashMap<u32, Vec<&'a Stream>>,
    registrars: HashSet<&'a str>,
    /// Some call has several legs.
    is_joined: bool,
    /// Worked out when a scene asks for it.
    shared_hosts: OnceCell<HashMap<String, String>>,
}

fn by_id<T>(records: &[T], id: u32, id_of: impl Fn(&T) -> u32) -> Option<&T> {
    let at = records.binary_search_by_key(&id, id_of).ok()?;
    records.get(at)
}

impl<'a> Lookup<'a> {
    /// Of the whole report: make one, and ask it for each call.
    pub fn new(report: &'a Report) -> Self {
        let mut streams_by_call: HashMap<u32, Vec<&Stream>> = HashMap::new();
        for stream in &report.streams {
            if let Some(call) = stream.call {
                streams_by_call.entry(call).or_default().push(stream);
            }
        }
        let registrations = report.registrations.iter();
        Lookup {
            report,
            files: FileNames::of(report.sources.iter().map(|s| &*s.path)),
            streams_by_call,
            is_joined: report.calls.iter().any(|c| c.legs.len() > 1),
            shared_hosts: OnceCell::new(),
            registrars: registrations.map(|r| &*r.registrar.address).collect(),
        }
    }

    pub(crate) fn message(&self, id: u32) -> Option<&'a Message> {
        by_id(&self.report.messages, id, |m| m.id)
    }
    pub(crate) fn messages(&self, ids: &[u32]) -> Vec<&'a Message> {
        ids.iter().filter_map(|&id| self.message(id)).collect()
    }
    /// The packets of those messages.
    pub(crate) fn frames(&self, ids: &[u32]) -> Vec<FrameName> {
        let frame = |&id: &u32| {
            let shown = self.message(id).map(|m| (m.source, m.frame));
            let (source, frame) = shown.or_else(|| self.named(id).map(|m| (m.source, m.frame)))?;
            Some(self.frame_name(source, frame))
        };
        ids.iter().filter_map(frame).collect()
    }
    /// A packet of a file (from 1) as it is named.
    pub(crate) fn frame_name(&self, source: u32, frame: u64) -> FrameName {
        let at = (source as usize).wrapping_sub(1);
        FrameName {
            frame,
            source,
            file: self.files.of_source(at).cloned(),
        }
    }
    /// The status of a response.
    pub(crate) fn status(&self, id: u32) -> Option<u16> {
        let shown = self.message(id).map(|m| m.status);
        shown.unwrap_or_else(|| self.named(id)?.status)
    }
    fn named(&self, id: u32) -> Option<&'a Named> {
        by_id(&self.report.named, id, |m| m.id)
    }
    pub(crate) fn call(&self, id: u32) -> Option<&'a Call> {
        by_id(&self.report.calls, id, |c| c.id)
    }
    pub(crate) fn transaction(&self, id: u32) -> Option<&'a Transaction> {
        by_id(&self.report.transactions, id, |t| t.id)
    }
    /// True for an address that someone registered at.
    pub(crate) fn is_registrar(&self, address: &str) -> bool {
        self.registrars.contains(address)
    }
    /// The name of a host that stands for more than one party.
    pub(crate) fn shared_host(&self, address: &str) -> Option<&str> {
        let shared = self.shared_hosts.get_or_init(|| shared_hosts(self.report));
        shared.get(address).map(String::as_str)
    }
    /// The name of the server that made a call in the name of its caller: one that is between the legs of a call, or
    /// that this call may be a leg of. A phone with several accounts is no server.
    pub(crate) fn calling_server(&self, call: &Call) -> Option<&str> {
        let [leg] = call.legs.as_slice() else {
            return None;
        };
        // No host is between legs then: the names need not be worked out.
        if call.possible_legs.is_empty() && !self.is_joined {
            return None;
        }
        let (first, last) = (leg.hops.first()?, leg.hops.last()?);
        let (from, to) = (address_of(first)?, address_of(last)?);
        // On one machine the address tells no hosts apart.
        let name = self.shared_host(from).filter(|_| from != to)?;
        Some(name).filter(|name| *name == B2BUA || !call.possible_legs.is_empty())
    }
    pub(crate) fn streams_of_call(&self, call: u32) -> &[&'a Stream] {
        self.streams_by_call.get(&call).map_or(&[], Vec::as_slice)
    }
    pub(crate) fn finding(&self, id: u32) -> Option<&'a Finding> {
        by_id(&self.report.findings, id, |f| f.id)
    }
    pub(crate) fn findings(&self, ids: &[u32]) -> Vec<&'a Finding> {
        ids.iter().filter_map(|&id| self.finding(id)).collect()
    }
}
