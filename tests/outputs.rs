//! What is written: never over an input or over what another run writes, complete or not at all, and with
//! exit code 3 where something of it was lost.
#![cfg(target_os = "linux")]

mod support;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Every command that reads a capture, with what it needs besides.
const COMMANDS: [&str; 12] = [
    "report",
    "report --json",
    "report --format ndjson",
    "calls",
    "ladder",
    "explain",
    "messages",
    "list",
    "show --frame 4",
    "streams",
    "stats",
    "doctor",
];

/// A folder with `lab.pcap` in it.
fn folder() -> (TempDir, Vec<u8>) {
    let dir = tempfile::tempdir().unwrap();
    let from = support::testdata("cases/proxy_call/capture.pcap");
    std::fs::copy(from, dir.path().join("lab.pcap")).unwrap();
    let bytes = std::fs::read(dir.path().join("lab.pcap")).unwrap();
    (dir, bytes)
}

fn command(dir: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sipflow"));
    command.current_dir(dir).args(words.split_whitespace());
    command.stdin(Stdio::null());
    command
}

fn run(dir: &Path, words: &str) -> (Option<i32>, String) {
    ended(command(dir, words).output().unwrap())
}

fn ended(out: Output) -> (Option<i32>, String) {
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    (out.status.code(), err)
}

fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).unwrap();
    let mut names: Vec<String> = entries
        .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(20), "in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn no_command_writes_over_its_input_by_whatever_name() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::hard_link(dir.join("lab.pcap"), dir.join("hard")).unwrap();
    std::os::unix::fs::symlink("hard", dir.join("soft")).unwrap();
    for words in COMMANDS {
        for name in ["lab.pcap", "./lab.pcap", "hard", "soft"] {
            let (code, err) = run(dir, &format!("{words} lab.pcap -o {name}"));
            assert_eq!(code, Some(2), "{words} -o {name}: {err}");
            assert!(err.contains("lab.pcap, which is read"), "{err}");
            assert_eq!(err.lines().count(), 1, "{err}");
        }
    }
    assert_eq!(std::fs::read(dir.join("lab.pcap")).unwrap(), bytes);
    assert_eq!(names(dir), ["hard", "lab.pcap", "soft"]);
}

#[test]
fn neither_one_of_several_inputs_nor_standard_input_is_written_over() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::copy(dir.join("lab.pcap"), dir.join("b.pcap")).unwrap();
    let (code, err) = run(dir, "report lab.pcap -r b.pcap -o b.pcap");
    assert_eq!(code, Some(2), "{err}");
    let read = |name: &str| Stdio::from(File::open(dir.join(name)).unwrap());
    let piped = command(dir, "report - -o b.pcap")
        .stdin(read("b.pcap"))
        .output();
    let (code, err) = ended(piped.unwrap());
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("standard input, which is read"), "{err}");
    // Standard output that goes there, too.
    for words in ["report b.pcap", "report lab.pcap b.pcap"] {
        let append = File::options()
            .append(true)
            .open(dir.join("b.pcap"))
            .unwrap();
        let (code, err) = ended(command(dir, words).stdout(append).output().unwrap());
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("standard output would write over"), "{err}");
    }
    assert_eq!(std::fs::read(dir.join("b.pcap")).unwrap(), bytes);
}

#[test]
fn devices_and_pipes_are_written_as_they_come() {
    let (dir, _) = folder();
    let dir = dir.path();
    let plain = command(dir, "calls lab.pcap").output().unwrap().stdout;
    assert_eq!(run(dir, "calls lab.pcap -o /dev/null").0, Some(0));
    let out = command(dir, "calls lab.pcap -o /dev/stdout").output();
    assert_eq!(out.unwrap().stdout, plain);
    // Into a file behind what is there, as a shell's >> does.
    std::fs::write(dir.join("log"), "before\n").unwrap();
    let log = File::options().append(true).open(dir.join("log")).unwrap();
    let status = command(dir, "calls lab.pcap -o /dev/stdout")
        .stdout(log)
        .status();
    assert!(status.unwrap().success());
    let log = std::fs::read(dir.join("log")).unwrap();
    assert_eq!(log, [b"before\n", &plain[..]].concat());
    let made = Command::new("mkfifo").arg(dir.join("pipe")).status();
    if !made.is_ok_and(|s| s.success()) {
        eprintln!("skipped: there is no mkfifo");
        return;
    }
    let mut child = command(dir, "calls lab.pcap -o pipe").spawn().unwrap();
    assert_eq!(std::fs::read(dir.join("pipe")).unwrap(), plain);
    assert!(child.wait().unwrap().success());
}

