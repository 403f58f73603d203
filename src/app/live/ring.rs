//! A ring of files: when the next begins, and how its files are named.

use crate::app::output::folder_of;
use crate::cli::Condition;
use chrono::{DateTime, Local};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// tshark's kilobyte.
const KILOBYTE: u64 = 1000;

/// When a file is full, and how many are kept.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ring {
    pub(super) duration: Option<Duration>,
    pub(super) bytes: Option<u64>,
    pub(super) packets: Option<u64>,
    pub(super) files: Option<u64>,
}

impl Ring {
    /// `None` where nothing was asked for.
    pub(super) fn of(conditions: &[Condition]) -> Option<Ring> {
        let mut ring = Ring::default();
        for condition in conditions {
            match *condition {
                Condition::Duration(s) => ring.duration = Some(Duration::from_secs(s)),
                Condition::FileSize(kb) => ring.bytes = Some(kb.saturating_mul(KILOBYTE)),
                Condition::Packets(n) => ring.packets = Some(n),
                Condition::Files(n) => ring.files = Some(n),
            }
        }
        (!conditions.is_empty()).then_some(ring)
    }
}

/// The files there are of the ring `path`, of this run and of earlier ones.
pub(super) fn ring_members(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder_of(path));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| path.with_file_name(entry.file_name()))
        .filter(|found| is_ring_name(path, found))
        .collect()
}

/// Whether `found` is a file of the ring `path`.
pub(super) fn is_ring_name(path: &Path, found: &Path) -> bool {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = found.file_stem().unwrap_or_default().to_string_lossy();
    let rest = name
        .strip_prefix(stem.as_ref())
        .and_then(|r| r.strip_prefix('_'));
    let parts = rest.and_then(|r| r.split_once('_'));
    let digits =
        |text: &str, least: usize| text.len() >= least && text.bytes().all(|b| b.is_ascii_digit());
    found.extension() == path.extension()
        && parts.is_some_and(|(number, time)| digits(number, 5) && digits(time, 14))
}

/// `lab.pcap` as tshark numbers it: `lab_00001_20260322155059.pcap`.
pub(super) fn ring_name(path: &Path, number: u64, now: DateTime<Local>) -> PathBuf {
    let mut name = OsString::from(path.file_stem().unwrap_or_default());
    name.push(format!("_{number:05}_{}", now.format("%Y%m%d%H%M%S")));
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn files_of_a_ring_are_named_and_known_as_tshark_s() {
        let time = Local.with_ymd_and_hms(2026, 3, 22, 15, 50, 59).unwrap();
        for (asked, named) in [
            ("lab.pcapng", "lab_00001_20260322155059.pcapng"),
            ("a/b.c/lab", "a/b.c/lab_00001_20260322155059"),
            ("lab.1.pcap", "lab.1_00001_20260322155059.pcap"),
        ] {
            let name = ring_name(Path::new(asked), 1, time);
            assert_eq!(name, Path::new(named));
            assert!(is_ring_name(Path::new(asked), &name));
        }
        let many = ring_name(Path::new("x.pcap"), 123_456, time);
        assert_eq!(many, Path::new("x_123456_20260322155059.pcap"));
        assert!(is_ring_name(Path::new("x.pcap"), &many));
    }

    #[test]
    fn other_files_are_not_of_the_ring() {
        for other in [
            "lab.pcap",
            "lab_notes.pcap",
            "lab_00001.pcap",
            "lab_1_20260322155059.pcap",
            "lab_00001_20260322155059.pcapng",
            "lab_00001_20260322155059.pcap.gz",
            "lab2_00001_20260322155059.pcap",
            "lab_00001_2026032215505x.pcap",
        ] {
            assert!(
                !is_ring_name(Path::new("lab.pcap"), Path::new(other)),
                "{other}"
            );
        }
    }
}
