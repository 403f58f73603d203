//! What runs beside RTP: STUN, DTLS and ZRTP on the ports of media (RFC 7983), and what SDP agrees on instead.
//!
//! Invariant: only what a description or a connectivity check ties to a call leaves here; flows are bounded by
//! `MOST_FLOWS`, and those that no call claims are forgotten when they are silent.

mod fax;
mod ice;
mod keys;
mod messages;
mod record;

pub use fax::{FaxFigures, FaxMessage, FaxWay};
pub(super) use fax::{may_begin, parse_fax};
pub use ice::{IceFigures, Nomination};
pub use keys::KeyFigures;
pub use messages::{MessageFigures, MessageWay};
pub use record::{About, Counted, OtherRecord};

use super::binding::Binding;
use super::directory::Directory;
use super::packet::MediaPacket;
use super::record::BindMethod;
use crate::rtp::msrp::MsrpSeen;
use crate::rtp::stun::StunMessage;
use crate::rtp::udptl::Udptl;
use crate::types::{
    CallNo, CaptureTime, Delta, Endpoint, Flow, FlowKey, FrameRef, OtherProtocol, Party, Ssrc,
    Transport,
};
use foldhash::fast::RandomState;
use hashbrown::HashMap;
use std::collections::VecDeque;

/// Flows that are followed at the same time.
pub(super) const MOST_FLOWS: usize = 4096;
/// Where the table is full, those that no call claims and that are silent for this long make room.
const SILENT: Delta = Delta::from_secs(10);

/// Every flow beside RTP that is open.
#[derive(Debug)]
pub(crate) struct OtherTable {
    flows: HashMap<(FlowKey, OtherProtocol), Box<OtherFlow>, RandomState>,
    ready: VecDeque<OtherRecord>,
    made_room: Option<CaptureTime>,
    /// Packets that found the table full.
    pub(super) refused: u64,
}

/// What ties a flow to a call.
#[derive(Clone, Copy, Debug)]
struct Tie {
    call: CallNo,
    /// Who sends the way of the flow.
    from: Option<Party>,
    rule: BindMethod,
    setup_frame: Option<FrameRef>,
}

#[derive(Debug)]
struct OtherFlow {
    protocol: OtherProtocol,
    transport: Transport,
    flow: Flow,
    tie: Option<Tie>,
    /// How old the directory was when a call was looked for, of a tied flow one to come after its own.
    asked: Option<u64>,
    there: Counted,
    back: Counted,
    first: (CaptureTime, FrameRef),
    last: (CaptureTime, FrameRef),
    order: u64,
    about: About,
}

impl OtherTable {
    pub(super) fn new(hasher: RandomState) -> OtherTable {
        OtherTable {
            flows: HashMap::with_hasher(hasher),
            ready: VecDeque::new(),
            made_room: None,
            refused: 0,
        }
    }

    /// STUN of any kind.
    pub(super) fn handle_stun(
        &mut self,
        p: &MediaPacket<'_>,
        m: &StunMessage<'_>,
        order: u64,
        directory: &Directory,
    ) {
        let protocol = match m.method {
            3..=9 => OtherProtocol::Turn,
            _ => OtherProtocol::Stun,
        };
        let Some(flow) = self.flow(p, (protocol, Transport::Udp), order, directory) else {
            return;
        };
        if let About::Ice(ice) = &mut flow.about {
            let knew = ice.username.is_some();
            ice.handle(m, p);
            if knew != ice.username.is_some() {
                flow.asked = None;
                flow.tie_to_call(directory);
            }
        }
    }

    /// DTLS and ZRTP.
    pub(super) fn handle_keys(
        &mut self,
        p: &MediaPacket<'_>,
        protocol: OtherProtocol,
        order: u64,
        directory: &Directory,
    ) {
        let Some(flow) = self.flow(p, (protocol, Transport::Udp), order, directory) else {
            return;
        };
        let back = p.flow != flow.flow;
        if let About::Keys(keys) = &mut flow.about {
            match protocol {
                OtherProtocol::Zrtp => keys.handle_zrtp(p.payload),
                _ => keys.handle_dtls(p.payload, back),
            }
            if keys.complete || keys.failure.is_some() {
                keys.ended.get_or_insert((p.time, p.frame));
            }
        }
    }

