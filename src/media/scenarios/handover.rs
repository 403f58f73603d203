//! Ports that the next call takes over, and senders that go on elsewhere.

use super::*;

/// Call 1 between A and B, 50 packets each way from 0 ms on, over at 1100 ms.
fn first_call() -> Scenario {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, -200);
    s.announce(1, Party::Callee, B, -100);
    both_ways(&mut s, 1, 50, 0);
    s.tracker.end_call(call(1), at(1100));
    s
}

fn both_ways(s: &mut Scenario, first: u16, count: u16, ms: i64) {
    s.rtp(flow(A, B), 7, first, count, ms);
    s.rtp(flow(B, A), 8, first, count, ms);
}

fn announce(s: &mut Scenario, n: u32, ms: i64) {
    s.announce(n, Party::Caller, A, ms);
    s.announce(n, Party::Callee, B, ms + 100);
}

/// The call, packets and lost of each stream.
fn told(s: Scenario) -> Vec<(Option<u32>, u64, u64)> {
    let streams = s.streams();
    let row = |r: &StreamRecord| (r.call.map(CallNo::get), r.figures.packets, r.figures.lost);
    streams.iter().map(row).collect()
}

#[test]
fn the_next_call_on_the_same_ports_has_streams_of_its_own_though_ssrc_and_sequence_go_on() {
    for first in [51, 200, 2100, 40_000] {
        let mut s = first_call();
        announce(&mut s, 2, 1500);
        both_ways(&mut s, first, 40, 1700);
        let rows = told(s);
        let want = [
            (Some(1), 50, 0),
            (Some(1), 50, 0),
            (Some(2), 40, 0),
            (Some(2), 40, 0),
        ];
        assert_eq!(rows, want, "from {first}");
    }
}

#[test]
fn the_tail_of_the_old_call_runs_out_in_its_own_stream() {
    let mut s = first_call();
    s.announce(2, Party::Caller, A, 1010);
    s.rtp(flow(B, A), 8, 51, 10, 1000);
    s.announce(2, Party::Callee, B, 1195);
    // Under way when the answer was sent.
    s.rtp(flow(B, A), 8, 61, 2, 1200);
    s.rtp(flow(B, A), 9, 1, 40, 1300);
    let rows = told(s);
    assert_eq!(rows, [(Some(1), 50, 0), (Some(1), 62, 0), (Some(2), 40, 0)]);
}

#[test]
fn only_one_side_that_takes_its_port_again_cuts_no_tail() {
    let mut s = first_call();
    s.announce(2, Party::Caller, A, 1150);
    s.announce(2, Party::Callee, "192.0.2.13:30000", 1180);
    s.rtp(flow(B, A), 8, 51, 10, 1300);
    assert_eq!(told(s), [(Some(1), 50, 0), (Some(1), 60, 0)]);
}

#[test]
fn a_reinvite_of_the_same_call_is_no_new_stream() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    both_ways(&mut s, 1, 50, 0);
    announce(&mut s, 1, 3900);
    both_ways(&mut s, 51, 50, 4000);
    assert_eq!(told(s), [(Some(1), 100, 0), (Some(1), 100, 0)]);
}

#[test]
fn two_legs_that_share_their_ports_share_their_streams() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -300);
    announce(&mut s, 2, -250);
    both_ways(&mut s, 1, 50, 0);
    s.tracker.end_call(call(1), at(1005));
    both_ways(&mut s, 51, 3, 1010);
    s.tracker.end_call(call(2), at(1100));
    assert_eq!(s.streams().len(), 2);
}

#[test]
fn a_call_whose_end_was_not_captured_ends_where_the_next_is_announced_in_the_silence() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    both_ways(&mut s, 1, 50, 0);
    announce(&mut s, 2, 9000);
    both_ways(&mut s, 51, 40, 9200);
    let want = [
        (Some(1), 50, 0),
        (Some(1), 50, 0),
        (Some(2), 40, 0),
        (Some(2), 40, 0),
    ];
    assert_eq!(told(s), want);
}

#[test]
fn while_the_host_plays_music_from_another_source_nothing_is_lost() {
    for music_again in [false, true] {
        let mut s = Scenario::new();
        announce(&mut s, 1, -200);
        s.rtp(flow(A, B), 7, 1, 50, 0);
        s.rtp(flow(A, B), 9, 1, 100, 1000);
        s.rtp(flow(A, B), 7, 151, 50, 3000);
        if music_again {
            s.rtp(flow(A, B), 9, 101, 100, 4000);
            s.rtp(flow(A, B), 7, 301, 50, 6000);
        }
        let streams = s.streams();
        assert_eq!((streams.len(), streams[0].figures.lost), (2, 0));
    }
}

#[test]
fn two_sources_that_speak_all_along_excuse_no_loss() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    for i in 0..200u16 {
        let ms = i64::from(i) * 20;
        if !(50..150).contains(&i) {
            s.datagram(flow(A, B), ms, &rtp(0, i, u32::from(i) * 160, 7));
        }
        s.datagram(flow(A, B), ms + 1, &rtp(0, i, u32::from(i) * 160, 9));
    }
    assert_eq!(s.streams()[0].figures.lost, 100);
}

