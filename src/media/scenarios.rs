//! The tracker's behaviour, a sentence a test. Packets are written here octet by octet, not by the
//! parser under test.

use super::*;
use crate::rtp::{Format, FormatMap};
use crate::types::{
    CallNo, CaptureTime, ClockRate, Delta, Endpoint, Flow, FrameNo, FrameRef, MessageId,
    PayloadType, Scope, SourceId, Ssrc,
};
use proptest::prelude::*;
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
            leg: 0,
            kind: MediaKind::Audio,
            media_index: 0,
            endpoint: ep(endpoint),
            rtcp: None,
            rtcp_mux: false,
            scope: Scope::NONE,
            formats: formats(&[(0, "PCMU", 8000), (101, "telephone-event", 8000)]),
            ptime_ms: None,
            encrypted: false,
            direction: MediaDirection::SendRecv,
            signalling_hosts: [ep(A).addr, ep(B).addr],
            message: MessageId::after(0),
            frame,
            time: at(ms),
            candidates: Vec::new(),
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

    fn events(&mut self) -> Vec<MediaEvent> {
        std::iter::from_fn(|| self.tracker.poll_event()).collect()
    }
}

fn formats(rows: &[(u8, &str, u32)]) -> Arc<FormatMap> {
    Arc::new(
        rows.iter()
            .map(|(pt, codec, hz)| Format {
                payload_type: PayloadType::new(*pt).unwrap(),
                codec: Arc::from(*codec),
                clock: ClockRate::new(*hz),
                channels: 1,
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

#[test]
fn a_call_with_both_ends_announced_has_a_stream_each_way() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 100);
    s.rtp(flow(A, B), 1, 100, 10, 200);
    s.rtp(flow(B, A), 2, 500, 10, 205);
    let heard = s.tracker.call_has_rtp(call(1), Party::Caller);
    let streams = s.streams();
    assert!(heard);
    assert_eq!(
        bound(&streams[0]),
        (Some(1), Some(Party::Caller), Some(BindMethod::BothEnds))
    );
    assert_eq!(
        bound(&streams[1]),
        (Some(1), Some(Party::Callee), Some(BindMethod::BothEnds))
    );
    assert_eq!(streams[0].setup, Setup::Sdp);
    // The receiver's description is frame 2, the callee's.
    assert_eq!(streams[0].setup_frame.unwrap().frame, FrameNo(2));
    assert_eq!(&*streams[0].payloads[0].codec.clone().unwrap(), "PCMU");
    assert_eq!(streams[0].figures.packets, 10);
}

#[test]
fn media_before_its_description_counts_from_its_first_packet() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    // Early media to a port the 200 will name; the caller's is known, so its source tells.
    s.rtp(flow(A, B), 1, 100, 3, 10);
    s.announce(1, Party::Callee, B, 100);
    s.rtp(flow(A, B), 1, 103, 3, 110);
    let streams = s.streams();
    assert_eq!(streams.len(), 1);
    assert_eq!(streams[0].figures.packets, 6);
    assert_eq!(
        bound(&streams[0]),
        (Some(1), Some(Party::Caller), Some(BindMethod::BothEnds))
    );
}

#[test]
fn three_unannounced_packets_are_kept_until_the_description_comes() {
    let mut s = Scenario::new();
    s.rtp(flow(A, B), 1, 100, 3, 10);
    assert_eq!(s.tracker.open_streams(), 0);
    s.announce(1, Party::Callee, B, 100);
    assert_eq!(s.tracker.open_streams(), 1);
    assert_eq!(s.tracker.counters().rtp, 3);
    let streams = s.streams();
    assert_eq!(
        (streams[0].figures.packets, streams[0].first_frame.frame),
        (3, FrameNo(1))
    );
    assert_eq!(streams[0].setup, Setup::Sdp);
}

#[test]
fn five_packets_prove_a_stream_and_four_do_not() {
    for (count, streams) in [(4, 0), (5, 1), (9, 1)] {
        let mut s = Scenario::new();
        s.rtp(flow(A, B), 1, 65534, count, 0);
        let counters = s.tracker.counters();
        let found = s.streams();
        assert_eq!(found.len(), streams, "{count}");
        assert_eq!(counters.rtp + counters.other, u64::from(count));
        if let Some(f) = found.first() {
            assert_eq!(f.figures.packets, u64::from(count));
            assert_eq!((f.setup, f.call, f.kind), (Setup::Heuristic, None, None));
        }
    }
}

#[test]
fn a_copy_and_a_straggler_in_probation_are_forgiven_and_counted() {
    let mut s = Scenario::new();
    for (ms, seq) in [
        (0, 10),
        (20, 11),
        (21, 11),
        (40, 13),
        (41, 12),
        (60, 14),
        (80, 15),
    ] {
        s.datagram(flow(A, B), ms, &rtp(0, seq, u32::from(seq) * 160, 7));
    }
    let f = &s.streams()[0].figures;
    assert_eq!(
        (f.packets, f.expected, f.lost, f.duplicates, f.out_of_order),
        (7, 6, 0, 1, 1)
    );
}

#[test]
fn one_key_press_alone_is_media_although_its_timestamp_stands_still() {
    let mut s = Scenario::new();
    // Key 1 for 140 ms: 8 packets whose duration grows by 160 ticks, the last sent three times.
    for (i, seq) in [
        7984u16, 7985, 7986, 7987, 7988, 7989, 7990, 7991, 7991, 7991,
    ]
    .into_iter()
    .enumerate()
    {
        let mut p = rtp(101, seq, 13280, 7);
        let duration = (seq - 7983) * 160;
        p.truncate(12);
        p.extend([1, if seq == 7991 { 0x80 } else { 0 }]);
        p.extend(duration.to_be_bytes());
        s.datagram(flow(A, B), i as i64 * 20, &p);
    }
    let streams = s.streams();
    assert_eq!(streams.len(), 1);
    let f = &streams[0].figures;
    assert_eq!((f.packets, f.expected, f.lost, f.duplicates), (10, 8, 0, 2));
}

#[test]
fn name_service_never_looks_like_media() {
    let mut s = Scenario::new();
    for i in 0..50u8 {
        // A resolver that counts its ids upwards from 0x8000, on one socket.
        let query = [
            0x80, i, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, b'a', 0, 0, 1, 0, 1,
        ];
        s.datagram(
            flow("192.0.2.1:40000", "192.0.2.2:53"),
            i64::from(i),
            &query,
        );
        s.datagram(
            flow("192.0.2.1:40000", "192.0.2.2:5300"),
            i64::from(i),
            &query,
        );
    }
    assert!(s.streams().is_empty());
}

#[test]
fn two_packets_of_many_flows_never_become_streams() {
    let mut s = Scenario::new();
    for port in 1000..9000u16 {
        let f = flow(&format!("192.0.2.1:{port}"), B);
        s.rtp(f, u32::from(port), 1, 2, i64::from(port));
    }
    assert_eq!(s.tracker.open_streams(), 0);
    assert!(s.streams().is_empty());
}

#[test]
fn one_callee_port_for_many_calls_with_one_ssrc_keeps_them_apart() {
    let mut s = Scenario::new();
    for n in 1..=3u32 {
        s.announce(n, Party::Caller, &format!("192.0.2.11:{}", 6000 + 2 * n), 0);
        s.announce(n, Party::Callee, B, 10);
    }
    for n in 1..=3u32 {
        let caller = format!("192.0.2.11:{}", 6000 + 2 * n);
        s.rtp(flow(&caller, B), 0xdee0, 1, 6, 100);
        s.rtp(flow(B, &caller), 0xdee0, 1, 6, 101);
    }
    let got: Vec<_> = s
        .streams()
        .iter()
        .map(|r| (r.call.unwrap().get(), r.from))
        .collect();
    let (a, b) = (Some(Party::Caller), Some(Party::Callee));
    assert_eq!(got, [(1, a), (1, b), (2, a), (2, b), (3, a), (3, b)]);
}

#[test]
fn a_shared_port_whose_answer_is_not_seen_yet_goes_by_its_source() {
    let mut s = Scenario::new();
    for n in 1..=3u32 {
        s.announce(n, Party::Caller, &format!("192.0.2.11:{}", 6000 + 2 * n), 0);
    }
    s.announce(2, Party::Callee, B, 10);
    s.announce(3, Party::Callee, B, 10);
    s.rtp(flow("192.0.2.11:6002", B), 1, 1, 6, 20);
    s.announce(1, Party::Callee, B, 500);
    let r = &s.streams()[0];
    assert_eq!(
        bound(r),
        (Some(1), Some(Party::Caller), Some(BindMethod::BothEnds))
    );
}

#[test]
fn a_reused_address_belongs_to_the_newest_call() {
    let mut s = Scenario::new();
    for (n, start) in [(1, 0), (2, 20_000)] {
        s.announce(n, Party::Caller, A, start);
        s.announce(n, Party::Callee, B, start + 10);
        // The same SSRC and numbers: a recording played again.
        s.rtp(flow(A, B), 9, 100, 50, start + 100);
        s.tracker.end_call(call(n), at(start + 2000));
    }
    let streams = s.streams();
    assert_eq!(streams.len(), 2);
    assert_eq!(streams[0].call, Some(call(1)));
    assert_eq!(streams[1].call, Some(call(2)));
    assert_eq!(streams[1].figures.duplicates, 0);
}

#[test]
fn early_media_on_reused_ports_moves_to_the_call_that_answers() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 10);
    s.tracker.end_call(call(1), at(1000));
    s.announce(2, Party::Caller, A, 5000);
    s.rtp(flow(B, A), 4, 1, 5, 6000);
    s.announce(2, Party::Callee, B, 7000);
    s.rtp(flow(B, A), 4, 6, 5, 7100);
    let streams = s.streams();
    assert_eq!(streams.len(), 1);
    assert_eq!(streams[0].call, Some(call(2)));
}

