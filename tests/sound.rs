//! What `--audio` says of the sound of calls, through the program itself.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

#[allow(dead_code, reason = "the doctor's tests change captures in more ways")]
#[path = "doctor/edit.rs"]
mod edit;
mod support;

use edit::{Capture, Packet};
use serde_json::Value;
use std::collections::BTreeSet;

/// RTP of G.711 μ-law.
fn is_pcmu(p: &mut Packet) -> bool {
    p.is_media()
        && p.udp_payload()
            .get(..2)
            .is_some_and(|b| b[0] == 0x80 && b[1] & 0x7f == 0)
}

/// The case with digital silence (0xFF) in place of the sound of the packets that `which` says.
fn silenced(case: &str, which: impl Fn(&Packet) -> bool) -> Capture {
    Capture::of_case(case).each(|p| {
        if is_pcmu(p) && which(p) {
            p.udp_payload()[12..].fill(0xff);
        }
    })
}

fn report(capture: &Capture, args: &[&str]) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("capture.pcap");
    std::fs::write(&file, capture.bytes()).unwrap();
    let mut all = vec!["report", "--json"];
    all.extend(args);
    all.push(file.to_str().unwrap());
    let out = support::sipflow(all);
    assert!(
        out.status.success(),
        "{}",
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap()
}

fn codes(report: &Value) -> BTreeSet<&str> {
    let findings = report["findings"].as_array().unwrap().iter();
    findings.map(|f| f["code"].as_str().unwrap()).collect()
}

#[test]
fn without_audio_no_sound_is_decoded() {
    let r = report(&Capture::of_case("direct_call"), &[]);
    assert!(r["streams"][0]["sound"].is_null());
    assert!(r["calls"][0]["sound"].is_null());
}

#[test]
fn levels_are_those_of_an_independent_decoding() {
    // tshark's payloads through Python's audioop.ulaw2lin, 20 lg (r.m.s. / 32768): -20.1 and -20.5, peaks -0.7, -0.2.
    let r = report(&Capture::of_case("direct_call"), &["--audio"]);
    let of = |at: usize, name: &str| r["streams"][at]["sound"][name].as_f64().unwrap();
    assert_eq!((of(0, "level_dbov"), of(1, "level_dbov")), (-20.1, -20.5));
    assert_eq!((of(0, "peak_dbov"), of(1, "peak_dbov")), (-0.7, -0.2));
    assert!(codes(&r).is_disjoint(&BTreeSet::from(["dead_air", "silent_audio"])));
}

#[test]
fn a_side_of_digital_silence_is_found_and_named() {
    let caller = Capture::of_case("direct_call");
    let first = caller.packets.iter().find(|p| p.is_sip()).unwrap();
    let host = first.source();
    let r = report(
        &silenced("direct_call", |p| p.source() == host),
        &["--audio"],
    );
    let found = r["findings"].as_array().unwrap().iter();
    let found: Vec<_> = found.filter(|f| f["code"] == "silent_audio").collect();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["severity"], "warning");
    assert_eq!(r["calls"][0]["sound"]["caller_talk_percent"], 0.0);
    assert_eq!(r["calls"][0]["sound"]["double_talk_percent"], 0.0);
}

/// Everything at half the speed: packets of 40 ms, their second half digital silence.
fn at_half_speed(capture: Capture) -> Capture {
    let begin = capture.packets[0].secs;
    capture.each(|p| {
        let micros = 2 * (u64::from(p.secs - begin) * 1_000_000 + u64::from(p.frac));
        p.secs = begin + (micros / 1_000_000) as u32;
        p.frac = (micros % 1_000_000) as u32;
        if !is_pcmu(p) {
            return;
        }
        p.data.extend([0xff; 160]);
        p.wire_len += 160;
        for length in [16, 38] {
            let was = u16::from_be_bytes([p.data[length], p.data[length + 1]]);
            p.data[length..length + 2].copy_from_slice(&(was + 160).to_be_bytes());
        }
        let timestamp = &mut p.udp_payload()[4..8];
        let was = u32::from_be_bytes(timestamp.try_into().unwrap());
        timestamp.copy_from_slice(&was.wrapping_mul(2).to_be_bytes());
    })
}

#[test]
fn a_call_in_which_nobody_is_heard_has_dead_air() {
    let silent = at_half_speed(silenced("direct_call", |_| true));
    let r = report(&silent, &["--audio"]);
    assert!(codes(&r).contains("dead_air") && !codes(&r).contains("silent_audio"));
    let dead = r["calls"][0]["sound"]["dead_air"].as_array().unwrap();
    // 8 s of talk, twice as long; the last piece or two may lack a side.
    let length = dead[0]["duration_s"].as_f64().unwrap();
    assert!(
        dead.len() == 1 && (15.8..16.2).contains(&length),
        "{dead:?}"
    );
    assert!(!codes(&report(&silent, &[])).contains("dead_air"));
    // A word every 40 ms is no silence.
    let r = report(
        &at_half_speed(Capture::of_case("direct_call")),
        &["--audio"],
    );
    assert!(!codes(&r).contains("dead_air"));
}

#[test]
fn standard_input_is_read_twice_as_well() {
    use std::io::Write as _;
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["report", "--json", "--audio", "-"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let bytes = Capture::of_case("direct_call").bytes();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    let out = child.wait_with_output().unwrap();
    let r: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(r["sources"][0]["path"], "-");
    assert!(r["streams"][0]["sound"]["heard_s"].as_f64().unwrap() > 1.0);
}

#[test]
fn records_that_go_out_one_by_one_have_no_sound() {
    let case = support::testdata("cases/direct_call/capture.pcap");
    let out = support::sipflow([
        "report",
        "--format",
        "ndjson",
        "--audio",
        case.to_str().unwrap(),
    ]);
    assert_eq!(out.status.code(), Some(2));
}
