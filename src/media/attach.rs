//! Streams to calls: what the directory knows, what other streams show, and second looks.

use super::binding::Binding;
use super::record::BindMethod;
use super::relay::Relay;
use super::tracker::Tracker;
use crate::types::{CallNo, CaptureTime, Endpoint, Flow, Party, Ssrc};

/// Unbound streams tried against a call that leaves; more would cost more than they tell.
const MAX_LATE_BINDS: usize = 1024;

impl Tracker {
    /// What SDP says of a flow. Inside a relay's packets it names the ends of what is inside; connectivity checks
    /// tell more than a port that a NAT may have changed.
    pub(super) fn announced_on(
        &self,
        flow: &Flow,
        relay: Option<&Relay>,
        ssrc: Ssrc,
    ) -> Option<Binding> {
        let inside = relay.and_then(|relay| relay.inside(flow));
        let inside = inside.and_then(|inside| self.directory.resolve(&inside, ssrc));
        let outside = || self.directory.resolve(flow, ssrc);
        let found = inside
            .filter(|b| b.method > BindMethod::Ice)
            .or_else(outside);
        if found.as_ref().is_some_and(|b| b.method > BindMethod::Ice) {
            return found;
        }
        self.other.by_checks(flow, &self.directory).or(found)
    }

    /// A re-INVITE changed what payload types mean at an endpoint: its streams learn it.
    pub(super) fn renew_formats(&mut self, call: CallNo, end: Endpoint) {
        let of_call = |b: Option<&Binding>| b.is_some_and(|b| b.call == call);
        let mut touched: Vec<u32> = self
            .streams
            .at_end(end)
            .filter(|at| {
                let stream = self.streams.get(*at);
                stream.is_some_and(|s| of_call(s.binding.as_deref()))
            })
            .collect();
        touched.sort_unstable();
        touched.dedup();
        for at in touched {
            let Some(s) = self.streams.get(at) else {
                continue;
            };
            let found = self.announced_on(&s.flow, s.relay.as_deref(), s.ssrc);
            if let Some(found) = found.filter(|f| f.call == call) {
                self.bind(at, found);
            }
        }
    }

    /// A new source on a flow that is bound by a rule of streams: the same rule holds for it.
    pub(super) fn binding_of_flow(&self, newest: Option<u32>) -> Option<Binding> {
        let b = self.streams.get(newest?)?.binding.as_deref()?;
        (b.method != BindMethod::Timing).then(|| b.clone())
    }

    /// Rules that look at other streams: the SSRC is bound to exactly one call, or the other
    /// direction of the flow is bound.
    pub(super) fn binding_by_streams(
        &self,
        flow: &Flow,
        ssrc: Ssrc,
        began: CaptureTime,
    ) -> Option<Binding> {
        let mut same: Option<&Binding> = None;
        // 0 is what senders put there that choose none.
        let named = Some(ssrc).filter(|ssrc| ssrc.0 != 0);
        for (_, s) in named
            .into_iter()
            .flat_map(|ssrc| self.streams.of_ssrc(ssrc))
        {
            let recent = (began - s.meter.last_time()).abs() <= self.limits.idle_after_call;
            let Some(b) = s.binding.as_deref().filter(|_| recent) else {
                continue;
            };
            if same.is_some_and(|o| o.call != b.call || o.from != b.from) {
                same = None;
                break;
            }
            same = Some(b);
        }
        if let Some(b) = same {
            return Some(Binding {
                method: BindMethod::Ssrc,
                ..b.clone()
            });
        }
        let reverse = self.streams.newest_of(&flow.reversed())?;
        let b = self.streams.get(reverse)?.binding.as_deref()?;
        Some(Binding {
            method: BindMethod::ReverseFlow,
            from: b.from.map(Party::other),
            receiver: b.sender.clone(),
            sender: b.receiver.clone(),
            ..b.clone()
        })
    }

    /// Binds a stream, and the other direction of its flow with it if that was unbound.
    pub(super) fn bind(&mut self, at: u32, binding: Binding) {
        let Some(s) = self.streams.get_mut(at) else {
            return;
        };
        let call = binding.call;
        // Only what both ends of an open call vouch for is beyond improvement.
        let settled = binding.method == BindMethod::BothEnds && self.directory.is_open(call);
        s.bind(binding);
        self.directory.note_stream(call, at);
        s.listen(self.hearing);
        let flow = s.flow;
        if settled {
            self.streams.unlist(at);
        } else {
            self.streams.list(at);
        }
        let reverse = self.streams.newest_of(&flow.reversed());
        let unbound = reverse.filter(|r| self.streams.get(*r).is_some_and(|s| s.binding.is_none()));
        if let Some(r) = unbound {
            self.rebind(r);
        }
    }

    /// Looks again for a stream's call, now that more is known.
    pub(super) fn rebind(&mut self, at: u32) {
        let Some(s) = self.streams.get(at) else {
            return;
        };
        let (flow, ssrc, began) = (s.flow, s.ssrc, s.meter.first_time());
        let found = self
            .announced_on(&flow, s.relay.as_deref(), ssrc)
            .or_else(|| self.binding_by_streams(&flow, ssrc, began));
        let Some(found) = found else { return };
        let better = match s.binding.as_deref() {
            // What had stopped before the call began is of a call before the capture.
            None => !self.is_of_the_past(found.call, s.meter.last_time()),
            Some(b) if b.call == found.call => found.method >= b.method,
            // The old call was over when the stream began: its ports were taken over.
            Some(b) => {
                let of_before = || {
                    let since = self.directory.began(found.call);
                    !self.directory.is_open(b.call) && since.is_some_and(|t| t > began)
                };
                found.method > b.method && !of_before()
                    || self.directory.ended(b.call).is_some_and(|t| began > t)
            }
        };
        if better {
            self.bind(at, found);
        }
    }

    /// Calls are about to be forgotten: the last chance for unbound streams to find theirs.
    pub(super) fn bind_late(&mut self) {
        if self.streams.listed() > MAX_LATE_BINDS {
            return;
        }
        let unbound: Vec<u32> = self
            .streams
            .open()
            .filter(|(_, s)| s.binding.is_none())
            .map(|(at, _)| at)
            .collect();
        for at in unbound {
            let Some(s) = self.streams.get(at) else {
                continue;
            };
            let (flow, ssrc, began) = (s.flow, s.ssrc, s.meter.first_time());
            let found = self
                .announced_on(&flow, s.relay.as_deref(), ssrc)
                .or_else(|| self.binding_by_streams(&flow, ssrc, began))
                .or_else(|| self.directory.by_timing(&flow, began));
            if let Some(b) = found {
                self.bind(at, b);
            }
        }
    }
}
