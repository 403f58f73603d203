//! Hostile load: what anyone can send must not fill memory or stop the clock, and where a limit is
//! reached the report says so.
//!
//! The first half runs small floods against small limits. The second half, ignored by default, runs
//! millions of packets against the real limits, and every text command on floods of two sizes, and
//! prints rows for docs/robustness.md: `make hostile`; `PACKETS=10000000` in the environment sets
//! another number of packets.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test, and modules of its own"
)]

#[path = "hostile/attacks.rs"]
mod attacks;
#[path = "hostile/floods.rs"]
mod floods;
#[path = "hostile/kinds.rs"]
mod kinds;
#[path = "hostile/load.rs"]
mod load;
#[path = "hostile/measure.rs"]
mod measure;
#[path = "hostile/memory.rs"]
mod memory;
#[path = "hostile/program.rs"]
mod program;
#[path = "hostile/text.rs"]
mod text;

use load::{let_go, limits, report, report_within};
use measure::Measured;
use sipflow::pipeline::{Options, Pipeline};
use sipflow::report::KeepLimits;
use sipflow::source::{CaptureFile, SourceError};
use sipflow::types::{Packet, SourceId};

type Attack = fn(u64, &mut dyn FnMut(&Packet<'_>));

/// An attack whose records are let go, alone.
fn alone(name: &'static str, most_mib: u64, default: u64, attack: Attack) {
    alone_with(name, most_mib, default, |n, count| {
        let (summary, sink) = let_go(Options::default(), |send| {
            attack(n, &mut |p| {
                send(p);
                count();
            });
        });
        let reached = summary.limits_reached;
        println!(
            "  {} messages, {} records, {reached:?}",
            sink.messages, sink.records
        );
    });
}

/// Runs in a process of its own, so that the peak of memory is its own.
fn alone_with(
    name: &'static str,
    most_mib: u64,
    default: u64,
    run: impl FnOnce(u64, &mut dyn FnMut()),
) {
    if std::env::var_os("ALONE").is_none() {
        let me = std::env::current_exe().expect("a test binary");
        let child = std::process::Command::new(me)
            .args(["--ignored", "--exact", "--nocapture", name])
            .env("ALONE", "1")
            .output()
            .expect("runs again");
        let said = String::from_utf8_lossy(&child.stdout);
        said.lines()
            .filter(|l| l.starts_with('|'))
            .for_each(|l| println!("{l}"));
        let why = String::from_utf8_lossy(&child.stderr);
        assert!(child.status.success(), "{name}: {said}\n{why}");
        return;
    }
    let asked = std::env::var("PACKETS").ok().and_then(|n| n.parse().ok());
    let n: u64 = asked.unwrap_or(default);
    let mut measured = Measured::begin(name, n);
    run(n, &mut || measured.count());
    measured.end(most_mib);
}

/// A gzip stream of `head` and then zeros, `mib` MiB of them.
fn bomb(head: &[u8], mib: usize) -> Vec<u8> {
    use std::io::Write;
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gz.write_all(head).expect("memory takes it");
    let zeros = vec![0; 1 << 20];
    for _ in 0..mib {
        gz.write_all(&zeros).expect("memory takes it");
    }
    gz.finish().expect("memory takes it")
}

/// A classic capture's file header: microseconds, Ethernet.
const PCAP_HEADER: [u8; 24] = [
    0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0,
];

fn open_bomb(bytes: Vec<u8>) -> Result<CaptureFile, SourceError> {
    CaptureFile::from_reader(
        "bomb.gz",
        SourceId(0),
        Box::new(std::io::Cursor::new(bytes)),
    )
}

#[test]
fn a_bomb_of_zeros_is_no_capture() {
    // 64 MiB in 64 KiB.
    let bytes = bomb(&[], 64);
    assert!(bytes.len() < 100 << 10);
    let refused = open_bomb(bytes).expect_err("zeros are no capture");
    assert!(refused.to_string().contains("bomb.gz"), "{refused}");
}

#[test]
fn a_bomb_behind_a_capture_header_is_empty_packets() {
    let mut file = open_bomb(bomb(&PCAP_HEADER, 4)).expect("a capture");
    let (summary, sink) = let_go(Options::default(), |send| {
        while file.advance() {
            send(&file.packet());
        }
    });
    // A record of zeros is 16 octets: no time, nothing captured.
    assert_eq!(summary.counters.packets, (4 << 20) / 16);
    assert_eq!(sink.messages + sink.records, 0);
    let undecoded: u64 = summary.counters.undecoded.values().sum();
    assert_eq!(undecoded, summary.counters.packets);
}

/// Limits a small flood reaches.
fn small() -> Options {
    let mut options = Options::default();
    let l = &mut options.limits;
    l.call.open_call_ids = 20;
    l.call.messages_per_call_id = 50;
    l.call.transactions_per_call_id = 30;
    l.media.streams = 20;
    l.media.announcements = 10;
    l.media.streams_per_flow = 10;
    l.media.sources_per_announcement = 10;
    l.fragments.datagrams = 20;
    l.tcp.flows = 20;
    l.tcp.queued_per_direction = 100_000;
    l.framing_bytes = 1_000_000;
    options
}

fn reached(n: u64, attack: Attack) -> Vec<String> {
    limits(&report(small(), |send| attack(n, send)))
}

#[test]
fn every_limit_that_is_reached_is_a_finding() {
    let cases: [(&str, u64, Attack); 14] = [
        ("open Call-IDs", 100, attacks::call_ids),
        ("announced media", 100, attacks::half_open_invites),
        ("announced RTP sources", 2, attacks::announced_sources),
        ("length of a Call-ID, tag or branch", 2, attacks::long_names),
        (
            "messages listed of one Call-ID",
            100,
            attacks::one_endless_call,
        ),
        (
            "transactions or dialogs of one Call-ID",
            100,
            attacks::one_endless_call,
        ),
        ("fragmented datagrams", 100, attacks::fragments),
        ("TCP connections", 100, attacks::syns),
        ("TCP bytes behind a hole", 200, attacks::behind_a_hole),
        ("a SIP message on TCP", 100, attacks::endless_headers),
        (
            "unfinished SIP messages on TCP",
            1800,
            attacks::unfinished_messages,
        ),
        ("RTP streams", 100, attacks::sources_on_one_flow),
        ("RTP streams", 600, attacks::proven_streams),
        ("announced media", 2000, attacks::one_address_announced),
    ];
    for (limit, n, attack) in cases {
        let found = reached(n, attack);
        assert!(found.iter().any(|f| f == limit), "{limit}: {found:?}");
    }
}

#[test]
fn calls_whose_end_was_not_seen_do_not_fill_the_table_of_announcements() {
    // 30 calls 90 s apart, each given up after ten minutes of silence (and its endpoint 30 s
    // later): about eight are known at once, and there is room for twelve.
    let mut options = small();
    options.limits.media.announcements = 12;
    let found = limits(&report(options, |send| {
        attacks::slow_half_open_invites(30, send);
    }));
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_flood_of_lone_packets_makes_no_stream() {
    let report = report(small(), |send| attacks::lone_rtp_packets(10_000, send));
    assert!(report.streams.is_empty());
}

#[test]
fn text_of_a_flood_takes_linear_time_and_that_of_one_call_stays_readable() {
    text::every_renderer_is_linear(300);
}

macro_rules! texts {
    ($($name:ident: $packets:literal;)+) => {$(
        #[test]
        #[ignore = "hundreds of thousands of packets; see the head of this file"]
        fn $name() {
            text::every_command_is_linear(&stringify!($name)["text_of_".len()..], $packets);
        }
    )+

        #[test]
        fn every_flood_is_drawn_in_the_long_run() {
            let run = [$(stringify!($name)),+];
            for (flood, ..) in text::FLOODS {
                assert!(run.contains(&&*format!("text_of_{flood}")), "{flood}");
            }
        }
    };
}

texts! {
    text_of_hosts: 25_000;
    text_of_servers: 25_000;
    text_of_long_names_of_hosts: 25_000;
    text_of_streams: 25_000;
    text_of_forks: 25_000;
    text_of_statuses_and_products: 25_000;
    text_of_repeats: 25_000;
    text_of_offers_and_pracks: 25_000;
    text_of_events: 25_000;
    text_of_digits: 25_000;
    text_of_lines_of_one_message: 100_000;
    text_of_words_without_end: 250_000;
    text_of_calls_and_registrations: 25_000;
    text_of_calls_without_their_streams: 50_000;
}

#[test]
fn what_a_report_does_not_keep_is_counted_and_named() {
    // Room for about 100 messages, 60 calls, 60 transactions and dialogs: 1000 are sent.
    let limits = KeepLimits {
        messages: 10_000,
        records: 60_000,
        transactions: 30_000,
    };
    let attack = |send: &mut dyn FnMut(&Packet<'_>)| attacks::call_ids(1000, send);
    let report = report_within(limits, Options::default(), attack);
    assert_eq!(report.counters.sip_messages, 1000);
    let kept = [
        ("calls", report.calls.len()),
        ("transactions", report.transactions.len()),
        ("dialogs", report.dialogs.len()),
    ];
    let said = |kind: &str| {
        let what = format!("{kind} kept for the report");
        let named = report.findings.iter().find(|f| f.title.ends_with(&what));
        let detail = &named.unwrap_or_else(|| panic!("{what}")).detail;
        let number = detail.split(' ').next().unwrap_or_default();
        number.parse::<usize>().expect("a count")
    };
    for (kind, n) in kept {
        assert!((10..200).contains(&n), "{kind}: {n}");
        assert_eq!(n + said(kind), 1000, "{kind}");
    }
    // 88 bytes each, and 64 for the flow of each.
    assert!((900..1000).contains(&said("messages")));
}

#[test]
fn open_calls_are_bounded_by_the_room_they_take() {
    let mut options = Options::default();
    options.limits.call.open_bytes = 100_000;
    let mut pipeline = Pipeline::new(options);
    let mut sink = load::LetGo::default();
    let mut most = (0, 0);
    attacks::half_open_invites(2000, &mut |p| {
        pipeline.handle_packet(p, &mut sink);
        most.0 = most.0.max(pipeline.open_call_ids());
        most.1 = most.1.max(pipeline.open_bytes());
    });
    assert!((20..100).contains(&most.0), "{most:?}");
    assert!((90_000..=100_000).contains(&most.1), "{most:?}");
    let summary = pipeline.finish(&mut sink);
    assert!(summary.limits_reached.call_ids_closed_early > 1800);
    // A call, a transaction and a dialog of each.
    assert_eq!(sink.records, 3 * 2000);
}

/// Time a message takes where `open` transactions of its Call-ID are open, in nanoseconds of CPU.
fn ns_with_open(open: u64) -> u64 {
    const MESSAGES: u64 = 20_000;
    let mut options = Options::default();
    options.limits.call.transactions_per_call_id = 10_000;
    let mut pipeline = Pipeline::new(options);
    let mut sink = load::LetGo::default();
    let began = std::cell::Cell::new(std::time::Duration::ZERO);
    let mut sent = 0;
    attacks::answers_out_of_many(open, MESSAGES, &mut |p| {
        if sent == open {
            began.set(measure::cpu_time());
        }
        sent += 1;
        pipeline.handle_packet(p, &mut sink);
    });
    assert_eq!(sink.records, 0, "all are open");
    let spent = measure::cpu_time().saturating_sub(began.get());
    spent.as_nanos() as u64 / MESSAGES
}

#[test]
fn a_transaction_is_found_in_constant_time() {
    // Twice the time, and 2 µs for the clock's steps of 10 ms: a scan of 4096 takes 100 µs and more.
    let (one, many) = (ns_with_open(1), ns_with_open(4096));
    assert!(
        many < 2 * one + 2000,
        "{one} ns with 1 open, {many} ns with 4096"
    );
}

/// CPU time of packets of a flood from the `skip`th on, in nanoseconds each.
fn ns_a_packet(skip: u64, flood: impl Fn(&mut dyn FnMut(&Packet<'_>))) -> u64 {
    let mut pipeline = Pipeline::new(Options::default());
    let mut sink = load::LetGo::default();
    let (mut sent, mut began) = (0, std::time::Duration::ZERO);
    flood(&mut |p| {
        if sent == skip {
            began = measure::cpu_time();
        }
        sent += 1;
        pipeline.handle_packet(p, &mut sink);
    });
    assert!(sent > skip, "{sent} packets");
    let spent = measure::cpu_time().saturating_sub(began);
    spent.as_nanos() as u64 / (sent - skip)
}

/// Twice the time, and 3 µs for the clock's steps of 10 ms.
fn is_constant(what: &str, [few, many]: [u64; 2]) {
    assert!(
        many < 2 * few + 3000,
        "{what}: {few} ns where few streams are open, {many} ns where many are"
    );
}

#[test]
fn a_stream_takes_the_same_time_however_many_share_its_end_or_its_source() {
    let to_one_end = |n: u64| ns_a_packet(0, |send| floods::streams(n, send));
    is_constant("one end", [6_000, 48_000].map(to_one_end));
    let of_one_source = |n: u64| ns_a_packet(0, |send| kinds::one_source(n, send));
    is_constant("one source", [3_000, 24_000].map(of_one_source));
}

#[test]
fn a_description_takes_the_same_time_however_many_streams_are_open() {
    for one_call in [false, true] {
        let after = |n: u64| {
            ns_a_packet(5 * n, |send| {
                attacks::descriptions_of_many(n, 300, one_call, send)
            })
        };
        let what = format!("one call: {one_call}");
        is_constant(&what, [500, 5_000].map(after));
    }
}

/// Calls and registrations at a steady rate: after each hour the open Call-IDs, their bytes, and MiB
/// resident. An answered call that nobody ends is followed for four hours: from then on all is steady.
fn hours_of_load(hours: u64) -> Vec<[u64; 3]> {
    let mut pipeline = Pipeline::new(Options::default());
    let mut sink = load::LetGo::default();
    let mut sizes = Vec::new();
    attacks::steady_load(hours, &mut |p| match p {
        Some(p) => pipeline.handle_packet(p, &mut sink),
        None => sizes.push([
            pipeline.open_call_ids() as u64,
            pipeline.open_bytes(),
            measure::memory("VmRSS") >> 10,
        ]),
    });
    assert!(sink.records > hours * 1000, "{} records", sink.records);
    sizes
}

#[test]
fn a_day_of_calls_and_registrations_ends_as_it_began() {
    let sizes = hours_of_load(24);
    let (then, last) = (sizes[7], sizes[23]);
    assert!(then[0] > 100 && then[1] > 100_000, "{then:?}");
    for (was, now) in then.iter().zip(&last).take(2) {
        assert!(now.abs_diff(*was) * 50 <= *was, "{then:?} {last:?}");
    }
    println!("{then:?} {last:?}");
}

#[test]
#[ignore = "a week of capture time; see the head of this file"]
fn a_week_of_calls_and_registrations_ends_as_it_began() {
    let sizes = hours_of_load(7 * 24);
    let (then, last) = (sizes[7], sizes[7 * 24 - 1]);
    println!("open Call-IDs, their bytes, MiB resident: {then:?} {last:?}");
    for (was, now) in then.iter().zip(&last).take(2) {
        assert!(now.abs_diff(*was) * 50 <= *was, "{then:?} {last:?}");
    }
    assert!(last[2] <= then[2] + 2, "{then:?} {last:?}");
}

macro_rules! heavy {
    ($($name:ident: $packets:literal, $mib:literal;)+) => {$(
        #[test]
        #[ignore = "millions of packets; see the head of this file"]
        fn $name() {
            alone(stringify!($name), $mib, $packets, attacks::$name);
        }
    )+};
}

heavy! {
    call_ids: 1_000_000, 160;
    half_open_invites: 1_000_000, 300;
    one_address_announced: 1_000_000, 300;
    announced_sources: 20_000, 500;
    long_names: 100_000, 100;
    one_endless_call: 1_000_000, 100;
    one_endless_registration: 1_000_000, 100;
    fragments: 1_000_000, 100;
    syns: 1_000_000, 100;
    behind_a_hole: 735_000, 100;
    crumbs_behind_holes: 1_000_000, 100;
    endless_headers: 46_000, 100;
    unfinished_messages: 1_000_000, 200;
    octet_by_octet: 1_000_000, 200;
    session_octet_by_octet: 1_000_000, 200;
    message_in_message_octet_by_octet: 1_000_000, 200;
    sources_on_one_flow: 1_000_000, 100;
    sources_between_crowded_ends: 1_000_000, 100;
    lone_rtp_packets: 1_000_000, 100;
    proven_streams: 3_840_000, 300;
}

/// Every command on captures of nearly 100 MB.
#[test]
#[ignore = "gigabytes of captures, one after the other; see the head of this file"]
fn memory_of_every_command() {
    memory::every_command_stays_within_its_bound();
}

/// The same kept for a report, and the report put together.
#[test]
#[ignore = "millions of packets; see the head of this file"]
fn reported_call_ids() {
    alone_with("reported_call_ids", 400, 1_000_000, |n, count| {
        let report = report(Options::default(), |send| {
            attacks::call_ids(n, &mut |p| {
                send(p);
                count();
            });
        });
        println!("  {} calls, {:?}", report.calls.len(), limits(&report));
    });
}

/// One gibibyte of zeros behind a capture's header, one mebibyte compressed.
#[test]
#[ignore = "millions of packets; see the head of this file"]
fn gzip_bomb() {
    alone_with("gzip_bomb", 100, 64 << 20, |n, count| {
        // Sixteen octets a packet.
        let mib = usize::try_from(n >> 16).expect("a count");
        let mut file = open_bomb(bomb(&PCAP_HEADER, mib)).expect("a capture");
        let (summary, _) = let_go(Options::default(), |send| {
            while file.advance() {
                send(&file.packet());
                count();
            }
        });
        println!("  {} packets", summary.counters.packets);
    });
}
