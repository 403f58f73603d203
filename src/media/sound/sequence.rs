//! Packets of one stream in the order they were sent, each once.

use crate::types::{CaptureTime, Delta, PayloadType, RtpTicks, SeqNo};
use std::collections::BTreeMap;

/// A packet waits so long for those before it.
const WAIT: Delta = Delta::from_secs(1);
/// Packets that wait at most.
const MAX_WAITING: usize = 512;
/// Octets that wait at most.
const MAX_OCTETS: usize = 1 << 20;
/// A sequence number so far from the last is another beginning (RFC 3550 A.1 has 3000 and 100).
const FAR: i16 = 1000;

/// A packet of media.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoundPacket {
    /// Sequence number.
    pub seq: SeqNo,
    /// Sampling instant of its first sample.
    pub timestamp: RtpTicks,
    /// What it carries.
    pub payload_type: PayloadType,
    /// Arrival.
    pub time: CaptureTime,
    /// Its payload as far as captured.
    pub payload: Vec<u8>,
}

/// A packet in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ordered {
    /// The packet.
    pub packet: SoundPacket,
    /// Packets missing before it; `None` for the first, and where the numbers began anew.
    pub missing: Option<u32>,
}

/// Puts packets in order. What waits is bounded: one second, 512 packets, 1 MiB.
#[derive(Debug, Default)]
pub struct Sequencer {
    waiting: BTreeMap<i64, SoundPacket>,
    octets: usize,
    /// The extended number of the packet that came last.
    newest: Option<(SeqNo, i64)>,
    /// The number that is due.
    due: Option<i64>,
    ready: std::collections::VecDeque<Ordered>,
    over: bool,
}

impl Sequencer {
    /// Takes a packet; a second copy, and one that comes when later ones are done with, is dropped.
    pub fn handle_packet(&mut self, packet: SoundPacket) {
        let near = self.newest.map(|(seq, extended)| {
            let step = packet.seq.distance_from(seq);
            (step.saturating_abs() <= FAR, extended + i64::from(step))
        });
        let extended = match near {
            Some((true, extended)) => extended,
            // The next number in either case; nothing of before is waited for.
            Some((false, _)) | None => {
                self.begin();
                0
            }
        };
        if self.due.is_some_and(|due| extended < due) {
            return;
        }
        if self.newest.is_none_or(|(_, newest)| extended > newest) {
            self.newest = Some((packet.seq, extended));
        }
        let now = packet.time;
        let octets = packet.payload.len();
        if let std::collections::btree_map::Entry::Vacant(place) = self.waiting.entry(extended) {
            place.insert(packet);
            self.octets += octets;
        }
        while self.is_late(now) {
            self.release();
        }
    }

    /// Nothing more comes.
    pub fn finish(&mut self) {
        self.over = true;
        while !self.waiting.is_empty() {
            self.release();
        }
    }

    /// The next packet in order, where it is known what comes before it and what within a second after it.
    pub fn poll(&mut self) -> Option<Ordered> {
        self.ready.pop_front()
    }

    fn begin(&mut self) {
        while !self.waiting.is_empty() {
            self.release();
        }
        self.due = None;
        self.newest = None;
    }

    fn is_late(&self, now: CaptureTime) -> bool {
        let first = self.waiting.first_key_value();
        let full = self.waiting.len() > MAX_WAITING || self.octets > MAX_OCTETS;
        first.is_some_and(|(_, packet)| full || (now - packet.time).abs() >= WAIT)
    }

    fn release(&mut self) {
        let Some((extended, packet)) = self.waiting.pop_first() else {
            return;
        };
        self.octets = self.octets.saturating_sub(packet.payload.len());
        let missing = self
            .due
            .map(|due| u32::try_from(extended - due).unwrap_or(0));
        self.due = Some(extended + 1);
        self.ready.push_back(Ordered { packet, missing });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(seq: u16, ms: i64) -> SoundPacket {
        SoundPacket {
            seq: SeqNo(seq),
            timestamp: RtpTicks(u32::from(seq) * 160),
            payload_type: PayloadType::new(0).unwrap(),
            time: CaptureTime::from_nanos(ms * 1_000_000),
            payload: vec![0; 160],
        }
    }

    fn ordered(packets: impl IntoIterator<Item = SoundPacket>) -> Vec<(u16, Option<u32>)> {
        let mut sequencer = Sequencer::default();
        let mut out = Vec::new();
        for p in packets {
            sequencer.handle_packet(p);
            out.extend(std::iter::from_fn(|| sequencer.poll()));
        }
        sequencer.finish();
        out.extend(std::iter::from_fn(|| sequencer.poll()));
        out.iter().map(|o| (o.packet.seq.0, o.missing)).collect()
    }

    #[test]
    fn packets_come_in_order_once_and_what_is_missing_is_counted_across_the_wrap() {
        let sent = [65534u16, 0, 65535, 0, 3, 2];
        let got = ordered(sent.iter().zip(0..).map(|(s, n)| packet(*s, 20 * n)));
        assert_eq!(
            got,
            [
                (65534, None),
                (65535, Some(0)),
                (0, Some(0)),
                (2, Some(1)),
                (3, Some(0))
            ]
        );
    }

    #[test]
    fn what_comes_more_than_a_second_late_is_left_out() {
        let mut packets: Vec<_> = (0..100u16).map(|n| packet(n, 20 * i64::from(n))).collect();
        let mut late = packets.remove(10);
        late.time = CaptureTime::from_nanos(5_000_000_000);
        packets.push(late);
        let got = ordered(packets);
        assert_eq!((got.len(), got[10]), (99, (11, Some(1))));
    }

    #[test]
    fn other_numbers_begin_anew() {
        let got = ordered([
            packet(10, 0),
            packet(11, 20),
            packet(40000, 40),
            packet(40001, 60),
        ]);
        let missing: Vec<_> = got.iter().map(|g| g.1).collect();
        assert_eq!(missing, [None, Some(0), None, Some(0)]);
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut sequencer = Sequencer::default();
        for n in 0..2000u16 {
            sequencer.handle_packet(packet(n, 0));
        }
        assert!(sequencer.waiting.len() <= MAX_WAITING);
    }
}
