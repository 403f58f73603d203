//! Names of files, folders and interfaces, and words of the command line, are text from outside: none of
//! them moves a reader's cursor, and each can be read from and written to.
#![cfg(unix)]

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Colour, the line begun again, another line, text turned around, an octet that is not UTF-8, and what
/// cannot be seen.
const NAMES: [&[u8]; 8] = [
    b"a\x1b[31mb",
    b"a\x1b]0;owned\x07b",
    b"a\rb",
    b"a\nsipflow: b",
    "a\u{202e}b".as_bytes(),
    b"a\xffb",
    "a\u{9b}31m\u{200b}\u{e0061}b".as_bytes(),
    b"a\xfe\x1b\n\xe2\x80b",
];

fn sipflow(args: &[&OsStr]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(args)
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        .output()
        .expect("sipflow runs")
}

fn words<'a>(line: &'a str, path: &'a Path) -> Vec<&'a OsStr> {
    line.split(' ')
        .map(|w| {
            if w == "@" {
                path.as_os_str()
            } else {
                OsStr::new(w)
            }
        })
        .collect()
}

/// What may reach a terminal: line ends and what can be seen.
fn assert_shown_safely(what: &str, text: &[u8], name: &[u8]) {
    let text = std::str::from_utf8(text).unwrap_or_else(|e| panic!("{what}: {e}"));
    // Rows of CSV end so (RFC 4180).
    let text = match what.contains("csv") {
        true => text.replace("\r\n", "\n"),
        false => text.to_owned(),
    };
    let hidden = |c: &char| {
        c.is_control() && *c != '\n'
            || matches!(c, '\u{200b}' | '\u{202e}' | '\u{e0061}' | '\u{fffd}')
    };
    assert_eq!(text.chars().find(hidden), None, "{what}: {text:?}");
    // A line that the name began by itself.
    assert!(!text.contains("\nsipflow: b"), "{what}, {name:?}: {text:?}");
}

fn check(line: &str, path: &Path, name: &[u8]) -> Output {
    let out = sipflow(&words(line, path));
    assert_shown_safely(line, &out.stdout, name);
    assert_shown_safely(line, &out.stderr, name);
    out
}

fn fixture() -> PathBuf {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut cases: Vec<PathBuf> = std::fs::read_dir(cases)
        .expect("cases")
        .map(|e| e.expect("a case").path().join("capture.pcap"))
        .filter(|p| p.exists())
        .collect();
    cases.sort();
    cases.remove(0)
}

const COMMANDS: [&str; 15] = [
    "report @",
    "report --json @",
    "report --format ndjson @",
    "calls @",
    "ladder @",
    "messages -W byline @",
    "messages --json @",
    "list @",
    "list --json @",
    "streams --format csv @",
    "show @ --frame 1",
    "stats @",
    "stats --json @",
    "doctor @",
    "doctor --json @",
];

