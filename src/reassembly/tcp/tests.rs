//! Scenarios as rows of text: sender, flags (`S`, `F`, `R` or `-`), sequence number, acknowledgment or `-`,
//! capture time in ms, payload. `A` is the lower endpoint. Results: `A:bytes`, `A~n` a gap of n, `A.reason` an end,
//! `A*bytes` bytes of a direction whose beginning is missing.

use super::*;
use crate::decode::testing as packet;
use crate::decode::{Decoded, decode};
use crate::types::{FrameNo, SourceId};
use proptest::prelude::*;

const A_PORT: u16 = 5060;
const B_PORT: u16 = 5061;

#[derive(Clone, Debug)]
struct Row {
    from_a: bool,
    flags: u8,
    seq: u32,
    ack: Option<u32>,
    time_ms: i64,
    payload: Vec<u8>,
    /// Bytes the capture kept of the payload.
    kept: usize,
}

fn row(text: &str) -> Row {
    let fields: Vec<&str> = text.split_whitespace().collect();
    let flag = |name: char, bit: u8| if fields[1].contains(name) { bit } else { 0 };
    let payload = fields
        .get(5)
        .map_or(Vec::new(), |text| text.as_bytes().to_vec());
    Row {
        from_a: fields[0] == "A",
        flags: flag('S', 2) | flag('F', 1) | flag('R', 4),
        seq: fields[2].parse().unwrap(),
        ack: fields[3].parse().ok(),
        time_ms: fields[4].parse().unwrap(),
        kept: payload.len(),
        payload,
    }
}

fn feed(streams: &mut TcpStreams, row: &Row, frame: u64, log: &mut Vec<String>) {
    let (src, dst) = if row.from_a {
        (A_PORT, B_PORT)
    } else {
        (B_PORT, A_PORT)
    };
    let flags = row.flags | if row.ack.is_some() { 16 } else { 0 };
    let tcp = packet::tcp(src, dst, row.seq, row.ack.unwrap_or(0), flags, &row.payload);
    let data = packet::ipv4_with(packet::A, packet::A, 1, 0, 6, &tcp);
    let kept = data.len() - row.payload.len() + row.kept;
    let captured = packet::cut_packet(101, &data[..kept], data.len());
    let Decoded::Tcp(segment) = decode(&captured) else {
        panic!("no segment")
    };
    let frame = FrameRef {
        source: SourceId(0),
        frame: FrameNo(frame),
    };
    let time = CaptureTime::from_nanos(row.time_ms * 1_000_000);
    streams.handle_segment(&segment, frame, time, &mut |event| note(log, event));
}

fn note(log: &mut Vec<String>, event: StreamEvent<'_>) {
    let end = |flow: Flow| if flow.src.port == A_PORT { "A" } else { "B" };
    log.push(match event {
        StreamEvent::Data {
            flow,
            bytes,
            mid_stream,
            ..
        } => format!(
            "{}{}{}",
            end(flow),
            if mid_stream { "*" } else { ":" },
            String::from_utf8_lossy(bytes)
        ),
        StreamEvent::Gap { flow, missing } => format!("{}~{missing}", end(flow)),
        StreamEvent::End { flow, reason } => format!("{}.{}", end(flow), reason.name()),
    });
}

fn run_with(limits: TcpLimits, rows: &[&str]) -> (String, TcpCounters) {
    let mut streams = TcpStreams::new(limits);
    let mut log = Vec::new();
    for (at, text) in rows.iter().enumerate() {
        feed(&mut streams, &row(text), at as u64 + 1, &mut log);
    }
    (log.join(" "), streams.counters())
}

fn run(rows: &[&str]) -> String {
    run_with(TcpLimits::default(), rows).0
}

#[test]
fn bytes_in_order_pass_and_a_fin_ends_each_direction() {
    let rows = [
        "A S 99 - 0",
        "B S 299 100 1",
        "A - 100 300 2 abc",
        "B - 300 103 3 xy",
        "A - 103 302 4 def",
        "A F 106 302 5",
        "B F 302 107 6 z",
        "A - 107 304 7",
    ];
    assert_eq!(run(&rows), "A:abc B:xy A:def A.fin B:z B.fin");
}

