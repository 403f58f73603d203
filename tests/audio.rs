//! `sipflow audio`: what it writes, where, and what it says when it cannot.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::{sipflow, testdata};

fn capture(case: &str) -> PathBuf {
    testdata("cases").join(case).join("capture.pcap")
}

fn audio(case: &str, args: &[&str], to: &Path) -> Output {
    let file = capture(case);
    let mut all = vec!["audio", file.to_str().unwrap(), "-o", to.to_str().unwrap()];
    all.extend(args);
    sipflow(all)
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// Rate, channels, and the samples of each channel.
struct Wav {
    rate: u32,
    channels: Vec<Vec<i16>>,
}

fn wav(octets: &[u8]) -> Wav {
    assert_eq!(
        (&octets[..4], &octets[8..16]),
        (&b"RIFF"[..], &b"WAVEfmt "[..])
    );
    let word = |at: usize| u32::from_le_bytes(octets[at..at + 4].try_into().unwrap());
    let count = usize::from(octets[22]);
    assert_eq!(
        word(40) as usize,
        octets.len() - 44,
        "the length is in the header"
    );
    let frames = octets[44..].chunks_exact(2 * count);
    let channels = (0..count)
        .map(|n| {
            let sample = |f: &[u8]| i16::from_le_bytes([f[2 * n], f[2 * n + 1]]);
            frames.clone().map(sample).collect()
        })
        .collect();
    Wav {
        rate: word(24),
        channels,
    }
}

#[test]
fn a_call_has_the_caller_in_the_first_channel_and_the_callee_in_the_second() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    let out = audio("direct_call", &["--call", "1"], &to);
    assert!(out.status.success(), "{}", said(&out));
    let both = wav(&fs::read(&to).unwrap());
    assert_eq!((both.rate, both.channels.len()), (8000, 2));
    // 402 packets of the caller and 403 of the callee, 160 samples each, begin within 5 ms of each other.
    let sounds = |c: &[i16]| {
        c.iter().rposition(|s| *s != 0).unwrap() - c.iter().position(|s| *s != 0).unwrap()
    };
    assert!(sounds(&both.channels[0]) <= 402 * 160 && sounds(&both.channels[1]) <= 403 * 160);
    assert!((403 * 160..404 * 160).contains(&both.channels[0].len()));
    // Each alone is the same sound.
    for (stream, channel) in [("2", 0), ("1", 1)] {
        let out = audio("direct_call", &["--stream", stream], &to);
        assert!(out.status.success(), "{}", said(&out));
        let one = &wav(&fs::read(&to).unwrap()).channels[0];
        let at = |c: &[i16]| c.iter().position(|s| s.abs() > 500).unwrap();
        let (a, b) = (at(one), at(&both.channels[channel]));
        assert_eq!(one[a..a + 10000], both.channels[channel][b..b + 10000]);
    }
}

#[test]
fn lost_packets_are_silence_or_made_up() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    let zeros = |args: &[&str]| {
        let out = audio("burstloss_pcb", args, &to);
        assert!(said(&out).contains("13 lost"), "{}", said(&out));
        let samples = wav(&fs::read(&to).unwrap()).channels.remove(0);
        samples.iter().filter(|s| **s == 0).count()
    };
    let silent = zeros(&["--stream", "2"]);
    let made_up = zeros(&["--stream", "2", "--conceal"]);
    // 13 packets of 160 samples; not all that is made up differs from zero.
    assert!(silent >= 13 * 160 && made_up < silent - 500 && silent - made_up <= 13 * 160);
}

#[test]
fn streams_have_files_of_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let out = audio("b2bua", &["--streams"], &dir.path().join("call-1.wav"));
    assert!(out.status.success(), "{}", said(&out));
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "call-1-stream-1.wav",
            "call-1-stream-2.wav",
            "call-1-stream-3.wav",
            "call-1-stream-4.wav"
        ]
    );
}

#[test]
fn the_same_sound_on_two_hops_is_heard_once() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    let out = audio("b2bua", &[], &to);
    let said = said(&out);
    // The sound that the B2BUA sends on is nearer to the one who hears it.
    assert!(
        said.contains("not mixed in") && said.contains("streams 3, 4"),
        "{said}"
    );
    // 50 packets of 20 ms.
    let length = wav(&fs::read(&to).unwrap()).channels[0].len();
    assert!((8000..8160).contains(&length), "{length}");
}

#[test]
fn pipes_are_read_and_written_and_give_the_same_octets() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    assert!(audio("direct_call", &[], &to).status.success());
    let out = audio("direct_call", &["--quiet"], Path::new("-"));
    assert_eq!(out.stdout, fs::read(&to).unwrap());
    assert!(out.stderr.is_empty());
    let piped = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["audio", "-", "-o", "-"])
        .stdin(fs::File::open(capture("direct_call")).unwrap())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(piped.stdout, out.stdout);
    let mut cat = Command::new("cat")
        .arg(capture("direct_call"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let piped = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["audio", "-", "-o", "-"])
        .stdin(cat.stdout.take().unwrap())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    assert!(cat.wait().unwrap().success());
    assert_eq!(piped.stdout, out.stdout);
}

#[test]
fn what_cannot_be_heard_is_said_and_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    for (case, args, code, words) in [
        ("dtls_srtp", &["--call", "1"][..], 1, "encrypted (SRTP)"),
        ("direct_call", &["--call", "7"], 1, "no call 7"),
        ("direct_call", &["--stream", "7"], 1, "no stream 7"),
        ("busy", &[], 2, "--call N"),
        (
            "direct_call",
            &["--stream", "1", "--talk"],
            2,
            "cannot be used with",
        ),
    ] {
        let out = audio(case, args, &to);
        assert_eq!(
            out.status.code(),
            Some(code),
            "{case} {args:?}: {}",
            said(&out)
        );
        assert!(
            said(&out).contains(words),
            "{case} {args:?}: {}",
            said(&out)
        );
        assert!(!to.exists());
    }
    let copy = dir.path().join("in.pcap");
    fs::copy(capture("direct_call"), &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let out = sipflow(["audio", copy, "-o", copy]);
    assert_eq!(out.status.code(), Some(2), "{}", said(&out));
}

#[test]
fn talk_begins_with_the_answer() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.wav");
    let length = |args: &[&str]| {
        let out = audio("early_media_then_one_way", args, &to);
        assert!(out.status.success(), "{}", said(&out));
        wav(&fs::read(&to).unwrap()).channels[0].len()
    };
    // 30 packets of ringing before the answer; the caller's first packet comes 3 s after it.
    let talk = length(&["--talk"]);
    assert!(talk > 75 * 160 && length(&[]) >= talk + 30 * 160, "{talk}");
}

#[test]
fn lab_calls_sound_as_tshark_and_ffmpeg_make_them_sound() {
    let Some(lab) = support::reference("lab") else {
        return;
    };
    for tool in ["tshark", "ffmpeg", "python3"] {
        let there = Command::new(tool).arg("--version").output();
        if there.is_err() {
            eprintln!("skipped: {tool} is not installed");
            return;
        }
    }
    let out = Command::new("python3")
        .arg(testdata("audio/compare.py"))
        .arg(env!("CARGO_BIN_EXE_sipflow"))
        .args(
            [
                "s01_p2p_basic.pcap",
                "s11_burstloss_pcb.pcap",
                "s09_gsm.pcap",
            ]
            .map(|n| lab.join(n)),
        )
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{text}{}", said(&out));
    let exact = text
        .lines()
        .filter(|l| l.contains("correlation 1.000000, largest difference 0"));
    assert_eq!(exact.count(), 6, "{text}");
}
