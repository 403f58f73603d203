//! The tracker's behaviour, a sentence a test. Packets are written here octet by octet, not by the
//! parser under test.

mod binding;
mod handover;
mod life;
mod neighbours;
mod operations;
mod points;
mod recognition;
mod reports;

use super::*;
use crate::rtp::{Format, FormatMap};
use crate::types::{
    CallNo, CaptureTime, Carried, ClockRate, Delta, Direction, Endpoint, Flow, FrameNo, FrameRef,
    MediaKind, MessageId, Party, PayloadType, QualityScale, Scope, SourceId, Ssrc,
};
use std::net::SocketAddr;
use std::sync::Arc;

const A: &str = "192.0.2.11:10000";
const B: &str = "192.0.2.12:20000";

fn ep(s: &str) -> Endpoint {
    let a: SocketAddr = s.parse().unwrap();
    Endpoint::new(a.ip().into(), a.port())
}

fn flow(src: &str, dst: &str) -> Flow {
    Flow {
        src: ep(src),
        dst: ep(dst),
        scope: Scope::NONE,
    }
}

fn at(ms: i64) -> CaptureTime {
    CaptureTime::from_nanos(1_700_000_000_000_000_000 + ms * 1_000_000)
}

fn call(n: u32) -> CallNo {
    CallNo::after(n - 1)
}

struct Scenario {
    tracker: Tracker,
    frame: u64,
}

impl Scenario {
    fn new() -> Self {
        Scenario::with(Limits::default())
    }

    fn with(limits: Limits) -> Self {
        Scenario {
            tracker: Tracker::new(limits),
            frame: 0,
        }
    }

    fn next_frame(&mut self) -> FrameRef {
        self.frame += 1;
        FrameRef {
            source: SourceId(0),
            frame: FrameNo(self.frame),
        }
    }

    fn datagram(&mut self, f: Flow, ms: i64, payload: &[u8]) -> Class {
        let frame = self.next_frame();
        self.tracker.handle_time(at(ms));
        self.tracker.handle_datagram(&MediaPacket {
            flow: f,
            time: at(ms),
            frame,
            payload,
            wire_payload_len: payload.len() as u32,
            ip_bytes: payload.len() as u32 + 28,
            link_bytes: 14,
            stack: Default::default(),
            ttl: 64,
        })
    }

    fn announce(&mut self, n: u32, party: Party, endpoint: &str, ms: i64) {
        self.announce_with(n, party, endpoint, ms, |_| {});
    }

    fn announce_with(
        &mut self,
        n: u32,
        party: Party,
        endpoint: &str,
        ms: i64,
        change: impl FnOnce(&mut Announcement),
    ) {
        let frame = self.next_frame();
        let mut a = Announcement {
            call: call(n),
            party,
            hop: 0,
            kind: MediaKind::Audio,
            media_index: 0,
            endpoint: ep(endpoint),
            rtcp: None,
            rtcp_mux: false,
            scope: Scope::NONE,
            formats: formats(&[(0, "PCMU", 8000), (101, "telephone-event", 8000)]),
            ptime_ms: None,
            encrypted: false,
            direction: Direction::SendRecv,
            signalling_hosts: [ep(A).addr, ep(B).addr],
            message: MessageId::after(0),
            frame,
            time: at(ms),
            candidates: Vec::new(),
            carried: Carried::Rtp,
            ufrag: None,
            ssrcs: Vec::new(),
        };
        change(&mut a);
        self.tracker.announce(a);
    }

    fn rtp(&mut self, f: Flow, ssrc: u32, first: u16, count: u16, ms: i64) {
        for i in 0..count {
            let p = rtp(0, first.wrapping_add(i), u32::from(i) * 160, ssrc);
            self.datagram(f, ms + i64::from(i) * 20, &p);
        }
    }

    fn streams(mut self) -> Vec<StreamRecord> {
        self.tracker.finish();
        let mut all: Vec<_> = std::iter::from_fn(|| self.tracker.poll_stream()).collect();
        all.sort_by_key(|s| s.no);
        all
    }
}

fn formats(rows: &[(u8, &str, u32)]) -> Arc<FormatMap> {
    Arc::new(
        rows.iter()
            .map(|(pt, codec, hz)| Format {
                payload_type: PayloadType::new(*pt).unwrap(),
                codec: Arc::from(*codec),
                clock: ClockRate::new(*hz),
                channels: Some(1),
                fmtp: None,
            })
            .collect(),
    )
}

fn rtp(pt: u8, seq: u16, ts: u32, ssrc: u32) -> Vec<u8> {
    let mut v = vec![0x80, pt];
    v.extend(seq.to_be_bytes());
    v.extend(ts.to_be_bytes());
    v.extend(ssrc.to_be_bytes());
    v.extend([0xff; 160]);
    v
}

fn bound(s: &StreamRecord) -> (Option<u32>, Option<Party>, Option<BindMethod>) {
    (s.call.map(CallNo::get), s.from, s.bind_method)
}
