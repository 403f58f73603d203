//! Interfaces: switched off, deleted, several, `any`, VLANs.

use crate::capture::Capture;
use crate::saved::{packets, records, sipflow};
use crate::traffic::{Phones, request};
use crate::wire::Wire;
use nix::sys::signal::Signal::SIGINT;

/// LINKTYPE_LINUX_SLL2.
const SLL2: u16 = 276;

#[test]
fn it_goes_on_where_an_interface_is_switched_off_and_where_it_is_made_again() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let capture = Capture::start(&wire.b, dir, "-i v0 -w x.pcapng udp port 5060");
    Phones::plug_in(&wire).options("first");
    wire.b.ip("link set v0 down");
    capture.says("v0 is down");
    wire.b.ip("link set v0 up");
    capture.says("v0 is up again");
    Phones::plug_in(&wire).options("second");
    capture.prints("second", 2);
    wire.b.ip("link delete v0");
    capture.says("waiting for it to come back");
    let before = cpu_ticks(capture.process());
    std::thread::sleep(std::time::Duration::from_secs(2));
    let used = cpu_ticks(capture.process()) - before;
    wire.connect("v0", "192.0.2");
    capture.says("v0 is back");
    Phones::plug_in(&wire).options("third");
    capture.prints("third", 2);
    let ended = capture.end(SIGINT).well();
    for call_id in ["first", "second", "third"] {
        // Two lines as they happened.
        assert_eq!(ended.out.matches(call_id).count(), 2, "{}", ended.out);
    }
    assert_eq!(packets(&dir.join("x.pcapng")).len(), 6);
    // A loop that does not wait would use all 200 ticks of 10 ms.
    assert!(
        used < 20,
        "{used} ticks in two seconds without an interface"
    );
}

/// User and system time of a process, in ticks (proc(5)).
fn cpu_ticks(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let behind_name = stat.rsplit_once(')').unwrap().1;
    let fields: Vec<&str> = behind_name.split_whitespace().collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn the_any_device_sees_a_bridge_and_its_port_and_folds_the_copies() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    // What comes through v0 passes br0 as well.
    wire.b.ip("link add br0 type bridge");
    wire.b.ip("address flush dev v0");
    wire.b.ip("link set v0 master br0");
    wire.b.ip("address add 192.0.2.2/24 dev br0");
    wire.b.ip("link set br0 up");
    let capture = Capture::start(&wire.b, dir, "-i any --json -w any.pcapng");
    let phones = Phones::plug_in(&wire);
    phones.call("bridged", || {});
    capture.prints("\"bridged\"", 6);
    let ended = capture.end(SIGINT).well();

    let saved = packets(&dir.join("any.pcapng"));
    assert!(saved.iter().all(|p| p.link == SLL2));
    let copies = saved.iter().filter(|p| p.has("Call-ID: bridged")).count();
    assert!(copies >= 12, "each message on both interfaces: {copies}");
    let live = records(&ended.out);
    let calls: Vec<_> = live.iter().filter(|(kind, _)| kind == "call").collect();
    assert_eq!(calls.len(), 1);
    assert!(
        calls[0].1.contains("\"outcome\":\"completed\""),
        "{}",
        calls[0].1
    );
    let counters = &live.last().unwrap().1;
    let expected = format!("\"capture_duplicates\":{}", copies - 6);
    assert!(counters.contains(&expected), "{counters}");
    assert!(counters.contains("\"retransmissions\":0"), "{counters}");
}

#[test]
fn a_packet_with_a_vlan_tag_is_read_and_saved_with_it() {
    let Some(wire) = Wire::lay(&["python3"]) else {
        return;
    };
    let dir = wire.dir.path();
    let capture = Capture::start(&wire.b, dir, "-i v0 -w tagged.pcap");
    let any = Capture::start(&wire.b, dir, "-i any");
    let sip = request("192.0.2", "OPTIONS", "tagged", "", "");
    let len = |more: usize| u16::try_from(sip.len() + more).unwrap().to_be_bytes();
    // 802.1Q, VLAN 7; IPv4, UDP 5060 -> 5060, without checksums.
    let mut frame = vec![
        2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x81, 0, 0, 7, 8, 0, 0x45, 0,
    ];
    frame.extend(len(28));
    frame.extend([
        0, 1, 0, 0, 64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2, 0x13, 0xc4, 0x13, 0xc4,
    ]);
    frame.extend(len(8));
    frame.extend([0, 0]);
    frame.extend(sip.as_bytes());
    let hex: String = frame.iter().map(|b| format!("{b:02x}")).collect();
    let send = format!(
        "import socket; s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); \
         s.bind(('v0', 0)); s.send(bytes.fromhex('{hex}'))"
    );
    wire.a.run("python3", &["-c", &send]);
    capture.prints("tagged", 1);
    any.prints("tagged", 1);
    capture.end(SIGINT).well();
    any.end(SIGINT).well();
    let saved = packets(&dir.join("tagged.pcap"));
    let tagged: Vec<_> = saved.iter().filter(|p| p.has("Call-ID: tagged")).collect();
    assert_eq!(tagged.len(), 1);
    assert!(tagged[0].data == frame, "{:02x?}", &tagged[0].data[..20]);
}

#[test]
fn packets_of_two_interfaces_are_saved_in_order_of_time() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    wire.connect("v1", "198.51.100");
    let words = "-i v0,v1 --json -w x.pcapng udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let (one, two) = (
        Phones::on(&wire, "192.0.2"),
        Phones::on(&wire, "198.51.100"),
    );
    for n in 0..100 {
        one.options(&format!("one-{n}"));
        two.options(&format!("two-{n}"));
    }
    // At once: packets still wait for those of the other interface.
    let ended = capture.end(SIGINT).well();
    let saved = packets(&dir.join("x.pcapng"));
    assert_eq!(saved.len(), 400);
    assert!(saved.is_sorted_by_key(|p| p.nanos));
    // Two of one, then two of the other.
    for (at, four) in saved.chunks(4).enumerate() {
        for (packet, name) in four.iter().zip(["one", "one", "two", "two"]) {
            assert!(packet.has(&format!("Call-ID: {name}-{at}\r")), "{at}");
        }
    }
    let replay = sipflow("report --format ndjson", &dir.join("x.pcapng"));
    let (mut live, mut replay) = (records(&ended.out), records(&replay));
    live.sort();
    replay.sort();
    assert_eq!(live, replay);
}