#[test]
fn a_private_address_behind_a_nat_is_found_by_its_port() {
    let mut s = Scenario::new();
    s.announce_with(1, Party::Caller, "10.0.0.5:4000", 0, |a| {
        a.signalling_hosts = [ep("198.51.100.7:1").addr, ep(B).addr];
    });
    s.rtp(flow(B, "198.51.100.7:4000"), 1, 1, 6, 100);
    let r = &s.streams()[0];
    assert_eq!(
        bound(r),
        (Some(1), Some(Party::Callee), Some(BindMethod::NatPort))
    );
    assert!(r.nat_rewritten);
    assert_eq!(r.setup, Setup::Symmetric);
}

#[test]
fn a_relay_has_a_leg_each_side() {
    let (relay_a, relay_b) = ("192.0.2.10:30022", "192.0.2.10:30000");
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce_with(1, Party::Caller, relay_b, 5, |a| a.leg = 1);
    s.announce_with(1, Party::Callee, B, 100, |a| a.leg = 1);
    s.announce(1, Party::Callee, relay_a, 105);
    s.rtp(flow(A, relay_a), 1, 1, 5, 200);
    s.rtp(flow(relay_b, B), 1, 1, 5, 201);
    let got: Vec<_> = s
        .streams()
        .iter()
        .map(|r| (r.leg.unwrap(), r.from.unwrap(), r.bind_method.unwrap()))
        .collect();
    assert_eq!(
        got,
        [
            (0, Party::Caller, BindMethod::BothEnds),
            (1, Party::Caller, BindMethod::BothEnds)
        ]
    );
}

