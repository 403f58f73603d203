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
#[path = "hostile/load.rs"]
mod load;
#[path = "hostile/measure.rs"]
mod measure;
#[path = "hostile/text.rs"]
mod text;

use load::{let_go, limits, report};
use measure::Measured;
use sipflow::pipeline::Options;
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
        (
            "length of a SIP message on TCP",
            100,
            attacks::endless_headers,
        ),
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
    text_of_streams: 12_500;
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
    call_ids: 1_000_000, 1200;
    half_open_invites: 1_000_000, 2000;
    one_address_announced: 1_000_000, 2000;
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

/// The same kept for a report, and the report put together.
#[test]
#[ignore = "millions of packets; see the head of this file"]
fn reported_call_ids() {
    alone_with("reported_call_ids", 5000, 1_000_000, |n, count| {
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
