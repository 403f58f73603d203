//! `sipflow plot`: the pictures themselves, the figures in them, and what it says when it cannot.
//!
//! `UPDATE_GOLDEN=1 cargo test --test plot` draws the kept pictures again; look at them before committing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod support;

use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use support::{sipflow, testdata};

fn capture(case: &str) -> PathBuf {
    testdata("cases").join(case).join("capture.pcap")
}

fn plot(case: &str, args: &[&str], to: &Path) -> Output {
    let file = capture(case);
    let mut all = vec!["plot", file.to_str().unwrap(), "-o", to.to_str().unwrap()];
    all.extend(args);
    sipflow(all)
}

fn svg(case: &str, args: &[&str]) -> String {
    let out = plot(case, args, Path::new("-"));
    assert!(out.status.success(), "{case}: {}", said(&out));
    String::from_utf8(out.stdout).unwrap()
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// What a picture says to who cannot see it.
fn description(svg: &str) -> &str {
    let (_, rest) = svg.split_once("<desc id=\"plot-desc\">").unwrap();
    rest.split_once("</desc>").unwrap().0
}

/// Path below the crate, case, arguments.
const KEPT: [(&str, &str, &[&str]); 3] = [
    (
        "docs/pictures/burst-loss.svg",
        "burstloss_pcb",
        &["--stream", "2"],
    ),
    (
        "testdata/plots/keys.svg",
        "dtmf_rfc4733",
        &["--stream", "2", "--range", "3-5", "--width", "500"],
    ),
    (
        "testdata/plots/hold.svg",
        "hold_resume",
        &["--call", "1", "--width", "400", "--dark"],
    ),
];

#[test]
fn the_kept_pictures_are_drawn_again_octet_for_octet() {
    for (path, case, args) in KEPT {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
        let drawn = svg(case, args);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::write(&path, drawn).unwrap();
            continue;
        }
        let kept = fs::read_to_string(&path).unwrap();
        for (n, (kept, drawn)) in kept.lines().zip(drawn.lines()).enumerate() {
            assert_eq!(kept, drawn, "{} line {}", path.display(), n + 1);
        }
        assert_eq!(kept, drawn, "{}", path.display());
    }
}

#[test]
fn the_figures_in_a_picture_are_those_of_the_report() {
    for (case, number) in [
        ("burstloss_pcb", 2),
        ("jitter10_pcb", 1),
        ("duplicates_pca", 1),
    ] {
        let out = sipflow(["streams", "--json", capture(case).to_str().unwrap()]);
        let report: Value = serde_json::from_slice(&out.stdout).unwrap();
        let streams = report["streams"].as_array().unwrap();
        let s = streams.iter().find(|s| s["id"] == number).unwrap();
        let drawn = svg(case, &["--stream", &number.to_string()]);
        let said = description(&drawn);
        let (ms, kbps) = (|f: &str| s[f].as_f64().unwrap(), &s["bandwidth"]["ip_kbps"]);
        for figure in [
            format!("{} packets", s["packets"]),
            format!("{} of {} lost", s["lost"], s["expected"]),
            format!(
                "jitter mean {:.2} ms and max {:.2} ms",
                ms("jitter_mean_ms"),
                ms("jitter_max_ms")
            ),
            format!("longest wait {:.2} ms", ms("delta_max_ms")),
            format!("IP {:.1} kbit/s", kbps.as_f64().unwrap()),
        ] {
            assert!(said.contains(&figure), "{case}: no '{figure}' in: {said}");
        }
        let caption = format!(
            "mean {:.2}, max {:.2}<",
            ms("jitter_mean_ms"),
            ms("jitter_max_ms")
        );
        assert!(drawn.contains(&caption), "{case}: {caption}");
    }
}

/// Gaps in rtp.seq by tshark, with the arrivals before and after them: 2 lost from 2.450 to 2.508 s, 4 from 2.528 to
/// 2.631, 1 from 3.728 to 3.770, 4 from 4.950 to 5.048, 2 from 5.987 to 6.048. Evenly between those: in second 2
/// six, in second 3 one, at 4.970, 4.989, 5.009, 5.028 two and two, at 6.008 and 6.028 two.
#[test]
fn every_lost_packet_is_marked_where_it_would_have_come() {
    let drawn = svg("burstloss_pcb", &["--stream", "2"]);
    let group = |name: &str| {
        let mut groups = drawn.split("<g><title>");
        groups.find(|g| g.starts_with(name)).unwrap().to_owned()
    };
    let heights = |group: &str| -> Vec<String> {
        let rects = group.split("<rect class=\"lost\"").skip(1);
        let height = |r: &str| {
            r.split("height=\"")
                .nth(1)
                .unwrap()
                .split('"')
                .next()
                .unwrap()
                .to_owned()
        };
        rects.map(height).collect()
    };
    // A panel of 36 pixels up to 10 lost packets.
    let steps = heights(&group("Lost packets per 1 s"));
    assert_eq!(steps, ["21.6", "3.6", "7.2", "7.2", "7.2"]);
    // A bar of 64 pixels and its foot for each packet, as no two stand in neighbouring columns.
    let bars = heights(&group("Sound"));
    assert_eq!(bars.iter().filter(|h| *h == "64").count(), 13);
    assert_eq!(bars.len(), 26);
}

