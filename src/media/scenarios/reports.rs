//! RTCP beside the streams it speaks of, seen from the middle.

use super::*;
use crate::media::{FeedbackCounts, RtcpFigures};
use crate::rtp::rtcp::Flaw;

const A_RTCP: &str = "192.0.2.11:10001";
const B_RTCP: &str = "192.0.2.12:20001";

/// A packet of RTCP: count, type, and its words behind the header.
fn packet(count: u8, kind: u8, words: &[u32]) -> Vec<u8> {
    let mut v = vec![0x80 | count, kind];
    v.extend((words.len() as u16).to_be_bytes());
    v.extend(words.iter().flat_map(|w| w.to_be_bytes()));
    v
}

/// A sender report without blocks whose middle NTP time is `lsr`.
fn sr(ssrc: u32, lsr: u32, packets: u32) -> Vec<u8> {
    packet(0, 200, &[ssrc, lsr >> 16, lsr << 16, 0, packets, 0])
}

/// A receiver report by `by`: about, cumulative loss, highest number, jitter, LSR, DLSR.
fn rr(by: u32, block: [u32; 6]) -> Vec<u8> {
    let [about, lost, highest, jitter, lsr, dlsr] = block;
    let lost = lost | u32::from(lost > 0) << 24;
    packet(1, 201, &[by, about, lost, highest, jitter, lsr, dlsr])
}

/// Streams 0x11 from A and 0x22 from B, `count` packets each, from number 0 on.
fn talking(count: u16) -> Scenario {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, -200);
    s.announce(1, Party::Callee, B, -100);
    s.rtp(flow(A, B), 0x11, 0, count, 0);
    s.rtp(flow(B, A), 0x22, 0, count, 0);
    s
}

fn of_a(s: Scenario) -> RtcpFigures {
    *s.streams()[0].rtcp.clone().unwrap()
}

#[test]
fn both_halves_make_the_round_trip_of_the_two_ends() {
    let mut s = talking(5);
    let (a_b, b_a) = (flow(A_RTCP, B_RTCP), flow(B_RTCP, A_RTCP));
    s.datagram(a_b, 1000, &sr(0x11, 0xaaaa_0001, 5));
    // B held it for 1 s: 2040 - 1000 - 1000 = 40 ms.
    s.datagram(b_a, 2040, &rr(0x22, [0x11, 0, 4, 0, 0xaaaa_0001, 65_536]));
    s.datagram(b_a, 3000, &sr(0x22, 0xbbbb_0001, 5));
    // A held it for 0.5 s: 3510 - 3000 - 500 = 10 ms.
    s.datagram(a_b, 3510, &rr(0x11, [0x22, 0, 4, 0, 0xbbbb_0001, 32_768]));
    // Another of B's: 5020 - 4000 - 1000 = 20 ms.
    s.datagram(a_b, 4000, &sr(0x11, 0xaaaa_0002, 5));
    s.datagram(b_a, 5020, &rr(0x22, [0x11, 0, 4, 0, 0xaaaa_0002, 65_536]));
    let streams = s.streams();
    let [a, b] = [0, 1].map(|n: usize| streams[n].rtcp.as_deref().unwrap());
    assert_eq!(
        (a.round_trip_ms(), b.round_trip_ms()),
        (Some(20.0), Some(10.0))
    );
    assert_eq!(a.round_trip_to_sender_ms, Some(10.0));
    assert_eq!(b.round_trip_to_sender_ms, Some(20.0));
    // 40 + 10, then 20 + 10.
    for r in [a, b] {
        let total = r.round_trip_total.unwrap();
        assert_eq!((total.last, total.min, total.max), (30.0, 30.0, 50.0));
        assert_eq!((total.mean, total.count), (40.0, 2));
    }
}

#[test]
fn one_half_alone_is_no_round_trip_of_the_two_ends() {
    let mut s = talking(5);
    s.datagram(flow(A_RTCP, B_RTCP), 1000, &sr(0x11, 0xaaaa_0001, 5));
    let answer = rr(0x22, [0x11, 0, 4, 0, 0xaaaa_0001, 65_536]);
    s.datagram(flow(B_RTCP, A_RTCP), 2040, &answer);
    let r = of_a(s);
    assert_eq!((r.round_trip_ms(), r.round_trip_total), (Some(40.0), None));
}

