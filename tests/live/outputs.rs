//! Outputs that others use as well, that fill up, or that an earlier run left unfinished.

use crate::capture::{Capture, Ended, program};
use crate::saved::{files, packets};
use crate::traffic::Phones;
use crate::wire::{Wire, wait_until};
use nix::sys::signal::Signal::{SIGCONT, SIGINT, SIGKILL, SIGSTOP};
use std::path::Path;
use std::process::Stdio;

/// A capture that must not begin.
fn refused(wire: &Wire, words: &str) -> String {
    let out = wire
        .b
        .command(program())
        .arg("capture")
        .args(words.split_whitespace())
        .current_dir(wire.dir.path())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{words}: {err}");
    err
}

impl Ended {
    fn lost(self) -> Ended {
        assert_eq!(self.code, Some(3), "{}", self.err);
        self
    }
}

#[test]
fn a_second_capture_on_the_same_files_refuses_and_a_killed_one_leaves_no_lock() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let words = [
        "-i v0 -w x.pcap -o x.log udp port 5060",
        "-i v0 -w r.pcapng -b packets:100 -b files:3 udp port 5060",
        "-i v0 --each-call calls udp port 5060",
    ];
    let running = words.map(|words| Capture::start(&wire.b, dir, words));
    std::fs::hard_link(dir.join("x.pcap"), dir.join("other.pcap")).unwrap();
    // Another second: the members of a second ring would have other names.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    for second in [
        "-w x.pcap",
        "-w other.pcap",
        "-o x.pcap",
        "-o x.log",
        "-o x.log --append",
        "-w x.log",
        "-w r.pcapng -b filesize:100",
        "--each-call calls",
    ] {
        let err = refused(&wire, &format!("-i v0 {second}"));
        assert!(err.contains("name another"), "{second}: {err}");
    }
    let report = std::process::Command::new(program())
        .args(["calls", "x.pcap", "-o", "x.log"])
        .current_dir(dir)
        .output()
        .unwrap();
    assert_eq!(report.status.code(), Some(2));
    let phones = Phones::plug_in(&wire);
    phones.call("one", || {});
    running[0].prints("", 1);
    wait_until("the last message is logged", || {
        std::fs::read_to_string(dir.join("x.log"))
            .unwrap()
            .contains("BYE")
    });
    let [first, second, third] = running;
    first.end(SIGINT).well();
    assert_eq!(packets(&dir.join("x.pcap")).len(), 6);
    assert_eq!(files(dir, "r_").len(), 1);
    for killed in [second, third] {
        assert_eq!(killed.end(SIGKILL).code, None);
    }
    for words in words {
        Capture::start(&wire.b, dir, words).end(SIGINT).well();
    }
}

#[test]
fn packets_lost_to_a_full_disk_are_counted_and_are_exit_code_3() {
    let Some(wire) = Wire::lay(&["mount"]) else {
        return;
    };
    let dir = wire.dir.path();
    let Some(_disk) = crate::limits::Disk::mount(dir.join("disk")) else {
        eprintln!("skipped: nothing can be mounted here");
        return;
    };
    let save = Capture::start(&wire.b, dir, "-i v0 -w disk/x.pcap udp port 5060");
    let shown = Capture::start(&wire.b, dir, "-i v0 udp port 5060");
    let phones = Phones::plug_in(&wire);
    // 2 packets of 0.9 kB and more each: 128 KiB are full before 150 of them.
    for n in 0..200 {
        phones.options(&format!("{n}-{}", "x".repeat(300)));
    }
    shown.prints("199-x", 2);
    shown.end(SIGINT).well();
    let ended = save.end(SIGINT).lost();
    let saved = packets(&dir.join("disk/x.pcap")).len();
    let words = format!(
        "disk/x.pcap: {} of 400 packets could not be saved, {saved} are",
        400 - saved
    );
    assert!(
        saved < 400 && ended.err.contains(&words),
        "{saved}: {}",
        ended.err
    );
    assert!(
        ended.err.contains("NOT ALL saved to disk/x.pcap") && !ended.err.contains("; saved to"),
        "{}",
        ended.err
    );
}

#[test]
fn what_a_full_disk_still_takes_of_a_call_is_kept() {
    let Some(wire) = Wire::lay(&["mount"]) else {
        return;
    };
    let dir = wire.dir.path();
    let Some(_disk) = crate::limits::Disk::mount(dir.join("disk")) else {
        eprintln!("skipped: nothing can be mounted here");
        return;
    };
    let words = "-i v0 --each-call disk/calls udp port 5060";
    let save = Capture::start(&wire.b, dir, words);
    let shown = Capture::start(&wire.b, dir, "-i v0 udp port 5060");
    let phones = Phones::plug_in(&wire);
    // One call: the disk is full within the second or third piece of 64 KiB.
    let id = "x".repeat(300);
    phones.call(&id, || {
        for _ in 0..150 {
            phones.options(&id);
        }
    });
    phones.options("last");
    shown.prints("last", 2);
    shown.end(SIGINT).well();
    let ended = save.end(SIGINT).lost();
    let calls = files(&dir.join("disk/calls"), "call-");
    let sizes: Vec<(u64, usize)> = calls
        .iter()
        .map(|path| (path.metadata().unwrap().len(), packets(path).len()))
        .collect();
    let saved: usize = sizes.iter().map(|(_, packets)| packets).sum();
    let words = format!(
        "{} of 306 packets of calls could not be saved, {saved} are",
        306 - saved
    );
    assert!(ended.err.contains(&words), "{saved}: {}", ended.err);
    // Less than a packet and a page of the disk is left.
    let octets: u64 = sizes.iter().map(|(octets, _)| octets).sum();
    assert!(octets > (128 << 10) - 2 * 4096 - 1500, "{sizes:?}");
}

