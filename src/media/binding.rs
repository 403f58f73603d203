//! Which call a flow belongs to, by what SDP announced: the rules in order of trust.
//!
//! Both ends announced by the two parties of one call; the destination announced; the source
//! announced; the announced port at a host of the signalling (a NAT changed the address); an announced
//! SSRC; the one call of these hosts that is open. Rules that look at other streams are in `attach`.

use super::announcement::Announcement;
use super::directory::{CallEntry, Directory, LISTED};
use super::record::BindMethod;
use crate::rtp::FormatMap;
use crate::types::{
    CallNo, CaptureTime, Delta, Few, Flow, FrameRef, HostAddr, MediaKind, Party, Ssrc,
};
use std::sync::Arc;

/// Media may begin this long before its answer was seen, and end this long after the BYE.
const BEFORE_ANSWER: Delta = Delta::from_secs(2);
const AFTER_END: Delta = Delta::from_secs(5);

/// How a stream is bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Binding {
    /// The call.
    pub call: CallNo,
    /// Who sends.
    pub from: Option<Party>,
    /// Kind of media.
    pub kind: Option<MediaKind>,
    /// The hop of the call on which the description was seen.
    pub hop: u32,
    /// Index of the `m=` line.
    pub media_index: u16,
    /// The rule.
    pub method: BindMethod,
    /// Frame of the description.
    pub setup_frame: Option<FrameRef>,
    /// SRTP.
    pub encrypted: bool,
    /// Payload types as the receiver declared them.
    pub receiver: Option<Arc<FormatMap>>,
    /// Payload types as the sender declared them.
    pub sender: Option<Arc<FormatMap>>,
}

impl Binding {
    /// The same, of what goes the other way.
    pub(super) fn reversed(self) -> Binding {
        Binding {
            from: self.from.map(Party::other),
            receiver: self.sender,
            sender: self.receiver,
            ..self
        }
    }
}

impl Directory {
    /// Binds a flow by what was announced, best rule first.
    pub(crate) fn resolve(&self, flow: &Flow, ssrc: Ssrc) -> Option<Binding> {
        let to = self.at(&self.media, &flow.dst);
        let of = self.at(&self.media, &flow.src);
        self.by_both_ends(flow, to, of)
            .or_else(|| self.by_one_end(flow, ssrc, to, of))
            .or_else(|| self.by_nat_port(flow))
            .or_else(|| self.by_source(ssrc))
    }

    fn by_both_ends(&self, flow: &Flow, to: &[u32], of: &[u32]) -> Option<Binding> {
        let mut best: Option<(Score, u32, u32)> = None;
        // From the end that fewer calls announce to the other by way of its call: all pairs of two
        // ends that thousands announce would be millions.
        let receivers_first = to.len() <= of.len();
        let (from, other_end) = if receivers_first {
            (to, flow.src)
        } else {
            (of, flow.dst)
        };
        for (i, one) in self.newest(from) {
            let of_call = self.calls.get(&one.a.call).map(|c| &c.descriptions);
            for j in of_call.into_iter().flatten().copied() {
                let Some(other) = self.get(j) else { continue };
                if one.a.party == other.a.party || !other.a.receives_at(&other_end) {
                    continue;
                }
                let score = Score {
                    open: self.is_open(one.a.call),
                    // The receiver's description decides.
                    scope: if receivers_first { one } else { other }.a.scope == flow.scope,
                    agreement: u8::from(one.a.hop == other.a.hop)
                        + u8::from(one.a.media_index == other.a.media_index),
                    order: one.order.min(other.order),
                };
                if best.is_none_or(|(b, ..)| score > b) {
                    let (t, o) = if receivers_first { (i, j) } else { (j, i) };
                    best = Some((score, t, o));
                }
            }
        }
        let (_, t, o) = best?;
        let (receiver, sender) = (self.get(t)?, self.get(o)?);
        Some(bind_receiver(
            BindMethod::BothEnds,
            &receiver.a,
            Some(&sender.a),
        ))
    }