#[test]
fn a_capture_that_begins_in_the_middle_says_so() {
    assert_eq!(
        run(&["A - 100 300 0 abc", "A - 103 300 1 def"]),
        "A*abc A*def"
    );
    // A captured SYN-ACK is enough to know both beginnings.
    assert_eq!(
        run(&["B S 299 100 0", "A - 100 300 1 abc", "B - 300 103 2 x"]),
        "A:abc B:x"
    );
    // The SYN captured behind the first bytes.
    assert_eq!(
        run(&["A - 100 300 0 abc", "A S 99 - 1", "A - 103 300 2 d"]),
        "A*abc A:d"
    );
}

#[test]
fn segments_out_of_order_wait_for_the_missing_one() {
    let rows = [
        "A S 99 - 0",
        "A - 106 1 1 ghi",
        "A - 103 1 2 def",
        "A - 100 1 3 abc",
    ];
    assert_eq!(run(&rows), "A:abc A:def A:ghi");
}

#[test]
fn sequence_numbers_wrap() {
    let rows = [
        "A S 4294967293 - 0",
        "A - 1 1 1 ef",
        "A - 4294967294 1 2 abc",
        "A - 3 1 3 g",
    ];
    // 4294967294 + 3 = 2^32 + 1
    assert_eq!(run(&rows), "A:abc A:ef A:g");
}

#[test]
fn retransmitted_bytes_come_once_and_the_first_copy_wins() {
    let (log, counters) = run_with(
        TcpLimits::default(),
        &[
            "A S 99 - 0",
            "A - 100 1 1 abc",
            "A - 100 1 2 abc",
            "A - 100 1 3 abX",
            "A - 101 1 4 bcde",
        ],
    );
    assert_eq!(log, "A:abc A:de");
    assert_eq!((counters.retransmissions, counters.conflicts), (2, 1));
}

#[test]
fn queued_bytes_win_over_later_copies() {
    let (log, counters) = run_with(
        TcpLimits::default(),
        &["A S 99 - 0", "A - 103 1 1 def", "A - 100 1 2 abcXYZg"],
    );
    assert_eq!(log, "A:abc A:def A:g");
    assert_eq!(counters.conflicts, 1);
}

#[test]
fn a_keep_alive_probe_is_no_data() {
    let rows = [
        "A S 99 - 0",
        "A - 100 1 1 abc",
        "A - 102 1 2 Z",
        "A - 103 1 3 d",
    ];
    let (log, counters) = run_with(TcpLimits::default(), &rows);
    assert_eq!(log, "A:abc A:d");
    assert_eq!((counters.keep_alives, counters.conflicts), (1, 0));
}

#[test]
fn an_acknowledged_hole_is_missing_from_the_capture() {
    let rows = [
        "A S 99 - 0",
        "A - 105 1 1 fgh",
        "B - 300 105 2", // up to the hole's end only: enough, the bytes before were received
        "A - 108 1 3 i",
    ];
    assert_eq!(run(&rows), "A~5 A:fgh A:i");
    let rows = [
        "A S 99 - 0",
        "A - 105 1 1 fgh",
        "B - 300 102 2",
        "A - 100 1 3 abcde",
    ];
    assert_eq!(run(&rows), "A:abcde A:fgh");
}

#[test]
fn a_hole_is_given_up_after_three_seconds() {
    let rows = ["A S 99 - 0", "A - 103 1 1000 def", "A - 106 1 4001 g"];
    assert_eq!(run(&rows), "A~3 A:def A:g");
    let mut streams = TcpStreams::new(TcpLimits::default());
    let mut log = Vec::new();
    feed(&mut streams, &row("A - 100 1 0 abc"), 1, &mut log);
    feed(&mut streams, &row("A - 104 1 0 efg"), 2, &mut log);
    let at = |ms: i64| CaptureTime::from_nanos(ms * 1_000_000);
    streams.expire(at(2999), &mut |event| note(&mut log, event));
    assert_eq!(log, ["A*abc"]);
    streams.expire(at(3200), &mut |event| note(&mut log, event));
    assert_eq!(log, ["A*abc", "A~1", "A*efg"]);
    assert_eq!(streams.held(), (1, 0));
}