#[test]
fn lines_that_no_disk_takes_are_exit_code_3_with_their_number() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    for format in ["", "--json"] {
        let words = format!("-i v0 {format} -o /dev/full -w x.pcap udp port 5060");
        let capture = Capture::start(&wire.b, dir, &words);
        let phones = Phones::plug_in(&wire);
        phones.options("one");
        wait_until("saved", || packets(&dir.join("x.pcap")).len() == 2);
        let ended = capture.end(SIGINT).lost();
        assert!(
            ended.err.contains("/dev/full: ")
                && ended.err.contains(" lines could not be written, 0 are"),
            "{}",
            ended.err
        );
        assert_eq!(packets(&dir.join("x.pcap")).len(), 2);
    }
}

#[test]
fn standard_output_on_a_full_disk_ends_the_capture_with_exit_code_3() {
    let Some(wire) = Wire::lay(&[]) else { return };
    for words in ["capture -i v0 --json", "capture -i v0 -w -"] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let child = wire
            .b
            .command(program())
            .args(words.split_whitespace())
            .args(["-c", "2", "udp", "port", "5060"])
            .stdout(full)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Both fail with the first bytes, before any packet.
        let out = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(3), "{words}: {err}");
        assert!(err.contains("No space left on device"), "{words}: {err}");
    }
}

#[test]
fn a_ring_file_that_cannot_be_begun_is_exit_code_3_and_no_packet_is_lost() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    std::fs::create_dir(dir.join("ring")).unwrap();
    let words = "-i v0 -w ring/x.pcapng -b packets:4 udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let phones = Phones::plug_in(&wire);
    phones.options("one");
    capture.prints("one", 2);
    std::fs::rename(dir.join("ring"), dir.join("away")).unwrap();
    for n in 0..5 {
        phones.options(&format!("later-{n}"));
    }
    capture.prints("later-4", 2);
    let ended = capture.end(SIGINT).lost();
    assert!(
        ended
            .err
            .contains("the next file of the ring could not be begun"),
        "{}",
        ended.err
    );
    let only = files(&dir.join("away"), "x_");
    assert_eq!(only.len(), 1);
    assert_eq!(packets(&only[0]).len(), 12);
}

#[test]
fn records_are_added_behind_what_a_crash_left() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let log = dir.join("x.ndjson");
    let words = "-i v0 --json --append -o x.ndjson udp port 5060";
    Capture::start(&wire.b, dir, words).end(SIGINT).well();
    let whole = std::fs::read(&log).unwrap();
    // Cut inside the last record, as a machine that loses power leaves it.
    std::fs::write(&log, &whole[..whole.len() - 20]).unwrap();
    let again = Capture::start(&wire.b, dir, words);
    Phones::plug_in(&wire).options("one");
    wait_until("logged", || {
        std::fs::read_to_string(&log)
            .unwrap()
            .matches("\"one\"")
            .count()
            >= 2
    });
    let ended = again.end(SIGINT).well();
    assert!(
        ended.err.contains("ended in half a record"),
        "{}",
        ended.err
    );
    let text = std::fs::read_to_string(&log).unwrap();
    let found = crate::saved::records(&text);
    assert_eq!(crate::saved::count(&found, "report"), 2);
    assert_eq!(crate::saved::count(&found, "message"), 2);
    assert_eq!(
        crate::saved::count(&found, "counters"),
        1,
        "the first was cut"
    );
}

/// Stopped, it reads nothing: what does not fit in 1 MiB is dropped by the kernel and nothing else is.
#[test]
fn what_the_kernel_drops_and_what_is_captured_is_all_there_was() {
    const SENT: u64 = 4000;
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let words = "-i v0 -B 1 -w x.pcapng --exact-filter udp dst port 7000";
    let capture = Capture::start(&wire.b, dir, words);
    let (from, to) = (wire.a.udp("192.0.2.1:7000"), wire.b.udp("192.0.2.2:7000"));
    from.connect("192.0.2.2:7000").unwrap();
    capture.send(SIGSTOP);
    for _ in 0..SENT {
        from.send(&[0; 1200]).unwrap();
    }
    drop(to);
    capture.send(SIGCONT);
    capture.says("the kernel dropped");
    let ended = capture.end(SIGINT).well();
    let line = ended.err.lines().last().unwrap();
    let number = |behind: &str| -> u64 {
        let words: Vec<&str> = line.split(behind).next().unwrap().split(' ').collect();
        words.last().unwrap().parse().unwrap()
    };
    let (captured, dropped) = (
        number(" packets captured"),
        number(" dropped by the kernel"),
    );
    assert!(dropped > 0, "{line}");
    assert_eq!(captured + dropped, SENT, "{line}");
    let saved = packets(&dir.join("x.pcapng")).len();
    assert_eq!(saved as u64, captured);
    let report = crate::saved::sipflow("report --json", Path::new(&dir.join("x.pcapng")));
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["sources"][0]["dropped_packets"], dropped);
}