    /// Fax: its sequence number, and what can be read of it.
    pub(super) fn handle_fax(
        &mut self,
        p: &MediaPacket<'_>,
        (sequence, udptl): (u16, Option<&Udptl<'_>>),
        order: u64,
        directory: &Directory,
    ) {
        let Some(flow) = self.flow(p, (OtherProtocol::T38, Transport::Udp), order, directory)
        else {
            return;
        };
        let back = p.flow != flow.flow;
        if let About::Fax(fax) = &mut flow.about {
            fax.handle(sequence, udptl, p, back);
        }
    }

    /// Messages that are whole with a segment of their connection.
    pub(super) fn handle_messages(
        &mut self,
        p: &MediaPacket<'_>,
        seen: &[MsrpSeen],
        order: u64,
        directory: &Directory,
    ) {
        let Some(flow) = self.flow(p, (OtherProtocol::Msrp, Transport::Tcp), order, directory)
        else {
            return;
        };
        let back = p.flow != flow.flow;
        if let About::Messages(messages) = &mut flow.about {
            for seen in seen {
                messages.handle(seen, back);
            }
        }
    }

    /// What nothing is read of.
    pub(super) fn handle_plain(
        &mut self,
        p: &MediaPacket<'_>,
        what: (OtherProtocol, Transport),
        order: u64,
        directory: &Directory,
    ) {
        self.flow(p, what, order, directory);
    }

    /// The fax of a flow, where one was seen there.
    pub(super) fn fax(&self, flow: Flow) -> Option<(&FaxFigures, bool)> {
        let known = self.flows.get(&(flow.key(), OtherProtocol::T38))?;
        match &known.about {
            About::Fax(fax) => Some((fax, flow != known.flow)),
            _ => None,
        }
    }

    /// The flow of a packet, which counts there. `None` where the table is full.
    fn flow(
        &mut self,
        p: &MediaPacket<'_>,
        (protocol, transport): (OtherProtocol, Transport),
        order: u64,
        directory: &Directory,
    ) -> Option<&mut OtherFlow> {
        let key = (p.flow.key(), protocol);
        let is_full = self.flows.len() >= MOST_FLOWS;
        if is_full && !self.flows.contains_key(&key) && !self.make_room(p.time) {
            self.refused += 1;
            return None;
        }
        let begin = || {
            Box::new(OtherFlow {
                protocol,
                transport,
                flow: p.flow,
                tie: None,
                asked: None,
                there: Counted::default(),
                back: Counted::default(),
                first: (p.time, p.frame),
                last: (p.time, p.frame),
                order,
                about: About::of(protocol),
            })
        };
        let flow = self.flows.entry(key).or_insert_with(begin);
        if flow.is_left(directory) {
            let left = std::mem::replace(flow, begin());
            self.ready.extend(left.into_record());
        }
        let way = match p.flow == flow.flow {
            true => &mut flow.there,
            false => &mut flow.back,
        };
        way.packets += 1;
        way.bytes += u64::from(p.wire_payload_len);
        flow.last = (p.time, p.frame);
        flow.tie_to_call(directory);
        Some(flow)
    }

    /// The table is full: what nobody claims makes room.
    fn make_room(&mut self, now: CaptureTime) -> bool {
        // A full table tends to stay full: it is looked through once a second.
        const EVERY: Delta = Delta::from_secs(1);
        if self.made_room.is_some_and(|at| (now - at).abs() < EVERY) {
            return false;
        }
        self.made_room = Some(now);
        let is_kept = |f: &OtherFlow| f.tie.is_some() || now - f.last.0 < SILENT;
        self.flows.retain(|_, f| is_kept(f));
        self.flows.len() < MOST_FLOWS
    }

    /// The flow of a relay's client, where TURN was seen on it.
    pub(super) fn relay(&self, flow: Flow) -> Option<&IceFigures> {
        let known = self.flows.get(&(flow.key(), OtherProtocol::Turn))?;
        match &known.about {
            About::Ice(ice) => Some(ice),
            _ => None,
        }
    }

    /// The call of a flow by its connectivity checks.
    pub(super) fn by_checks(&self, flow: &Flow, directory: &Directory) -> Option<Binding> {
        let known = self.flows.get(&(flow.key(), OtherProtocol::Stun))?;
        known.by_checks(flow, directory)
    }

    /// Calls are about to be forgotten: the last chance for flows to find theirs.
    pub(super) fn tie_late(&mut self, directory: &Directory) {
        for flow in self.flows.values_mut() {
            flow.tie_to_call(directory);
        }
    }

    /// Flows of calls that are over, and those of none, leave when they are silent.
    pub(super) fn close_idle(
        &mut self,
        now: CaptureTime,
        (after_call, otherwise): (Delta, Delta),
        directory: &Directory,
    ) {
        let is_over = |f: &OtherFlow| {
            let silent = now - f.last.0;
            match f.tie {
                Some(tie) => !directory.is_open(tie.call) && silent > after_call,
                None => silent > otherwise,
            }
        };
        let over = self.flows.extract_if(|_, f| is_over(f));
        let mut records: Vec<OtherRecord> = over.filter_map(|(_, f)| f.into_record()).collect();
        records.sort_unstable_by_key(|r| r.order);
        self.ready.extend(records);
    }

    /// No more packets.
    pub(super) fn finish(&mut self, directory: &Directory) {
        self.tie_late(directory);
        let all = self.flows.drain().filter_map(|(_, f)| f.into_record());
        let mut records: Vec<OtherRecord> = all.collect();
        records.sort_unstable_by_key(|r| r.order);
        self.ready.extend(records);
    }

    pub(super) fn poll(&mut self) -> Option<OtherRecord> {
        self.ready.pop_front()
    }
}

impl OtherFlow {
    /// Its ports were taken over: its call is over, and a description that came later has them.
    fn is_left(&mut self, directory: &Directory) -> bool {
        let age = Some(directory.age());
        let Some(tie) = self.tie.filter(|_| self.asked != age) else {
            return false;
        };
        // The end of a call does not make the directory older: it is asked for each time.
        if directory.is_open(tie.call) {
            return false;
        }
        self.asked = age;
        let found = self.look_up(directory);
        found.is_some_and(|found| found.call != tie.call && directory.is_open(found.call))
    }

