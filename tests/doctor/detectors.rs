//! For each code of advice a capture that has what it is for, and the words that say it.

use crate::edit::{Capture, Packet, block, enhanced, pcapng, statistics};
use serde_json::Value;
use sipflow::diagnosis::rules;
use std::collections::BTreeSet;

/// The doctor's document of a capture held in memory.
fn doctor(bytes: &[u8]) -> Value {
    let dir = tempfile::tempdir().expect("directory");
    let path = dir.path().join("capture.pcap");
    std::fs::write(&path, bytes).expect("write");
    crate::document(&path)
}

struct Case {
    code: &'static str,
    severity: &'static str,
    hides: Option<&'static str>,
    /// A part of the title.
    title: &'static str,
    capture: Vec<u8>,
}

fn case(
    code: &'static str,
    severity: &'static str,
    hides: Option<&'static str>,
    title: &'static str,
    capture: Vec<u8>,
) -> Case {
    Case {
        code,
        severity,
        hides,
        title,
        capture,
    }
}

const ALICE: [u8; 4] = [192, 0, 2, 11];

/// The call of the lab without a proxy: SIP on 5060, RTP both ways.
fn call() -> Capture {
    Capture::of_case("direct_call")
}

/// Puts these bytes in place of the beginning of each SIP payload on UDP.
fn sip_begins(with: &'static [u8]) -> Vec<u8> {
    call()
        .each(move |p| {
            if p.protocol() == Some(17) && p.is_sip() {
                let payload = p.udp_payload();
                let n = with.len().min(payload.len());
                payload[..n].copy_from_slice(&with[..n]);
            }
        })
        .bytes()
}

fn first_frames(capture: Capture, wanted: fn(&Packet) -> bool, most: usize) -> Capture {
    let mut left = most;
    capture.keep(|p| {
        let keep = wanted(p) && left > 0;
        left -= usize::from(keep);
        keep
    })
}

/// Last fragments of that many datagrams.
fn lone_fragments(datagrams: u16) -> Vec<u8> {
    let mut c = call().keep(Packet::is_media);
    let first = c.packets[0].clone();
    c.packets = vec![first; datagrams.into()];
    for (id, p) in (1u16..).zip(&mut c.packets) {
        p.data[18..20].copy_from_slice(&id.to_be_bytes());
        // No more fragments, 8 octets from the start.
        p.data[20..22].copy_from_slice(&[0, 1]);
    }
    c.bytes()
}

/// The call over TLS, on the port of web servers.
fn tls_on_443() -> Vec<u8> {
    Capture::of_case("tls")
        .each(|p| {
            if p.protocol() == Some(6) {
                for at in [34, 36] {
                    if p.data[at..at + 2] == 5061u16.to_be_bytes() {
                        p.data[at..at + 2].copy_from_slice(&443u16.to_be_bytes());
                    }
                }
            }
        })
        .bytes()
}