#[test]
fn a_source_that_paused_long_before_and_speaks_since_excuses_no_loss() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    for i in 0..300u16 {
        let ms = i64::from(i) * 20;
        if !(150..250).contains(&i) {
            s.datagram(flow(A, B), ms, &rtp(0, i, u32::from(i) * 160, 7));
        }
        // Silent from 0.4 to 1.6 s.
        if !(20..80).contains(&i) {
            s.datagram(flow(A, B), ms + 1, &rtp(0, i, u32::from(i) * 160, 9));
        }
    }
    let lost: Vec<u64> = s.streams().iter().map(|r| r.figures.lost).collect();
    assert_eq!(lost, [100, 60]);
}

#[test]
fn an_outage_of_more_than_a_minute_is_lost_packets_and_no_new_range() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    let mut packet = |i: u32, offset: u16| {
        let p = rtp(0, (i as u16).wrapping_add(offset), i * 160, 7);
        s.datagram(flow(A, B), i64::from(i) * 20, &p);
    };
    (0..100).for_each(|i| packet(i, 65_000));
    // 75 s: 3750 packets.
    (3850..3950).for_each(|i| packet(i, 65_000));
    let r = &s.streams()[0];
    assert_eq!((r.figures.lost, r.figures.sequence_restarts), (3750, 0));
    assert_eq!(r.figures.max_lost_burst, 3750);
    // A sender that begins anew lost nothing.
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    s.rtp(flow(A, B), 7, 1, 50, 0);
    s.rtp(flow(A, B), 7, 9000, 50, 76_000);
    let r = &s.streams()[0];
    assert_eq!((r.figures.lost, r.figures.sequence_restarts), (0, 1));
}

#[test]
fn two_codecs_are_rated_apart_each_by_its_own_loss() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    for i in 0..400u16 {
        let pt = if i < 200 { 0 } else { 8 };
        if i < 200 || i % 10 != 5 {
            let p = rtp(pt, i, u32::from(i) * 160, 7);
            s.datagram(flow(A, B), i64::from(i) * 20, &p);
        }
    }
    let r = &s.streams()[0];
    assert_eq!(r.figures.quality.mos, None);
    let mos: Vec<f64> = r.payloads.iter().map(|p| p.rating.unwrap().mos).collect();
    assert!((mos[0] - 4.41).abs() < 0.005 && mos[1] < 3.7, "{mos:?}");
    let reason = r.figures.quality.reason.as_deref().unwrap();
    assert!(
        reason.starts_with(
            "2 codecs in one stream, each rated by itself: PCMU MOS 4.41 (200 packets)"
        ),
        "{reason}"
    );
}

#[test]
fn one_packet_is_not_rated() {
    let mut s = Scenario::new();
    announce(&mut s, 1, -200);
    s.rtp(flow(A, B), 7, 1, 1, 0);
    let r = &s.streams()[0];
    assert_eq!(r.figures.quality.mos, None);
    assert_eq!(
        r.figures.quality.reason.as_deref(),
        Some("one packet is not rated")
    );
}

/// The packets of source 7 again, as a picture takes them, with the frames they had.
fn lost_in_trace(record: &StreamRecord, packets: &[(u64, u16)]) -> (u64, u32) {
    use crate::media::trace::{Span, Trace};
    let span = Span {
        begin: record.first_time,
        end: record.last_time,
        columns: 100,
    };
    let mut trace = Trace::new(record, span, at(0), Delta::from_secs(1));
    for (frame, seq) in packets {
        let payload = rtp(0, *seq, u32::from(*seq) * 160, 7);
        let len = payload.len() as u32;
        let packet = MediaPacket {
            flow: record.flow,
            time: at(i64::from(*seq) * 20),
            frame: FrameRef {
                source: SourceId(0),
                frame: FrameNo(*frame),
            },
            payload: &payload,
            wire_payload_len: len,
            ip_bytes: len + 28,
            link_bytes: 14,
            stack: Default::default(),
            ttl: 64,
        };
        let header = crate::rtp::RtpHeader::parse(&payload, len).unwrap();
        trace.handle_packet(&packet, header);
    }
    (trace.lost_in_all(), trace.lost.iter().sum())
}

#[test]
fn a_picture_knows_what_was_never_sent_and_what_an_outage_swallowed() {
    // Source 9 speaks instead of 7 from 1 to 3 s; an outage of 75 s, told by the clock.
    for (resumes, elsewhere, lost) in [(150u16, true, 0), (3850, false, 3750)] {
        let mut s = Scenario::new();
        announce(&mut s, 1, -200);
        let mut packets = Vec::new();
        let first = if elsewhere { 0..50 } else { 0..100 };
        for seq in first.chain(resumes..resumes + 50) {
            if elsewhere && seq == resumes {
                s.rtp(flow(A, B), 9, 1, 100, 1000);
            }
            let ms = i64::from(seq) * 20;
            s.datagram(flow(A, B), ms, &rtp(0, seq, u32::from(seq) * 160, 7));
            packets.push((s.frame, seq));
        }
        let streams = s.streams();
        let record = streams.iter().find(|r| r.ssrc == Ssrc(7)).unwrap();
        assert_eq!(record.figures.lost, lost);
        let drawn = lost_in_trace(record, &packets);
        assert_eq!(drawn, (lost, lost as u32), "{elsewhere}");
    }
}
