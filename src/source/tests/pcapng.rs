use crate::source::testing::*;
use crate::source::{CaptureFormat, DropCounts, Secrets};
use crate::types::LinkType;

const TSRESOL: u16 = 9;
const TSOFFSET: u16 = 14;

fn ethernet(order: Order) -> Ng {
    Ng::new(order).interface(1, 0, &[])
}

#[test]
fn both_byte_orders_give_the_same_packet() {
    for order in [Order::Little, Order::Big] {
        let (seen, info) = read_bytes(&ethernet(order).enhanced(0, 10_000_001, 3, 7, b"abc").bytes);
        assert_eq!(
            seen,
            [Seen {
                source: 0,
                frame: 1,
                nanos: 10_000_001_000,
                link: 1,
                data: b"abc".to_vec(),
                wire_len: 7,
                file_offset: None,
            }]
        );
        assert_eq!((info.format, info.damage), (CaptureFormat::PcapNg, None));
        assert_eq!(
            (info.packets, info.bytes, info.truncated_packets),
            (1, 3, 1)
        );
    }
}

#[test]
fn a_binary_resolution_divides_the_second() {
    // 2^-10: 10752 / 1024 = 10.5 s.
    let file = Ng::new(Order::Big)
        .interface(1, 0, &[(TSRESOL, &[0x8a])])
        .packet(0, 10_752, b"x");
    assert_eq!(read_bytes(&file.bytes).0[0].nanos, 10_500_000_000);
}

#[test]
fn the_time_offset_of_an_interface_is_added_in_either_byte_order() {
    for order in [Order::Little, Order::Big] {
        let offset = order.u64((-3i64).cast_unsigned());
        let file = Ng::new(order)
            .interface(1, 0, &[(TSRESOL, &[9]), (TSOFFSET, &offset)])
            .packet(0, 5_000_000_001, b"x");
        assert_eq!(read_bytes(&file.bytes).0[0].nanos, 2_000_000_001);
    }
}

#[test]
fn options_behind_the_end_marker_are_not_options() {
    let file = Ng::new(Order::Little)
        .interface(1, 0, &[(0, b""), (TSRESOL, &[9])])
        .packet(0, 5, b"x");
    assert_eq!(read_bytes(&file.bytes).0[0].nanos, 5_000);
}

#[test]
fn two_interfaces_keep_their_link_types_and_clocks_apart() {
    let file = Ng::new(Order::Little)
        .interface(1, 0, &[])
        .interface(276, 0, &[(TSRESOL, &[9])])
        .packet(1, 7, b"cooked")
        .packet(0, 7, b"wired");
    let (seen, info) = read_bytes(&file.bytes);
    assert_eq!((seen[0].link, seen[0].nanos), (276, 7));
    assert_eq!((seen[1].link, seen[1].nanos), (1, 7_000));
    assert_eq!(info.link_types, [LinkType(1), LinkType(276)]);
}

#[test]
fn a_second_section_starts_anew_in_its_own_byte_order() {
    let file = ethernet(Order::Little)
        .packet(0, 1, b"first")
        .section(Order::Big, &[])
        .interface(101, 0, &[])
        .packet(0, 2, b"second");
    let (seen, info) = read_bytes(&file.bytes);
    assert_eq!(
        seen.iter()
            .map(|s| (s.frame, s.link, s.nanos, s.data.as_slice()))
            .collect::<Vec<_>>(),
        [
            (1, 1, 1_000, &b"first"[..]),
            (2, 101, 2_000, &b"second"[..])
        ]
    );
    assert_eq!(info.damage, None);
}

#[test]
fn simple_packets_take_the_time_before_and_the_snap_length_of_the_first_interface() {
    let file = Ng::new(Order::Little)
        .interface(1, 4, &[])
        .simple(3, b"abc")
        .packet(0, 9, b"abcd")
        .simple(100, b"wxyz");
    let (seen, info) = read_bytes(&file.bytes);
    assert_eq!(
        seen.iter()
            .map(|s| (s.frame, s.nanos, s.data.as_slice(), s.wire_len))
            .collect::<Vec<_>>(),
        [
            (1, 0, &b"abc"[..], 3),
            (2, 9_000, &b"abcd"[..], 4),
            (3, 9_000, &b"wxyz"[..], 100)
        ]
    );
    // What has no time of its own does not stretch the capture to 1970.
    assert_eq!(info.first_time.unwrap().as_nanos(), 9_000);
    assert_eq!((info.warnings.len(), info.truncated_packets), (1, 1));
}

#[test]
fn obsolete_packet_blocks_are_read() {
    let file = Ng::new(Order::Big)
        .interface(0, 0, &[])
        .interface(1, 0, &[])
        .obsolete(1, 5, b"old");
    let (seen, _) = read_bytes(&file.bytes);
    assert_eq!(
        (seen[0].link, seen[0].nanos, seen[0].data.as_slice()),
        (1, 5_000, &b"old"[..])
    );
}

