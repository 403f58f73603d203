//! Rows of announcements, datagrams, endings and clock jumps against the media tracker.

use super::choices::Choices;
use sipflow::media::{Announcement, Limits, MediaPacket, StreamRecord, Tracker};
use sipflow::rtp::{Format, FormatMap};
use sipflow::types::{
    CallNo, CaptureTime, Carried, ClockRate, Delta, Direction, Endpoint, Flow, FrameNo, FrameRef,
    HostAddr, MediaKind, MessageId, Party, PayloadType, Scope, SourceId, Ssrc,
};
use std::sync::Arc;

/// So few that a short input reaches them.
const STREAMS: usize = 6;

/// Runs the operations the bytes spell.
pub fn run(data: &[u8]) {
    let mut c = Choices::new(data);
    let mut world = World::new();
    let mut operations = 0;
    while !c.is_done() && operations < 4000 {
        operations += 1;
        match c.byte() {
            0..=127 => world.rtp(&mut c),
            128..=143 => world.raw(&mut c),
            144..=159 => world.rtcp(&mut c),
            160..=191 => world.announce(&mut c),
            192..=207 => world.burst(&mut c),
            208..=223 => world.end_call(&mut c),
            224..=239 => world.icmp(&mut c),
            _ => world.time(&mut c),
        }
        assert!(world.tracker.open_streams() <= STREAMS);
        world.drain();
    }
    world.tracker.finish();
    world.drain();
    world.check();
}

struct World {
    tracker: Tracker,
    now: CaptureTime,
    packets: u64,
    seq: [u16; 8],
    records: Vec<StreamRecord>,
}

impl World {
    fn new() -> Self {
        World {
            tracker: Tracker::new(Limits {
                streams: STREAMS,
                candidates: 4,
                announcements: 12,
                endpoints_per_announcement: 3,
                sources_per_announcement: 2,
                streams_per_flow: 3,
                ..Limits::default()
            }),
            now: CaptureTime::from_nanos(1_000_000_000_000),
            packets: 0,
            seq: [0; 8],
            records: Vec::new(),
        }
    }

    fn send(&mut self, flow: Flow, payload: &[u8], more: u32) {
        self.packets += 1;
        let len = u32::try_from(payload.len()).expect("short") + more;
        self.tracker.handle_datagram(&MediaPacket {
            flow,
            time: self.now,
            frame: self.frame(),
            payload,
            wire_payload_len: len,
            ip_bytes: len + 28,
            link_bytes: 14,
            stack: Default::default(),
            ttl: 64,
        });
    }

    fn frame(&self) -> FrameRef {
        FrameRef {
            source: SourceId(0),
            frame: FrameNo(self.packets),
        }
    }

    fn rtp(&mut self, c: &mut Choices<'_>) {
        let (flow, source) = (flow(c), c.below(8));
        let step = match c.byte() {
            0..=199 => 1,
            200..=219 => 0,
            220..=235 => u16::from(c.byte()),
            236..=245 => u16::MAX - u16::from(c.byte()),
            _ => c.word(),
        };
        self.seq[source] = self.seq[source].wrapping_add(step);
        self.now = self.now + Delta::from_nanos(i64::from(c.byte()) * 200_000);
        let kind = c.of(&[0u8, 8, 9, 13, 96, 101, 18, 31, 0x80, 0x80 | 101]);
        let seq = self.seq[source];
        let timestamp = u32::from(seq) * 160 + u32::from(c.byte());
        let ssrc = c.of(&[0u32, 1, 2, 0xffff_fffe]) + source as u32 % 2;
        let payload = rtp(kind, seq, timestamp, ssrc, c.of(&[0usize, 4, 20, 160]));
        self.send(flow, &payload, u32::from(c.byte().is_multiple_of(16)) * 100);
    }

    fn burst(&mut self, c: &mut Choices<'_>) {
        let (flow, source, count) = (flow(c), c.below(8), c.below(64));
        let ssrc = u32::from(c.byte() % 4);
        for _ in 0..count {
            self.seq[source] = self.seq[source].wrapping_add(1);
            self.now = self.now + Delta::from_millis(20);
            let seq = self.seq[source];
            let payload = rtp(0, seq, u32::from(seq) * 160, ssrc, 160);
            self.send(flow, &payload, 0);
        }
    }

    fn raw(&mut self, c: &mut Choices<'_>) {
        let flow = flow(c);
        let n = c.below(96);
        let payload = c.take(n);
        self.send(flow, payload, 0);
    }

    fn rtcp(&mut self, c: &mut Choices<'_>) {
        let flow = flow(c);
        let kind = c.of(&[200u8, 201, 202, 203, 204, 205, 206, 207]);
        let (count, words) = (c.byte() & 0x3f, c.below(16));
        let mut payload = vec![
            0x80 | count,
            kind,
            0,
            u8::try_from(words).expect("below 16"),
        ];
        let body = c.take(words * 4);
        payload.extend_from_slice(body);
        payload.resize(4 + words * 4, 0);
        self.send(flow, &payload, 0);
    }

