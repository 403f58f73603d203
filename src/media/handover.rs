//! Where one stream ends and the next begins though ports, SSRC and sequence go on: the next call takes the ports
//! over, the sender spoke by another source for a while, or an outage swallowed thousands of packets.

use super::binding::Binding;
use super::record::BindMethod;
use super::tracker::Tracker;
use crate::rtp::RtpHeader;
use crate::types::{CallNo, CaptureTime, Delta, Endpoint};

/// A silence after which a packet is looked at twice. Shorter ones are what a busy sender or path makes.
pub(super) const BREAK: Delta = Delta::from_millis(200);
/// Silence after which a stream's flow may belong to another call.
const PAUSE: Delta = Delta::from_secs(2);
/// The tail of a call that is over comes without a gap, and is over this long after the next call's answer.
const TAIL: Delta = Delta::from_millis(100);
/// Media comes at most this long before the description that announces it.
const BEFORE_ANNOUNCED: Delta = Delta::from_secs(2);
/// Streams at one end that are looked at, the newest first, when another call announces it.
const CONTESTED: usize = 48;
/// Fewer missing numbers are not worth the question where the sender was meanwhile.
const MANY_MISSING: u16 = 10;

/// What a packet that does not simply follow is to its stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Break {
    /// Its next packet after all.
    Follows,
    /// The first packet of another call's stream.
    OtherCall,
    /// The same stream, whose sender spoke by another source meanwhile: what is missing was never sent.
    SpokeElsewhere,
    /// The same stream after an outage longer than sequence numbers alone can tell.
    AfterOutage,
}

impl Tracker {
    /// A call announced this end: streams of other calls there may end with their next packet.
    pub(super) fn contest(&mut self, call: CallNo, end: Endpoint) {
        // Until its call is over a stream stays with it.
        let of_others = |b: &Binding| b.call != call && !self.directory.is_open(b.call);
        let there: Vec<u32> = self
            .streams
            .at_end(end)
            .take(CONTESTED)
            .filter(|at| {
                let stream = self.streams.get(*at);
                stream.is_some_and(|s| s.binding.as_deref().is_some_and(of_others))
            })
            .collect();
        for at in there {
            if let Some(s) = self.streams.get_mut(at) {
                s.contested = true;
            }
        }
    }

    /// A call is over whose ends another call has announced before.
    pub(super) fn contest_ended(&mut self, call: CallNo) {
        let ends = self.directory.shared_ends(call);
        if ends.is_empty() {
            return;
        }
        for at in self.streams_of(call) {
            if let Some(s) = self.streams.get_mut(at) {
                let is_there = ends.contains(&s.flow.dst) || ends.contains(&s.flow.src);
                s.contested |= is_there && s.binding.as_deref().is_some_and(|b| b.call == call);
            }
        }
    }

    /// Streams that may be the call's, at one of its ends.
    pub(super) fn streams_of(&self, call: CallNo) -> Vec<u32> {
        match self.directory.streams_of(call) {
            Some(noted) => noted.to_vec(),
            None => {
                let ends = self.directory.ends_of(call);
                ends.flat_map(|end| self.streams.at_end(end)).collect()
            }
        }
    }

    /// True where the call's first description came after `last`, and not by as little as media may be ahead.
    pub(super) fn is_of_the_past(&self, call: CallNo, last: CaptureTime) -> bool {
        self.directory
            .began(call)
            .is_some_and(|t| t - last > BEFORE_ANNOUNCED)
    }

    /// Looks at a packet after a silence, off the sequence, or on a port that another call announced.
    #[cold]
    pub(super) fn look_at_break(&mut self, at: u32, time: CaptureTime, header: RtpHeader) -> Break {
        if self.begins_anew(at, time, header) {
            return Break::OtherCall;
        }
        let Some(s) = self.streams.get_mut(at) else {
            return Break::Follows;
        };
        let silent = time - s.meter.last_time();
        if silent <= BREAK {
            return Break::Follows;
        }
        s.handle_silence(silent, time);
        let Some(s) = self.streams.get(at) else {
            return Break::Follows;
        };
        match s.meter.missing_before(header.seq) {
            MANY_MISSING.. if self.spoke_elsewhere(at, time) => Break::SpokeElsewhere,
            _ if s.meter.is_after_outage(header, silent) => Break::AfterOutage,
            _ => Break::Follows,
        }
    }

    /// True when the packet belongs to another call than the stream.
    fn begins_anew(&mut self, at: u32, time: CaptureTime, header: RtpHeader) -> bool {
        let Some(s) = self.streams.get(at) else {
            return false;
        };
        let last = s.meter.last_time();
        let silent = time - last;
        let is_off = silent > PAUSE || !s.meter.continues(header.seq);
        if !is_off && !s.contested {
            return false;
        }
        let Some(now) = self.directory.resolve(&s.flow, s.ssrc) else {
            return false;
        };
        let since = self.directory.began(now.call);
        let announced_since = since.is_some_and(|t| t > last);
        let Some(then) = s.binding.as_deref() else {
            // Of a call that ended before the capture began.
            return is_off && announced_since;
        };
        let same = then.call == now.call;
        if same || self.directory.is_open(then.call) {
            // Two hops of one call may share their ports; where only the end of the old call is missing, the
            // new one was announced in the silence.
            let anew = !same && is_off && announced_since && now.method == BindMethod::BothEnds;
            if let Some(s) = self.streams.get_mut(at) {
                s.contested = false;
            }
            return anew;
        }
        if is_off {
            return now.method >= then.method || announced_since;
        }
        let began_before = since.is_none_or(|t| t <= s.meter.first_time());
        if began_before || now.method < then.method {
            // Nothing but another announcement, or the end of another call, changes that.
            if let Some(s) = self.streams.get_mut(at) {
                s.contested = false;
            }
            return false;
        }
        let complete = self.directory.complete(now.call);
        complete.is_some_and(|t| time > t && (silent > TAIL || time - t > TAIL))
    }

    /// True where another source of the same host began to speak to the same end in the first half of the silence
    /// before this packet, and still spoke in the second.
    fn spoke_elsewhere(&self, at: u32, time: CaptureTime) -> bool {
        let Some(s) = self.streams.get(at) else {
            return false;
        };
        let last = s.meter.last_time();
        let half = Delta::from_nanos((time - last).as_nanos() / 2);
        self.streams.at_end(s.flow.dst).any(|other| {
            self.streams.get(other).is_some_and(|o| {
                let began = o.speaks_since() - last;
                o.ssrc != s.ssrc
                    && o.flow.dst == s.flow.dst
                    && o.flow.src.addr == s.flow.src.addr
                    && (-BREAK..=half).contains(&began)
                    && o.meter.last_time() - last >= half
            })
        })
    }
}
