//! Which VLANs and tunnels are one network although their ids differ.
//!
//! Ids keep networks with equal addresses apart. But the two directions of one conversation may have ids of their
//! own: a mirror tags one side only, a router joins two VLANs, GRE keys and VNIs are chosen per direction. What
//! proves it is an answer: the response to a request, or the SYN-ACK to a SYN, that comes back with another id; or a
//! second copy of the request or SYN itself, captured where another id is used. From then on both ids count as one,
//! the one that was seen first.

use crate::decode::{Decoded, SctpPacket, Segment};
use crate::sip::Message;
use crate::types::{Endpoint, Flow, Scope};
use foldhash::fast::{FixedState, RandomState};
use hashbrown::HashMap;
use std::hash::{BuildHasher, Hash, Hasher};

/// Questions remembered until their answer comes; a power of two.
const SLOTS: usize = 1024;
/// Octets of a chunk in which INIT and DATA have what differs from packet to packet (RFC 9260 §3.3).
const FIRST_CHUNK: usize = 16;
/// Ids that are joined to another.
const MOST: usize = 4096;

/// A request or SYN: what its answer will have in common with it, and where it was seen.
#[derive(Clone, Copy, Debug)]
struct Question {
    print: u64,
    scope: Scope,
}

/// The ids that are joined, and the questions that may join more.
#[derive(Debug)]
pub(super) struct Networks {
    /// Not seeded at random: which question makes room for which must not change from run to run.
    hasher: FixedState,
    questions: Box<[Option<Question>]>,
    /// Every joined id, with the one that stands for it.
    joined: HashMap<Scope, Scope, RandomState>,
    /// Joins left out because there were too many.
    refused: u64,
    /// TCP was seen in a VLAN or tunnel.
    scoped: bool,
}

impl Networks {
    pub(super) fn new() -> Networks {
        Networks {
            hasher: FixedState::default(),
            questions: vec![None; SLOTS].into_boxed_slice(),
            joined: HashMap::default(),
            refused: 0,
            scoped: false,
        }
    }

    /// Joins left out because there were too many.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// The id that stands for this one.
    #[inline]
    pub(super) fn of(&self, scope: Scope) -> Scope {
        if self.joined.is_empty() {
            return scope;
        }
        self.joined.get(&scope).copied().unwrap_or(scope)
    }

    /// Puts a packet into the network it belongs to.
    #[inline]
    pub(super) fn place(&mut self, decoded: &mut Decoded<'_>) {
        if let Decoded::Sctp(sctp) = decoded {
            self.note_sctp(sctp);
        }
        if !self.joined.is_empty() {
            self.place_among_joined(decoded);
        }
    }

    #[cold]
    fn place_among_joined(&self, decoded: &mut Decoded<'_>) {
        let scope = match decoded {
            Decoded::Udp(datagram) => &mut datagram.meta.flow.scope,
            Decoded::Relayed(relayed) => &mut relayed.datagram.meta.flow.scope,
            Decoded::Sctp(sctp) => &mut sctp.meta.flow.scope,
            Decoded::Icmp(error) => &mut error.quoted.scope,
            // A segment's connection may be known under its own id.
            Decoded::Tcp(_) | Decoded::Fragment(_) | Decoded::Other(_) | Decoded::Undecoded(_) => {
                return;
            }
        };
        *scope = self.of(*scope);
    }

    /// The network of a segment. `is_open` says whether its connection is followed in a network: one that is keeps
    /// its own.
    #[inline]
    pub(super) fn of_segment(
        &mut self,
        segment: &Segment<'_>,
        is_open: impl Fn(Scope) -> bool,
    ) -> Scope {
        let scope = segment.meta.flow.scope;
        self.scoped |= scope != Scope::NONE;
        if !self.scoped || is_open(scope) {
            if segment.syn {
                self.note_segment(segment);
            }
            return scope;
        }
        if segment.syn || !is_open(self.of(scope)) {
            self.note_segment(segment);
        }
        self.of(scope)
    }

    /// Looks at a handshake, or at the first segment that was captured of a connection.
    #[cold]
    fn note_segment(&mut self, segment: &Segment<'_>) {
        let flow = segment.meta.flow;
        let print = |src: Endpoint, dst: Endpoint, seq: u32| self.hasher.hash_one((src, dst, seq));
        match segment.ack.filter(|_| segment.syn) {
            None => self.ask(print(flow.src, flow.dst, segment.seq), flow.scope),
            Some(ack) => {
                let print = print(flow.dst, flow.src, ack.wrapping_sub(1));
                self.answer(print, flow.scope);
            }
        }
    }

    /// Looks at an SCTP packet: with its tag and transmission sequence number it is its own question.
    #[cold]
    fn note_sctp(&mut self, sctp: &SctpPacket<'_>) {
        let flow = sctp.meta.flow;
        let begins = sctp.chunks.get(..FIRST_CHUNK).unwrap_or(sctp.chunks);
        let print = self.hasher.hash_one((flow.src, flow.dst, sctp.tag, begins));
        self.ask(print, flow.scope);
    }

    /// Looks at a message: a response has Call-ID, CSeq and branch of its request (RFC 3261 §8.2.6.2).
    pub(super) fn note_message(&mut self, message: &Message<'_>, flow: Flow) {
        let (Some(call_id), Some(hop), Some(cseq)) =
            (message.call_id(), message.top_hop(), message.cseq())
        else {
            return;
        };
        let Some(branch) = hop.unique_branch() else {
            return;
        };
        let mut h = self.hasher.build_hasher();
        flow.key().hosts().hash(&mut h);
        h.write(call_id);
        h.write(branch);
        h.write_u32(cseq.number);
        let print = h.finish();
        if message.method().is_some() {
            self.ask(print, flow.scope);
        } else {
            self.answer(print, flow.scope);
        }
    }

