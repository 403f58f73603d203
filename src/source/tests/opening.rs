use crate::source::testing::*;
use crate::source::{CaptureFile, Rereader, SourceError};
use crate::types::{FileRange, SourceId};
use std::io::Write;

fn open_file(bytes: &[u8]) -> (tempfile::NamedTempFile, Result<CaptureFile, SourceError>) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let opened = CaptureFile::open(file.path().to_str().unwrap(), SourceId(0));
    (file, opened)
}

#[test]
fn a_missing_file_is_named() {
    assert_eq!(
        CaptureFile::open("no-such.pcap", SourceId(0))
            .unwrap_err()
            .to_string(),
        "no-such.pcap: no such file; check the name and the directory"
    );
}

#[test]
fn a_file_of_nearly_that_name_is_what_was_meant() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("lab.pcap");
    std::fs::write(&path, b"x").unwrap();
    for typed in ["lba.pcap", "lab", "Lab.pcap", "lab.pcapng"] {
        let error = CaptureFile::open(dir.path().join(typed), SourceId(0));
        let said = error.map(|_| ()).unwrap_err().to_string();
        let meant = format!("no such file; was {} meant?", path.display());
        assert!(said.ends_with(&meant), "{typed}: {said}");
    }
    let gone = dir.path().join("gone");
    let error = CaptureFile::open(gone.join("lab.pcap"), SourceId(0));
    let said = error.map(|_| ()).unwrap_err().to_string();
    assert!(
        said.ends_with(&format!("there is no directory {}", gone.display())),
        "{said}"
    );
}

#[test]
fn a_directory_is_told_from_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().to_str().unwrap();
    assert_eq!(
        CaptureFile::open(format!("{path}/"), SourceId(0))
            .unwrap_err()
            .to_string(),
        format!("{path}: is a directory; name the capture files in it, as {path}/*.pcap")
    );
}

#[test]
fn an_empty_file_is_said_to_be_empty() {
    let (file, opened) = open_file(b"");
    assert_eq!(
        opened.unwrap_err().to_string(),
        format!(
            "{}: the file is empty (0 bytes), so there is no capture in it; record or copy it again",
            file.path().display()
        )
    );
}

#[test]
fn a_text_file_is_recognised_as_text() {
    let (file, opened) = open_file(b"frame 1: INVITE\n");
    let path = file.path().display();
    assert_eq!(
        opened.unwrap_err().to_string(),
        format!(
            "{path}: not a pcap or pcapng capture: the file starts like text; \
             name the capture itself, or turn a hex dump into one: text2pcap {path} {path}.pcap"
        )
    );
}

#[test]
fn a_capture_cut_inside_its_file_header_is_refused() {
    let whole = Pcap::new(Order::Little, MICROS, 1).bytes;
    assert_eq!(
        open_bytes(&whole[..10]).unwrap_err().to_string(),
        "test.pcap: the pcap file header is damaged at byte 0: the file ends inside this file header: \
         10 of 24 bytes are there; copy or record the file again"
    );
}

#[test]
fn a_section_header_without_its_byte_order_magic_is_refused() {
    let mut bytes = Ng::new(Order::Little).bytes;
    bytes[8] = 0;
    assert!(matches!(
        open_bytes(&bytes).unwrap_err(),
        SourceError::HeaderDamaged {
            format: "pcapng",
            offset: 0,
            ..
        }
    ));
}

#[test]
fn a_plain_file_lends_offsets_at_which_the_same_bytes_can_be_read_again() {
    let pcap = Pcap::new(Order::Big, NANOS, 1)
        .packet(1, 0, b"first")
        .packet(2, 0, b"second");
    let ng = Ng::new(Order::Little)
        .interface(1, 0, &[])
        .packet(0, 1, b"third")
        .simple(6, b"fourth")
        .obsolete(0, 3, b"fifth");
    for bytes in [pcap.bytes, ng.bytes] {
        let (file, opened) = open_file(&bytes);
        let mut capture = opened.unwrap();
        let mut again = Rereader::new(&[file.path().to_str().unwrap().to_owned()]);
        let mut out = Vec::new();
        while capture.advance() {
            let packet = capture.packet();
            let range = FileRange {
                source: packet.source,
                offset: packet.file_offset.unwrap(),
                len: packet.data.len() as u32,
            };
            again.read(range, &mut out).unwrap();
            assert_eq!(out, packet.data);
        }
        assert!(capture.info().packets >= 2);
        let len = bytes.len() as u64;
        assert_eq!(capture.progress(), (len, Some(len)));
    }
}

#[test]
fn a_pipe_is_read_packet_by_packet_without_waiting_for_more() {
    /// Panics when asked for more than was needed so far.
    struct Live {
        ready: Vec<u8>,
    }
    impl std::io::Read for Live {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            assert!(!self.ready.is_empty(), "a live pipe would block here");
            let n = self.ready.len().min(out.len());
            out[..n].copy_from_slice(&self.ready[..n]);
            self.ready.drain(..n);
            Ok(n)
        }
    }
    let ready = Pcap::new(Order::Little, MICROS, 1)
        .packet(1, 0, b"only")
        .bytes;
    let mut capture = CaptureFile::from_reader("-", SourceId(0), Box::new(Live { ready })).unwrap();
    assert!(capture.advance());
    assert_eq!(capture.packet().data, b"only");
    assert_eq!(capture.packet().file_offset, None);
}

#[test]
fn before_the_first_and_after_the_last_packet_nothing_is_lent() {
    let file = Pcap::new(Order::Little, MICROS, 1).packet(1, 0, b"x");
    let mut capture = open_bytes(&file.bytes).unwrap();
    assert!(capture.packet().data.is_empty());
    assert!(capture.advance() && !capture.advance());
    assert!(capture.packet().data.is_empty());
}

#[test]
fn a_reading_error_between_packets_is_damage() {
    struct Failing(Vec<u8>);
    impl std::io::Read for Failing {
        fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
            if self.0.is_empty() {
                return Err(std::io::Error::other("disk on fire"));
            }
            let n = self.0.len();
            out[..n].copy_from_slice(&self.0);
            self.0.clear();
            Ok(n)
        }
    }
    let bytes = Pcap::new(Order::Little, MICROS, 1).packet(1, 0, b"x").bytes;
    let capture = CaptureFile::from_reader("disk", SourceId(0), Box::new(Failing(bytes))).unwrap();
    let (seen, info) = read_all(capture);
    assert_eq!(seen.len(), 1);
    assert_eq!(info.damage.unwrap().reason, "reading failed: disk on fire");
}