/// A report that has begun and waits for the rest of its input.
fn waiting(dir: &Path, to: &str, bytes: &[u8]) -> Child {
    let mut child = command(dir, &format!("report --format ndjson -l -o {to} -"))
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&bytes[..bytes.len() / 2]).unwrap();
    child.stdin = Some(pipe);
    wait_until("a file beside the old one", || {
        names(dir).iter().any(|n| n.starts_with(&format!(".{to}.")))
    });
    child
}

#[test]
fn a_report_that_is_interrupted_leaves_the_old_one_as_it_was() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::write(dir.join("out"), "old").unwrap();
    let mut child = waiting(dir, "out", &bytes);
    assert_eq!(std::fs::read_to_string(dir.join("out")).unwrap(), "old");
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_to_string(dir.join("out")).unwrap(), "old");
    // And no lock is left.
    let (code, err) = run(dir, "calls lab.pcap -o out");
    assert_eq!(code, Some(0), "{err}");
    assert!(
        std::fs::read_to_string(dir.join("out"))
            .unwrap()
            .contains("alice")
    );
}

#[test]
fn a_file_that_another_run_writes_is_refused_and_both_stay_whole() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::write(dir.join("out"), "old").unwrap();
    let mut child = waiting(dir, "out", &bytes);
    let (code, err) = run(dir, "calls lab.pcap -o out");
    assert_eq!(code, Some(2), "{err}");
    assert!(err.contains("sipflow writes this file already"), "{err}");
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&bytes[bytes.len() / 2..]).unwrap();
    drop(pipe);
    assert!(child.wait().unwrap().success());
    let whole = command(dir, "report --format ndjson lab.pcap").output();
    let records = |text: &[u8]| text.iter().filter(|b| **b == b'\n').count();
    let written = std::fs::read(dir.join("out")).unwrap();
    assert_eq!(records(&written), records(&whole.unwrap().stdout));
    assert_eq!(names(dir), ["lab.pcap", "out"]);
}

#[test]
fn a_report_that_fails_leaves_the_old_one_as_it_was() {
    let (dir, _) = folder();
    let dir = dir.path();
    std::fs::write(dir.join("out"), "old").unwrap();
    std::fs::write(dir.join("no.pcap"), "text").unwrap();
    for words in [
        "report no.pcap -o out",
        "report --format ndjson no.pcap -o out",
    ] {
        assert_eq!(run(dir, words).0, Some(3));
    }
    assert_eq!(run(dir, "ladder lab.pcap --call 9 -o out").0, Some(1));
    assert_eq!(std::fs::read_to_string(dir.join("out")).unwrap(), "old");
    let (code, err) = run(dir, "calls lab.pcap -o nowhere/out");
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("cannot write nowhere/out"), "{err}");
    assert_eq!(names(dir), ["lab.pcap", "no.pcap", "out"]);
}