    fn slot(&mut self, print: u64) -> Option<&mut Option<Question>> {
        // The mask keeps it below SLOTS.
        self.questions.get_mut(print as usize & (SLOTS - 1))
    }

    /// The first copy of a question counts; a second one joins.
    fn ask(&mut self, print: u64, scope: Scope) {
        self.answer(print, scope);
        if let Some(slot) = self.slot(print)
            && slot.is_none_or(|known| known.print != print)
        {
            *slot = Some(Question { print, scope });
        }
    }

    fn answer(&mut self, print: u64, scope: Scope) {
        let asked = self.slot(print).and_then(|slot| *slot);
        if let Some(asked) = asked.filter(|asked| asked.print == print) {
            self.join(asked.scope, scope);
        }
    }

    fn join(&mut self, one: Scope, other: Scope) {
        let (one, other) = (self.of(one), self.of(other));
        if one == other {
            return;
        }
        if self.joined.len() >= MOST {
            self.refused += 1;
            return;
        }
        // Every entry names the one that stands for all, so that a look-up is one step.
        for stands in self.joined.values_mut().filter(|s| **s == other) {
            *stands = one;
        }
        self.joined.insert(other, one);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{decode, testing};
    use crate::sip::{Framing, parse_message};

    fn flow(src: &str, dst: &str, scope: u32) -> Flow {
        let end = |s: &str| {
            let a: std::net::SocketAddr = s.parse().unwrap();
            Endpoint::new(a.ip().into(), a.port())
        };
        Flow {
            src: end(src),
            dst: end(dst),
            scope: Scope(scope),
        }
    }

    fn note(networks: &mut Networks, start: &str, branch: &str, flow: Flow) {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP h;branch={branch}\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n"
        );
        let message = parse_message(text.as_bytes(), Framing::Datagram).unwrap();
        networks.note_message(&message, flow);
    }

    const A: &str = "10.0.0.1:5060";
    const B: &str = "10.0.0.2:5060";
    const ASK: &str = "INVITE sip:b SIP/2.0";
    const ANSWER: &str = "SIP/2.0 180 Ringing";

    #[test]
    fn an_answer_joins_the_id_it_came_with_to_that_of_its_request() {
        let mut n = Networks::new();
        note(&mut n, ASK, "z9hG4bK1", flow(A, B, 11));
        note(&mut n, ANSWER, "z9hG4bK1", flow(B, A, 12));
        assert_eq!((n.of(Scope(11)), n.of(Scope(12))), (Scope(11), Scope(11)));
        // The request again, where a router has sent it on.
        note(&mut n, ASK, "z9hG4bK1", flow(A, B, 15));
        assert_eq!(n.of(Scope(15)), Scope(11));
        // Two pairs that turn out to be one network.
        note(&mut n, ASK, "z9hG4bK2", flow(A, B, 13));
        note(&mut n, ANSWER, "z9hG4bK2", flow(B, A, 14));
        note(&mut n, ASK, "z9hG4bK3", flow(A, B, 12));
        note(&mut n, ANSWER, "z9hG4bK3", flow(B, A, 14));
        let all = [11, 12, 13, 14].map(|id| n.of(Scope(id)));
        assert_eq!(all, [Scope(11); 4]);
    }

    #[test]
    fn networks_with_conversations_of_their_own_stay_apart() {
        let mut n = Networks::new();
        for (id, branch) in [(10, "z9hG4bK1"), (20, "z9hG4bK2")] {
            note(&mut n, ASK, branch, flow(A, B, id));
            note(&mut n, ANSWER, branch, flow(B, A, id));
        }
        // An answer to nothing, and one without a branch that could be unique.
        note(&mut n, ANSWER, "z9hG4bK9", flow(B, A, 30));
        note(&mut n, ASK, "1", flow(A, B, 10));
        note(&mut n, ANSWER, "1", flow(B, A, 20));
        assert!(n.joined.is_empty());
    }

    #[test]
    fn a_handshake_joins_as_well() {
        let mut n = Networks::new();
        for (id, flags, seq, ack, there) in [(11, 2, 99, 0, true), (12, 0x12, 7, 100, false)] {
            let (src, dst) = if there {
                (40_000, 5060)
            } else {
                (5060, 40_000)
            };
            let tcp = testing::tcp(src, dst, seq, ack, flags, b"");
            let mut ip = testing::ipv4(6, &tcp);
            if !there {
                // Source and destination change places.
                let (from, to) = (ip[12..16].to_vec(), ip[16..20].to_vec());
                ip[12..16].copy_from_slice(&to);
                ip[16..20].copy_from_slice(&from);
            }
            let data = testing::eth(0x8100, &testing::vlan(id, 0x0800, &ip));
            let packet = testing::packet(1, &data);
            let Decoded::Tcp(segment) = decode(&packet) else {
                panic!("TCP")
            };
            let scope = n.of_segment(&segment, |scope| scope == Scope(11));
            assert_eq!(scope, Scope(11));
        }
        assert_eq!(n.of(Scope(12)), Scope(11));
    }

    #[test]
    fn there_is_an_end_to_what_is_joined() {
        let mut n = Networks::new();
        for id in 0..5000 {
            n.join(Scope(1_000_000), Scope(id));
        }
        assert_eq!(n.joined.len(), MOST);
        assert_eq!(n.refused(), 5000 - MOST as u64);
    }
}
