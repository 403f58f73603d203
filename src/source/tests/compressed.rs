use crate::source::testing::*;
use crate::source::{CaptureFile, Compression, SourceError};
use crate::types::SourceId;
use flate2::write::GzEncoder;
use std::io::Write;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

fn zstd_frame(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).unwrap()
}

/// 300 packets of 1000 bytes that do not compress away.
fn long() -> Pcap {
    let mut state = 1u32;
    (0..300).fold(Pcap::new(Order::Little, MICROS, 1), |file, n| {
        let data: Vec<u8> = (0..1000)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 24) as u8
            })
            .collect();
        file.packet(n, 0, &data)
    })
}

#[test]
fn a_compressed_capture_reads_like_the_plain_one() {
    let plain = long();
    let (expected, _) = read_bytes(&plain.bytes);
    for (bytes, compression) in [
        (gzip(&plain.bytes), Compression::Gzip),
        (zstd_frame(&plain.bytes), Compression::Zstd),
    ] {
        let (seen, info) = read_bytes(&bytes);
        assert_eq!(seen, expected);
        assert_eq!((info.compression, info.damage), (compression, None));
    }
}

#[test]
fn several_members_or_frames_are_one_capture() {
    let plain = long();
    let (a, b) = plain.bytes.split_at(123_456);
    for bytes in [
        [gzip(a), gzip(b)].concat(),
        [zstd_frame(a), zstd_frame(b)].concat(),
    ] {
        let (seen, info) = read_bytes(&bytes);
        assert_eq!((seen.len(), info.damage), (300, None));
    }
}

#[test]
fn compressed_data_cut_off_is_damage_behind_what_could_be_read() {
    let plain = long();
    for (bytes, name) in [
        (gzip(&plain.bytes), "gzip"),
        (zstd_frame(&plain.bytes), "zstd"),
    ] {
        let (seen, info) = read_bytes(&bytes[..bytes.len() / 2]);
        let damage = info.damage.unwrap();
        assert_eq!(
            damage.reason,
            format!(
                "the {name} data cannot be decompressed any further: it ends early, the file was cut off"
            )
        );
        // Half the data less at most one compressed block of 128 KiB: 1016 bytes a record.
        assert!((20..=150).contains(&seen.len()), "{name} {}", seen.len());
        assert_eq!(damage.frame, seen.len() as u64 + 1);
        assert_eq!(damage.offset, 24 + 1016 * seen.len() as u64);
    }
}

#[test]
fn corrupt_compressed_data_is_damage_behind_what_could_be_read() {
    let plain = long();
    for mut bytes in [gzip(&plain.bytes), zstd_frame(&plain.bytes)] {
        let middle = bytes.len() / 2;
        bytes[middle..middle + 64].fill(0xff);
        let (seen, info) = read_bytes(&bytes);
        assert!(!seen.is_empty());
        // Random data is stored, not coded: only the checksum at the very end may tell.
        assert!(info.damage.is_some() || info.packets == 300);
    }
}

#[test]
fn a_wrong_checksum_at_the_end_is_damage_after_all_packets() {
    let mut bytes = gzip(&long().bytes);
    let at = bytes.len() - 8;
    bytes[at] ^= 1;
    let (seen, info) = read_bytes(&bytes);
    assert_eq!(seen.len(), 300);
    assert!(info.damage.unwrap().reason.contains("checksum"));
}

#[test]
fn bytes_behind_gzip_data_that_are_no_gzip_data_are_ignored_with_a_warning() {
    for tail in [&[0u8; 512][..], b"x", b"\x1f"] {
        let (seen, info) = read_bytes(&[&gzip(&long().bytes), tail].concat());
        assert_eq!((seen.len(), info.damage), (300, None));
        assert_eq!(
            info.warnings,
            ["Bytes that are no gzip data follow the gzip data; they were ignored."]
        );
    }
}

#[test]
fn a_compressed_file_has_no_offsets_to_read_again_but_its_progress_counts_its_bytes() {
    let bytes = gzip(&long().bytes);
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(&bytes).unwrap();
    let mut capture = CaptureFile::open(file.path().to_str().unwrap(), SourceId(0)).unwrap();
    while capture.advance() {
        assert_eq!(capture.packet().file_offset, None);
    }
    let len = bytes.len() as u64;
    assert_eq!(capture.progress(), (len, Some(len)));
}

#[test]
fn compressed_data_that_is_no_capture_is_refused_by_what_it_holds() {
    let message = |bytes: &[u8]| open_bytes(bytes).unwrap_err().to_string();
    assert_eq!(
        message(&gzip(b"{\"a\": 1}")),
        "test.pcap: not a pcap or pcapng capture: the gzip data starts like JSON text; \
         name the capture the JSON was made from"
    );
    assert_eq!(
        message(&zstd_frame(b"")),
        "test.pcap: the zstd data is empty (0 bytes), so there is no capture in it; \
         record or copy it again"
    );
    assert!(message(&gzip(&gzip(b"x"))).contains("gzip data again"));
    let cut = &gzip(&long().bytes)[..12];
    assert!(matches!(
        open_bytes(cut).unwrap_err(),
        SourceError::CompressedDamaged {
            compression: Compression::Gzip,
            ..
        }
    ));
}