#[test]
fn output_that_a_full_disk_takes_in_part_is_exit_code_3_with_what_is_there() {
    let (dir, _) = folder();
    let dir = dir.path();
    let with_input = COMMANDS.map(|words| format!("{words} lab.pcap"));
    let others = [
        "bandwidth --codec G711",
        "define 486",
        "schema",
        "completions bash",
        "--help",
        "--version",
        "show --help",
    ];
    for words in with_input.iter().map(String::as_str).chain(others) {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (code, err) = ended(command(dir, words).stdout(full).output().unwrap());
        assert_eq!(code, Some(3), "{words}: {err}");
        assert!(err.contains("No space left on device"), "{words}: {err}");
        assert_eq!(err.lines().count(), 1, "{words}: {err}");
    }
    for words in &with_input {
        let (code, err) = run(dir, &format!("{words} -o /dev/full"));
        assert_eq!(code, Some(3), "{words}: {err}");
        assert!(err.contains("cannot write /dev/full"), "{words}: {err}");
        assert!(err.contains("0 lines (0 bytes) were written"), "{err}");
    }
}

#[test]
fn a_report_on_a_disk_that_fills_up_leaves_the_old_one_as_it_was() {
    let (dir, _) = folder();
    let dir = dir.path();
    let disk = dir.join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"])
        .arg(&disk)
        .stderr(Stdio::null())
        .status();
    if !mount.is_ok_and(|s| s.success()) {
        eprintln!("skipped: nothing can be mounted here");
        return;
    }
    std::fs::write(disk.join("out"), "old").unwrap();
    let (code, err) = run(dir, "report --json lab.pcap -o disk/out");
    let old = std::fs::read_to_string(disk.join("out"));
    let left = names(&disk);
    let _ = Command::new("umount").arg("-l").arg(&disk).status();
    assert_eq!(code, Some(3), "{err}");
    assert!(
        err.contains("disk/out") && err.contains("the file is left as it was"),
        "{err}"
    );
    assert_eq!(old.unwrap(), "old");
    assert_eq!(left, ["out"]);
}

#[test]
fn new_files_have_the_umask_s_rights_and_old_ones_keep_theirs() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, _) = folder();
    let dir = dir.path();
    let mode = |name: &str| {
        let metadata = std::fs::metadata(dir.join(name)).unwrap();
        metadata.permissions().mode() & 0o777
    };
    let program = env!("CARGO_BIN_EXE_sipflow");
    let script = format!("umask 027; exec {program} calls lab.pcap -o new");
    let status = Command::new("sh")
        .args(["-c", &script])
        .current_dir(dir)
        .status();
    assert!(status.unwrap().success());
    assert_eq!(mode("new"), 0o640);
    std::fs::set_permissions(dir.join("new"), std::fs::Permissions::from_mode(0o606)).unwrap();
    assert_eq!(run(dir, "calls lab.pcap -o new").0, Some(0));
    assert_eq!(mode("new"), 0o606);
}

#[cfg(feature = "live")]
mod capture {
    use super::*;

    /// No such interface: what is refused for its files is refused before interfaces are looked at.
    fn refused(dir: &Path, words: &str) -> String {
        let (code, err) = run(dir, &format!("capture -i nosuch0 {words}"));
        assert_eq!(code, Some(2), "{words}: {err}");
        assert_eq!(err.lines().count(), 1, "{words}: {err}");
        err
    }

    #[test]
    fn a_capture_refuses_outputs_that_are_one_file_or_an_input() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path();
        std::fs::write(dir.join("filter"), "port 5060\n").unwrap();
        std::fs::write(dir.join("x"), "old").unwrap();
        std::fs::hard_link(dir.join("x"), dir.join("x.hard")).unwrap();
        std::os::unix::fs::symlink("new", dir.join("link")).unwrap();
        let member = "r_00001_20260101000000.pcap";
        std::fs::hard_link(dir.join("filter"), dir.join(member)).unwrap();
        let before = names(dir);
        for words in [
            "-w x -o x",
            "-w x -o x.hard",
            "-w x -o x --append",
            "-w new -o ./new",
            "-w new -o link",
            "-F filter -w filter",
            "-F filter -o filter",
            "-F filter -o filter --append",
            "-F filter -w r.pcap -b packets:2 -b files:1",
            "-o r_00001_20270101000000.pcap -w r.pcap -b packets:2",
        ] {
            let err = refused(dir, words);
            assert!(err.contains("name another file"), "{words}: {err}");
        }
        assert_eq!(names(dir), before);
        assert_eq!(std::fs::read_to_string(dir.join("x")).unwrap(), "old");
        let filter = std::fs::read_to_string(dir.join("filter")).unwrap();
        assert_eq!(filter, "port 5060\n");
    }

    #[test]
    fn packets_and_lines_do_not_go_to_one_file_through_standard_output() {
        let dir = tempfile::tempdir().unwrap();
        let out = File::create(dir.path().join("x")).unwrap();
        let command = command(dir.path(), "capture -i nosuch0 -w - -o x")
            .stdout(out)
            .output();
        let (code, err) = ended(command.unwrap());
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("standard output would write over"), "{err}");
    }
}

