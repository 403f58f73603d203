//! Damaged captures: every capture of testdata/cases is cut, overwritten, shuffled and lied in, and
//! goes through reader, pipeline, report and renderers. Nothing panics; the work stays within ten
//! times that of the whole capture; the same damage gives the same report.
//!
//! Damage comes out of a seed. `MANGLE_ROUNDS=20` in the environment makes twenty times as much of
//! it, and `MANGLE_SEED` another; a failure names the case, the damage and the seed.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test, and modules of its own"
)]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;
#[path = "mangle/carriers.rs"]
mod carriers;
#[path = "mangle/damage.rs"]
mod damage;
#[path = "mangle/file.rs"]
mod file;
#[path = "mangle/random.rs"]
mod random;

use bodies::whole::{Analysed, analyse, check, stream_out};
use file::Parts;
use random::Random;
use sipflow::pipeline::Options;
use sipflow::report::model::Message;
use std::panic::AssertUnwindSafe;

/// Files up to this size are cut at every byte.
const CUT_EVERYWHERE: usize = 3000;
/// Records of a larger capture that are kept: some in a row.
const RECORDS: usize = 120;

struct Case {
    name: String,
    bytes: Vec<u8>,
}

fn cases() -> Vec<Case> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(root).expect("testdata/cases") {
        let folder = entry.expect("entry").path();
        for file in ["capture.pcap", "capture.pcapng"] {
            if let Ok(bytes) = std::fs::read(folder.join(file)) {
                let name = folder.file_name().expect("a name");
                cases.push(Case {
                    name: name.to_string_lossy().into_owned(),
                    bytes,
                });
            }
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    assert!(cases.len() > 50, "the cases are there");
    cases
}

fn number(variable: &str, otherwise: u64) -> u64 {
    let set = std::env::var(variable).ok();
    set.and_then(|n| n.parse().ok()).unwrap_or(otherwise)
}

/// How much a run may do: ten times what the whole capture took, and a little for small ones.
struct Bound {
    packets: u64,
    events: u64,
    written: usize,
}

impl Bound {
    fn of(clean: &Analysed) -> Bound {
        Bound {
            packets: 10 * clean.packets + 100,
            events: 10 * clean.events + 100,
            written: 10 * (clean.json.len() + clean.text.len()) + (64 << 10),
        }
    }

    fn holds(&self, a: &Analysed) {
        assert!(a.packets <= self.packets, "{} packets", a.packets);
        assert!(a.events <= self.events, "{} records", a.events);
        let written = a.json.len() + a.text.len();
        assert!(written <= self.written, "{written} bytes written");
    }
}

/// Runs `what`, and names it should it panic.
fn named<T>(name: impl Fn() -> String, what: impl FnOnce() -> T) -> T {
    match std::panic::catch_unwind(AssertUnwindSafe(what)) {
        Ok(result) => result,
        Err(why) => {
            eprintln!("while: {}", name());
            std::panic::resume_unwind(why)
        }
    }
}

/// Analyses damaged bytes within the bound; sometimes a second time, and with limits that are reached.
fn read(bytes: &[u8], bound: &Bound, twice: bool) {
    let Some(once) = analyse(&[bytes], Options::default()) else {
        return;
    };
    check(&once);
    bound.holds(&once);
    if twice {
        let again = analyse(&[bytes], Options::default()).expect("it opened before");
        assert!(once.json == again.json, "another report");
        assert!(once.text == again.text, "another text");
        bodies::whole::pipeline(bytes);
    }
}

#[test]
fn damaged_captures_are_reported_on_as_far_as_they_go() {
    let rounds = number("MANGLE_ROUNDS", 1);
    let seed = number("MANGLE_SEED", 4475);
    for (case_no, case) in cases().iter().enumerate() {
        let whole = Parts::of(&case.bytes);
        assert_eq!(whole.bytes(), case.bytes, "taken apart and put together");
        for round in 0..rounds {
            for (damage_no, (what, damage)) in damage::ALL.iter().enumerate() {
                let seed = seed ^ round << 32 ^ (case_no as u64) << 16 ^ damage_no as u64;
                let mut r = Random::new(seed);
                let mut parts = window(&whole, &mut r);
                let clean = analyse(&[&parts.bytes()], Options::default()).expect("it opens");
                let bound = Bound::of(&clean);
                damage(&mut parts, &mut r);
                let bytes = parts.bytes();
                let name = || format!("{}: {what}, seed {seed}", case.name);
                named(name, || read(&bytes, &bound, r.below(4) == 0));
            }
        }
    }
}

/// Some records in a row; damage at the far end of a long capture is no other than at its start.
fn window(whole: &Parts, r: &mut Random) -> Parts {
    let mut parts = whole.clone();
    let spare = parts.records.len().saturating_sub(RECORDS);
    if spare > 0 {
        parts.records.drain(..r.below(spare + 1));
        parts.records.truncate(RECORDS);
    }
    parts
}

#[test]
fn a_capture_cut_anywhere_gives_what_stands_before_the_cut() {
    let rounds = number("MANGLE_ROUNDS", 1);
    let mut r = Random::new(number("MANGLE_SEED", 4475));
    for case in cases() {
        let clean = analyse(&[&case.bytes], Options::default()).expect("it opens");
        let bound = Bound::of(&clean);
        let cuts: Vec<usize> = if case.bytes.len() <= CUT_EVERYWHERE {
            (0..case.bytes.len()).collect()
        } else {
            (0..6 * rounds).map(|_| r.below(case.bytes.len())).collect()
        };
        for cut in cuts {
            let name = || format!("{}: cut at byte {cut}", case.name);
            named(name, || {
                let Some(part) = analyse(&[&case.bytes[..cut]], Options::default()) else {
                    return;
                };
                bound.holds(&part);
                check(&part);
                assert!(part.packets <= clean.packets);
                // Messages come in order of completion, those of one time stamp with their cause first. By packet,
                // those of a part are the first of all; what the whole adds is which call or transaction they turn
                // out to belong to.
                let by_frame = |messages: &[Message]| {
                    let mut messages = messages.to_vec();
                    messages.sort_by_key(|m| m.frame);
                    messages
                };
                let of_part = by_frame(&part.report.messages);
                let of_all = by_frame(&clean.report.messages);
                assert!(of_part.len() <= of_all.len());
                // A datagram whose later fragments were cut off is shown as far as it goes.
                let is_whole = |m: &&Message| {
                    let mut warnings = m.warnings.iter();
                    !warnings.any(|w| w.code.as_str() == "fragments_missing")
                };
                for (one, other) in of_part
                    .iter()
                    .filter(is_whole)
                    .zip(of_all.iter().filter(is_whole))
                {
                    assert_eq!(
                        (&one.call_id, &one.method, one.status),
                        (&other.call_id, &other.method, other.status)
                    );
                    // Where later fragments are cut off, the first is the last that came.
                    assert!(other.frames.contains(&one.frame));
                }
                for one in of_part.iter().filter(|m| !is_whole(m)) {
                    let carried = |m: &Message| m.frames.contains(&one.frame);
                    assert!(of_all.iter().any(carried), "#{}", one.frame);
                }
            });
        }
    }
}

#[test]
fn the_order_of_files_and_ndjson_are_no_less_safe() {
    let mut r = Random::new(number("MANGLE_SEED", 4475));
    let cases = cases();
    for _ in 0..20 * number("MANGLE_ROUNDS", 1) {
        let (a, b) = (r.below(cases.len()), r.below(cases.len()));
        let mut one = window(&Parts::of(&cases[a].bytes), &mut r);
        let other = window(&Parts::of(&cases[b].bytes), &mut r).bytes();
        let (what, damage) = r.of(damage::ALL);
        damage(&mut one, &mut r);
        let one = one.bytes();
        let name = || format!("{} ({what}) with {}", cases[a].name, cases[b].name);
        named(name, || {
            let files: [&[u8]; 2] = [&one, &other];
            let Some(both) = analyse(&files, Options::default()) else {
                return;
            };
            check(&both);
            let streamed = stream_out(&files, Options::default());
            assert!(streamed == stream_out(&files, Options::default()));
        });
    }
}

/// What tells messages apart: who sent what to whom, in which packets.
fn told(analysed: &Analysed, but: u64) -> Vec<String> {
    let whole = |m: &&Message| !m.frames.contains(&but);
    let messages = analysed.report.messages.iter().filter(whole);
    let mut told: Vec<String> = messages
        .map(|m| {
            let line = (&m.method, m.status, &m.call_id);
            format!("{:?} {line:?} {:?} {:?}", m.frames, m.src, m.dst)
        })
        .collect();
    told.sort();
    told
}

#[test]
fn damage_to_a_packet_of_hep_or_sctp_costs_no_message_of_another() {
    let rounds = 100 * number("MANGLE_ROUNDS", 1);
    let cases = cases();
    let kinds: [(&str, carriers::Damage, bool); 3] = [
        ("hep", carriers::hep, true),
        ("sctp", carriers::sctp, true),
        ("sctp", carriers::sctp_order, false),
    ];
    for (case, damage, is_local) in kinds {
        let case = cases.iter().find(|c| c.name == case).expect("the case");
        let whole = Parts::of(&case.bytes);
        let clean = analyse(&[&case.bytes], Options::default()).expect("it opens");
        let bound = Bound::of(&clean);
        let mut hurt = 0;
        for round in 0..rounds {
            let seed = number("MANGLE_SEED", 4475) ^ round << 8;
            let mut r = Random::new(seed);
            let mut parts = whole.clone();
            let Some((frame, what)) = carriers::hurt(&mut parts, damage, &mut r) else {
                continue;
            };
            hurt += 1;
            let name = || format!("{}: {what} of #{frame}, seed {seed}", case.name);
            named(name, || {
                let damaged = analyse(&[&parts.bytes()], Options::default()).expect("it opens");
                check(&damaged);
                bound.holds(&damaged);
                // More may be told: a repetition counts where what it repeats is hurt.
                let left = told(&damaged, frame);
                let lost = told(&clean, frame).into_iter().find(|m| !left.contains(m));
                assert!(!is_local || lost.is_none(), "lost {lost:?}");
            });
        }
        assert!(hurt > rounds / 2, "{hurt} packets were hurt");
    }
}