#[test]
fn an_unannounced_stream_between_a_calls_hosts_is_bound_by_time() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 100);
    let f = flow("192.0.2.11:40000", "203.0.113.9:41000");
    s.rtp(f, 1, 1, 6, 200);
    let r = &s.streams()[0];
    assert_eq!(
        bound(r),
        (Some(1), Some(Party::Caller), Some(BindMethod::Timing))
    );
}

#[test]
fn the_other_direction_of_a_bound_flow_is_bound_with_it() {
    let mut s = Scenario::new();
    s.announce_with(1, Party::Callee, "198.51.100.1:7000", 0, |a| {
        a.ssrcs = vec![Ssrc(77)];
        a.signalling_hosts = [ep("198.51.100.1:1").addr, ep("198.51.100.2:1").addr];
    });
    let f = flow("203.0.113.1:5000", "203.0.113.2:6000");
    s.rtp(f.reversed(), 88, 1, 6, 90);
    s.rtp(f, 77, 1, 6, 100);
    let got: Vec<_> = s.streams().iter().map(bound).collect();
    assert_eq!(
        got,
        [
            (Some(1), Some(Party::Caller), Some(BindMethod::ReverseFlow)),
            (Some(1), Some(Party::Callee), Some(BindMethod::Ssrc))
        ]
    );
}

#[test]
fn a_new_source_on_a_flow_continues_the_old_one() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 100, 10, 100);
    s.rtp(flow(A, B), 2, 900, 10, 300);
    let streams = s.streams();
    assert_eq!(streams[0].continues, None);
    assert_eq!(streams[1].continues, Some(streams[0].no));
}

#[test]
fn two_sources_at_once_on_one_flow_do_not_continue_each_other() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    for i in 0..200u16 {
        let ms = i64::from(i) * 20;
        s.datagram(flow(A, B), ms, &rtp(0, i, u32::from(i) * 160, 1));
        if i > 10 {
            s.datagram(flow(A, B), ms + 1, &rtp(0, i, u32::from(i) * 160, 2));
        }
    }
    let streams = s.streams();
    assert_eq!(streams.len(), 2);
    assert_eq!(streams[1].continues, None);
}