/// The capture in one zstd frame that asks for a window of 2 to the `log` bytes, stored (RFC 8878 §3.1.1).
fn frame(log: u8, content: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (log - 10) << 3];
    let blocks = content.chunks(100_000);
    let last = blocks.len() - 1;
    for (n, block) in blocks.enumerate() {
        let header = (block.len() as u32) << 3 | u32::from(n == last);
        frame.extend(&header.to_le_bytes()[..3]);
        frame.extend(block);
    }
    frame
}

#[test]
fn a_zstd_window_that_is_too_large_is_named_and_is_no_damage() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::write(dir.join("ok.zst"), frame(27, &bytes)).unwrap();
    assert_eq!(run(dir, "calls ok.zst"), (Some(0), String::new()));
    std::fs::write(dir.join("long.zst"), frame(31, &bytes)).unwrap();
    let (code, err) = run(dir, "report long.zst");
    assert_eq!(code, Some(3), "{err}");
    assert!(!err.contains("damaged"), "{err}");
    for part in ["2048 MiB", "128 MiB", "zstd -d --long=31 long.zst"] {
        assert!(err.contains(part), "{err}");
    }
    // Also where it shows only later: in the second of two frames.
    let (first, second) = bytes.split_at(2000);
    let both = [frame(20, first), frame(31, second)].concat();
    std::fs::write(dir.join("two.zst"), both).unwrap();
    let (code, err) = run(dir, "calls two.zst --strict");
    assert!(code == Some(3) || code == Some(1), "{err}");
    assert!(!err.contains("damaged"), "{err}");
    assert!(err.contains("zstd -d --long=31"), "{err}");
    for words in ["report", "report --json", "doctor"] {
        let out = command(dir, &format!("{words} two.zst")).output().unwrap();
        let out = out.stdout;
        let out = String::from_utf8(out).unwrap();
        assert!(!out.contains("damaged:"), "{words}: {out}");
        let line = out.replace("\n", " ");
        let said: Vec<&str> = line.split_whitespace().collect();
        assert!(
            said.join(" ").contains("zstd -d --long=31"),
            "{words}: {out}"
        );
    }
}

#[test]
fn strict_and_quiet_say_in_one_line_why_it_fails() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    std::fs::write(dir.join("cut.pcap"), &bytes[..bytes.len() - 3]).unwrap();
    for words in COMMANDS {
        let (code, err) = run(dir, &format!("{words} cut.pcap --strict -q"));
        assert_eq!(code, Some(3), "{words}: {err}");
        assert_eq!(err.lines().count(), 1, "{words}: {err}");
        assert!(
            err.contains("cut.pcap") && err.contains("--strict") && err.contains("#849"),
            "{words}: {err}"
        );
        let (code, err) = run(dir, &format!("{words} cut.pcap -q"));
        assert_eq!((code, err.as_str()), (Some(0), ""), "{words}");
    }
}

