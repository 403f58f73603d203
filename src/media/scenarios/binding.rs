//! Which call a stream belongs to.

use super::*;

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
fn a_relay_has_a_hop_each_side() {
    let (relay_a, relay_b) = ("192.0.2.10:30022", "192.0.2.10:30000");
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce_with(1, Party::Caller, relay_b, 5, |a| a.hop = 1);
    s.announce_with(1, Party::Callee, B, 100, |a| a.hop = 1);
    s.announce(1, Party::Callee, relay_a, 105);
    s.rtp(flow(A, relay_a), 1, 1, 5, 200);
    s.rtp(flow(relay_b, B), 1, 1, 5, 201);
    let got: Vec<_> = s
        .streams()
        .iter()
        .map(|r| (r.hop.unwrap(), r.from.unwrap(), r.bind_method.unwrap()))
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
fn an_unannounced_stream_between_a_calls_hosts_is_bound_by_time_and_to_no_party() {
    let mut s = Scenario::new();
    s.announce(1, Party::Caller, A, 0);
    s.announce(1, Party::Callee, B, 100);
    let f = flow("192.0.2.11:40000", "203.0.113.9:41000");
    s.rtp(f, 1, 1, 6, 200);
    let r = &s.streams()[0];
    assert_eq!(bound(r), (Some(1), None, Some(BindMethod::Timing)));
    assert_eq!((r.kind, r.hop, r.media_index), (None, None, None));
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