#[test]
fn numbers_follow_the_first_packet_even_through_probation() {
    let mut s = Scenario::new();
    let unannounced = flow("203.0.113.1:5000", "203.0.113.2:6000");
    s.rtp(unannounced, 1, 1, 1, 0);
    s.announce(1, Party::Callee, B, 1);
    s.rtp(flow(A, B), 2, 1, 5, 2);
    for i in 1..8u16 {
        let p = rtp(0, 1 + i, u32::from(i) * 160, 1);
        s.datagram(unannounced, 100 + i64::from(i) * 20, &p);
    }
    let ssrcs: Vec<_> = s.streams().iter().map(|r| (r.no.get(), r.ssrc.0)).collect();
    assert_eq!(ssrcs, [(1, 1), (2, 2)]);
}

#[test]
fn an_idle_stream_of_an_ended_call_closes_after_a_minute() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 2, 1, 5, 0);
    s.tracker.end_call(call(1), at(200));
    s.tracker.handle_time(at(50_000));
    assert!(s.tracker.poll_stream().is_none());
    s.tracker.handle_time(at(70_000));
    assert_eq!(s.tracker.poll_stream().unwrap().no.get(), 1);
    assert_eq!(s.tracker.open_streams(), 0);
}

#[test]
fn rtcp_on_the_next_port_reaches_its_streams() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 0x11, 1, 5, 0);
    s.rtp(flow(B, A), 0x22, 1, 5, 0);
    let (a, b) = ("192.0.2.11:10001", "192.0.2.12:20001");
    let mut sr = vec![0x80, 200, 0, 6, 0, 0, 0, 0x11];
    sr.extend(0x0000_aaaa_bbbb_0000u64.to_be_bytes());
    sr.extend([0; 12]);
    assert_eq!(s.datagram(flow(a, b), 1000, &sr), Class::Rtcp);
    let mut rr = vec![0x81, 201, 0, 7, 0, 0, 0, 0x22, 0, 0, 0, 0x11];
    for word in [0x0000_0002u32, 5, 16, 0xaaaa_bbbb, 65_536] {
        rr.extend(word.to_be_bytes());
    }
    assert_eq!(s.datagram(flow(b, a), 2040, &rr), Class::Rtcp);
    let streams = s.streams();
    let r = streams[0].rtcp.as_ref().unwrap();
    assert_eq!((r.sender_reports, r.receiver_reports), (1, 1));
    assert_eq!(
        (r.reported_lost, r.reported_jitter_ms),
        (Some(2), Some(2.0))
    );
    // 2040 - 1000 - 1000 ms
    assert_eq!(r.round_trip_ms, Some(40.0));
    assert_eq!(streams[1].rtcp, None);
}

#[test]
fn a_refused_packet_counts_on_its_stream_or_its_endpoint() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    let frame = s.next_frame();
    assert!(s.tracker.handle_icmp(flow("192.0.2.11:9", B), at(1), frame));
    assert!(
        !s.tracker
            .handle_icmp(flow(A, "203.0.113.1:9"), at(1), frame)
    );
    s.rtp(flow(A, B), 1, 1, 5, 10);
    for _ in 0..3 {
        assert!(s.tracker.handle_icmp(flow(A, B), at(20), frame));
    }
    let told = s.events();
    let unreachable = |e: &&MediaEvent| matches!(e, MediaEvent::Unreachable { .. });
    assert_eq!(told.iter().filter(unreachable).count(), 2);
    assert_eq!(s.streams()[0].icmp_unreachable, 3);
}

#[test]
fn a_key_press_is_told_at_once_with_its_call() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 1, 3, 0);
    let mut event = rtp(101, 4, 1000, 1);
    event.truncate(12);
    event.extend([7, 0x80, 0x03, 0x20]);
    s.datagram(flow(A, B), 60, &event);
    let told = s.events();
    assert!(told.iter().any(|e| matches!(e,
        MediaEvent::Dtmf { call: Some(_), from: Some(Party::Caller), event, .. }
            if event.digit == "7" && event.duration_ms == Some(100.0))));
    assert_eq!(s.streams()[0].dtmf.len(), 1);
}