#[test]
fn too_many_open_files_is_said_as_that() {
    let (dir, _) = folder();
    let dir = dir.path();
    let names: Vec<PathBuf> = (0..30).map(|n| dir.join(format!("{n}.pcap"))).collect();
    for name in &names {
        std::fs::hard_link(dir.join("lab.pcap"), name).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_sipflow");
    let script = format!("ulimit -n 20; exec {program} calls [0-9]*.pcap");
    let out = Command::new("sh")
        .args(["-c", &script])
        .current_dir(dir)
        .output();
    let (code, err) = ended(out.unwrap());
    assert_eq!(code, Some(3), "{err}");
    assert!(err.contains("too many open files"), "{err}");
    assert!(
        err.contains("ulimit -n") && !err.contains("check the disk"),
        "{err}"
    );
}

#[test]
fn show_writes_every_kind_of_packet_as_json() {
    let capture = support::testdata("cases/proxy_call/capture.pcap");
    let capture = capture.to_str().unwrap();
    // #1 is ARP, #17 the INVITE, #31 the first RTP packet of the answering side.
    let out = support::sipflow(["show", capture, "1,17", "#31", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(shown["messages"].as_array().map(Vec::len), Some(1));
    assert_eq!(shown["messages"][0]["frame"], 17);
    let packets = shown["packets"].as_array().unwrap();
    let what: Vec<_> = packets.iter().map(|p| (&p["frame"], &p["what"])).collect();
    assert_eq!(
        format!("{what:?}"),
        r#"[(Number(1), String("ARP")), (Number(31), String("RTP"))]"#
    );
    let rtp = &packets[1];
    assert_eq!(
        (&rtp["call"], &rtp["src"]["port"]),
        (&1.into(), &10094.into())
    );
    assert_eq!(rtp["fields"][0]["name"], "payload type");
    assert_eq!(rtp["fields"][0]["value"], "8 (PCMA)");
    // The bytes as sent are those of a message.
    let raw = support::sipflow(["show", capture, "31", "--raw"]);
    assert_eq!(raw.status.code(), Some(1));
}

#[test]
fn the_help_of_show_says_what_it_takes() {
    let out = support::sipflow(["show", "--help"]);
    let text = String::from_utf8(out.stdout).unwrap();
    for part in ["p2:#13", "--frame", "commas", "sipflow messages"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("merged"), "{text}");
}

/// A run that has begun and waits for the rest of its input, its standard output `file`.
fn waiting_on(dir: &Path, file: File, bytes: &[u8]) -> Child {
    let mut child = command(dir, "report --format ndjson -l -")
        .stdin(Stdio::piped())
        .stdout(file)
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(&bytes[..bytes.len() / 2]).unwrap();
    child.stdin = Some(pipe);
    wait_until("its first line", || {
        std::fs::read(dir.join("out")).is_ok_and(|text| !text.is_empty())
    });
    child
}

#[test]
fn a_file_that_another_run_s_standard_output_is_is_refused() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    let open = || {
        File::options()
            .append(true)
            .create(true)
            .open(dir.join("out"))
    };
    let mut child = waiting_on(dir, File::create(dir.join("out")).unwrap(), &bytes);
    let refused = |(code, err): (Option<i32>, String)| {
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains("sipflow writes this file already"), "{err}");
    };
    refused(run(dir, "calls lab.pcap -o out"));
    for words in ["calls lab.pcap", "schema", "completions bash", "--help"] {
        let appended = command(dir, words).stdout(open().unwrap()).output();
        refused(ended(appended.unwrap()));
    }
    drop(child.stdin.take());
    child.wait().unwrap();
    let written = std::fs::read_to_string(dir.join("out")).unwrap();
    assert!(
        written.lines().all(|l| l.starts_with("{\"record\"")),
        "{written}"
    );
    assert_eq!(run(dir, "calls lab.pcap -o out").0, Some(0));
}

#[test]
fn runs_that_share_a_file_or_both_add_to_its_end_do_not_refuse_each_other() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    let append = || {
        let mut options = File::options();
        options.append(true).create(true);
        options.open(dir.join("out")).unwrap()
    };
    let mut child = waiting_on(dir, append(), &bytes);
    let (code, err) = ended(
        command(dir, "calls lab.pcap")
            .stdout(append())
            .output()
            .unwrap(),
    );
    assert_eq!(code, Some(0), "{err}");
    // Written over it is not.
    assert_eq!(run(dir, "calls lab.pcap -o out").0, Some(2));
    drop(child.stdin.take());
    child.wait().unwrap();
    let shared = File::create(dir.join("out")).unwrap();
    let mut child = waiting_on(dir, shared.try_clone().unwrap(), &bytes);
    let (code, err) = ended(
        command(dir, "calls lab.pcap")
            .stdout(shared)
            .output()
            .unwrap(),
    );
    assert_eq!(code, Some(0), "{err}");
    drop(child.stdin.take());
    child.wait().unwrap();
}