    /// Where many calls announce the destination (one port for all of them) and the source belongs to
    /// one call only, the source tells more.
    fn by_one_end(&self, flow: &Flow, ssrc: Ssrc, to: &[u32], of: &[u32]) -> Option<Binding> {
        let best = |list: &[u32], other: HostAddr| {
            self.newest(list)
                .max_by_key(|(_, k)| Score {
                    open: self.is_open(k.a.call),
                    scope: k.a.scope == flow.scope,
                    agreement: self.agreement(&k.a, other, ssrc),
                    order: k.order,
                })
                .map(|(i, _)| i)
        };
        let receiver = best(to, flow.src.addr);
        let sender = best(of, flow.dst.addr);
        if let Some(sender) = sender {
            let unsure =
                receiver.is_none() || (self.open_calls(to) > 1 && self.open_calls(of) == 1);
            if unsure {
                let sender = &self.get(sender)?.a;
                let receiver = self.counterpart(sender);
                return Some(bind_sender(BindMethod::Source, sender, receiver));
            }
        }
        let receiver = &self.get(receiver?)?.a;
        let sender = self.counterpart(receiver);
        Some(bind_receiver(BindMethod::Destination, receiver, sender))
    }

    /// How well a description fits the other end of the flow.
    fn agreement(&self, a: &Announcement, other: HostAddr, ssrc: Ssrc) -> u8 {
        let of_call = self.calls.get(&a.call).map_or(0, |c| {
            let party =
                |h: &(HostAddr, Option<Party>)| h.0 == other && h.1 == Some(a.party.other());
            if c.hosts.iter().any(party) {
                2
            } else {
                u8::from(c.hosts.iter().any(|h| h.0 == other))
            }
        });
        let named = self.at(&self.sources, &ssrc).iter().any(|i| {
            self.get(*i)
                .is_some_and(|k| k.a.call == a.call && k.a.party != a.party)
        });
        of_call + 4 * u8::from(named)
    }

    fn by_nat_port(&self, flow: &Flow) -> Option<Binding> {
        let at = |port: u16, host: HostAddr, other: HostAddr| {
            self.newest(self.at(&self.ports, &port))
                .filter(|(_, k)| {
                    k.a.endpoint.addr != host
                        && (k.a.signalling_hosts.contains(&host)
                            || k.a.signalling_hosts.contains(&other))
                })
                .max_by_key(|(_, k)| Score {
                    open: self.is_open(k.a.call),
                    scope: k.a.scope == flow.scope,
                    agreement: u8::from(k.a.signalling_hosts.contains(&host)),
                    order: k.order,
                })
                .map(|(_, k)| &k.a)
        };
        if let Some(receiver) = at(flow.dst.port, flow.dst.addr, flow.src.addr) {
            let sender = self.counterpart(receiver);
            return Some(bind_receiver(BindMethod::NatPort, receiver, sender));
        }
        // The other way round only where the sending host itself signals.
        let sender = at(flow.src.port, flow.src.addr, flow.dst.addr)
            .filter(|a| a.signalling_hosts.contains(&flow.src.addr))?;
        Some(bind_sender(
            BindMethod::NatPort,
            sender,
            self.counterpart(sender),
        ))
    }

    fn by_source(&self, ssrc: Ssrc) -> Option<Binding> {
        let list = self.at(&self.sources, &ssrc);
        let (_, k) = self.newest(list).max_by_key(|(_, k)| k.order)?;
        let one_call = self.newest(list).all(|(_, o)| o.a.call == k.a.call);
        one_call.then(|| bind_sender(BindMethod::Ssrc, &k.a, self.counterpart(&k.a)))
    }

    /// By the user fragments of a connectivity check: the receiver's, a colon, the sender's (RFC 8445 §7.2.2).
    pub(crate) fn by_ice(&self, username: &str) -> Option<Binding> {
        let (to, of) = username.split_once(':')?;
        let named = |ufrag: &str| self.ufrags.get(ufrag).map_or(&[][..], Few::as_slice);
        let (receivers, senders) = (named(to), named(of));
        let partner = |receiver: &Announcement| {
            let of_call = |k: &&super::directory::Known| {
                k.a.call == receiver.call && k.a.party != receiver.party
            };
            let senders = self.newest(senders).map(|(_, k)| k);
            senders.filter(of_call).max_by_key(|k| k.order)
        };
        let pairs = self.newest(receivers).map(|(_, k)| (k, partner(&k.a)));
        let best = pairs.max_by_key(|(k, sender)| (sender.is_some(), k.order));
        match best {
            Some((receiver, Some(sender))) => {
                Some(bind_receiver(BindMethod::Ice, &receiver.a, Some(&sender.a)))
            }
            // The other description is not in the capture.
            Some((receiver, None)) if senders.is_empty() => {
                let sender = self.counterpart(&receiver.a);
                Some(bind_receiver(BindMethod::Ice, &receiver.a, sender))
            }
            Some(_) => None,
            None => {
                let (_, sender) = self.newest(senders).max_by_key(|(_, k)| k.order)?;
                let receiver = self.counterpart(&sender.a);
                Some(bind_sender(BindMethod::Ice, &sender.a, receiver))
            }
        }
    }

