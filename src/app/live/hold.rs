//! Packets that wait until it is known whether they are SIP or media, and of which call.
//!
//! A fragment is known with its datagram, a segment with the first message of its connection, RTP that nobody
//! announced after a few packets. They wait in order, [`PATIENCE`] at most.

use crate::pipeline::{Fate, PacketNote, Voip};
use crate::source::save::SavedPacket;
use crate::types::{CallNo, CaptureTime, Delta, FlowKey, FrameNo};
use std::collections::{HashMap, VecDeque};

/// How long a packet waits for others to tell what it is.
const PATIENCE: Delta = Delta::from_secs(5);
/// Bytes that may wait; beyond, the oldest is decided as it stands.
const MAX_BYTES: usize = 16 << 20;

/// A packet that waits, or has waited.
#[derive(Debug)]
pub(super) struct Held {
    interface: u32,
    time: CaptureTime,
    frame: FrameNo,
    wire_len: u32,
    data: Box<[u8]>,
    /// SIP or media; `None` where that is still open.
    wanted: Option<bool>,
    /// The call it belongs to.
    pub(super) call: Option<CallNo>,
    /// Nothing more will be learnt of its call.
    settled: bool,
}

impl Held {
    pub(super) fn lend(&self) -> SavedPacket<'_> {
        SavedPacket {
            interface: self.interface,
            time: self.time,
            data: &self.data,
            wire_len: self.wire_len,
        }
    }

    /// True for SIP and media.
    pub(super) fn is_voip(&self) -> bool {
        self.wanted == Some(true)
    }
}

/// The queue.
pub(super) struct Hold {
    /// Packets that are neither SIP nor media come out too.
    keep_others: bool,
    queue: VecDeque<Held>,
    /// Number of the first in the queue, counted over all that ever were.
    first: u64,
    bytes: usize,
    /// Those whose flow may still tell.
    by_flow: HashMap<FlowKey, Vec<u64>>,
}

impl Hold {
    pub(super) fn new(keep_others: bool) -> Hold {
        Hold {
            keep_others,
            queue: VecDeque::new(),
            first: 0,
            bytes: 0,
            by_flow: HashMap::new(),
        }
    }

    /// Takes a packet and what the pipeline found it to be.
    pub(super) fn push(&mut self, interface: u32, note: &PacketNote<'_>) {
        let packet = note.packet;
        let wanted = match note.voip() {
            Voip::Yes => Some(true),
            Voip::No => Some(false),
            Voip::Undecided => None,
        };
        let (key, call) = (note.flow.map(|flow| flow.key()), note.call);
        self.learn(note);
        if wanted == Some(false) && !self.keep_others {
            return;
        }
        let on_stream = matches!(note.fate, Fate::SipTcp | Fate::SipTcpBare);
        // A segment's call is that of the message it is a part of, which may end later.
        let settled = wanted.is_some() && (call.is_some() || !on_stream);
        if !settled && let Some(key) = key {
            let number = self.first + self.queue.len() as u64;
            self.by_flow.entry(key).or_default().push(number);
        }
        self.bytes += packet.data.len();
        self.queue.push_back(Held {
            interface,
            time: packet.time,
            frame: packet.frame,
            wire_len: packet.wire_len,
            data: packet.data.into(),
            wanted,
            call,
            settled,
        });
    }

    /// What a packet tells of those before it.
    fn learn(&mut self, note: &PacketNote<'_>) {
        for (frame, call) in note.messages {
            self.belongs(frame.frame, *call);
        }
        if note.voip() != Voip::Yes {
            return;
        }
        for frame in note.frames {
            self.belongs(frame.frame, note.call);
        }
        let Some(key) = note.flow.map(|flow| flow.key()) else {
            return;
        };
        let is_media = note.call.is_some() && !note.fate.is_sip();
        if let Some(waiting) = self.by_flow.get(&key) {
            for number in waiting {
                let Some(at) = number.checked_sub(self.first) else {
                    continue;
                };
                // As many wait as fit in memory.
                if let Some(held) = self.queue.get_mut(at as usize) {
                    held.wanted = held.wanted.or(Some(true));
                    if is_media {
                        held.call = held.call.or(note.call);
                        held.settled = true;
                    }
                }
            }
            if is_media {
                self.by_flow.remove(&key);
            }
        }
    }

