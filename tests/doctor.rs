//! `sipflow doctor`: every packet is accounted for, and every detector says what it is for.

mod support;

use sipflow::pipeline::{Fate, Options, Pipeline, Sink, Summary};
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::path::{Path, PathBuf};

struct Nothing;
impl Sink for Nothing {}

/// What the pipeline counted of a capture; `None` for what is no capture.
fn summary(path: &Path, census: bool) -> Option<Summary> {
    let mut file = CaptureFile::open(path.to_str()?, SourceId(0)).ok()?;
    let mut pipeline = Pipeline::new(Options {
        census,
        ..Options::default()
    });
    while file.advance() {
        pipeline.handle_packet(&file.packet(), &mut Nothing);
    }
    Some(pipeline.finish(&mut Nothing))
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
        let Some(s) = summary(path, false) else {
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
            account(&captures(&root));
        }
    }
}