#[test]
fn what_sip_said_and_the_keys_are_on_the_axis() {
    let call = svg("hold_resume", &["--call", "1"]);
    for said in ["INVITE", "180", "200", "re-INVITE", "hold", "resume", "BYE"] {
        assert!(call.contains(&format!(">{said}</text>")), "{said}");
    }
    let keys = svg("dtmf_rfc4733", &["--call", "1"]);
    assert!(
        description(&keys).contains("keys 1 2 3 4 * 0 #"),
        "{}",
        description(&keys)
    );
    let noise = svg("comfort_noise", &[]);
    assert!(noise.contains(">CN</text>") && noise.contains("url(#hatch)"));
}

#[test]
fn a_screen_reader_and_a_dark_screen_are_thought_of() {
    let both = svg("direct_call", &[]);
    assert!(both.contains("role=\"img\" aria-labelledby=\"plot-title plot-desc\""));
    assert!(both.contains("@media screen and (prefers-color-scheme:dark)"));
    assert!(both.contains("<title id=\"plot-title\">Call 1, "));
    let dark = svg("direct_call", &["--dark"]);
    assert!(!dark.contains("@media") && dark.contains(".paper{fill:#14171a}"));
    for word in [
        "script",
        "http-equiv",
        "href",
        "url(http",
        "@import",
        "@font-face",
    ] {
        assert!(!both.contains(word), "{word}");
    }
}

#[test]
fn encrypted_media_has_no_sound_and_a_call_without_rtp_says_so() {
    let srtp = svg("dtls_srtp", &["--call", "1"]);
    assert!(srtp.contains("no sound to draw: encrypted (SRTP)"));
    assert!(!srtp.contains("class=\"wave\""));
    let silent = svg("busy", &["--call", "2"]);
    assert!(
        silent.contains("no RTP of this call is in the capture"),
        "{}",
        description(&silent)
    );
    assert!(silent.contains(">486</text>"));
}

#[test]
fn a_stream_of_one_packet_is_no_curve() {
    let drawn = svg("late_offer_without_answer", &["--stream", "1"]);
    assert!(drawn.contains("one packet: no jitter, no wait between packets and no rate to draw"));
    assert!(!drawn.contains("class=\"line\""));
}

#[test]
fn a_picture_of_a_time_without_packets_says_so() {
    let drawn = svg("direct_call", &["--range", "0-0.001"]);
    assert!(drawn.contains("no packet of it in the time shown"));
}

#[test]
fn the_ending_says_what_is_written_and_size_is_as_asked() {
    let dir = tempfile::tempdir().unwrap();
    let to = dir.path().join("call.svg");
    assert!(
        plot("direct_call", &["--width", "700"], &to)
            .status
            .success()
    );
    let drawn = fs::read_to_string(&to).unwrap();
    assert!(drawn.contains("width=\"700\""));
    let tall = svg("direct_call", &["--height", "1500"]);
    let height = tall
        .split("height=\"")
        .nth(1)
        .unwrap()
        .split('"')
        .next()
        .unwrap();
    let height: f64 = height.parse().unwrap();
    assert!((1499.0..=1501.0).contains(&height), "{height}");
    for (name, args, words) in [
        ("call.gif", &[][..], ".svg or .png"),
        ("call.svg", &["--scale", "2"][..], "--scale is for PNG"),
        (
            "call.svg",
            &["--range", "5-4"][..],
            "seconds of the capture",
        ),
    ] {
        let out = plot("direct_call", args, &dir.path().join(name));
        assert_eq!(out.status.code(), Some(2), "{name} {args:?}");
        assert!(said(&out).contains(words), "{}", said(&out));
    }
    for args in [["--call", "9"], ["--stream", "99"], ["--range", "1000-"]] {
        let out = plot("direct_call", &args, &to);
        assert_eq!(out.status.code(), Some(1), "{args:?}: {}", said(&out));
    }
    assert_eq!(
        fs::read_to_string(&to).unwrap(),
        drawn,
        "the file is as it was"
    );
    let copy = dir.path().join("copy.png");
    fs::copy(capture("direct_call"), &copy).unwrap();
    let copy = copy.to_str().unwrap();
    let out = sipflow(["plot", copy, "-o", copy]);
    assert_eq!(out.status.code(), Some(2), "{}", said(&out));
}

#[test]
fn a_capture_from_a_pipe_is_drawn_too() {
    let from_file = svg("direct_call", &[]);
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["plot", "-", "-o", "-"])
        .stdin(fs::File::open(capture("direct_call")).unwrap())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let out = child.unwrap().wait_with_output().unwrap();
    let piped = String::from_utf8(out.stdout).unwrap();
    assert_eq!(piped.replace("standard input", "capture.pcap"), from_file);
}

#[cfg(feature = "plot")]
#[test]
fn a_png_is_the_same_each_time_and_has_the_size_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let size = |octets: &[u8]| {
        assert_eq!(octets.first_chunk::<8>(), Some(b"\x89PNG\r\n\x1a\n"));
        u32::from_be_bytes(octets[16..20].try_into().unwrap())
    };
    let draw = |args: &[&str], name: &str| {
        let to = dir.path().join(name);
        let out = plot("direct_call", args, &to);
        assert!(out.status.success(), "{}", said(&out));
        fs::read(to).unwrap()
    };
    let one = draw(&["--width", "500"], "a.png");
    assert_eq!(one, draw(&["--width", "500"], "b.png"));
    assert_eq!(size(&one), 500);
    assert_eq!(
        size(&draw(&["--width", "500", "--scale", "2"], "c.png")),
        1000
    );
    let out = plot("direct_call", &["--format", "png"], Path::new("-"));
    assert_eq!(size(&out.stdout), 1000);
}