#[test]
fn unknown_blocks_of_any_size_are_stepped_over() {
    let file = ethernet(Order::Little)
        .block(4, b"a name resolution block")
        .block(0xbad, b"tail")
        .block(0x8000_0001, &vec![7; 9 << 20]) // larger than any block that is held
        .packet(0, 1, b"x");
    let (seen, info) = read_bytes(&file.bytes);
    assert_eq!((seen[0].frame, info.damage), (1, None));
}

#[test]
fn a_packet_of_an_unknown_interface_is_counted_and_reading_goes_on() {
    let file = ethernet(Order::Little)
        .packet(0, 1, b"one")
        .packet(3, 2, b"lost")
        .packet(0, 3, b"three");
    let (seen, info) = read_bytes(&file.bytes);
    // It keeps its number, so the next one is the third.
    assert_eq!(seen.iter().map(|s| s.frame).collect::<Vec<_>>(), [1, 3]);
    assert_eq!((info.packets, info.skipped_packets), (2, 1));
    // Section header 28, interface 20, first packet 36 bytes.
    assert!(info.warnings[0].starts_with("Packet #2 at byte 84 names interface 3"));
    assert_eq!(info.damage, None);
}

#[test]
fn the_section_says_who_wrote_it() {
    let options: &[(u16, &[u8])] = &[
        (1, b"lab 3"),
        (2, b"x86"),
        (3, b"Linux 6.1"),
        (4, b"Dumpcap 4.0\0"),
    ];
    let file = ethernet(Order::Big).section(Order::Big, options);
    let (_, info) = read_bytes(&file.bytes);
    assert_eq!(info.comments, ["lab 3"]);
    assert_eq!(info.hardware.as_deref(), Some("x86"));
    assert_eq!(info.os.as_deref(), Some("Linux 6.1"));
    assert_eq!(info.application.as_deref(), Some("Dumpcap 4.0"));
}

#[test]
fn the_latest_drop_counts_of_each_interface_add_up() {
    for order in [Order::Little, Order::Big] {
        let n = |v: u64| order.u64(v);
        let file = Ng::new(order)
            .interface(1, 0, &[])
            .interface(1, 0, &[])
            .statistics(0, &[(5, &n(1)), (7, &n(10))])
            .statistics(1, &[(5, &n(100))])
            .statistics(0, &[(5, &n(3)), (7, &n(20))])
            .statistics(9, &[(5, &n(7))]);
        let (_, info) = read_bytes(&file.bytes);
        assert_eq!(
            info.interface_drops,
            DropCounts {
                by_interface: Some(103),
                by_system: Some(20)
            }
        );
    }
}

#[test]
fn a_file_without_statistics_says_nothing_about_drops() {
    let (_, info) = read_bytes(&ethernet(Order::Little).bytes);
    assert_eq!(info.interface_drops, DropCounts::default());
}

#[test]
fn key_material_is_kept() {
    let file = ethernet(Order::Big).secrets(Secrets::TLS_KEY_LOG, b"CLIENT_RANDOM 1 2");
    let (_, info) = read_bytes(&file.bytes);
    assert_eq!(
        info.secrets,
        [Secrets {
            kind: Secrets::TLS_KEY_LOG,
            data: b"CLIENT_RANDOM 1 2".to_vec()
        }]
    );
}

#[test]
fn a_damaged_length_in_the_middle_stops_the_reading_there() {
    let whole = ethernet(Order::Little)
        .packet(0, 1, b"one!")
        .packet(0, 2, b"two!")
        .packet(0, 3, b"three");
    // The first length of the second packet's block, which starts at 28 + 20 + 36 = 84.
    for (value, reason) in [
        (0u32, "a block claims an impossible length of 0 bytes"),
        (
            32,
            "a block's length is 32 before its body and 560953204 after it", // "two!" as a number
        ),
        (
            500_000_000,
            "a block claims an impossible length of 500000000 bytes",
        ),
        (
            1_000_000,
            "the file ends inside this packet's block: 76 of 1000000 bytes are there",
        ),
    ] {
        let mut bytes = whole.bytes.clone();
        bytes[88..92].copy_from_slice(&value.to_le_bytes());
        let (seen, info) = read_bytes(&bytes);
        let damage = info.damage.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!(
            (damage.offset, damage.frame, damage.reason.as_str()),
            (84, 2, reason)
        );
    }
}

#[test]
fn more_captured_bytes_than_the_block_holds_are_damage() {
    let file = ethernet(Order::Little).enhanced(0, 1, 5, 5, b"abcd");
    let (seen, info) = read_bytes(&file.bytes);
    assert!(seen.is_empty());
    assert_eq!(
        info.damage.unwrap().reason,
        "its block of 36 bytes claims 5 captured bytes"
    );
}