    fn announce(&mut self, c: &mut Choices<'_>) {
        let formats = [0u8, 96, 101].iter().map(|&n| Format {
            payload_type: PayloadType::new(n).expect("below 128"),
            codec: ["PCMU", "opus", "telephone-event"][usize::from(n) % 3].into(),
            clock: ClockRate::new([8000, 48_000][usize::from(n) % 2]),
            channels: Some(1),
            fmtp: None,
        });
        let party = c.of(&[Party::Caller, Party::Callee]);
        let candidates = (0..c.below(5)).map(|_| end(c.below(6))).collect();
        self.tracker.announce(Announcement {
            call: CallNo::after(c.below(4) as u32),
            party,
            hop: c.below(2) as u32,
            kind: c.of(&[MediaKind::Audio, MediaKind::Video, MediaKind::Image]),
            media_index: c.below(2) as u16,
            endpoint: end(c.below(6)),
            rtcp: (c.byte().is_multiple_of(4)).then(|| end(c.below(6))),
            rtcp_mux: c.byte().is_multiple_of(2),
            scope: Scope::NONE,
            formats: Arc::new(FormatMap::new(formats.take(c.below(4)).collect())),
            ptime_ms: Some(20.0),
            encrypted: c.byte().is_multiple_of(8),
            direction: c.of(&[Direction::SendRecv, Direction::Inactive]),
            signalling_hosts: [end(c.below(6)).addr, end(c.below(6)).addr],
            message: MessageId::after(0),
            frame: self.frame(),
            time: self.now,
            candidates,
            carried: c.of(Carried::ALL),
            ufrag: None,
            ssrcs: (0..c.below(3)).map(|n| Ssrc(n as u32)).collect(),
        });
    }

    fn end_call(&mut self, c: &mut Choices<'_>) {
        let call = CallNo::after(c.below(4) as u32);
        self.tracker.end_call(call, self.now);
    }

    fn icmp(&mut self, c: &mut Choices<'_>) {
        self.tracker.handle_icmp(flow(c));
    }

    fn time(&mut self, c: &mut Choices<'_>) {
        let nanos = 1_000_000_i64 << (c.byte() % 22);
        let sign = if c.byte().is_multiple_of(8) { -1 } else { 1 };
        self.now = self.now + Delta::from_nanos(sign * nanos);
        self.tracker.handle_time(self.now);
    }

    fn drain(&mut self) {
        while let Some(record) = self.tracker.poll_stream() {
            self.records.push(record);
        }
    }

    /// Every packet of a stream counts once, numbers have no holes, figures are possible.
    fn check(&mut self) {
        let counters = self.tracker.counters();
        let counted = counters.rtp
            + counters.rtcp
            + counters.stun
            + counters.dtls
            + counters.zrtp
            + counters.other;
        assert_eq!(counted, self.packets, "datagrams counted");
        let in_streams: u64 = self.records.iter().map(|r| r.figures.packets).sum();
        assert_eq!(in_streams, counters.rtp, "RTP in streams");
        self.records.sort_by_key(|r| r.no);
        let numbers = self.records.iter().map(|r| r.no.get());
        assert!(numbers.eq(1..=self.records.len() as u32), "stream numbers");
        for r in &self.records {
            let f = &r.figures;
            assert!(f.unique <= f.expected && f.lost <= f.expected, "{f:?}");
            assert!(f.unique + f.duplicates <= f.packets, "{f:?}");
            let share = |p: Option<f64>| p.is_none_or(|p| (0.0..=100.0).contains(&p));
            assert!(share(f.lost_percent), "{f:?}");
            let measured = [
                f.jitter_mean_ms,
                f.jitter_max_ms,
                f.delta_mean_ms,
                f.skew_max_ms,
                f.clock_drift_ppm,
                f.ptime_ms,
                f.quality.mos,
            ];
            assert!(measured.iter().flatten().all(|v| v.is_finite()), "{f:?}");
            let mos = f.quality.mos;
            assert!(mos.is_none_or(|m| (1.0..=5.0).contains(&m)), "{f:?}");
        }
    }
}

fn end(n: usize) -> Endpoint {
    let host = 1 + u8::try_from(n % 3).expect("below 3");
    let port = if n < 3 { 4000 } else { 4001 };
    Endpoint::new(HostAddr::v4([192, 0, 2, host]), port)
}

fn flow(c: &mut Choices<'_>) -> Flow {
    Flow {
        src: end(c.below(6)),
        dst: end(c.below(6)),
        scope: Scope(u32::from(c.byte().is_multiple_of(16))),
    }
}

fn rtp(kind: u8, seq: u16, timestamp: u32, ssrc: u32, len: usize) -> Vec<u8> {
    let mut v = vec![0x80, kind];
    v.extend(seq.to_be_bytes());
    v.extend(timestamp.to_be_bytes());
    v.extend(ssrc.to_be_bytes());
    v.resize(12 + len, 5);
    v
}