#[test]
fn the_interval_that_lost_most_is_told_with_what_is_missing_here() {
    // Numbers 0 to 99, of which 60 did not come here. Reports up to 29, 79 and 99 count 0, 5 and 6 lost.
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, -200);
    s.announce(1, Party::Callee, B, -100);
    for (from, to, lost) in [(0u16, 30u16, 0u32), (30, 80, 5), (80, 100, 6)] {
        for n in (from..to).filter(|n| *n != 60) {
            let p = rtp(0, n, u32::from(n) * 160, 0x11);
            s.datagram(flow(A, B), i64::from(n) * 20, &p);
        }
        let report = rr(0x22, [0x11, lost, u32::from(to) - 1, 80, 0, 0]);
        s.datagram(flow(B_RTCP, A_RTCP), i64::from(to) * 20, &report);
    }
    let r = of_a(s);
    let worst = r.worst.unwrap();
    assert_eq!((worst.packets, worst.reported, worst.missing), (50, 5, 1));
    let sides = r.loss.unwrap();
    assert_eq!((sides.before, sides.after), (1, 5));
    // 80 ticks of 1/8000 s there, none here; the packet after the missing one is on time too.
    let jitter = r.jitter.unwrap();
    assert_eq!((jitter.reported_ms, jitter.here_ms), (10.0, 0.0));
    assert_eq!(jitter.reports, 3);
}

#[test]
fn what_the_sender_counts_is_set_beside_what_arrived() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, -100);
    s.rtp(flow(A, B), 0x11, 0, 50, 0);
    s.datagram(flow(A_RTCP, B_RTCP), 1000, &sr(0x11, 0x0001_0000, 52));
    s.rtp(flow(A, B), 0x11, 55, 45, 1100);
    s.datagram(flow(A_RTCP, B_RTCP), 2000, &sr(0x11, 0x0002_0000, 102));
    let both = of_a(s).sent_and_arrived.unwrap();
    assert_eq!((both.sent, both.arrived), (50, 45));
}

#[test]
fn feedback_counts_at_the_stream_that_it_or_its_contents_name() {
    let mut s = talking(5);
    let back = flow(B_RTCP, A_RTCP);
    // NACK of 3 and 5; PLI; FIR with the stream inside; REMB of 1 Mbit/s; transport-wide.
    s.datagram(back, 200, &packet(1, 205, &[0x22, 0x11, 0x0003_0002]));
    s.datagram(back, 210, &packet(1, 206, &[0x22, 0x11]));
    s.datagram(back, 220, &packet(4, 206, &[0x22, 0, 0x11, 0x0100_0000]));
    let remb = [0x22, 0, 0x5245_4d42, 0x010d_e848, 0x11];
    s.datagram(back, 230, &packet(15, 206, &remb));
    s.datagram(back, 240, &packet(15, 205, &[0x22, 0x11, 1, 0]));
    let r = of_a(s);
    let expected = FeedbackCounts {
        nacks: 1,
        nacked: 2,
        picture_loss: 1,
        full_intra: 1,
        max_rates: 1,
        max_rate_bps: Some(1_000_000),
        transport_wide: 1,
        other: 0,
    };
    assert_eq!(r.feedback, Some(expected));
    // Feedback alone is allowed (RFC 5506).
    assert_eq!(r.flaws, []);
}

#[test]
fn voip_metrics_reach_the_stream_they_are_about() {
    let mut s = talking(5);
    let mut xr = rr(0x22, [0x11, 0, 4, 0, 0, 0]);
    let block = [
        0x0700_0008,
        0x11,
        0x1000_0000,
        0,
        0x001e_0028,
        0x7f7f_7f10,
        0x5d7f_2c2a,
        0xc000_003c,
        0x0050_005a,
    ];
    let words: Vec<u32> = [0x22].into_iter().chain(block).collect();
    xr.extend(packet(0, 207, &words));
    s.datagram(flow(B_RTCP, A_RTCP), 300, &xr);
    let x = of_a(s).extended.unwrap();
    let v = x.voip.unwrap();
    assert_eq!((v.loss_percent, v.round_trip_ms), (6.25, Some(30)));
    assert_eq!(
        (v.r_factor, v.mos_lq, v.mos_cq),
        (Some(93), Some(4.4), Some(4.2))
    );
    assert_eq!(v.buffer_abs_max_ms, 90);
    assert_eq!((x.kinds().collect::<Vec<_>>(), x.voip_blocks), (vec![7], 1));
}

#[test]
fn srtcp_is_counted_and_never_read() {
    let mut s = talking(5);
    // A sender report that claims 0x5a5a5a5a packets, index 1 with E, a tag of 10 octets.
    let mut secret = packet(0, 200, &[0x11, 0, 0, 0, 0x5a5a_5a5a, 0]);
    secret.extend([0x80, 0, 0, 1]);
    secret.extend([0x5a; 10]);
    assert_eq!(s.datagram(flow(A_RTCP, B_RTCP), 300, &secret), Class::Rtcp);
    let r = of_a(s);
    assert_eq!((r.enciphered, r.sender_reports), (1, 1));
    assert_eq!((r.sender_packets, r.flaws.len()), (None, 0));
}

#[test]
fn a_datagram_that_breaks_a_rule_is_told_with_its_frame() {
    let mut s = talking(5);
    let mut broken = sr(0x11, 1, 5);
    broken.extend([1; 12]);
    s.datagram(flow(A_RTCP, B_RTCP), 300, &broken);
    s.datagram(flow(A_RTCP, B_RTCP), 400, &broken);
    let r = of_a(s);
    let [seen] = &r.flaws[..] else {
        panic!("one flaw: {:?}", r.flaws)
    };
    assert_eq!((seen.flaw, seen.count), (Flaw::Trailing, 2));
    // Two announcements and ten packets came before.
    assert_eq!(seen.frame.frame, FrameNo(13));
}