#[test]
fn captures_are_read_whatever_they_are_called() {
    let dir = tempfile::tempdir().expect("a folder");
    let whole = std::fs::read(fixture()).expect("a capture");
    for name in NAMES {
        let folder = dir.path().join(OsStr::from_bytes(name));
        std::fs::create_dir(&folder).expect("a folder");
        let path = folder.join(OsStr::from_bytes(name));
        std::fs::write(&path, &whole).expect("a file");
        for line in COMMANDS {
            let out = check(line, &path, name);
            let why = String::from_utf8_lossy(&out.stderr);
            assert!(matches!(out.status.code(), Some(0 | 1)), "{line}: {why}");
        }
        // Cut in its last packet: a warning names the file, and so does a finding.
        std::fs::write(&path, &whole[..whole.len() - 3]).expect("a file");
        for line in COMMANDS {
            let out = check(line, &path, name);
            assert!(!out.stderr.is_empty(), "{line}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_on_one_line() {
    let dir = tempfile::tempdir().expect("a folder");
    for name in NAMES {
        let path = dir.path().join(OsStr::from_bytes(name));
        let missing = check("report @", &path, name);
        std::fs::write(&path, b"no capture").expect("a file");
        let other = check("doctor @", &path, name);
        std::fs::write(&path, b"\x1f\x8b\x08\0").expect("a file");
        let cut = check("calls @", &path, name);
        std::fs::write(&path, b"\xd4\xc3\xb2\xa1\x02").expect("a file");
        let header = check("calls @", &path, name);
        std::fs::write(&path, b"").expect("a file");
        let empty = check("calls @", &path, name);
        std::fs::remove_file(&path).expect("removed");
        std::fs::create_dir(&path).expect("a folder");
        let folder = check("report @", &path, name);
        let nowhere = check("report -o @ @", &path, name);
        for out in [missing, other, cut, header, empty, folder, nowhere] {
            let said = String::from_utf8(out.stderr).expect("text");
            assert_eq!(out.status.code(), Some(3), "{said}");
            assert_eq!(said.lines().count(), 1, "{said}");
        }
    }
}

#[test]
fn output_goes_to_the_file_named() {
    let dir = tempfile::tempdir().expect("a folder");
    let capture = fixture();
    for name in NAMES {
        let path = dir.path().join(OsStr::from_bytes(name));
        let mut args = words("report -o @", &path);
        args.push(capture.as_os_str());
        let out = sipflow(&args);
        assert!(out.status.success(), "{out:?}");
        assert!(std::fs::metadata(&path).expect("written").len() > 100);
    }
    let written = std::fs::read_dir(dir.path()).expect("a folder").count();
    assert_eq!(written, NAMES.len(), "each under its own name");
}

#[test]
fn names_that_differ_in_one_octet_differ_in_the_report() {
    let dir = tempfile::tempdir().expect("a folder");
    let names: [&[u8]; 3] = [b"a\xff", b"a\xfe", b"a\\xff"];
    let mut args: Vec<OsString> = vec!["report".into(), "--json".into()];
    for name in names {
        let path = dir.path().join(OsStr::from_bytes(name));
        std::fs::copy(fixture(), &path).expect("copied");
        args.push(path.into());
    }
    let args: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
    let report: serde_json::Value =
        serde_json::from_slice(&sipflow(&args).stdout).expect("a report");
    let ends: Vec<String> = (0..3)
        .map(|n| report["sources"][n]["path"].as_str().expect("a path"))
        .map(|p| p.rsplit('/').next().expect("a name").to_owned())
        .collect();
    assert_eq!(ends, [r"a\xff", r"a\xfe", r"a\\xff"]);
}

#[test]
fn words_of_a_wrong_command_line_are_repeated_safely() {
    for name in NAMES {
        for line in [
            "@",
            "report",
            "report --@ x",
            "report x --width @",
            "report x --color @",
            "report x --format @",
            "calls x --call @",
            "calls x --status @",
            "messages x -m (@",
            "messages x --timezone @",
            "messages x -t @",
            "show x --frame @",
            "schema @",
            "completions @",
            "bandwidth --codec @",
            "define @",
            "define --list @",
            "capture -b @",
            "capture -a @ -i nosuch0",
            "capture -i @",
            "capture -i lo -f @",
            "capture -i lo -c 1 -f @",
            "capture -F @",
            "capture -i lo --user @",
            "capture -i lo -w @/missing/x.pcap",
            "capture -i lo --each-call /dev/null/@",
            "capture -i lo -o @/missing/x",
        ] {
            let line = line.replace("(@", "(");
            // A word that is more than the name.
            let args: Vec<OsString> = line
                .split(' ')
                .map(|w| match w.split_once('@') {
                    Some((before, after)) => {
                        let mut word = OsString::from(before);
                        word.push(OsStr::from_bytes(name));
                        word.push(after);
                        word
                    }
                    None => w.into(),
                })
                .collect();
            let args: Vec<&OsStr> = args.iter().map(OsString::as_os_str).collect();
            let out = sipflow(&args);
            assert_shown_safely(&line, &out.stdout, name);
            assert_shown_safely(&line, &out.stderr, name);
            assert!(!out.status.success(), "{line} {name:?}: {out:?}");
            assert!(!out.stderr.is_empty(), "{line}");
        }
    }
}

/// New code keeps to the one place that speaks, and to the one writer of JSON.
#[test]
fn nothing_speaks_past_the_place_that_escapes() {
    fn walk(folder: &Path, wrong: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).expect("sources") {
            let path = entry.expect("a source").path();
            if path.is_dir() {
                walk(&path, wrong);
                continue;
            }
            // Fonts and what else is no source.
            if path.extension().is_none_or(|e| e != "rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("text");
            let code = text
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or_default();
            let name = path.to_string_lossy().into_owned();
            let is_test = name.contains("tests") || name.contains("golden");
            let mut forbid = |word: &str, place: &str| {
                if code.contains(word) && !name.ends_with(place) && !is_test {
                    wrong.push(format!("{name}: {word}"));
                }
            };
            forbid("stderr()", "app/said.rs");
            forbid("serde_json::to_writer", "render/json_text.rs");
            forbid(".display()", "none");
            forbid("WriterBuilder", "render/csv_rows.rs");
        }
    }
    let mut wrong = Vec::new();
    walk(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut wrong,
    );
    // The progress bar draws there, the file is locked: they say no words.
    let silent = ["app/progress.rs", "app/mod.rs", "app/output/standard.rs"];
    wrong.retain(|w| {
        !silent
            .iter()
            .any(|s| w.ends_with(&format!("{s}: stderr()")))
    });
    assert_eq!(wrong, [""; 0]);
}