    /// A packet that waits turns out to be SIP or media, perhaps of a call.
    fn belongs(&mut self, frame: FrameNo, call: Option<CallNo>) {
        // Frames ascend.
        let at = self.queue.partition_point(|h| h.frame < frame);
        if let Some(held) = self.queue.get_mut(at).filter(|h| h.frame == frame) {
            held.wanted = Some(true);
            held.call = held.call.or(call);
            held.settled = true;
        }
    }

    /// The next packet that need not wait any longer.
    pub(super) fn pop(&mut self, now: CaptureTime) -> Option<Held> {
        loop {
            let next = self.queue.front()?;
            let waited = now - next.time >= PATIENCE || self.bytes > MAX_BYTES;
            if !next.settled && !waited {
                return None;
            }
            let next = self.queue.pop_front()?;
            self.first += 1;
            self.bytes -= next.data.len();
            if self.queue.is_empty() {
                self.by_flow.clear();
            } else if self.first.is_multiple_of(4096) {
                let first = self.first;
                self.by_flow.retain(|_, numbers| {
                    numbers.retain(|n| *n >= first);
                    !numbers.is_empty()
                });
            }
            if next.is_voip() || self.keep_others {
                return Some(next);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::{Options, PacketNote, Pipeline, Sink, Watched};
    use crate::source::CaptureFile;
    use crate::types::SourceId;

    struct Nothing;
    impl Sink for Nothing {}

    /// Frames that come out for a case, with their calls.
    fn kept(case: &str, keep_others: bool) -> (u64, Vec<(u64, Option<u32>)>) {
        let path = format!(
            "{}/testdata/cases/{case}/capture.pcap",
            env!("CARGO_MANIFEST_DIR")
        );
        let mut file = CaptureFile::open(&path, SourceId(0)).unwrap();
        let options = Options {
            notes: true,
            ..Options::default()
        };
        let mut pipeline = Pipeline::new(options);
        let mut hold = Hold::new(keep_others);
        let mut out = Vec::new();
        let mut take = |held: Held| out.push((held.frame.0, held.call.map(|c| c.get())));
        while file.advance() {
            let packet = file.packet();
            let mut sink = Watched {
                records: &mut Nothing,
                onlooker: &mut |note: &PacketNote<'_>| hold.push(0, note),
            };
            pipeline.handle_packet(&packet, &mut sink);
            while let Some(held) = hold.pop(packet.time) {
                take(held);
            }
        }
        while let Some(held) = hold.pop(CaptureTime::MAX) {
            take(held);
        }
        (file.info().packets, out)
    }

    #[test]
    fn packets_come_out_in_order_and_none_is_lost_where_all_are_wanted() {
        for case in [
            "proxy_call",
            "tcp",
            "fragmented_bigsdp",
            "one_host_two_calls",
        ] {
            let (packets, out) = kept(case, true);
            let frames: Vec<u64> = out.iter().map(|(f, _)| *f).collect();
            assert_eq!(frames, (1..=packets).collect::<Vec<_>>(), "{case}");
        }
    }

    #[test]
    fn handshake_and_every_segment_of_a_sip_connection_belong_to_it() {
        // tshark -Y tcp says which frames are TCP: all of this case's SIP is.
        let (_, out) = kept("tcp", false);
        let (_, all) = kept("tcp", true);
        let first = out.first().unwrap().0;
        assert!(all.iter().filter(|(f, _)| *f < first).count() < 5);
        assert!(out.iter().any(|(_, call)| call.is_some()));
    }

    #[test]
    fn every_fragment_of_a_message_belongs_to_its_call() {
        let (_, out) = kept("fragmented_bigsdp", false);
        // Frames 5 and 6 of `tshark -Y ip.flags.mf==1||ip.frag_offset>0` carry the first INVITE.
        let without: Vec<_> = out.iter().filter(|(_, call)| call.is_none()).collect();
        assert!(without.len() < out.len() / 2, "{without:?}");
    }
}