fn cases() -> Vec<Case> {
    let rtp_only = || call().keep(|p| p.is_media());
    vec![
        case("no_packets", "error", Some("both"), "no packet", call().keep(|_| false).bytes()),
        case(
            "unsupported_link_type",
            "error",
            Some("both"),
            "have a link type without a decoder",
            call().link_type(147).bytes(),
        ),
        case("damaged_capture", "warning", Some("both"), "could not be read to its end", {
            let mut bytes = call().bytes();
            bytes.truncate(bytes.len() - 7);
            bytes
        }),
        case(
            "capture_drops",
            "warning",
            Some("both"),
            "12 packets were lost while capturing",
            [pcapng(), enhanced(0, &[0; 60]), statistics(5, 7)].concat(),
        ),
        case(
            "unreadable_records",
            "warning",
            Some("both"),
            "1 packet of",
            [pcapng(), enhanced(0, &[0; 60]), enhanced(3, &[0; 60])].concat(),
        ),
        case(
            "fragments_missing",
            "warning",
            Some("sip"),
            "the capture filter hides fragments",
            Capture::of_case("fragmented_bigsdp").keep(|p| !p.is_later_fragment()).bytes(),
        ),
        case(
            "snap_length_cuts",
            "warning",
            Some("sip"),
            "were cut short by the capture",
            call().each(|p| p.data.truncate(200)).bytes(),
        ),
        case(
            "undecoded_packets",
            "warning",
            Some("both"),
            "packets could not be decoded",
            // IP version 5.
            call().each(|p| if p.is_media() { p.data[14] = 0x55 }).bytes(),
        ),
        case("clock_steps", "warning", None, "time goes backwards 1 time", {
            let mut c = call();
            let middle = c.packets.len() / 2;
            c.packets.iter_mut().skip(middle).for_each(|p| p.secs -= 30);
            c.bytes()
        }),
        case(
            "limit_reached",
            "warning",
            Some("both"),
            "a memory limit was reached",
            // One more than are held (FragmentLimits).
            lone_fragments(1025),
        ),
        case(
            "capture_duplicates",
            "info",
            None,
            "62 packets were captured more than once",
            Capture::of_case("any_bridge_dups").bytes(),
        ),
        case(
            "wrong_checksums",
            "info",
            None,
            "UDP checksums do not fit",
            call().each(|p| if p.is_media() { p.data[41] ^= 0xff }).bytes(),
        ),
        case(
            "sip_over_tls",
            "warning",
            Some("sip"),
            "55 packets of SIP over TLS (port 5061)",
            Capture::of_case("tls").bytes(),
        ),
        case(
            "tls_elsewhere",
            "warning",
            Some("sip"),
            "55 packets of TLS (port 443) may hide SIP",
            tls_on_443(),
        ),
        case(
            "sip_malformed",
            "warning",
            Some("sip"),
            "with SIP/2.0 in the text could not be read as a message",
            sip_begins(b"\x01\x02\x03\x04"),
        ),
        case(
            "sigcomp_unsupported",
            "warning",
            Some("sip"),
            "of compressed SIP",
            sip_begins(&[0xf9; 400]),
        ),
        case(
            "hep_unreadable",
            "warning",
            Some("sip"),
            "of a capture agent's relay (HEP)",
            sip_begins(b"HEP3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
        ),
        case(
            "one_direction_sip",
            "warning",
            Some("sip"),
            "of 1 pair of hosts only one direction is in the capture",
            call().keep(|p| p.source() == Some(ALICE)).bytes(),
        ),
        case(
            "sctp_without_sip",
            "warning",
            Some("sip"),
            "of SCTP gave no SIP",
            rtp_only().each(|p| p.data[23] = 132).bytes(),
        ),
        case(
            "other_signalling",
            "warning",
            Some("sip"),
            "telephony other than SIP is in the capture: MGCP",
            first_frames(call(), Packet::is_sip, 3)
                .each(|p| {
                    p.data[34..38].copy_from_slice(&[9, 123, 9, 123]); // port 2427
                    p.udp_payload()[..8].copy_from_slice(b"RQNT 1 *");
                    p.data.truncate(50);
                    p.data[16..18].copy_from_slice(&36u16.to_be_bytes());
                    p.data[38..40].copy_from_slice(&16u16.to_be_bytes());
                    p.wire_len = 50;
                })
                .bytes(),
        ),
        case(
            "tls_on_another_hop",
            "info",
            None,
            "ran over TLS on another hop",
            call().replace(b"SIP/2.0/UDP", b"SIP/2.0/TLS").bytes(),
        ),
        case(
            "sip_stream_gaps",
            "warning",
            Some("sip"),
            "SIP over TCP has 1 hole",
            {
                // The second segment of the first INVITE is lost.
                let mut c = Capture::of_case("tcp");
                c.packets.remove(23);
                c.bytes()
            },
        ),
        case(
            "tcp_one_direction",
            "warning",
            Some("sip"),
            "of 3 TCP connections of SIP only one direction",
            Capture::of_case("tcp")
                .keep(|p| p.ports().is_none_or(|[src, _]| src != 5060))
                .bytes(),
        ),
        case(
            "sip_stream_mid_start",
            "info",
            None,
            "3 TCP connections of SIP were open before the capture began",
            Capture::of_case("tcp")
                // SYN is bit 1 of the flags.
                .keep(|p| p.protocol() != Some(6) || p.data[47] & 2 == 0)
                .bytes(),
        ),
        case(
            "sip_connection_failed",
            "warning",
            None,
            "1 TCP connection to a SIP port came to nothing",
            {
                let mut c = Capture::of_case("tcp");
                c.packets.truncate(3); // the SYN is frame 3
                c.bytes()
            },
        ),
        case(
            "media_not_captured",
            "warning",
            Some("rtp"),
            "1 call was answered, but no packet of media was captured",
            call().keep(Packet::is_sip).bytes(),
        ),
        case(
            "rtp_outside_calls",
            "warning",
            Some("rtp"),
            "none of the 2 RTP streams belongs to a call",
            // The call's media comes ten minutes after it.
            call()
                .each(|p| {
                    if p.is_media() {
                        p.secs += 600;
                    }
                })
                .sorted()
                .bytes(),
        ),
        case(
            "one_way_everywhere",
            "warning",
            Some("rtp"),
            "RTP is in one direction only, in the only call with media",
            call()
                .keep(|p| !p.is_media() || p.source() == Some(ALICE))
                .bytes(),
        ),
        case(
            "announced_ports_silent",
            "info",
            None,
            "to 1 of 2 ports announced for media no packet was captured",
            call()
                .keep(|p| !p.is_media() || p.source() == Some(ALICE))
                .bytes(),
        ),
        case(
            "rtp_unproven",
            "warning",
            Some("rtp"),
            "3 packets may be RTP, but nothing proves it",
            first_frames(
                call(),
                |p| p.is_media() && p.data[42] == 0x80 && p.data[43] & 0x7f < 64,
                3,
            )
            .bytes(),
        ),
        case(
            "media_encrypted",
            "info",
            None,
            "2 streams are encrypted (SRTP)",
            Capture::of_case("dtls_srtp").bytes(),
        ),
        case(
            "rtp_without_sip",
            "warning",
            Some("sip"),
            "there is RTP, but its signalling was not captured",
            rtp_only().bytes(),
        ),
        case(
            "encrypted_tunnel",
            "warning",
            Some("both"),
            "are encrypted below SIP and RTP",
            // Protocol 50, ESP.
            rtp_only().each(|p| p.data[23] = 50).bytes(),
        ),
        case(
            "sip_web_socket",
            "warning",
            Some("sip"),
            "of WebSocket",
            // The client's frames are masked, so only the server's can be replaced.
            Capture::of_case("websocket")
                .keep(|p| p.protocol() != Some(6) || p.ports().is_some_and(|[src, _]| src == 8080))
                // A request line of another version is read; one without a URI of SIP is not.
                .replace(b"SIP/2.0", b"XIP/2.0")
                .replace(b"sip:", b"xip:")
                .bytes(),
        ),
    ]
}

#[test]
fn every_detector_finds_what_it_is_for_and_says_it() {
    let mut wrong = Vec::new();
    for c in cases() {
        let doctor = doctor(&c.capture);
        let all = doctor["advice"].as_array().expect("advice");
        let found = all.iter().find(|a| a["code"] == c.code);
        let fits = found.is_some_and(|a| {
            a["severity"] == c.severity
                && a["hides"].as_str() == c.hides
                && a["title"].as_str().expect("title").contains(c.title)
        });
        if !fits {
            let titles: Vec<_> = all.iter().map(|a| a.to_string()).collect();
            wrong.push(format!("{}:\n  {}", c.code, titles.join("\n  ")));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn advice_codes() -> impl Iterator<Item = &'static str> {
    let of_doctor = rules().filter(|rule| rule.is_of_doctor());
    of_doctor.map(|rule| rule.code)
}

#[test]
fn every_code_has_a_capture_that_shows_it() {
    let shown: BTreeSet<&str> = cases().iter().map(|c| c.code).collect();
    let all: BTreeSet<&str> = advice_codes().collect();
    assert_eq!(shown, all);
}

/// For each code a capture that almost has what it is for.
fn almost() -> Vec<(&'static str, Vec<u8>)> {
    let whole = || call().bytes();
    let tcp = || Capture::of_case("tcp").bytes();
    let mut media = 0;
    vec![
        ("no_packets", first_frames(call(), |_| true, 1).bytes()),
        ("unsupported_link_type", whole()),
        ("damaged_capture", {
            // Cut where a packet ends.
            let mut c = call();
            c.packets.pop();
            c.bytes()
        }),
        (
            "capture_drops",
            [pcapng(), enhanced(0, &[0; 60]), statistics(0, 0)].concat(),
        ),
        (
            "unreadable_records",
            [pcapng(), enhanced(0, &[0; 60]), enhanced(0, &[0; 60])].concat(),
        ),
        (
            "fragments_missing",
            Capture::of_case("fragmented_bigsdp").bytes(),
        ),
        (
            "snap_length_cuts",
            // As short on the wire.
            call()
                .each(|p| {
                    p.data.truncate(200);
                    p.wire_len = p.data.len() as u32;
                })
                .bytes(),
        ),
        // All are undecoded, which another code says.
        ("undecoded_packets", call().link_type(147).bytes()),
        ("clock_steps", {
            // Forward.
            let mut c = call();
            let middle = c.packets.len() / 2;
            c.packets.iter_mut().skip(middle).for_each(|p| p.secs += 30);
            c.bytes()
        }),
        ("limit_reached", lone_fragments(1024)),
        ("capture_duplicates", whole()),
        (
            "wrong_checksums",
            // Sent without one.
            call()
                .each(|p| {
                    if p.is_media() {
                        p.data[40..42].copy_from_slice(&[0, 0]);
                    }
                })
                .bytes(),
        ),
        ("sip_over_tls", tls_on_443()),
        ("tls_elsewhere", Capture::of_case("tls").bytes()),
        // Neither begins like a message nor says SIP/2.0.
        ("sip_malformed", sip_begins(&[b'%'; 400])),
        ("sigcomp_unsupported", sip_begins(&[0x01; 400])),
        ("hep_unreadable", sip_begins(b"HEX3")),
        (
            "one_direction_sip",
            // RTP comes back.
            call()
                .keep(|p| p.source() == Some(ALICE) || p.is_media())
                .bytes(),
        ),
        ("sip_web_socket", Capture::of_case("websocket").bytes()),
        ("sctp_without_sip", Capture::of_case("sctp").bytes()),
        ("other_signalling", whole()),
        ("tls_on_another_hop", whole()),
        ("sip_stream_gaps", tcp()),
        ("tcp_one_direction", tcp()),
        ("sip_stream_mid_start", tcp()),
        ("sip_connection_failed", tcp()),
        (
            "media_not_captured",
            // A few packets of it.
            call()
                .keep(|p| {
                    media += u32::from(p.is_media());
                    !p.is_media() || media <= 10
                })
                .bytes(),
        ),
        ("rtp_outside_calls", whole()),
        ("one_way_everywhere", whole()),
        ("announced_ports_silent", whole()),
        ("rtp_unproven", whole()),
        ("media_encrypted", whole()),
        ("rtp_without_sip", whole()),
        ("encrypted_tunnel", whole()),
    ]
}

#[test]
fn what_is_almost_it_is_not_said() {
    let all: BTreeSet<&str> = advice_codes().collect();
    let almost = almost();
    assert_eq!(almost.iter().map(|(c, _)| *c).collect::<BTreeSet<_>>(), all);
    for (code, capture) in almost {
        let doctor = doctor(&capture);
        let advice = doctor["advice"].as_array().expect("advice");
        assert!(!advice.iter().any(|a| a["code"] == code), "{code}");
    }
}

#[test]
fn the_guide_lists_every_code() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/json.md");
    let guide = std::fs::read_to_string(path).expect("docs/json.md");
    let (_, part) = guide.split_once("Advice codes:").expect("the list");
    for code in advice_codes() {
        assert!(part.contains(&format!("`{code}`")), "{code}");
    }
}

#[test]
fn what_hides_sip_is_in_the_answer() {
    for (capture, answer) in [
        (
            Capture::of_case("tls").bytes(),
            "No SIP found: 55 packets of SIP over TLS (port 5061) cannot be read without the keys. RTP: 703 packets in 2 streams.",
        ),
        (
            call().keep(|_| false).bytes(),
            "No SIP found: there is no packet in the capture.",
        ),
        (
            call().keep(|p| p.protocol() != Some(17)).bytes(),
            "No SIP and no RTP found: none of the",
        ),
    ] {
        let doctor = doctor(&capture);
        let got = doctor["answer"].as_str().expect("answer");
        assert!(got.starts_with(answer), "{got}");
    }
}

#[test]
fn a_block_is_as_long_as_it_says() {
    assert_eq!(block(5, &[1, 2, 3]).len(), 16, "padded to four octets");
}
