//! `sipflow list` through the program. The expected rows are those of `tshark -n -T tabs` 4.0.17 but for the ends
//! that docs/differences.md names.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]
#![allow(unreachable_pub, dead_code, reason = "shared with other tests")]

mod support;

use serde_json::Value;

fn run(words: &str) -> (Option<i32>, String) {
    let out = support::sipflow(words.split(' '));
    (out.status.code(), String::from_utf8(out.stdout).unwrap())
}

/// Frame, protocol and words of the rows that are asked for.
fn rows(case: &str, frames: &str) -> Vec<String> {
    let file = format!("testdata/cases/{case}/capture.pcap");
    let (code, text) = run(&format!("list -q --format ndjson {file} --frame {frames}"));
    assert_eq!(code, Some(0), "{case} {frames}");
    let row = |line: &str| {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        format!("{} {}: {}", row["frame"], text("protocol"), text("info"))
    };
    text.lines().map(row).collect()
}

#[test]
fn segments_name_what_they_are_and_the_packet_that_ends_a_message_is_the_message() {
    assert_eq!(
        rows("tcp", "1-8"),
        [
            "1 ARP: Who has 192.0.2.10? Tell 192.0.2.11",
            "2 ARP: 192.0.2.10 is at 02:00:c0:00:02:0a",
            "3 TCP: 53144 → 5060 [SYN] Seq=0 Win=65520 Len=0 MSS=560 SACK_PERM TSval=3324244749 TSecr=0 WS=1024",
            "4 TCP: 5060 → 53144 [SYN, ACK] Seq=0 Ack=1 Win=65212 Len=0 MSS=560 SACK_PERM TSval=3723935093 TSecr=3324244749 WS=1024",
            "5 TCP: 53144 → 5060 [ACK] Seq=1 Ack=1 Win=65536 Len=0 TSval=3324244749 TSecr=3723935093",
            "6 TCP: 53144 → 5060 [ACK] Seq=1 Ack=1 Win=65536 Len=548 TSval=3324244750 TSecr=3723935093 [TCP segment of a reassembled PDU]",
            "7 SIP: Request: REGISTER sip:192.0.2.10;transport=tcp  (1 binding)",
            "8 TCP: 5060 → 53144 [ACK] Seq=1 Ack=549 Win=65536 Len=0 TSval=3723935094 TSecr=3324244750",
        ]
    );
}

#[test]
fn several_messages_of_one_segment_stand_in_one_row() {
    assert_eq!(
        rows("tcp_pipelined", "6"),
        [
            "6 SIP: Request: OPTIONS sip:192.0.2.10 | Request: OPTIONS sip:192.0.2.10 | Request: OPTIONS sip:192.0.2.10"
        ]
    );
}

#[test]
fn fragments_say_where_their_datagram_became_whole() {
    assert_eq!(
        rows("fragmented_bigsdp", "7-9"),
        [
            "7 IPv4: Fragmented IP protocol (proto=UDP 17, off=0, ID=ded1) [Reassembled in #9]",
            "8 IPv4: Fragmented IP protocol (proto=UDP 17, off=1480, ID=ded1) [Reassembled in #9]",
            "9 SIP/SDP: Request: INVITE sip:bob@192.0.2.10:5060",
        ]
    );
}

#[test]
fn what_shares_the_port_of_media_and_what_answers_it_is_named() {
    assert_eq!(
        rows("dtls_srtp", "1,4,9,11,15,17-19,23,25"),
        [
            "1 ICMPv6: Multicast Listener Report Message v2",
            "4 ICMPv6: Multicast Listener Report Message v2",
            "9 DTLS: Client Hello",
            "11 SIP/SDP: Status: 200 Answering (INVITE)",
            "15 DTLSv1.2: Server Hello, Certificate, Server Key Exchange, Certificate Request, Server Hello Done",
            "17 DTLSv1.2: Certificate, Client Key Exchange, Certificate Verify, Change Cipher Spec, Encrypted Handshake Message",
            "18 DTLSv1.2: New Session Ticket, Change Cipher Spec, Encrypted Handshake Message",
            // Not enciphered, whatever SDP says.
            "19 RTCP: Application specific   ( PING ) subtype=0",
            "23 SRTCP: Application specific",
            "25 SRTP: PT=ITU-T G.711 PCMU, SSRC=0xF6F55B3C, Seq=25136, Time=26968, Mark",
        ]
    );
}

