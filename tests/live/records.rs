//! What is shown live is what the saved packets give.

use crate::capture::Capture;
use crate::saved::{count, files, packets, records, sipflow};
use crate::wire::{PATIENCE, Wire, wait_until};
use nix::sys::signal::Signal::{SIGINT, SIGTERM};
use std::path::Path;
use std::process::{Command, Stdio};

/// Calls made.
const CALLS: usize = 20;

#[test]
fn records_and_texts_of_a_capture_of_sipp_calls_equal_those_of_the_saved_packets() {
    let Some(wire) = Wire::lay(&["sipp"]) else {
        return;
    };
    let dir = wire.dir.path();
    let start = |words: &str| Capture::start(&wire.b, dir, words);
    let pcapng = start("-i v0 --json -w x.pcapng");
    let pcap = start("-i v0 --json -w y.pcap");
    let byline = start("-i v0 -W byline --no-summary --timezone utc -w z.pcap");
    let line = start("-i v0 --no-summary --timezone utc");
    let calls = start("-i v0 --calls --no-summary");
    let sipp = |words: &str, space: &crate::wire::Space| {
        let mut command = space.command(Path::new("sipp"));
        command.args(words.split_whitespace()).current_dir(dir);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().unwrap()
    };
    let mut callee = sipp("-sn uas -i 192.0.2.2 -p 5060 -nostdin", &wire.b);
    wait_until("sipp listens", || {
        let sockets = wire.b.run("cat", &["/proc/net/udp"]);
        // 192.0.2.2:5060 as the kernel writes it.
        sockets.contains("020200C0:13C4")
    });
    let words = format!("192.0.2.2:5060 -sn uac -i 192.0.2.1 -r 20 -d 100 -m {CALLS} -nostdin");
    let mut caller = sipp(&words, &wire.a);
    let mut status = None;
    wait_until("sipp has called", || {
        status = caller.try_wait().unwrap();
        status.is_some()
    });
    let _ = callee.kill();
    let _ = callee.wait();
    assert!(status.unwrap().success(), "sipp: {status:?}");

    // At once: the last BYE is still in the kernel's hands.
    let (pcapng, pcap) = (pcapng.end(SIGINT).well(), pcap.end(SIGTERM).well());
    let byline = byline.end(SIGINT).well();
    let (line, calls) = (line.end(SIGTERM).well(), calls.end(SIGINT).well());
    for (ended, file) in [(&pcapng, "x.pcapng"), (&pcap, "y.pcap")] {
        let live = records(&ended.out);
        let replay = records(&sipflow("report --format ndjson", &dir.join(file)));
        assert_eq!(count(&live, "call"), CALLS, "{file}");
        // INVITE, ACK and BYE.
        assert_eq!(count(&live, "transaction"), CALLS * 3);
        assert!(count(&live, "message") >= CALLS * 6);
        let messages = |all: &[(String, String)]| -> Vec<String> {
            let of = all.iter().filter(|(kind, _)| kind == "message");
            of.map(|(_, text)| text.clone()).collect()
        };
        assert_eq!(messages(&live), messages(&replay), "in the same order");
        assert_eq!(sorted(live), sorted(replay), "{file}");
        assert!(ended.err.contains(" 0 dropped by the kernel"));
    }
    let replay = sipflow("messages -W byline --timezone utc", &dir.join("z.pcap"));
    assert_eq!(byline.out, replay);
    let messages = replay.matches("\nU ").count() + usize::from(replay.starts_with("U "));
    assert_eq!(line.out.lines().count(), messages);
    assert!(
        line.out
            .contains("192.0.2.1:5060   -> 192.0.2.2:5060    INVITE (SDP)")
    );
    let ends = calls.out.matches("ended by sipp, answered for 0.1").count();
    assert!(ends > 0, "{}", calls.out);
    assert_eq!(
        calls.out.matches("ended by").count(),
        CALLS,
        "{}",
        calls.out
    );
}

fn sorted(mut records: Vec<(String, String)>) -> Vec<(String, String)> {
    records.sort();
    records
}

#[test]
fn phones_and_a_proxy_register_and_call_with_audio_and_the_records_equal_the_replay() {
    let programs = ["kamailio", "baresip", "python3", "perl", "ethtool"];
    let Some(wire) = Wire::lay(&programs) else {
        return;
    };
    let net_sip = Command::new("perl")
        .args(["-MNet::SIP", "-e", "1"])
        .stderr(Stdio::null())
        .status();
    if !net_sip.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no Net::SIP (libnet-sip-perl)");
        return;
    }
    let dir = wire.dir.path();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/lab/live.py");
    let mut lab = Command::new("python3")
        .arg(script)
        .args([crate::capture::program(), dir])
        .stderr(std::fs::File::create(dir.join("lab.err")).unwrap())
        .spawn()
        .unwrap();
    let begun = std::time::Instant::now();
    let status = loop {
        if let Some(status) = lab.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > 3 * PATIENCE {
            // Its namespaces go with it.
            let lab_process = nix::unistd::Pid::from_raw(lab.id() as i32);
            nix::sys::signal::kill(lab_process, SIGTERM).unwrap();
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    let said = std::fs::read_to_string(dir.join("lab.err")).unwrap();
    assert!(status.success(), "{said}");

    let live = records(&std::fs::read_to_string(dir.join("live.ndjson")).unwrap());
    let saved = files(dir, "live.pcapng");
    assert!(!packets(&saved[0]).is_empty());
    let replay = records(&sipflow("report --format ndjson", &saved[0]));
    // alice, bob and Net::SIP's carol register; alice and carol call bob.
    assert_eq!(count(&live, "registration"), 3);
    assert_eq!(count(&live, "call"), 2);
    let of_calls = |kind: &str, text: &str| {
        let all = live.iter();
        all.filter(|(k, t)| k == kind && t.contains(text)).count()
    };
    assert_eq!(of_calls("call", "\"outcome\":\"completed\""), 2);
    assert_eq!(of_calls("stream", "\"call\":1,"), 2, "both ways");
    assert_eq!(of_calls("stream", "\"call\":2,"), 2, "both ways");
    assert_eq!(count(&live, "stream"), 4);
    assert_eq!(sorted(live), sorted(replay));
}
