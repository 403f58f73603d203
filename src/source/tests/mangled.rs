//! Captures cut at every byte and changed in every byte.

use crate::source::testing::*;
use crate::source::{CaptureFile, SourceInfo};
use crate::types::SourceId;

fn small_pcap() -> Pcap {
    Pcap::new(Order::Little, MICROS, 1)
        .packet(1, 0, b"one packet")
        .packet(2, 0, b"")
        .packet(3, 0, b"a third")
        .packet(4, 0, b"and the last of them")
}

fn small_ng() -> Ng {
    Ng::new(Order::Little)
        .interface(1, 0, &[(9, &[6]), (2, b"eth0")])
        .packet(0, 1, b"one packet")
        .block(0xbad, b"unknown")
        .simple(7, b"simple!")
        .statistics(0, &[(5, &[1, 0, 0, 0, 0, 0, 0, 0])])
        .obsolete(0, 3, b"old")
        .secrets(1, b"secret")
        .section(Order::Big, &[(4, b"test")])
        .interface(101, 0, &[])
        .packet(0, 4, b"and the last of them")
}

/// Reads `bytes` a few at a time, as a pipe may bring them.
fn dribble(bytes: &[u8], step: usize) -> Option<(Vec<Seen>, SourceInfo)> {
    let reader = Box::new(Dribble(bytes.to_vec(), step));
    CaptureFile::from_reader("cut", SourceId(0), reader)
        .ok()
        .map(read_all)
}

/// Cuts at every byte: all packets before the cut come, and damage is reported exactly where the
/// cut is no border, with the border before it as its offset.
fn cut_everywhere(bytes: &[u8], borders: &[usize], packet_ends: &[usize]) {
    let (whole, _) = read_bytes(bytes);
    assert_eq!(whole.len(), packet_ends.len());
    for cut in 0..=bytes.len() {
        for step in [usize::MAX, 5] {
            let Some((seen, info)) = dribble(&bytes[..cut], step) else {
                assert!(cut < borders[0], "cut at {cut} must open");
                continue;
            };
            let complete = packet_ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(seen, whole[..complete], "cut at {cut}");
            let border = borders.iter().rev().find(|b| **b <= cut).unwrap();
            match info.damage {
                None => assert_eq!(*border, cut),
                Some(damage) => {
                    assert_ne!(*border, cut);
                    assert_eq!(damage.offset, *border as u64, "cut at {cut}");
                    assert_eq!(damage.frame, complete as u64 + 1);
                }
            }
        }
    }
}

#[test]
fn a_pcap_cut_at_any_byte_gives_every_packet_before_the_cut() {
    let file = small_pcap();
    cut_everywhere(&file.bytes, &file.borders, &file.borders[1..]);
}

#[test]
fn a_pcapng_cut_at_any_byte_gives_every_packet_before_the_cut() {
    let file = small_ng();
    cut_everywhere(&file.bytes, &file.borders, &file.packet_ends);
}

/// Changes every byte of the first 200 in several ways: whatever comes out, it comes to an end and
/// no packet exceeds the file.
fn flip_everywhere(bytes: &[u8]) {
    let limit = bytes.len().min(200);
    for at in 0..limit {
        for mask in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff] {
            let mut mangled = bytes.to_vec();
            mangled[at] ^= mask;
            let Ok(file) = open_bytes(&mangled) else {
                continue;
            };
            let (seen, info) = read_all(file);
            // The smallest record of either format takes 16 bytes.
            assert!(seen.len() <= bytes.len() / 16);
            assert!(info.bytes <= bytes.len() as u64);
            assert!(seen.iter().all(|s| s.data.len() <= s.wire_len as usize));
            assert_eq!(seen.len() as u64, info.packets);
        }
    }
}

#[test]
fn a_pcap_with_any_byte_changed_is_read_to_some_end() {
    flip_everywhere(&small_pcap().bytes);
    let modified = Pcap::new(Order::Big, MODIFIED, 1)
        .packet(1, 0, b"one")
        .packet(2, 0, b"two");
    flip_everywhere(&modified.bytes);
}

#[test]
fn a_pcapng_with_any_byte_changed_is_read_to_some_end() {
    flip_everywhere(&small_ng().bytes);
}

#[test]
fn a_compressed_capture_with_any_byte_changed_is_read_to_some_end() {
    let plain = small_pcap().bytes;
    flip_everywhere(&zstd::encode_all(&plain[..], 3).unwrap());
}
