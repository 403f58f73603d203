//! The legs of a call become one call, once all that was captured is known.

use super::collector::Collected;
use crate::call::{StreamOfLeg, United, attach, unite};
use crate::media::StreamRecord;
use crate::types::CallNo;
use std::collections::HashMap;

/// What of a stream can tell of other legs; `None` where it is of no call.
pub(super) fn stream_of_leg(s: &StreamRecord) -> Option<StreamOfLeg> {
    Some(StreamOfLeg {
        call: s.call?,
        side: s.from,
        ssrc: s.ssrc.0,
        flow: s.flow,
        first: s.first_time,
        last: s.last_time,
        packets: s.figures.packets,
    })
}

/// Numbers of calls once their legs are joined: without gaps where a leg had one.
struct Numbers {
    call_of: HashMap<CallNo, CallNo>,
    /// Numbers that legs had which are none of a call now, in order.
    gone: Vec<CallNo>,
}

impl Numbers {
    fn of(call_of: HashMap<CallNo, CallNo>) -> Self {
        let mut gone: Vec<CallNo> = call_of.keys().copied().collect();
        gone.sort_unstable();
        Numbers { call_of, gone }
    }

    fn new_of(&self, leg: CallNo) -> CallNo {
        let call = self.call_of.get(&leg).copied().unwrap_or(leg);
        let before = self.gone.partition_point(|no| *no < call);
        // As many numbers as are before it, less those that are gone.
        CallNo::after((call.get() - 1).saturating_sub(u32::try_from(before).unwrap_or(0)))
    }
}

impl Collected {
    /// Joins them: everything points to the call then.
    pub(super) fn join_legs(&mut self) {
        self.calls.sort_unstable_by_key(|r| r.no);
        let mut streams = std::mem::take(&mut self.leg_streams);
        streams.extend(self.streams.iter().filter_map(stream_of_leg));
        let United { calls, call_of } = unite(std::mem::take(&mut self.calls), &streams);
        self.calls = calls;
        if !call_of.is_empty() {
            self.renumber(&Numbers::of(call_of));
        }
    }

    /// A REFER or a subscription with a Call-ID of its own goes to the call it is about.
    pub(super) fn attach_loose(&mut self) {
        let call_of = attach(&mut self.calls, std::mem::take(&mut self.loose));
        if call_of.is_empty() {
            return;
        }
        for m in &mut self.messages {
            m.call = m.call.or_else(|| call_of.get(&m.id).copied());
        }
    }

    fn renumber(&mut self, numbers: &Numbers) {
        for call in &mut self.calls {
            call.no = numbers.new_of(call.no);
            for other in &mut call.possible_legs {
                other.call = numbers.new_of(other.call);
            }
        }
        let messages = self.messages.iter_mut().map(|m| &mut m.call);
        let dialogs = self.dialogs.iter_mut().map(|d| &mut d.call);
        let streams = self.streams.iter_mut().map(|s| &mut s.call);
        for call in messages.chain(dialogs).chain(streams) {
            *call = call.map(|no| numbers.new_of(no));
        }
        let ports = self.other_ports.iter_mut().flat_map(|seen| &mut seen.calls);
        let loops = self.loops.iter_mut().flat_map(|seen| &mut seen.call);
        let other = self.other_media.iter_mut().map(|other| &mut other.call);
        for call in ports.chain(loops).chain(other) {
            *call = numbers.new_of(*call);
        }
    }
}
