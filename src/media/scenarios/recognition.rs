//! What becomes a stream.

use super::*;

#[test]
fn a_call_with_both_ends_announced_has_a_stream_each_way() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 100);
    s.rtp(flow(A, B), 1, 100, 10, 200);
    s.rtp(flow(B, A), 2, 500, 10, 205);
    let streams = s.streams();
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
fn an_enciphered_padding_count_costs_no_packet_of_a_stream_in_probation() {
    let mut s = Scenario::new();
    for i in 0..8u16 {
        let mut p = rtp(96, 100 + i, u32::from(i) * 160, 1);
        // Packets 2 and 3 carry padding; the enciphered last octet says 255 of 160.
        if (2..4).contains(&i) {
            p[0] |= 0x20;
        }
        let class = s.datagram(flow(A, B), i64::from(i) * 20, &p);
        assert_ne!(class, Class::Other, "{i}");
    }
    let streams = s.streams();
    let f = &streams[0].figures;
    assert_eq!((f.packets, f.expected, f.lost), (8, 8, 0));
}

#[test]
fn packets_whose_padding_does_not_fit_prove_nothing() {
    let mut s = Scenario::new();
    for i in 0..60u16 {
        let mut p = rtp(96, 100 + i, u32::from(i) * 160, 1);
        // Only the first three are whole: not five.
        if i >= 3 {
            p[0] |= 0x20;
        }
        s.datagram(flow(A, B), i64::from(i) * 20, &p);
    }
    assert!(s.streams().is_empty());
}
