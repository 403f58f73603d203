//! Files that are turned, refused, moved away and full.

use super::*;
use crate::cli::Condition;
use crate::source::CaptureFile;
use crate::source::save::{SaveFormat, SavedInterface};
use crate::types::{LinkType, SourceId};
use std::io::Write;

fn encoder(format: SaveFormat) -> Encoder {
    let interface = SavedInterface {
        name: "eth0".to_owned(),
        link: LinkType(1),
        snap_len: 65_535,
        filter: None,
    };
    Encoder::new(format, vec![interface]).unwrap()
}

fn save(saver: &mut Saver, packets: std::ops::Range<i64>) {
    for n in packets {
        let packet = SavedPacket {
            interface: 0,
            time: CaptureTime::from_nanos(n),
            data: &[0; 100],
            wire_len: 100,
        };
        saver
            .packet(&packet, &[InterfaceCounts::default()])
            .unwrap();
    }
}

fn packets_in(path: &Path) -> (u64, bool) {
    let mut file = CaptureFile::open(path, SourceId(0)).unwrap();
    while file.advance() {}
    (file.info().packets, file.info().damage.is_none())
}

#[test]
fn a_ring_keeps_the_last_files_and_each_is_whole() {
    let dir = tempfile::tempdir().unwrap();
    let ring = Ring::of(&[Condition::Packets(10), Condition::Files(2)]);
    let path = dir.path().join("lab.pcapng");
    let mut saver =
        Saver::create(&path, ring, encoder(SaveFormat::Pcapng), Guard::default()).unwrap();
    save(&mut saver, 0..35);
    saver
        .finish(CaptureTime::from_nanos(0), &[InterfaceCounts::default()])
        .unwrap();
    assert_eq!(saver.files, 4, "35 packets by 10");
    let mut left: Vec<PathBuf> = std::fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    left.sort();
    let names: Vec<String> = left
        .iter()
        .map(|p| p.file_name().unwrap().to_string_lossy()[..9].to_owned())
        .collect();
    assert_eq!(names, ["lab_00003", "lab_00004"]);
    assert_eq!(packets_in(&left[0]), (10, true));
    assert_eq!(packets_in(&left[1]), (5, true));
}

#[test]
fn a_ring_begun_again_removes_what_the_run_before_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.pcap");
    let other = dir.path().join("lab_notes.pcap");
    std::fs::write(&other, "").unwrap();
    for _ in 0..2 {
        let ring = Ring::of(&[Condition::Packets(1), Condition::Files(3)]);
        let mut saver =
            Saver::create(&path, ring, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
        save(&mut saver, 0..3);
        saver.flush().unwrap();
        std::thread::sleep(Duration::from_millis(1100));
    }
    assert!(other.exists());
    let left = std::fs::read_dir(dir.path()).unwrap().count();
    assert_eq!(left, 4, "three of the ring, and the other file");
}

#[test]
fn a_file_is_full_at_its_size_in_thousands_of_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let ring = Ring::of(&[Condition::FileSize(1)]);
    let mut saver = Saver::create(
        &dir.path().join("x.pcap"),
        ring,
        encoder(SaveFormat::Pcap),
        Guard::default(),
    )
    .unwrap();
    // 24 octets of file header and 116 a packet: 1000 are reached with the ninth (24 + 9 * 116 = 1068).
    save(&mut saver, 0..9);
    assert_eq!(saver.files, 1);
    save(&mut saver, 9..10);
    assert_eq!(saver.files, 2);
}

#[test]
fn where_the_next_file_cannot_be_begun_the_last_one_goes_on_and_that_is_said_once() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("moved");
    std::fs::create_dir(&inner).unwrap();
    let ring = Ring::of(&[Condition::Packets(10)]);
    let path = inner.join("x.pcap");
    let mut saver =
        Saver::create(&path, ring, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
    save(&mut saver, 0..5);
    std::fs::rename(&inner, dir.path().join("away")).unwrap();
    save(&mut saver, 5..35);
    saver
        .finish(CaptureTime::from_nanos(0), &[InterfaceCounts::default()])
        .unwrap();
    let notices = saver.notices();
    assert_eq!(notices.len(), 1, "{notices:?}");
    let mut left = std::fs::read_dir(dir.path().join("away")).unwrap();
    let only = left.next().unwrap().unwrap().path();
    assert_eq!(packets_in(&only), (35, true));
    assert!(left.next().is_none());
}

#[test]
fn what_cannot_be_written_is_said_once_and_the_file_stays_whole() {
    // A device that takes no byte.
    let Ok(file) = std::fs::OpenOptions::new().write(true).open("/dev/full") else {
        eprintln!("skipped: no /dev/full here");
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.pcap");
    let mut saver =
        Saver::create(&path, None, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
    save(&mut saver, 0..5);
    saver.flush().unwrap();
    let good = saver.open.replace(Open::File(file));
    save(&mut saver, 5..8);
    saver.flush().unwrap();
    save(&mut saver, 8..9);
    saver.flush().unwrap();
    let said = saver.notices();
    assert_eq!(said.len(), 1, "{said:?}");
    assert!(said[0].contains("goes on without saving"), "{said:?}");
    saver.open = good;
    saver.trouble.as_mut().unwrap().retry_at = Instant::now();
    save(&mut saver, 9..11);
    saver.flush().unwrap();
    assert!(
        saver.notices()[0].contains("not saved: 4 packets"),
        "three in the buffer and one while waiting"
    );
    saver.finish(CaptureTime::from_nanos(0), &[]).unwrap();
    assert_eq!(packets_in(&path), (7, true));
    let words = saver.missing().unwrap();
    assert_eq!(words, "4 of 11 packets could not be saved, 7 are");
}

#[test]
fn of_a_buffer_that_fits_in_part_the_whole_packets_stay() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.pcap");
    let mut saver =
        Saver::create(&path, None, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
    save(&mut saver, 0..3);
    saver.flush().unwrap();
    save(&mut saver, 3..8);
    // A packet has 116 octets: 300 of them are two packets and a part of the third.
    if let Some(Open::File(file)) = &mut saver.open {
        file.write_all(&saver.buffer[..300]).unwrap();
    }
    saver.take_back(300, &io::ErrorKind::StorageFull.into());
    let words = saver.missing().unwrap();
    assert_eq!(words, "3 of 8 packets could not be saved, 5 are");
    assert_eq!(packets_in(&path), (5, true));
}

#[test]
fn a_file_that_was_moved_away_is_begun_anew() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.pcap");
    let mut saver =
        Saver::create(&path, None, encoder(SaveFormat::Pcap), Guard::default()).unwrap();
    save(&mut saver, 0..3);
    saver.reopen(CaptureTime::from_nanos(0), &[]).unwrap();
    assert_eq!(packets_in(&path), (3, true), "not moved: it goes on");
    let moved = dir.path().join("x.pcap.1");
    std::fs::rename(&path, &moved).unwrap();
    save(&mut saver, 3..4);
    saver.reopen(CaptureTime::from_nanos(0), &[]).unwrap();
    save(&mut saver, 4..6);
    saver.finish(CaptureTime::from_nanos(0), &[]).unwrap();
    assert_eq!(packets_in(&moved), (4, true));
    assert_eq!(packets_in(&path), (2, true));
}