    fn tie_to_call(&mut self, directory: &Directory) {
        if self.tie.is_some() || self.asked == Some(directory.age()) {
            return;
        }
        self.asked = Some(directory.age());
        self.tie = self.look_up(directory);
    }

    fn look_up(&self, directory: &Directory) -> Option<Tie> {
        // An address a NAT has changed is known by its port, which tells little of what is no RTP.
        let by_ends = || {
            let found = directory.resolve(&self.flow, Ssrc(0));
            let found = found.or_else(|| {
                let relayed = self.relayed()?;
                directory.resolve(&relayed, Ssrc(0))
            });
            found.filter(|b| b.method >= BindMethod::Ice)
        };
        let by_checks = self.by_checks(&self.flow, directory);
        let found = by_checks.or_else(by_ends)?;
        Some(Tie {
            call: found.call,
            from: found.from,
            rule: found.method,
            setup_frame: found.setup_frame,
        })
    }

    /// What its connectivity checks name, for the way of `flow`: that of the check whose USERNAME is known, or the other.
    fn by_checks(&self, flow: &Flow, directory: &Directory) -> Option<Binding> {
        let About::Ice(ice) = &self.about else {
            return None;
        };
        let found = directory.by_ice(ice.username.as_deref()?)?;
        Some(match ice.checked_by == Some(flow.src) {
            true => found,
            false => found.reversed(),
        })
    }

    /// What a client asks a relay for is its own, whatever the port it asks from.
    fn relayed(&self) -> Option<Flow> {
        let About::Ice(ice) = &self.about else {
            return None;
        };
        let (relayed, server) = (ice.relayed?, ice.server?);
        let swap = |end: Endpoint| if end == server { end } else { relayed };
        Some(Flow {
            src: swap(self.flow.src),
            dst: swap(self.flow.dst),
            scope: self.flow.scope,
        })
    }

    fn into_record(self: Box<Self>) -> Option<OtherRecord> {
        let tie = self.tie?;
        Some(OtherRecord {
            call: tie.call,
            protocol: self.protocol,
            transport: self.transport,
            flow: self.flow,
            from: tie.from,
            rule: tie.rule,
            setup_frame: tie.setup_frame,
            there: self.there,
            back: self.back,
            first_time: self.first.0,
            last_time: self.last.0,
            first_frame: self.first.1,
            last_frame: self.last.1,
            order: self.order,
            about: self.about,
        })
    }
}
