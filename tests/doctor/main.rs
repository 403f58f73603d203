//! `sipflow doctor`: every packet is accounted for, and every detector says what it is for.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    unreachable_pub,
    reason = "a test may panic, and is no library"
)]

mod detectors;
mod edit;
#[path = "../support/mod.rs"]
mod support;

use serde_json::Value;
use sipflow::pipeline::{Fate, Options, PacketNote, Pipeline, Sink, Summary};
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// `sipflow doctor --json`.
fn document(path: &Path) -> Value {
    let out = support::sipflow([
        Path::new("doctor"),
        Path::new("--json"),
        Path::new("-q"),
        path,
    ]);
    assert!(
        out.status.success(),
        "{}: {}",
        path.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).expect("JSON")
}

/// The frames the pipeline's notes are of, and packets by the fate they tell.
#[derive(Default)]
struct Notes {
    frames: Vec<u64>,
    fates: BTreeMap<Fate, u64>,
}

impl Sink for Notes {
    fn packet(&mut self, note: &PacketNote<'_>) {
        self.frames.push(note.packet.frame.0);
        *self.fates.entry(note.fate).or_default() += note.frames.len() as u64;
    }
}

/// What the pipeline counted of a capture and told of its packets; `None` for what is no capture.
fn noted(path: &Path, notes: bool) -> Option<(Summary, Notes)> {
    let mut file = CaptureFile::open(path.to_str()?, SourceId(0)).ok()?;
    let mut pipeline = Pipeline::new(Options {
        notes,
        ..Options::default()
    });
    let mut sink = Notes::default();
    while file.advance() {
        pipeline.handle_packet(&file.packet(), &mut sink);
    }
    Some((pipeline.finish(&mut sink), sink))
}

fn summary(path: &Path) -> Option<Summary> {
    noted(path, false).map(|(summary, _)| summary)
}

