//! What happens to a stream until it is closed.

use super::*;

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
    assert_eq!(r.round_trip_ms(), Some(40.0));
    assert_eq!(streams[1].rtcp, None);
}

#[test]
fn a_refused_packet_counts_on_its_stream_or_its_endpoint() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    assert!(s.tracker.handle_icmp(flow("192.0.2.11:9", B)));
    assert!(!s.tracker.handle_icmp(flow(A, "203.0.113.1:9")));
    s.rtp(flow(A, B), 1, 1, 5, 10);
    for _ in 0..3 {
        assert!(s.tracker.handle_icmp(flow(A, B)));
    }
    assert_eq!(s.streams()[0].icmp_unreachable, 3);
}

#[test]
fn a_key_press_is_a_matter_of_its_stream_and_call() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    s.rtp(flow(A, B), 1, 1, 3, 0);
    let mut event = rtp(101, 4, 1000, 1);
    event.truncate(12);
    event.extend([7, 0x80, 0x03, 0x20]);
    s.datagram(flow(A, B), 60, &event);
    let streams = s.streams();
    let [key] = &streams[0].dtmf[..] else {
        panic!("one key")
    };
    assert_eq!((&*key.digit, key.duration_ms), ("7", Some(100.0)));
    assert_eq!(
        (streams[0].call, streams[0].from),
        (Some(call(1)), Some(Party::Caller))
    );
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

/// AMR-WB in frame type 2 (12.65 kbit/s), 253 bits. Octet-aligned: CMR 15, then F 0, type 0010, Q 1; else these bit by
/// bit from the fifth on.
fn amr_wb(fmtp: Option<&str>, begin: [u8; 2], octets: usize) -> StreamRecord {
    let mut s = Scenario::new();
    s.announce_with(1, Party::Callee, B, 0, |a| {
        let mut format = formats(&[(97, "AMR-WB", 16000)])
            .iter()
            .next()
            .unwrap()
            .clone();
        format.fmtp = fmtp.map(Arc::from);
        a.formats = Arc::new([format].into_iter().collect());
    });
    for i in 0..50u16 {
        let mut p = rtp(97, i, u32::from(i) * 320, 7);
        p.truncate(12);
        p.extend(begin);
        p.resize(12 + octets, 0x55);
        s.datagram(flow(A, B), i64::from(i) * 20, &p);
    }
    s.streams().remove(0)
}

#[test]
fn amr_is_rated_by_the_mode_its_payloads_name() {
    let aligned = amr_wb(Some("octet-align=1"), [0xf0, 0x14], 34);
    let packed = amr_wb(None, [0xf1, 0x40], 33);
    for r in [aligned, packed] {
        let q = &r.figures.quality;
        // Ie,wb 13: (129 - 13) / 1.29 gives 4.337.
        assert_eq!((q.ie, q.scale), (Some(13.0), Some(QualityScale::Wideband)));
        assert!((q.mos.unwrap() - 4.337).abs() < 0.001);
    }
    // Interleaved payloads begin with other fields, and 40 octets are the length of no mode.
    let unknown = amr_wb(Some("octet-align=1; interleaving=2"), [0xf0, 0x14], 40);
    assert_eq!(unknown.figures.quality.mos, None);
}

fn sender_report(ssrc: u32) -> Vec<u8> {
    let mut v = vec![0x80, 200, 0, 6];
    v.extend(ssrc.to_be_bytes());
    v.extend([0; 20]);
    v
}

#[test]
fn a_sender_report_before_the_first_packet_counts_for_the_stream() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 0);
    let rtcp = flow("192.0.2.11:10001", "192.0.2.12:20001");
    s.datagram(rtcp, 10, &sender_report(1));
    s.datagram(rtcp, 11, &sender_report(2)); // of a source that never speaks
    s.rtp(flow(A, B), 1, 1, 5, 20);
    s.datagram(rtcp, 130, &sender_report(1));
    let streams = s.streams();
    assert_eq!(streams[0].rtcp.as_ref().unwrap().sender_reports, 2);
}

#[test]
fn a_sender_report_of_a_call_long_ago_is_not_credited() {
    let mut s = Scenario::new();
    s.announce(1, Party::Callee, B, 0);
    let rtcp = flow("192.0.2.11:10001", "192.0.2.12:20001");
    s.datagram(rtcp, 10, &sender_report(1));
    s.rtp(flow(A, B), 1, 1, 5, 61_000);
    assert_eq!(s.streams()[0].rtcp, None);
}

#[test]
fn a_codec_written_in_small_letters_has_its_registered_name() {
    let mut s = Scenario::new();
    s.announce_with(1, Party::Callee, B, 0, |a| {
        a.formats = formats(&[(0, "pcmu", 8000)]);
    });
    s.rtp(flow(A, B), 1, 1, 5, 20);
    assert_eq!(s.streams()[0].payloads[0].codec.as_deref(), Some("PCMU"));
}
