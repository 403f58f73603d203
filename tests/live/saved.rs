//! Saved captures, read again.

use crate::capture::program;
use serde_json::Value;
use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A packet as it was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub nanos: i64,
    pub link: u16,
    pub data: Vec<u8>,
}

impl Saved {
    /// Ports of plain Ethernet and IPv4, UDP or TCP: protocol, source, destination.
    pub fn ports(&self) -> Option<(u8, u16, u16)> {
        let d = &self.data;
        let ipv4 = self.link == 1 && d.get(12..15)? == [8, 0, 0x45];
        let port = |at: usize| Some(u16::from_be_bytes([*d.get(at)?, *d.get(at + 1)?]));
        let protocol = *d.get(23)?;
        (ipv4 && matches!(protocol, 6 | 17)).then_some(())?;
        Some((protocol, port(34)?, port(36)?))
    }

    pub fn has(&self, text: &str) -> bool {
        self.data.windows(text.len()).any(|w| w == text.as_bytes())
    }
}

/// The packets of a file that must be whole.
pub fn packets(path: &Path) -> Vec<Saved> {
    let mut file =
        CaptureFile::open(path, SourceId(0)).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut packets = Vec::new();
    while file.advance() {
        let p = file.packet();
        packets.push(Saved {
            nanos: p.time.as_nanos(),
            link: p.link.0,
            data: p.data.to_vec(),
        });
    }
    assert_eq!(file.info().damage, None, "{}", path.display());
    packets
}

/// Files of a folder whose names begin so, sorted.
pub fn files(dir: &Path, begin: &str) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.file_name().unwrap().to_string_lossy().starts_with(begin))
        .collect();
    found.sort();
    found
}

/// What sipflow prints for a saved file.
pub fn sipflow(words: &str, path: &Path) -> String {
    let out = Command::new(program())
        .args(words.split_whitespace())
        .arg(path)
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{}: {err}", path.display());
    String::from_utf8(out.stdout).unwrap()
}

/// Records of NDJSON by kind, each as text; the source's record without what tells files apart.
pub fn records(ndjson: &str) -> Vec<(String, String)> {
    let record = |line: &str| {
        let mut value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let kind = value["record"].as_str().expect("record").to_owned();
        if kind == "source" {
            let source = value.as_object_mut().unwrap();
            for field in ["path", "format", "dropped_packets"] {
                source.remove(field);
            }
        }
        (kind, value.to_string())
    };
    ndjson.lines().map(record).collect()
}

/// How many records of a kind there are.
pub fn count(records: &[(String, String)], kind: &str) -> usize {
    records.iter().filter(|(k, _)| k == kind).count()
}
