use crate::source::testing::*;
use crate::source::{CaptureFormat, Compression};
use crate::types::LinkType;

/// One packet at 10.000001 s in microseconds or 10.000000001 s in nanoseconds.
fn one(order: Order, magic: u32) -> Pcap {
    Pcap::new(order, magic, 1).packet(10, 1, b"abc")
}

#[test]
fn both_byte_orders_and_all_magics_give_the_same_packet() {
    for order in [Order::Little, Order::Big] {
        for (magic, nanos) in [
            (MICROS, 10_000_001_000),
            (NANOS, 10_000_000_001),
            (MODIFIED, 10_000_001_000),
        ] {
            let (seen, info) = read_bytes(&one(order, magic).packet(11, 0, b"de").bytes);
            assert_eq!(seen.len(), 2, "{magic:x}");
            assert_eq!(
                seen[0],
                Seen {
                    source: 0,
                    frame: 1,
                    nanos,
                    link: 1,
                    data: b"abc".to_vec(),
                    wire_len: 3,
                    file_offset: None,
                }
            );
            assert_eq!((seen[1].frame, &seen[1].data[..]), (2, &b"de"[..]));
            assert_eq!(
                (info.format, info.compression),
                (CaptureFormat::Pcap, Compression::None)
            );
            assert_eq!(
                (info.packets, info.bytes, info.snap_len),
                (2, 5, Some(65535))
            );
            assert_eq!(info.damage, None);
        }
    }
}

#[test]
fn the_upper_half_of_the_link_type_is_dropped() {
    // 0x14000001: an FCS of 4 bytes is present, Ethernet.
    let (seen, info) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 0x1400_0001)
            .packet(0, 0, b"x")
            .bytes,
    );
    assert_eq!(seen[0].link, 1);
    assert_eq!(info.link_types, [LinkType(1)]);
}

#[test]
fn a_fraction_above_its_unit_is_carried_into_the_seconds() {
    let (seen, _) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 1)
            .packet(10, 2_500_000, b"x")
            .bytes,
    );
    assert_eq!(seen[0].nanos, 12_500_000_000);
}

#[test]
fn seconds_above_the_signed_range_are_after_2038() {
    let (seen, _) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 1)
            .packet(u32::MAX, 0, b"x")
            .bytes,
    );
    assert_eq!(seen[0].nanos, 4_294_967_295_000_000_000);
}

#[test]
fn packets_cut_by_the_snap_length_are_counted() {
    let (seen, info) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 1)
            .record(0, 0, 2, 100, b"ab")
            .packet(0, 0, b"whole")
            .bytes,
    );
    assert_eq!((seen[0].wire_len, &seen[0].data[..]), (100, &b"ab"[..]));
    assert_eq!(info.truncated_packets, 1);
}

#[test]
fn a_wire_length_below_the_captured_one_is_raised_to_it() {
    let (seen, info) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 1)
            .record(0, 0, 3, 1, b"abc")
            .bytes,
    );
    assert_eq!((seen[0].wire_len, info.truncated_packets), (3, 0));
}

#[test]
fn old_versions_have_their_lengths_the_other_way_round() {
    for (minor, first, second) in [(2, 9, 3), (3, 9, 3), (3, 3, 9)] {
        let (seen, _) = read_bytes(
            &Pcap::of_version(Order::Little, MICROS, 1, 2, minor)
                .record(0, 0, first, second, b"abc")
                .bytes,
        );
        assert_eq!((&seen[0].data[..], seen[0].wire_len), (&b"abc"[..], 9));
    }
}

#[test]
fn an_unknown_version_is_read_with_a_warning() {
    let (seen, info) = read_bytes(
        &Pcap::of_version(Order::Big, MICROS, 1, 3, 0)
            .packet(0, 0, b"x")
            .bytes,
    );
    assert_eq!(seen.len(), 1);
    assert_eq!(
        info.warnings,
        ["The file header names pcap version 3.0; read as version 2.4."]
    );
}

#[test]
fn a_record_claiming_500_mb_is_damage_and_what_came_before_is_kept() {
    let file = one(Order::Little, MICROS).record(0, 0, 500_000_000, 500_000_000, b"abc");
    let (seen, info) = read_bytes(&file.bytes);
    assert_eq!(seen.len(), 1);
    let damage = info.damage.clone().unwrap();
    // 24 bytes of file header, 16 of record header, 3 of data.
    assert_eq!((damage.offset, damage.frame), (43, 2));
    assert_eq!(
        info.damage_sentence().unwrap(),
        "test.pcap: damaged at byte 43, packet #2: its record claims 500000000 captured bytes, \
         more than the 4194304 a packet may have here; the packet before it was read. \
         If the original is at hand, copy or record it again."
    );
}

#[test]
fn a_packet_larger_than_the_read_buffer_is_lent_whole() {
    let big: Vec<u8> = (0..1_000_000u32).map(|n| n as u8).collect();
    let (seen, info) = read_bytes(
        &one(Order::Little, MICROS)
            .packet(0, 0, &big)
            .packet(0, 0, b"z")
            .bytes,
    );
    assert_eq!(seen[1].data, big);
    assert_eq!((seen[2].data.as_slice(), info.damage), (&b"z"[..], None));
}

#[test]
fn times_that_run_backwards_are_counted_and_the_span_is_that_of_the_extremes() {
    let (_, info) = read_bytes(
        &Pcap::new(Order::Little, MICROS, 1)
            .packet(10, 0, b"x")
            .packet(7, 0, b"x")
            .packet(12, 0, b"x")
            .packet(11, 0, b"x")
            .bytes,
    );
    assert_eq!(
        (info.backward_steps, info.largest_backward_step.as_nanos()),
        (2, 3_000_000_000)
    );
    assert_eq!(info.first_time.unwrap().as_nanos(), 7_000_000_000);
    assert_eq!(info.last_time.unwrap().as_nanos(), 12_000_000_000);
}