// STUN from the caller's RTP port: no SDP rule of tshark finds the stream, and here its first packets wait until it is
// proven.
#[test]
fn the_first_packets_of_a_stream_are_told_as_the_rest_of_it() {
    let told = rows("g729_linphone", "20");
    assert_eq!(
        told,
        ["20 RTP: PT=ITU-T G.729, SSRC=0xFC47562D, Seq=0, Time=3135467620"]
    );
}

#[test]
fn each_copy_of_a_packet_is_a_row() {
    let file = "testdata/cases/any_bridge_dups/capture.pcap";
    let (_, text) = run(&format!("list -q {file}"));
    let (_, report) = run(&format!("report -q --json {file}"));
    let report: Value = serde_json::from_str(&report).unwrap();
    let packets = report["sources"][0]["packets"].as_u64().unwrap();
    // And the heading.
    assert_eq!(text.lines().count() as u64, packets + 1);
}

#[test]
fn rows_are_chosen_by_number_and_counted() {
    let file = "testdata/cases/proxy_call/capture.pcap";
    let numbers = |words: &str| -> Vec<String> {
        let (code, text) = run(&format!("list -q {file} {words}"));
        assert_eq!(code, Some(0), "{words}");
        let first = |line: &str| line.split_whitespace().next().unwrap().to_owned();
        text.lines().skip(1).map(first).collect()
    };
    assert_eq!(numbers("-c 3"), ["1", "2", "3"]);
    assert_eq!(numbers("--frame 4,8-9"), ["4", "8", "9"]);
    assert_eq!(numbers("--frame 5-500 -c 2"), ["5", "6"]);
    assert_eq!(
        numbers("-r testdata/cases/busy/capture.pcap --frame 2:#3").len(),
        1
    );
    assert_eq!(run(&format!("list -q {file} --frame 5000")).0, Some(1));
    assert_eq!(
        run(&format!("list -q {file} --frame nowhere:#1")).0,
        Some(2)
    );
}

#[test]
fn every_form_holds_the_same_rows_and_the_document_fits_its_schema() {
    let file = "testdata/cases/fragmented_bigsdp/capture.pcap";
    let (_, document) = run(&format!("list -q --json {file}"));
    let document: Value = serde_json::from_str(&document).unwrap();
    let (_, schema) = run("schema list");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&document)
        .map(|e| e.to_string())
        .collect();
    assert_eq!(errors, [""; 0]);
    let count = document["packets"].as_array().unwrap().len();
    let lines = |format: &str| {
        run(&format!("list -q --format {format} {file}"))
            .1
            .lines()
            .count()
    };
    assert_eq!(
        (lines("ndjson"), lines("csv"), lines("text")),
        (count, count + 1, count + 1)
    );
}

/// A pcap of raw IP (link type 101).
fn pcap(path: &std::path::Path, packets: &[Vec<u8>]) {
    let mut bytes = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 101] {
        bytes.extend(word.to_le_bytes());
    }
    for (n, packet) in (0u32..).zip(packets) {
        let len = u32::try_from(packet.len()).unwrap();
        for word in [1_795_189_558 + n / 1000, 1000 * (n % 1000), len, len] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend(packet);
    }
    std::fs::write(path, bytes).unwrap();
}

/// An IPv4 packet of UDP from 192.0.2.1:7 to 192.0.2.2:9; `flags`: of the fragment field.
fn udp(id: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let total = u16::try_from(28 + payload.len()).unwrap();
    let mut packet = vec![0x45, 0];
    for field in [total, id, flags] {
        packet.extend(field.to_be_bytes());
    }
    packet.extend([64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]);
    for field in [7, 9, total - 20, 0] {
        packet.extend(field.to_be_bytes());
    }
    packet.extend(payload);
    packet
}

// The first fragment never gets its others: it waits, no more than so many packets, and no row is out of order.
#[test]
fn what_never_becomes_whole_holds_nothing_up_for_ever() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("x.pcap");
    let mut packets = vec![udp(1, 0x2000, &[0; 16])];
    packets.extend((2..6000).map(|id| udp(id, 0, b"quote")));
    pcap(&file, &packets);
    let (code, text) = run(&format!("list -q --format csv {}", file.display()));
    assert_eq!(code, Some(0));
    let frames = text
        .lines()
        .skip(1)
        .map(|l| l.split(',').nth(1).unwrap().parse::<usize>().unwrap());
    assert!(frames.eq(1..=packets.len()));
    let first = text.lines().nth(1).unwrap();
    assert!(
        first.contains("Fragmented IP protocol (proto=UDP 17, off=0, ID=0001)"),
        "{first}"
    );
    assert!(!text.contains("Reassembled"), "no datagram became whole");
    assert!(text.lines().nth(2).unwrap().contains("7 → 9 Len=5"));
}
