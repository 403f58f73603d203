//! Who may capture, and as whom.

use crate::capture::{Capture, program};
use crate::saved::packets;
use crate::traffic::Phones;
use crate::wire::{Wire, open_to_all};
use nix::sys::signal::Signal::SIGINT;
use std::path::Path;

#[test]
fn without_the_right_it_says_how_to_get_it() {
    let Some(wire) = Wire::lay(&["setpriv"]) else {
        return;
    };
    // Where everybody may run it.
    let copy = wire.dir.path().join("sipflow");
    std::fs::copy(program(), &copy).unwrap();
    let out = wire
        .b
        .command(Path::new("setpriv"))
        .args(["--reuid=65534", "--clear-groups"])
        .arg(&copy)
        .args(["capture", "-i", "v0"])
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(3), "{err}");
    let advice = format!(
        "sudo setcap cap_net_raw,cap_net_admin+eip {}",
        copy.display()
    );
    assert!(err.contains("no permission to capture on v0"), "{err}");
    assert!(err.contains(&advice), "{err}");
    assert!(out.stdout.is_empty());
}

#[test]
fn root_is_given_up_for_good_and_capturing_and_writing_go_on() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let words = "-i v0 --user nobody -w x.pcap -b packets:2 udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let status = std::fs::read_to_string(format!("/proc/{}/status", capture.process())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|l| l.starts_with(name)).unwrap();
        line.split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let nobody = nix::unistd::User::from_name("nobody").unwrap().unwrap();
    let (user, group) = (nobody.uid.to_string(), nobody.gid.to_string());
    // Real, effective, saved and file system's.
    assert_eq!(field("Uid:"), [&*user; 4].join(" "));
    assert_eq!(field("Gid:"), [&*group; 4].join(" "));
    assert!(!field("Groups:").split(' ').any(|g| g == "0"), "{status}");
    assert_eq!(field("CapEff:"), "0000000000000000");
    assert_eq!(field("CapPrm:"), "0000000000000000");
    let phones = Phones::plug_in(&wire);
    phones.options("one");
    phones.options("two");
    capture.prints("two", 2);
    capture.end(SIGINT).well();
    let files = crate::saved::files(dir, "x_");
    assert_eq!(files.len(), 2);
    for file in files {
        use std::os::unix::fs::MetadataExt;
        assert_eq!(std::fs::metadata(&file).unwrap().uid().to_string(), user);
        assert_eq!(packets(&file).len(), 2);
    }
}

#[test]
fn the_one_capability_of_the_systemd_unit_is_enough_also_where_the_interface_is_made_again() {
    let Some(wire) = Wire::lay(&["setpriv"]) else {
        return;
    };
    let dir = wire.dir.path();
    let copy = dir.join("sipflow");
    std::fs::copy(program(), &copy).unwrap();
    let mut command = wire.b.command(Path::new("setpriv"));
    let rights = "--reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=-all,+net_raw \
                  --ambient-caps=-all,+net_raw --bounding-set=-all,+net_raw";
    command.args(rights.split_whitespace()).arg(&copy);
    command.args("capture -i v0 -B 64 -w x.pcap udp port 5060".split(' '));
    let capture = Capture::spawn(command, dir);
    Phones::plug_in(&wire).options("one");
    capture.prints("one", 2);
    wire.b.ip("link delete v0");
    capture.says("waiting for it to come back");
    wire.connect("v0", "192.0.2");
    capture.says("v0 is back");
    Phones::plug_in(&wire).options("two");
    capture.prints("two", 2);
    capture.end(SIGINT).well();
    assert_eq!(packets(&dir.join("x.pcap")).len(), 4);
}

#[test]
fn a_user_who_may_not_write_there_is_told_so_at_the_start() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let closed = wire.dir.path().join("closed");
    std::fs::create_dir(&closed).unwrap();
    let out = wire
        .b
        .command(program())
        .args(["capture", "-i", "v0", "--user", "nobody", "-w"])
        .arg(closed.join("x.pcap"))
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(3), "{err}");
    assert!(err.contains("ermission denied"), "{err}");
    open_to_all(&closed);
}