#[test]
fn a_hole_with_too_much_behind_it_is_given_up() {
    let limits = TcpLimits {
        queued_per_direction: 140,
        ..TcpLimits::default()
    };
    // Each piece counts 64 and its bytes: the third is one too many.
    let rows = [
        "A S 99 - 0",
        "A - 102 1 1 c",
        "A - 104 1 2 e",
        "A - 106 1 3 g",
    ];
    let (log, counters) = run_with(limits, &rows);
    assert_eq!(log, "A~2 A:c A~1 A:e");
    assert_eq!((counters.queue_overflows, counters.gap_bytes), (1, 3));
}

#[test]
fn the_total_of_all_queues_is_bounded() {
    let limits = TcpLimits {
        queued_total: 100,
        ..TcpLimits::default()
    };
    let rows = ["A S 99 - 0", "A - 102 1 1 c", "A - 104 1 2 e"];
    assert_eq!(run_with(limits, &rows).0, "A~2 A:c A~1 A:e");
}

#[test]
fn bytes_in_a_syn_are_delivered() {
    let rows = ["A S 99 - 0 abc", "B S 299 103 1", "A - 103 300 2 def"];
    assert_eq!(run(&rows), "A:abc A:def");
}

#[test]
fn a_new_connection_on_the_same_ports_starts_again() {
    let rows = [
        "A S 99 - 0",
        "A - 100 1 1 abc",
        "A - 105 1 2 fgh",
        "A S 99 - 3", // the same SYN again changes nothing
        "A S 5000 - 4",
        "A - 5001 1 5 new",
    ];
    assert_eq!(run(&rows), "A:abc A~2 A:fgh A.port_reused A:new");
    // After a regular end nothing more has to be said.
    let rows = [
        "A S 99 - 0",
        "A F 100 1 1 ab",
        "B F 300 103 2",
        "A S 70 - 3",
        "A - 71 1 4 new",
    ];
    assert_eq!(run(&rows), "A:ab A.fin B.fin A:new");
}

#[test]
fn copies_after_the_end_are_not_a_new_stream() {
    let rows = [
        "A S 99 - 0",
        "A F 100 1 1 ab",
        "B F 300 103 2",
        "A F 100 1 3 ab",
    ];
    assert_eq!(run(&rows), "A:ab A.fin B.fin");
    let rows = ["A - 100 1 0 ab", "B R 300 - 1", "A - 102 1 2 cd"];
    assert_eq!(run(&rows), "A*ab A.reset B.reset");
}

#[test]
fn a_reset_outside_the_window_is_not_believed() {
    let rows = [
        "A S 99 - 0",
        "A - 100 1 1 abc",
        "A R 90000000 - 2",
        "A - 103 1 3 d",
    ];
    assert_eq!(run(&rows), "A:abc A:d");
    // A closed socket answers late data with the number that data acknowledges.
    let rows = [
        "A S 99 - 0",
        "A - 100 1 1 abcdef",
        "B - 300 102 2 x",
        "A R 102 - 3",
    ];
    assert_eq!(run(&rows), "A:abcdef B*x A.reset B.reset");
    // Refused: the server answers the SYN with a reset.
    assert_eq!(run(&["A S 99 - 0", "B R 0 100 1"]), "A.reset B.reset");
}

#[test]
fn a_fin_waits_for_the_bytes_before_it() {
    let rows = ["A S 99 - 0", "A F 103 1 1 de", "A - 100 1 2 abc"];
    assert_eq!(run(&rows), "A:abc A:de A.fin");
    let rows = ["A S 99 - 0", "A F 103 1 1", "B - 1 104 2"];
    assert_eq!(run(&rows), "A~3 A.fin");
}

#[test]
fn a_jump_beyond_any_window_is_another_connection() {
    let rows = [
        "A - 100 1 0 abc",
        "A - 90000000 1 1 new",
        "A - 90000003 1 2 x",
    ];
    assert_eq!(run(&rows), "A*abc A.port_reused A*new A*x");
}