/// Captures below a directory, sorted.
fn captures(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root).expect("directory") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(captures(&path));
        } else {
            let name = path
                .file_name()
                .expect("name")
                .to_string_lossy()
                .to_lowercase();
            if [".pcap", ".cap", ".pcapng"]
                .iter()
                .any(|e| name.contains(e))
                && !name.ends_with(".txt")
                && !name.ends_with(".tsv")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Every packet has exactly one fate, and RTP packets are those of the streams.
fn account(paths: &[PathBuf]) {
    let mut wrong = Vec::new();
    let mut checked = 0;
    for path in paths {
        let Some(s) = summary(path) else {
            continue;
        };
        checked += 1;
        let c = &s.counters;
        if c.fates.total() != c.packets {
            wrong.push(format!(
                "{}: {} packets, {} accounted for: {:?}",
                path.display(),
                c.packets,
                c.fates.total(),
                c.fates.iter().filter(|(_, n)| *n > 0).collect::<Vec<_>>()
            ));
        }
        // A stream's packet that came in fragments is one of the stream and several of the capture.
        let rtp = c.fates.of(Fate::Rtp);
        // One segment may carry several packets of RTP, or a part of one.
        if c.fates.of(Fate::RtpTcp) > 0 {
            continue;
        }
        if rtp < c.rtp_packets || (rtp > c.rtp_packets && s.fragments.reassembled == 0) {
            wrong.push(format!(
                "{}: {rtp} packets of RTP, {} of streams",
                path.display(),
                c.rtp_packets
            ));
        }
    }
    println!("{checked} captures");
    assert!(checked > 20, "only {checked} captures");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_packet_of_the_cases_has_exactly_one_fate() {
    account(&captures(&support::testdata("cases")));
}

#[test]
fn every_packet_of_the_reference_captures_has_exactly_one_fate() {
    for part in ["lab", "public"] {
        if let Some(root) = support::reference(part) {
            let mut found = captures(&root);
            // The large ones add time, not kinds of packets.
            found.retain(|p| p.extension().is_none_or(|e| e != "zst"));
            account(&found);
        }
    }
}

fn cases() -> Vec<PathBuf> {
    captures(&support::testdata("cases"))
}

#[test]
fn the_funnel_adds_up_at_every_step_and_fits_its_schema() {
    let out = support::sipflow(["schema", "doctor"]);
    let schema: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    for path in cases() {
        let doctor = document(&path);
        let errors: Vec<_> = validator
            .iter_errors(&doctor)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{}: {errors:?}", path.display());
        let steps = doctor["funnel"].as_array().expect("funnel");
        let count = |s: &Value| s["packets"].as_u64().expect("packets");
        for step in steps {
            let parts: Vec<_> = steps.iter().filter(|s| s["parent"] == step["id"]).collect();
            if step["final"] == true {
                assert!(parts.is_empty());
                continue;
            }
            let sum: u64 = parts.iter().map(|s| count(s)).sum();
            assert_eq!(sum, count(step), "{}: {}", path.display(), step["id"]);
        }
        let ends: u64 = steps.iter().filter(|s| s["final"] == true).map(count).sum();
        assert_eq!(ends, doctor["packets"], "{}", path.display());
    }
}

#[test]
fn the_report_and_the_doctor_count_the_same() {
    for path in cases() {
        let (doctor, report) = (document(&path), support::report(&path));
        let c = &report["counters"];
        assert_eq!(doctor["packets"], c["packets"]);
        assert_eq!(doctor["sip"]["messages"], c["sip_messages"]);
        assert_eq!(doctor["rtp"]["packets"], c["rtp_packets"]);
        let of = |ids: &[&str]| -> u64 {
            let steps = doctor["funnel"].as_array().expect("funnel").iter();
            let wanted = steps.filter(|s| ids.iter().any(|id| s["id"] == **id));
            wanted
                .map(|s| s["packets"].as_u64().expect("packets"))
                .sum()
        };
        let known = of(&[
            "sip_udp",
            "sip_udp_copy",
            "sip_tcp",
            "sip_sctp",
            "rtp",
            "rtcp",
            "stun",
            "rtp_tcp",
            "undecoded",
        ]);
        let other = c["packets"].as_u64().expect("packets") - known;
        assert_eq!(other, c["other_packets"], "{}", path.display());
    }
}

#[test]
fn segments_of_sip_over_tcp_are_those_with_bytes_of_messages() {
    // Counted with tshark (tcp.len > 0) by hand: `tcp` has 28 segments with payload, all SIP;
    // `tcp_pipelined` has 15, of which frames 22 and 23 are keep-alives.
    for (case, carried, bare) in [("tcp", 28, 33), ("tcp_pipelined", 13, 20)] {
        let path = support::testdata("cases").join(case).join("capture.pcap");
        let s = summary(&path).expect("a capture");
        let fates = &s.counters.fates;
        let got = (fates.of(Fate::SipTcp), fates.of(Fate::SipTcpBare));
        assert_eq!(got, (carried, bare), "{case}");
    }
}

#[test]
fn every_packet_has_one_note_and_notes_change_nothing_of_what_is_counted() {
    // Their packets have another fate at the end than when they were handled, or are counted then only.
    const SETTLED_LATER: [Fate; 13] = [
        Fate::Rtp,
        Fate::RtpUnproven,
        Fate::FragmentIncomplete,
        Fate::SipSctp,
        Fate::OtherSctp,
        Fate::SipTcp,
        Fate::SipTcpBare,
        Fate::OtherTcp,
        Fate::WebSocket,
        Fate::Tls,
        Fate::SipTls,
        Fate::Msrp,
        Fate::RtpTcp,
    ];
    for path in cases() {
        let (with, without) = (noted(&path, true), noted(&path, false));
        let (Some((with, notes)), Some((without, none))) = (with, without) else {
            panic!("{}", path.display())
        };
        let all: Vec<u64> = (1..=with.counters.packets).collect();
        assert_eq!(notes.frames, all, "{}", path.display());
        assert!(none.frames.is_empty(), "nobody asked");
        let at_once = |f: &Fate| !SETTLED_LATER.contains(f);
        for fate in Fate::ALL.iter().copied().filter(at_once) {
            let told = notes.fates.get(&fate).copied().unwrap_or(0);
            let given_up = if fate == Fate::SipUdp {
                with.counters.sip_fragments
            } else {
                0
            };
            let counted = with.counters.fates.of(fate) - given_up;
            assert_eq!(told, counted, "{}: {}", path.display(), fate.as_str());
        }
        assert_eq!(with.counters.fates, without.counters.fates);
        assert_eq!(with.counters.sip_messages, without.counters.sip_messages);
    }
}

/// The text in the case's own directory, so that no path of this machine is in it.
fn text(case: &Path, width: &str) -> String {
    let out = std::process::Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .current_dir(case.parent().expect("a directory"))
        .args(["doctor", "-q", "--width", width])
        .arg(case.file_name().expect("a name"))
        .output()
        .expect("sipflow runs");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("UTF-8")
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    for path in cases() {
        for width in [60, 80, 200] {
            let text = text(&path, &width.to_string());
            let wide = text.lines().find(|l| l.chars().count() > width);
            assert_eq!(wide, None, "{} at {width}", path.display());
        }
    }
}

/// `UPDATE_GOLDEN=1 cargo test --test doctor` writes them again.
#[test]
fn the_text_is_as_expected() {
    let wide = ["fragmented_bigsdp", "tcp"];
    let others = [
        "proxy_call",
        "proxy_call_sip_only",
        "any_bridge_dups",
        "tls",
        "vlan",
    ];
    let mut all: Vec<String> = wide
        .iter()
        .chain(&others)
        .map(|c| (*c).to_owned())
        .collect();
    let folder = std::fs::read_dir(support::testdata("cases")).expect("directory");
    let names = folder.map(|e| e.expect("entry").file_name().to_string_lossy().into_owned());
    all.extend(names.filter(|name| name.starts_with("encap_")));
    for case in all {
        let width = if wide.contains(&case.as_str()) {
            "200"
        } else {
            "80"
        };
        let dir = support::testdata("cases").join(&case);
        let got = text(&dir.join("capture.pcap"), width);
        let golden = dir.join("doctor.txt");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::write(&golden, got).expect("write");
            continue;
        }
        let want = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(want, got, "{case}");
    }
}