#[test]
fn a_report_that_two_files_hold_is_counted_once_and_timed_at_each() {
    let mut s = talking(5);
    let mut seen = |file: u16, f: Flow, ms: i64, payload: &[u8], is_copy: bool| {
        let mut frame = s.next_frame();
        frame.source = SourceId(file);
        s.tracker.note_source(frame.source, at(ms));
        let packet = MediaPacket {
            flow: f,
            time: at(ms),
            frame,
            payload,
            wire_payload_len: payload.len() as u32,
            ip_bytes: payload.len() as u32 + 28,
            link_bytes: 14,
            stack: Default::default(),
            ttl: 64,
        };
        match is_copy {
            true => s.tracker.handle_copy(&packet),
            false => drop(s.tracker.handle_datagram(&packet)),
        }
    };
    let (a_b, b_a) = (flow(A_RTCP, B_RTCP), flow(B_RTCP, A_RTCP));
    let report = sr(0x11, 0xaaaa_0001, 5);
    let answer = rr(0x22, [0x11, 0, 4, 0, 0xaaaa_0001, 65_536]);
    // File 1 is 10 ms nearer to B.
    seen(0, a_b, 1000, &report, false);
    seen(1, a_b, 1010, &report, true);
    seen(1, b_a, 2030, &answer, false);
    seen(0, b_a, 2040, &answer, true);
    let r = of_a(s);
    assert_eq!((r.sender_reports, r.receiver_reports), (1, 1));
    let trips = r.round_trip.unwrap();
    assert_eq!((trips.min, trips.max), (20.0, 40.0));
}

#[test]
fn a_receiver_that_sends_nothing_measures_its_half_by_reference_times() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, -200);
    s.announce(1, Party::Callee, B, -100);
    s.rtp(flow(A, B), 0x11, 0, 5, 0);
    let (a_b, b_a) = (flow(A_RTCP, B_RTCP), flow(B_RTCP, A_RTCP));
    // B's NTP time 0x0001_0007_0000_0000 has the middle 0x0007_0000.
    let asks = [0x22, 0x0400_0002, 0x0001_0007, 0];
    s.datagram(b_a, 1000, &packet(0, 207, &asks));
    // A held it for 0.25 s: 1262 - 1000 - 250 = 12 ms.
    let mut answer = sr(0x11, 0xaaaa_0001, 5);
    answer.extend(packet(
        0,
        207,
        &[0x11, 0x0500_0003, 0x22, 0x0007_0000, 16_384],
    ));
    s.datagram(a_b, 1262, &answer);
    // B answers that report at once: 30 ms.
    s.datagram(b_a, 1292, &rr(0x22, [0x11, 0, 4, 0, 0xaaaa_0001, 0]));
    let r = of_a(s);
    assert_eq!(r.round_trip_answered.unwrap().last, 12.0);
    assert_eq!(
        (r.round_trip_ms(), r.round_trip_to_sender_ms),
        (Some(30.0), Some(12.0))
    );
}

#[test]
fn pictures_are_set_beside_the_sound_of_the_same_name() {
    let mut s = Scenario::new();
    let (a_video, b_video) = ("192.0.2.11:10002", "192.0.2.12:20002");
    s.announce(1, Party::Callee, B, -100);
    s.announce_with(1, Party::Callee, b_video, -100, |a| {
        a.kind = MediaKind::Video;
        a.media_index = 1;
        a.formats = formats(&[(96, "H264", 90_000)]);
    });
    s.rtp(flow(A, B), 0x11, 0, 50, 0);
    // A picture every 100 ms, 40 ms behind the sound.
    for n in 0..10u16 {
        let p = rtp(96, n, u32::from(n) * 9000, 0x12);
        s.datagram(flow(a_video, b_video), i64::from(n) * 100 + 40, &p);
    }
    // Second 5 of the wall clock is timestamp 0 of both.
    let named = |ssrc: u32| {
        let mut v = packet(0, 200, &[ssrc, 5, 0, 0, 10, 0]);
        v.extend(packet(1, 202, &[ssrc, 0x0103_6140, 0x6200_0000]));
        v
    };
    s.datagram(flow(A_RTCP, B_RTCP), 1000, &named(0x11));
    let video_rtcp = flow("192.0.2.11:10003", "192.0.2.12:20003");
    s.datagram(video_rtcp, 1010, &named(0x12));
    let streams = s.streams();
    let sync = |n: usize| streams[n].rtcp.as_ref().unwrap().sync.clone();
    let pictures = sync(1).unwrap();
    assert_eq!((pictures.sound, pictures.later.count), (Ssrc(0x11), 1));
    assert!((pictures.later.last - 40.0).abs() < 1e-3);
    assert_eq!(sync(0), None);
}
