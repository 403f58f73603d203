//! Hostile load: what anyone can send must not fill memory or stop the clock, and where a limit is
//! reached the report says so.
//!
//! The first half runs small floods against small limits. The second half, ignored by default, runs
//! millions of packets against the real limits and prints rows for docs/robustness.md:
//! `cargo test --release --test hostile -- --ignored --nocapture --test-threads=1`; `PACKETS=10000000`
//! in the environment sets another number of packets.

#[path = "hostile/attacks.rs"]
mod attacks;
#[path = "hostile/load.rs"]
mod load;
#[path = "hostile/measure.rs"]
mod measure;

use load::let_go;
use measure::Measured;
use sipflow::pipeline::Options;
use sipflow::types::Packet;

type Attack = fn(u64, &mut dyn FnMut(&Packet<'_>));

/// Runs alone, in a process of its own, so that the peak of memory is its own.
fn alone(name: &'static str, most_mib: u64, default: u64, attack: Attack) {
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
    let (summary, sink) = let_go(Options::default(), |send| {
        attack(n, &mut |p| {
            send(p);
            measured.count();
        });
    });
    println!(
        "  {} messages, {} records, {:?}",
        sink.messages, sink.records, summary.limits_reached
    );
    measured.end(most_mib);
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
    call_ids: 1_000_000, 1500;
    half_open_invites: 1_000_000, 1500;
    one_address_announced: 1_000_000, 1500;
    announced_sources: 20_000, 1500;
    long_names: 100_000, 1500;
    one_endless_call: 1_000_000, 1500;
    one_endless_registration: 1_000_000, 1500;
    fragments: 1_000_000, 200;
    syns: 1_000_000, 200;
    behind_a_hole: 735_000, 200;
    crumbs_behind_holes: 1_000_000, 200;
    endless_headers: 46_000, 200;
    unfinished_messages: 1_000_000, 1000;
    sources_on_one_flow: 1_000_000, 500;
    lone_rtp_packets: 1_000_000, 500;
    proven_streams: 1_000_000, 500;
}