#[test]
fn what_a_snap_length_cut_off_is_a_gap() {
    let mut streams = TcpStreams::new(TcpLimits::default());
    let mut log = Vec::new();
    let mut cut = row("A - 100 1 0 abcdef");
    cut.kept = 2;
    feed(&mut streams, &cut, 1, &mut log);
    feed(&mut streams, &row("A - 106 1 1 ghi"), 2, &mut log);
    assert_eq!(log, ["A*ab", "A~4", "A*ghi"]);
}

#[test]
fn an_ignored_connection_is_silent_until_its_ports_are_used_again() {
    let mut streams = TcpStreams::new(TcpLimits::default());
    let mut log = Vec::new();
    for text in ["A S 99 - 0", "B S 299 100 1", "A - 105 1 2 fgh"] {
        feed(&mut streams, &row(text), 1, &mut log);
    }
    let key = streams.table.keys().next().copied().unwrap();
    streams.ignore(key);
    assert_eq!((streams.is_ignored(key), streams.held()), (true, (1, 0)));
    for text in ["A - 100 1 3 abcde", "B - 300 1 4 x", "A S 99 - 5"] {
        feed(&mut streams, &row(text), 1, &mut log);
    }
    assert!(log.is_empty(), "{log:?}");
    for text in ["A S 7000 - 6", "A - 7001 1 7 new"] {
        feed(&mut streams, &row(text), 1, &mut log);
    }
    assert_eq!(log, ["A:new"]);
}

#[test]
fn finishing_delivers_what_waits_and_ends_all() {
    let mut streams = TcpStreams::new(TcpLimits::default());
    let mut log = Vec::new();
    for text in ["A - 100 1 0 abc", "A - 105 1 0 fg", "B - 300 1 0 x"] {
        feed(&mut streams, &row(text), 1, &mut log);
    }
    streams.finish(&mut |event| note(&mut log, event));
    let text = log.join(" ");
    assert_eq!(text, "A*abc B*x A~2 A*fg A.capture_end B.capture_end");
}

#[test]
fn a_full_table_drops_the_longest_silent() {
    let limits = TcpLimits {
        flows: 8,
        ..TcpLimits::default()
    };
    let mut streams = TcpStreams::new(limits);
    let mut ended = Vec::new();
    for port in 1..=9u16 {
        let tcp = packet::tcp(port, 5060, 100, 0, 0, b"x");
        let data = packet::ipv4(6, &tcp);
        let Decoded::Tcp(segment) = decode(&packet::packet(101, &data)) else {
            panic!("no segment")
        };
        let time = CaptureTime::from_nanos(i64::from(port));
        streams.handle_segment(&segment, FrameRef::default(), time, &mut |event| {
            if let StreamEvent::End {
                flow,
                reason: EndReason::Evicted,
            } = event
            {
                ended.push(flow.src.port);
            }
        });
    }
    assert_eq!(ended, [1]);
    assert_eq!((streams.held().0, streams.counters().evicted), (8, 1));
}

/// A stream cut into segments: lengths, then an order with bounded disorder and copies.
fn cut_and_shuffled() -> impl Strategy<Value = (Vec<u8>, u32, Vec<(usize, usize)>)> {
    let stream = prop::collection::vec(any::<u8>(), 1..400);
    (
        stream,
        any::<u32>(),
        prop::collection::vec(1usize..40, 1..60),
        any::<u64>(),
    )
        .prop_map(|(bytes, isn, lengths, seed)| {
            let mut parts = Vec::new();
            let mut at = 0;
            let mut lengths = lengths.iter().cycle();
            while at < bytes.len() {
                let len = (*lengths.next().unwrap()).min(bytes.len() - at);
                parts.push((at, len));
                at += len;
            }
            // Copies, some with neighbouring bytes, then swaps; a fixed generator keeps cases reproducible.
            let mut state = seed | 1;
            let mut next = |below: usize| {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                usize::try_from(state >> 33).unwrap() % below
            };
            for _ in 0..parts.len() / 2 {
                let (at, len) = parts[next(parts.len())];
                let from = at.saturating_sub(next(20));
                let to = (at + len + next(20)).min(bytes.len());
                let place = next(parts.len() + 1);
                parts.insert(place, (from, to - from));
            }
            for _ in 0..parts.len() {
                let one = next(parts.len());
                let other = (one + next(8)).min(parts.len() - 1);
                parts.swap(one, other);
            }
            (bytes, isn, parts)
        })
}

