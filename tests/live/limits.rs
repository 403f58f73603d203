//! What ends a capture, and what must not.

use crate::capture::Capture;
use crate::saved::{files, packets};
use crate::traffic::Phones;
use crate::wire::{Wire, wait_until};
use nix::sys::signal::Signal::SIGINT;
use std::process::Command;
use std::time::Instant;

#[test]
fn it_stops_by_itself_at_packets_size_files_and_time() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let start = |words: &str| {
        let words = format!("-i v0 --no-summary {words} udp port 5060");
        Capture::start(&wire.b, dir, &words)
    };
    let count = start("-w count.pcap -c 5");
    let packet = start("-w packets.pcap -a packets:7");
    let size = start("-w size.pcap -a filesize:3");
    let number = start("-w files.pcap -b packets:3 -a files:2");
    let begun = Instant::now();
    let time = start("-w time.pcap -a duration:1");
    let phones = Phones::plug_in(&wire);
    let mut sent = 0;
    wait_until("size and files", || {
        phones.options(&format!("call-{sent}"));
        sent += 1;
        sent > 20
    });
    for capture in [count, packet, size, number, time] {
        capture.ended().well();
    }
    assert!(begun.elapsed().as_secs() >= 1);
    assert_eq!(packets(&dir.join("count.pcap")).len(), 5);
    assert_eq!(packets(&dir.join("packets.pcap")).len(), 7);
    // 3000 bytes are reached; how many more depends on how many came at once.
    let bytes = std::fs::metadata(dir.join("size.pcap")).unwrap().len();
    assert!(bytes >= 3000, "{bytes}");
    let _ = packets(&dir.join("size.pcap"));
    let written = files(dir, "files_");
    assert_eq!(packets(&written[0]).len(), 3);
    assert_eq!(packets(&written[1]).len(), 3);
    let _ = packets(&dir.join("time.pcap"));
}

#[test]
fn a_full_disk_is_said_once_and_the_capture_goes_on_with_a_whole_file() {
    let Some(wire) = Wire::lay(&["mount"]) else {
        return;
    };
    let dir = wire.dir.path();
    let disk = Disk::mount(dir.join("disk"));
    let Some(disk) = disk else {
        eprintln!("skipped: nothing can be mounted here");
        return;
    };
    let words = "-i v0 -w disk/x.pcapng --each-call disk/calls -o disk/log udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let shown = Capture::start(&wire.b, dir, "-i v0 udp port 5060");
    let phones = Phones::plug_in(&wire);
    // All but a page is taken, so that a few packets fill it.
    let filler = disk.path.join("filler");
    std::fs::write(&filler, vec![0; 110 << 10]).unwrap();
    for n in 0..60 {
        phones.call(&format!("call-{n}"), || {});
    }
    capture.says("cannot write disk/x.pcapng");
    let was = packets(&disk.path.join("x.pcapng")).len();
    assert!(was < 360, "{was}");
    std::fs::remove_file(&filler).unwrap();
    let mut n = 0;
    wait_until("it is written again", || {
        phones.options(&format!("later-{n}"));
        n += 1;
        std::thread::sleep(std::time::Duration::from_millis(100));
        capture.err().contains("disk/x.pcapng can be written again")
    });
    phones.options("the-last");
    shown.prints("the-last", 2);
    shown.end(SIGINT).well();
    let ended = capture.end(SIGINT);
    assert_eq!(ended.code, Some(3), "{}", ended.err);
    for text in [
        "cannot write disk/x.pcapng",
        "cannot write disk/calls",
        "cannot write disk/log",
    ] {
        assert!(ended.err.matches(text).count() <= 1, "{}", ended.err);
    }
    let saved = packets(&disk.path.join("x.pcapng"));
    assert!(saved.last().unwrap().has("the-last") && saved.len() > was);
    for file in files(&disk.path.join("calls"), "") {
        if std::fs::metadata(&file).unwrap().len() > 0 {
            let _ = packets(&file);
        }
    }
    let log = std::fs::read_to_string(disk.path.join("log")).unwrap();
    assert!(log.ends_with('\n'));
}

/// A file system of 128 KiB in memory.
pub struct Disk {
    path: std::path::PathBuf,
}

impl Disk {
    pub fn mount(path: std::path::PathBuf) -> Option<Disk> {
        std::fs::create_dir(&path).unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"])
            .arg(&path)
            .status();
        mounted.ok()?.success().then_some(Disk { path })
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.path).status();
    }
}