    /// The one open call that has a host of this flow and was answered when the stream began. That says
    /// which call, not whose media or what kind: another protocol may have set it up. The formats are a
    /// guess for payload types no table has.
    pub(crate) fn by_timing(&self, flow: &Flow, began: CaptureTime) -> Option<Binding> {
        let mut only: Option<CallNo> = None;
        for host in [flow.src.addr, flow.dst.addr] {
            let calls = self.hosts.get(&host).map_or(&[][..], Few::as_slice);
            // Among so many calls none is the only one.
            if calls.len() >= LISTED {
                return None;
            }
            for call in calls {
                let fits = self.calls.get(call).is_some_and(|c| {
                    c.answered.is_some_and(|t| began >= t - BEFORE_ANSWER)
                        && c.ended.is_none_or(|t| began <= t + AFTER_END)
                });
                if fits && only.is_some_and(|o| o != *call) {
                    return None;
                }
                if fits {
                    only = Some(*call);
                }
            }
        }
        let call = only?;
        let entry = self.calls.get(&call)?;
        if entry.descriptions.is_empty() {
            return by_hosts(call, entry, flow);
        }
        let described = |party: Party| {
            entry
                .descriptions
                .iter()
                .filter_map(|i| self.get(*i))
                .find(|k| k.a.party == party)
                .map(|k| &k.a)
        };
        let (sender, receiver) = (described(Party::Caller), described(Party::Callee));
        Some(Binding {
            from: None,
            kind: None,
            setup_frame: None,
            sender: sender.map(|a| a.formats.clone()),
            receiver: receiver.map(|a| a.formats.clone()),
            ..bind(BindMethod::Timing, sender.or(receiver)?)
        })
    }

    /// What the other party said about the same media, on the same hop if it did.
    fn counterpart(&self, a: &Announcement) -> Option<&Announcement> {
        let entry = self.calls.get(&a.call)?;
        entry
            .descriptions
            .iter()
            .filter_map(|i| self.get(*i))
            .filter(|k| k.a.party != a.party && k.a.media_index == a.media_index)
            .max_by_key(|k| (k.a.hop == a.hop, k.order))
            .map(|k| &k.a)
    }

    fn open_calls(&self, list: &[u32]) -> usize {
        let mut calls: Vec<CallNo> = self
            .newest(list)
            .map(|(_, k)| k.a.call)
            .filter(|c| self.is_open(*c))
            .collect();
        calls.sort_unstable();
        calls.dedup();
        calls.len()
    }
}

/// Nothing was announced: both ends are to be hosts that signal for the call, and who signals from them says who sends.
fn by_hosts(call: CallNo, entry: &CallEntry, flow: &Flow) -> Option<Binding> {
    if !entry.has_both(flow) {
        return None;
    }
    let sender = entry.party_at(flow.src.addr);
    let receiver = entry.party_at(flow.dst.addr).map(Party::other);
    let from = match (sender, receiver) {
        (Some(a), Some(b)) if a != b => None,
        (a, b) => a.or(b),
    };
    Some(Binding {
        call,
        from,
        kind: None,
        hop: 0,
        media_index: 0,
        method: BindMethod::Timing,
        setup_frame: None,
        encrypted: false,
        receiver: None,
        sender: None,
    })
}

/// What decides between several descriptions, most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    open: bool,
    scope: bool,
    agreement: u8,
    order: u64,
}

/// A binding by a rule that matched the receiver's description.
fn bind_receiver(
    method: BindMethod,
    receiver: &Announcement,
    sender: Option<&Announcement>,
) -> Binding {
    Binding {
        from: Some(receiver.party.other()),
        receiver: Some(receiver.formats.clone()),
        sender: sender.map(|a| a.formats.clone()),
        ..bind(method, receiver)
    }
}

/// A binding by a rule that matched the sender's description.
fn bind_sender(
    method: BindMethod,
    sender: &Announcement,
    receiver: Option<&Announcement>,
) -> Binding {
    Binding {
        from: Some(sender.party),
        receiver: receiver.map(|a| a.formats.clone()),
        sender: Some(sender.formats.clone()),
        ..bind(method, sender)
    }
}

fn bind(method: BindMethod, matched: &Announcement) -> Binding {
    Binding {
        call: matched.call,
        from: None,
        kind: Some(matched.kind),
        hop: matched.hop,
        media_index: matched.media_index,
        method,
        setup_frame: Some(matched.frame),
        encrypted: matched.encrypted,
        receiver: None,
        sender: None,
    }
}
