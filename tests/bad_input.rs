//! Bad input is normal input: one clear line on standard error, the contract's exit code, and
//! whatever was read before the damage in the report.

mod support;

use serde_json::Value;
use std::io::Write;
use std::path::Path;
use std::process::Output;

fn report_of(path: &Path) -> Output {
    support::sipflow([Path::new("report"), Path::new("--json"), path])
}

fn stderr(out: &Output) -> String {
    String::from_utf8_lossy(&out.stderr).into_owned()
}

/// Exit code 3 and exactly one line that names the file.
fn refused(path: &Path) -> String {
    let out = report_of(path);
    let said = stderr(&out);
    assert_eq!(out.status.code(), Some(3), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    let name = path
        .file_name()
        .expect("name")
        .to_string_lossy()
        .into_owned();
    assert!(said.contains(&name), "{said}");
    assert!(out.stdout.is_empty(), "nothing is reported of no capture");
    said
}

fn file_with(dir: &Path, name: &str, bytes: &[u8]) -> std::path::PathBuf {
    let path = dir.join(name);
    std::fs::File::create(&path)
        .expect("create")
        .write_all(bytes)
        .expect("write");
    path
}

#[test]
fn what_is_no_capture_is_refused_in_one_line() {
    let dir = tempfile::tempdir().expect("tempdir");
    let missing = refused(&dir.path().join("missing.pcap"));
    assert!(
        missing.to_lowercase().contains("no such file") || missing.contains("does not exist"),
        "{missing}"
    );
    let empty = refused(&file_with(dir.path(), "empty.pcap", b""));
    assert!(empty.contains("empty"), "{empty}");
    let text = refused(&file_with(
        dir.path(),
        "notes.txt",
        b"These are my notes on SIP.\nINVITE means call.\n",
    ));
    assert!(text.contains("text"), "{text}");
    let folder = dir.path().join("folder.pcap");
    std::fs::create_dir(&folder).expect("mkdir");
    let folder = refused(&folder);
    assert!(folder.contains("directory"), "{folder}");
}

/// A register capture small enough to cut at every byte.
fn small_capture() -> Vec<u8> {
    std::fs::read(support::testdata("cases/register_digest/capture.pcap")).expect("fixture")
}

#[test]
fn a_record_that_claims_500_mb_is_damage_not_an_allocation() {
    let dir = tempfile::tempdir().expect("tempdir");
    let mut bytes = small_capture();
    let len = bytes.len();
    bytes.extend_from_slice(&[0, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&500_000_000u32.to_le_bytes());
    bytes.extend_from_slice(&500_000_000u32.to_le_bytes());
    bytes.extend_from_slice(b"short");
    let path = file_with(dir.path(), "liar.pcap", &bytes);
    let out = report_of(&path);
    assert_eq!(out.status.code(), Some(0), "{}", stderr(&out));
    let report: Value = serde_json::from_slice(&out.stdout).expect("JSON");
    assert_eq!(report["counters"]["sip_messages"], 4);
    assert_eq!(report["sources"][0]["damage"]["offset"], len);
    let packets = report["sources"][0]["packets"].as_u64().expect("packets");
    assert_eq!(report["sources"][0]["damage"]["frame"], packets + 1);
    let said = stderr(&out);
    let frame = (packets + 1).to_string();
    assert!(
        said.contains("liar.pcap") && said.contains(&frame) && said.contains(&len.to_string()),
        "{said}"
    );
    let strict = support::sipflow([Path::new("report"), Path::new("--strict"), path.as_path()]);
    assert_eq!(strict.status.code(), Some(3));
    assert!(
        !strict.stdout.is_empty(),
        "the report is written all the same"
    );
}

/// Through the library: 2 700 processes would take minutes.
#[test]
fn a_capture_cut_at_every_byte_gives_what_was_before_the_cut() {
    use sipflow::pipeline::{Options, Pipeline, SeenMessage, Sink};
    #[derive(Default)]
    struct Frames(Vec<u64>);
    impl Sink for Frames {
        fn message(&mut self, seen: &SeenMessage<'_>) {
            self.0.push(seen.frame.frame.0);
        }
    }
    let read = |input: &mut sipflow::source::Merged| {
        let mut pipeline = Pipeline::new(Options::default());
        let mut frames = Frames::default();
        while input.advance() {
            pipeline.handle_packet(&input.packet(), &mut frames);
        }
        pipeline.finish(&mut frames);
        frames.0
    };
    let bytes = small_capture();
    // Record borders: after the 24-byte header each packet has 16 bytes and its captured length.
    let mut borders = vec![24];
    while let Some(len) = bytes.get(borders[borders.len() - 1] + 8..borders[borders.len() - 1] + 12)
    {
        let len = u32::from_le_bytes(len.try_into().expect("four bytes")) as usize;
        borders.push(borders[borders.len() - 1] + 16 + len);
    }
    let dir = tempfile::tempdir().expect("tempdir");
    let whole = file_with(dir.path(), "whole.pcap", &bytes)
        .to_string_lossy()
        .into_owned();
    let all = read(&mut sipflow::source::Merged::open(&[whole]).expect("the fixture opens"));
    assert_eq!(all.len(), 4, "REGISTER, 401, REGISTER, 200");
    for cut in 0..=bytes.len() {
        let path = file_with(dir.path(), "cut.pcap", &bytes[..cut]);
        let name = path.to_string_lossy().into_owned();
        let opened = sipflow::source::Merged::open(&[name]);
        if cut < 24 {
            assert!(opened.is_err(), "cut at {cut}");
            continue;
        }
        let mut input = opened.unwrap_or_else(|e| panic!("cut at {cut}: {e}"));
        let whole = borders.iter().filter(|&&b| b <= cut).count() as u64 - 1;
        let expected: Vec<u64> = all
            .iter()
            .copied()
            .filter(|&frame| frame <= whole)
            .collect();
        assert_eq!(read(&mut input), expected, "cut at {cut}");
        let damaged = input.infos().next().expect("one source").damage.is_some();
        assert_eq!(damaged, !borders.contains(&cut), "cut at {cut}");
    }
}

#[test]
fn wrong_usage_is_exit_code_2_and_says_what_to_do() {
    for args in [
        &["report"][..],
        &["nosuch"],
        &["report", "--no-such-flag", "x.pcap"],
        &[],
    ] {
        let out = support::sipflow(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert!(
            stderr(&out).contains("--help"),
            "{args:?}: {}",
            stderr(&out)
        );
    }
}

#[test]
fn a_reader_that_leaves_early_ends_the_program_quietly() {
    use std::process::{Command, Stdio};
    let mut child = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(["messages", "--json"])
        .arg(support::testdata("cases/proxy_call/capture.pcap"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("sipflow runs");
    drop(child.stdout.take());
    let out = child.wait_with_output().expect("ends");
    assert_eq!(out.status.code(), Some(0));
    assert_eq!(stderr(&out), "");
}

#[cfg(not(feature = "live"))]
#[test]
fn without_libpcap_capture_and_interfaces_say_so_and_the_rest_works() {
    for args in [
        &["capture"][..],
        &["capture", "-D"],
        &["capture", "-w", "x.pcap"],
        &["interfaces"],
        &["interfaces", "--json"],
    ] {
        let out = support::sipflow(args);
        assert_eq!(out.status.code(), Some(2), "{args:?}");
        assert_eq!(
            stderr(&out),
            "sipflow: this sipflow was built without live capture (feature 'live')\n"
        );
    }
    assert!(!Path::new("x.pcap").exists());
    let capture = support::testdata("cases/proxy_call/capture.pcap");
    for command in [
        "report", "calls", "ladder", "explain", "messages", "list", "streams", "stats", "doctor",
    ] {
        let out = support::sipflow([Path::new(command), &capture]);
        assert_eq!(out.status.code(), Some(0), "{command}: {}", stderr(&out));
        assert!(!out.stdout.is_empty(), "{command}");
    }
}

#[test]
fn captures_put_one_behind_the_other_are_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let pcap = std::fs::read(support::testdata("cases/proxy_call/capture.pcap")).unwrap();
    // A section header and nothing else: 28 bytes, little-endian, version 1.0, of unknown length.
    let mut pcapng = vec![
        0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0,
    ];
    pcapng.extend([0xff; 8]);
    pcapng.extend([28, 0, 0, 0]);
    let cut = &pcap[..pcap.len() - 3];
    let path = dir.path().join("x");
    for (bytes, joined) in [
        ([&pcap[..], &pcap].concat(), true),
        ([&pcap[..], &pcapng].concat(), true),
        ([&pcapng[..], &pcap].concat(), true),
        // This is allowed, and these are damaged otherwise.
        ([&pcapng[..], &pcapng].concat(), false),
        ([&pcapng[..], &pcapng[..20]].concat(), false),
        (cut.to_vec(), false),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let out = support::sipflow(["doctor", path.to_str().unwrap()]);
        let err = String::from_utf8_lossy(&out.stderr);
        assert_eq!(err.contains("mergecap"), joined, "{err}");
    }
}

#[test]
fn a_number_that_is_none_is_told_what_is_expected() {
    for (words, expected) in [
        (
            "report x --call x",
            "expected a whole number from 1 on, for example 3 or 3,5",
        ),
        ("show x --frame 3-1", "frames go upwards, for example 1-3"),
        (
            "report x --width 5",
            "expected a whole number from 60 to 1000",
        ),
    ] {
        let out = support::sipflow(words.split_whitespace());
        assert_eq!(out.status.code(), Some(2));
        let err = String::from_utf8_lossy(&out.stderr);
        assert!(err.contains(expected), "{err}");
    }
}

#[test]
fn the_option_that_nothing_fits_is_blamed_and_where_there_is_no_sip_none() {
    let capture = support::testdata("cases/proxy_call/capture.pcap");
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("none.pcap");
    // The file header alone.
    std::fs::write(&path, &std::fs::read(&capture).unwrap()[..24]).unwrap();
    let (none, capture) = (path.to_str().unwrap(), capture.to_str().unwrap());
    for (words, said) in [
        (vec!["messages", none], "no SIP message in the capture"),
        (
            vec!["messages", none, "-m", "x"],
            "no SIP message in the capture",
        ),
        (
            vec!["messages", capture, "--from", "nobody"],
            "no SIP message fits the selection (--from nobody: the capture has alice and bob)",
        ),
        (
            vec!["messages", capture, "--method", "invit"],
            "no SIP message fits the selection (--method invit: was INVITE meant?)",
        ),
        (
            vec!["messages", capture, "--status", "404"],
            "no SIP message fits the selection (--status 404: the capture has 100, 180, 200, 401 and 407)",
        ),
        (
            vec!["messages", capture, "--status", "401", "--method", "ACK"],
            "no SIP message fits the selection (each of --method and --status fits something, none fits all)",
        ),
        (
            vec!["calls", capture, "--call", "9"],
            "no call fits the selection (--call 9: the capture has 1 call)",
        ),
        (
            vec!["ladder", capture, "--registration", "7"],
            "--registration 7: the capture has 2 registrations",
        ),
        (
            vec!["messages", capture, "-m", "nothing"],
            "no SIP message fits the selection (-m distinguishes case unless --ignore-case)",
        ),
    ] {
        let out = support::sipflow(words);
        assert_eq!(out.status.code(), Some(1));
        assert_eq!(
            String::from_utf8_lossy(&out.stderr),
            format!("sipflow: {said}\n")
        );
    }
}
