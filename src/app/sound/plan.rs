//! Which streams of a call are heard in which channel.

use super::level::is_sound;
use crate::media::StreamRecord;
use crate::media::sound::choose;
use crate::types::{CallNo, Party};

/// One channel: a party's streams, worst first.
#[derive(Debug)]
pub(in crate::app) struct Way {
    /// Whose sound; `None` for a stream asked for alone.
    pub(in crate::app) party: Option<Party>,
    /// Places in [`Plan::streams`].
    pub(in crate::app) streams: Vec<usize>,
}

/// What is to be heard.
#[derive(Debug)]
pub(in crate::app) struct Plan {
    /// The streams, in order of number.
    pub(in crate::app) streams: Vec<StreamRecord>,
    /// Streams that nobody may hear: SRTP.
    pub(in crate::app) encrypted: Vec<u32>,
    /// Streams for which nothing tells whose sound they are; they were put where their address fits.
    pub(in crate::app) guessed: Vec<u32>,
    /// The channels.
    pub(in crate::app) ways: Vec<Way>,
}

impl Plan {
    /// Both parties of a call.
    pub(in crate::app) fn of_call(records: &[StreamRecord], call: u32) -> Plan {
        let is_its = |s: &&StreamRecord| s.call.map(CallNo::get) == Some(call) && is_sound(s);
        let (encrypted, streams): (Vec<_>, Vec<_>) = records
            .iter()
            .filter(is_its)
            .cloned()
            .partition(|s| s.encrypted);
        let mut guessed = Vec::new();
        let parties: Vec<Party> = streams
            .iter()
            .map(|s| {
                s.from.unwrap_or_else(|| {
                    guessed.push(s.no.get());
                    party_by_address(s, &streams)
                })
            })
            .collect();
        let way = |party: Party| {
            let own: Vec<usize> = (0..streams.len())
                .filter(|at| parties.get(*at) == Some(&party))
                .collect();
            let records: Vec<&StreamRecord> =
                own.iter().filter_map(|at| streams.get(*at)).collect();
            let ranked = choose(&records);
            Way {
                party: Some(party),
                streams: ranked
                    .iter()
                    .filter_map(|at| own.get(*at).copied())
                    .collect(),
            }
        };
        let ways = vec![way(Party::Caller), way(Party::Callee)];
        Plan {
            streams,
            encrypted: encrypted.iter().map(|s| s.no.get()).collect(),
            guessed,
            ways,
        }
    }

    /// One stream.
    pub(in crate::app) fn of_stream(records: &[StreamRecord], stream: u32) -> Plan {
        let (encrypted, streams): (Vec<_>, Vec<_>) = records
            .iter()
            .filter(|s| s.no.get() == stream)
            .cloned()
            .partition(|s| s.encrypted);
        let ways = vec![Way {
            party: None,
            streams: (0..streams.len()).collect(),
        }];
        Plan {
            streams,
            encrypted: encrypted.iter().map(|s| s.no.get()).collect(),
            guessed: Vec::new(),
            ways,
        }
    }

    /// Every stream a channel of its own.
    pub(in crate::app) fn apart(self) -> Plan {
        let ways = (0..self.streams.len())
            .map(|at| Way {
                party: None,
                streams: vec![at],
            })
            .collect();
        Plan { ways, ..self }
    }
}

/// The party whose other streams come from its address, or go to where it does not; else the caller for the first
/// address seen.
fn party_by_address(s: &StreamRecord, all: &[StreamRecord]) -> Party {
    let known = |o: &StreamRecord| {
        let from = o.from?;
        if o.flow.src.addr == s.flow.src.addr {
            return Some(from);
        }
        let other = match from {
            Party::Caller => Party::Callee,
            Party::Callee => Party::Caller,
        };
        (o.flow.dst.addr == s.flow.src.addr).then_some(other)
    };
    let first = all.first().map(|o| o.flow.src.addr);
    all.iter()
        .find_map(known)
        .unwrap_or(match first == Some(s.flow.src.addr) {
            true => Party::Caller,
            false => Party::Callee,
        })
}