#[test]
fn a_reinvite_that_renames_a_payload_type_is_heard() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 1, 5, 0);
    s.announce_with(1, Party::Callee, B, 1000, |a| {
        a.formats = formats(&[(0, "PCMU", 8000), (97, "iLBC", 8000)]);
    });
    for i in 0..9u16 {
        s.datagram(
            flow(A, B),
            1100 + i64::from(i) * 20,
            &rtp(97, 6 + i, u32::from(i) * 160, 1),
        );
    }
    let r = &s.streams()[0];
    let codecs: Vec<_> = r
        .payloads
        .iter()
        .map(|p| p.codec.clone().unwrap())
        .collect();
    assert_eq!(
        codecs.iter().map(|c| &**c).collect::<Vec<_>>(),
        ["PCMU", "iLBC"]
    );
    assert_eq!(r.figures.quality.mos, None);
}

#[test]
fn rtp_within_a_turn_channel_is_rtp() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    let relay = "198.51.100.3:3478";
    for i in 0..5u16 {
        let inner = rtp(0, i, u32::from(i) * 160, 3);
        let mut outer = vec![0x40, 0];
        outer.extend((inner.len() as u16).to_be_bytes());
        outer.extend(&inner);
        let class = s.datagram(flow(relay, A), i64::from(i) * 20, &outer);
        assert_eq!(class, Class::Rtp);
    }
    assert_eq!(s.streams()[0].figures.packets, 5);
}

#[test]
fn a_full_stream_table_is_told_and_not_silent() {
    let limits = Limits {
        streams: 2,
        ..Limits::default()
    };
    let mut s = Scenario::with(limits);
    s.announce(1, Party::Callee, B, 0);
    for ssrc in 1..=4 {
        s.rtp(flow(A, B), ssrc, 1, 5, 0);
    }
    assert!(s.tracker.limits_reached().any());
    assert_eq!(s.tracker.limits_reached().stream_packets_refused, 10);
    assert_eq!(s.streams().len(), 2);
}

#[test]
fn what_a_call_announced_is_forgotten_half_a_minute_after_it() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.tracker.end_call(call(1), at(1000));
    s.tracker.handle_time(at(40_000));
    s.rtp(flow(A, B), 1, 1, 5, 41_000);
    assert_eq!(s.streams()[0].call, None);
}

#[test]
fn encrypted_media_keeps_its_loss_and_says_so_in_its_quality() {
    let mut s = Scenario::new();
    s.announce_with(1, Party::Callee, B, 0, |a| a.encrypted = true);
    s.rtp(flow(A, B), 1, 1, 5, 0);
    s.rtp(flow(A, B), 1, 7, 5, 120);
    let r = &s.streams()[0];
    assert!(r.encrypted);
    assert_eq!(r.figures.lost, 1);
    assert!(
        r.figures
            .quality
            .reason
            .as_ref()
            .unwrap()
            .contains("encrypted")
    );
}

proptest! {
    #[test]
    fn no_order_of_any_operations_panics(
        ops in proptest::collection::vec((0u8..8, any::<u16>(), proptest::collection::vec(any::<u8>(), 0..80)), 1..120)
    ) {
        let limits = Limits { streams: 3, candidates: 4, announcements: 3, events: 4, ..Limits::default() };
        let mut s = Scenario::with(limits);
        let ends = [A, B, "192.0.2.11:10001", "192.0.2.12:20001"];
        let mut ms = 0i64;
        for (op, n, bytes) in ops {
            ms += i64::from(n % 500) - 20;
            let f = flow(ends[usize::from(n % 4)], ends[usize::from(n / 4 % 4)]);
            match op {
                0 => s.announce(u32::from(n % 3) + 1, Party::Caller, ends[usize::from(n % 4)], ms),
                1 => s.announce(u32::from(n % 3) + 1, Party::Callee, ends[usize::from(n / 4 % 4)], ms),
                2 => s.tracker.end_call(call(u32::from(n % 3) + 1), at(ms)),
                3 => s.tracker.handle_time(at(ms * 100)),
                4 => { s.datagram(f, ms, &bytes); }
                5 => { s.tracker.handle_icmp(f, at(ms), FrameRef::default()); }
                6 => s.rtp(f, u32::from(n % 5), n, n % 7, ms),
                _ => {
                    let mut rtcp = vec![0x81, 200 + (n % 8) as u8, 0, (bytes.len() / 4) as u8];
                    rtcp.extend(&bytes);
                    s.datagram(f, ms, &rtcp);
                }
            }
        }
        s.tracker.handle_time(at(ms) + Delta::from_secs(1_000_000));
        let streams = s.streams();
        let mut numbers: Vec<u32> = streams.iter().map(|r| r.no.get()).collect();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), streams.len());
        for r in streams {
            prop_assert!(r.figures.unique <= r.figures.expected);
        }
    }
}

// An open stream; what it shares or seldom has (formats, RTCP, keys) comes on top.
const _: () = assert!(super::stream::Stream::SIZE <= 816);