proptest! {
    #[test]
    fn no_sequence_of_segments_panics_or_outgrows_the_limits(
        rows in prop::collection::vec(
            (any::<bool>(), 0u8..32, prop_oneof![0u32..300, any::<u32>()],
             prop_oneof![0u32..300, any::<u32>()], 0usize..50, 0usize..50, 0i64..10_000),
            1..80,
        )
    ) {
        let limits = TcpLimits {
            queued_per_direction: 500, queued_total: 700, ..TcpLimits::default()
        };
        let mut streams = TcpStreams::new(limits);
        let mut log = Vec::new();
        for (from_a, flags, seq, ack, len, kept, time_ms) in rows {
            let row = Row {
                from_a,
                flags: flags & 7,
                seq,
                ack: (flags & 16 != 0).then_some(ack),
                time_ms,
                payload: vec![flags; len],
                kept: kept.min(len),
            };
            feed(&mut streams, &row, 1, &mut log);
            prop_assert!(streams.held().1 <= 700 + 50 + 64);
        }
        streams.finish(&mut |event| note(&mut log, event));
        prop_assert_eq!(streams.held(), (0, 0));
    }

    #[test]
    fn any_cut_order_and_copies_give_the_same_bytes(
        (bytes, isn, parts) in cut_and_shuffled()
    ) {
        let mut streams = TcpStreams::new(TcpLimits::default());
        let mut got = Vec::new();
        let mut gaps = 0;
        let syn = packet::ipv4(6, &packet::tcp(1, 2, isn, 0, packet::SYN, b""));
        let mut all = vec![syn];
        for (at, len) in parts {
            let seq = isn.wrapping_add(1).wrapping_add(u32::try_from(at).unwrap());
            all.push(packet::ipv4(6, &packet::tcp(1, 2, seq, 0, 0, &bytes[at..at + len])));
        }
        for data in &all {
            let Decoded::Tcp(segment) = decode(&packet::packet(101, data)) else {
                panic!("no segment")
            };
            streams.handle_segment(&segment, FrameRef::default(), CaptureTime::default(), &mut |event| {
                match event {
                    StreamEvent::Data { bytes, .. } => got.extend_from_slice(bytes),
                    StreamEvent::Gap { .. } => gaps += 1,
                    StreamEvent::End { .. } => {}
                }
            });
        }
        prop_assert_eq!(gaps, 0);
        prop_assert_eq!(got, bytes);
        prop_assert_eq!(streams.held().1, 0);
        prop_assert_eq!(streams.counters().conflicts, 0);
    }

    #[test]
    fn lost_segments_leave_gaps_of_their_size(
        (bytes, isn, parts) in cut_and_shuffled(), lost in any::<prop::sample::Index>()
    ) {
        let mut streams = TcpStreams::new(TcpLimits::default());
        let mut total = 0u64;
        let mut count = |event: StreamEvent<'_>| match event {
            StreamEvent::Data { bytes, .. } => total += bytes.len() as u64,
            StreamEvent::Gap { missing, .. } => total += missing,
            StreamEvent::End { .. } => {}
        };
        let lost = lost.index(parts.len());
        let mut reach = 0;
        let syn = packet::ipv4(6, &packet::tcp(1, 2, isn, 0, packet::SYN, b""));
        let mut all = vec![syn];
        for (number, (at, len)) in parts.iter().enumerate() {
            if number != lost {
                reach = reach.max(at + len);
                let seq = isn.wrapping_add(1).wrapping_add(u32::try_from(*at).unwrap());
                all.push(packet::ipv4(6, &packet::tcp(1, 2, seq, 0, 0, &bytes[*at..at + len])));
            }
        }
        for data in &all {
            let Decoded::Tcp(segment) = decode(&packet::packet(101, data)) else {
                panic!("no segment")
            };
            streams.handle_segment(&segment, FrameRef::default(), CaptureTime::default(), &mut count);
        }
        streams.finish(&mut count);
        prop_assert_eq!(total, reach as u64);
    }
}
