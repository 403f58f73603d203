use crate::source::testing::*;
use crate::source::{CaptureFile, Merged, SourceError};
use crate::types::{Delta, SourceId};
use std::io::Cursor;

fn file(number: u16, seconds: &[u32]) -> CaptureFile {
    let pcap = seconds
        .iter()
        .fold(Pcap::new(Order::Little, MICROS, 1), |p, s| {
            p.packet(*s, 0, &[*s as u8])
        });
    CaptureFile::from_reader(
        &format!("{number}.pcap"),
        SourceId(number),
        Box::new(Cursor::new(pcap.bytes)),
    )
    .unwrap()
}

/// (second, source, frame) of every packet.
fn order(mut merged: Merged) -> Vec<(i64, u16, u64)> {
    let mut out = Vec::new();
    while merged.advance() {
        let p = merged.packet();
        assert_eq!(i64::from(p.data[0]), p.time.secs_nanos().0);
        out.push((p.time.secs_nanos().0, p.source.0, p.frame.0));
    }
    assert!(!merged.advance());
    out
}

#[test]
fn equal_times_come_in_the_order_of_the_files_then_of_the_frames() {
    let merged = Merged::from_files(vec![file(0, &[5, 5, 7]), file(1, &[4, 5, 5, 7])]);
    assert_eq!(
        order(merged),
        [
            (4, 1, 1),
            (5, 0, 1),
            (5, 0, 2),
            (5, 1, 2),
            (5, 1, 3),
            (7, 0, 3),
            (7, 1, 4)
        ]
    );
}

#[test]
fn a_file_whose_times_run_backwards_keeps_its_own_order() {
    let merged = Merged::from_files(vec![file(0, &[5, 3, 9]), file(1, &[4, 6])]);
    assert_eq!(
        order(merged),
        [(4, 1, 1), (5, 0, 1), (3, 0, 2), (6, 1, 2), (9, 0, 3)]
    );
}

#[test]
fn an_empty_capture_among_others_changes_nothing() {
    let merged = Merged::from_files(vec![file(0, &[]), file(1, &[1]), file(2, &[])]);
    assert_eq!(order(merged), [(1, 1, 1)]);
    assert!(order(Merged::from_files(Vec::new())).is_empty());
}

#[test]
fn one_file_keeps_its_order_whatever_its_times() {
    let merged = Merged::from_files(vec![file(0, &[9, 1, 5])]);
    assert_eq!(order(merged), [(9, 0, 1), (1, 0, 2), (5, 0, 3)]);
}

#[test]
fn a_clock_offset_moves_a_file_before_merging() {
    let mut merged = Merged::from_files(vec![file(0, &[10]), file(1, &[12])]);
    merged.set_clock_offset(SourceId(1), Delta::from_secs(-3));
    assert!(merged.advance());
    assert_eq!(merged.packet().source, SourceId(1));
    assert_eq!(merged.packet().time.secs_nanos(), (9, 0));
    let info = merged.info(SourceId(1)).unwrap();
    assert_eq!(info.clock_offset, Delta::from_secs(-3));
    assert_eq!(info.first_time.unwrap().secs_nanos(), (9, 0));
}

#[test]
fn damage_in_one_file_ends_that_file_only() {
    let cut = Pcap::new(Order::Little, MICROS, 1)
        .packet(1, 0, b"\x01")
        .packet(2, 0, b"\x02");
    let bytes = cut.bytes[..cut.bytes.len() - 1].to_vec();
    let damaged =
        CaptureFile::from_reader("cut.pcap", SourceId(0), Box::new(Cursor::new(bytes))).unwrap();
    let mut merged = Merged::from_files(vec![damaged, file(1, &[1, 3])]);
    let mut times = Vec::new();
    while merged.advance() {
        times.push(merged.packet().time.secs_nanos().0);
    }
    assert_eq!(times, [1, 1, 3]);
    let damaged: Vec<_> = merged.infos().map(|i| i.damage.is_some()).collect();
    assert_eq!(damaged, [true, false]);
}

#[test]
fn the_first_path_that_fails_is_named() {
    let paths = ["no-such-1.pcap".to_owned(), "no-such-2.pcap".to_owned()];
    match Merged::open(&paths) {
        Err(SourceError::NotFound { path, .. }) => assert_eq!(path, "no-such-1.pcap"),
        other => panic!("{other:?}"),
    }
}