#[test]
fn nothing_is_said_into_a_capture_that_is_standard_error() {
    let (dir, bytes) = folder();
    let dir = dir.path();
    let errors = File::options().append(true).open(dir.join("lab.pcap"));
    let out = command(dir, "calls lab.pcap --call 9")
        .stderr(errors.unwrap())
        .output();
    assert_eq!(out.unwrap().status.code(), Some(2));
    assert_eq!(std::fs::read(dir.join("lab.pcap")).unwrap(), bytes);
}

#[test]
fn standard_output_that_is_closed_is_exit_code_3_and_dev_null_is_not() {
    let (dir, _) = folder();
    let dir = dir.path();
    let shell = |words: &str, to: &str| {
        let line = format!("exec \"$0\" {words} {to}");
        let out = Command::new("sh")
            .args(["-c", &line, env!("CARGO_BIN_EXE_sipflow")])
            .current_dir(dir)
            .output();
        ended(out.unwrap())
    };
    let with_input = COMMANDS.map(|words| format!("{words} lab.pcap"));
    let others = [
        "bandwidth --codec G711",
        "define 486",
        "schema",
        "completions bash",
        "--help",
    ];
    for words in with_input.iter().map(String::as_str).chain(others) {
        let (code, err) = shell(words, ">&-");
        assert_eq!(code, Some(3), "{words}: {err}");
        assert_eq!(err, "sipflow: cannot write standard output: it is closed\n");
        for to in ["1<>/dev/null", ">/dev/null"] {
            assert_eq!(shell(words, to), (Some(0), String::new()), "{words} {to}");
        }
    }
    assert_eq!(shell("calls lab.pcap -o out", ">&-").0, Some(0));
    assert!(names(dir).contains(&"out".to_owned()));
}

#[test]
fn what_is_said_of_a_full_standard_output_is_what_the_file_holds() {
    let (dir, _) = folder();
    let dir = dir.path();
    // A disk each: a process that another test is about to start may still hold the file before.
    for (n, words) in ["report --json lab.pcap", "report --json -l lab.pcap"]
        .into_iter()
        .enumerate()
    {
        let disk = dir.join(format!("disk{n}"));
        std::fs::create_dir(&disk).unwrap();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8k", "tmpfs"])
            .arg(&disk)
            .stderr(Stdio::null())
            .status();
        if !mount.is_ok_and(|s| s.success()) {
            eprintln!("skipped: nothing can be mounted here");
            return;
        }
        let file = File::create(disk.join("out")).unwrap();
        let (code, err) = ended(command(dir, words).stdout(file).output().unwrap());
        let there = std::fs::read(disk.join("out")).unwrap();
        let lines = there.iter().filter(|b| **b == b'\n').count();
        assert_eq!(code, Some(3), "{err}");
        // Thousands have a space in them.
        let said = err.replace(' ', "");
        let words = format!("{lines}lines({}bytes)werewritten", there.len());
        let _ = Command::new("umount").arg("-l").arg(&disk).status();
        assert!(!there.is_empty() && said.contains(&words), "{words}: {err}");
    }
}

#[test]
fn a_failure_names_the_file_asked_for_and_no_temporary_one() {
    let (dir, _) = folder();
    let (_, err) = run(dir.path(), "calls lab.pcap -o nowhere/out");
    let words = "sipflow: cannot write nowhere/out: No such file or directory (os error 2)\n";
    assert_eq!(err, words);
}
