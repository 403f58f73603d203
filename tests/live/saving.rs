//! What is saved, and where.

use crate::capture::{Capture, program};
use crate::saved::{count, files, packets, records, sipflow};
use crate::traffic::{Phones, media, pass, rtp};
use crate::wire::Wire;
use nix::sys::signal::Signal::{SIGHUP, SIGINT};
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

#[test]
fn only_voip_saves_sip_rtp_and_rtcp_and_nothing_of_the_noise_beside_them() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let only = Capture::start(&wire.b, dir, "-i v0 --only-voip -w only.pcapng");
    let all = Capture::start(&wire.b, dir, "-i v0 -w all.pcap");
    let phones = Phones::plug_in(&wire);
    let (dns_a, dns_b) = (wire.a.udp("192.0.2.1:40053"), wire.b.udp("192.0.2.2:53"));
    dns_a.connect("192.0.2.2:53").unwrap();
    let noise = |n: u8| {
        let name =
            b"\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01";
        pass(&dns_a, &dns_b, &[&[n, n], &name[..]].concat());
        // What could be the beginning of RTP, once.
        pass(&dns_a, &dns_b, &[&[0x80, n], &[n; 40][..]].concat());
    };
    noise(1);
    tcp_exchange(
        &wire,
        8080,
        "GET / HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n",
    );
    phones.call("one", || media(&wire, (10_000, 20_000), 10));
    let text = crate::traffic::request("192.0.2", "OPTIONS", "two", "", "");
    let reply = crate::traffic::request("192.0.2", "SIP/2.0 200 OK", "two", "OPTIONS", "");
    tcp_exchange(&wire, 5062, &text, &reply);
    // Media that nobody announced.
    let (from, to) = (wire.a.udp("192.0.2.1:30000"), wire.b.udp("192.0.2.2:30002"));
    from.connect("192.0.2.2:30002").unwrap();
    for n in 0..20 {
        pass(&from, &to, &rtp(7, n));
    }
    noise(2);
    phones.options("three");
    all.prints("three", 2);
    only.prints("three", 2);
    only.end(SIGINT).well();
    all.end(SIGINT).well();

    let wanted = |ports: Option<(u8, u16, u16)>| {
        ports.is_some_and(|(_, from, to)| {
            let of = [5060, 5062, 10_000, 10_001, 20_000, 20_001, 30_000];
            of.contains(&from) || of.contains(&to)
        })
    };
    let data = |file: &str| packets(&dir.join(file)).into_iter();
    let expected: Vec<_> = data("all.pcap")
        .filter(|p| wanted(p.ports()))
        .map(|p| p.data)
        .collect();
    let saved: Vec<_> = data("only.pcapng").map(|p| p.data).collect();
    // 6 messages, 20 RTP, 2 RTCP, then 20 RTP, then 2 messages, all on UDP; TCP besides.
    assert!(expected.len() > 50);
    assert!(data("all.pcap").count() >= expected.len() + 10);
    assert!(
        saved == expected,
        "{} saved, {} expected",
        saved.len(),
        expected.len()
    );
}

/// A connection with one line each way, closed by both.
fn tcp_exchange(wire: &Wire, port: u16, ask: &str, reply: &str) {
    let listener = wire.b.tcp_listen(&format!("192.0.2.2:{port}"));
    let mut client = wire.a.tcp(&format!("192.0.2.2:{port}"));
    let (mut server, _) = listener.accept().unwrap();
    client.write_all(ask.as_bytes()).unwrap();
    server.read_exact(&mut vec![0; ask.len()]).unwrap();
    server.write_all(reply.as_bytes()).unwrap();
    client.read_exact(&mut vec![0; reply.len()]).unwrap();
    drop(client);
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
}

#[test]
fn each_call_is_saved_to_a_whole_file_of_its_own() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let capture = Capture::start(&wire.b, dir, "-i v0 --each-call calls");
    let phones = Phones::plug_in(&wire);
    phones.options("noise");
    phones.call_on("one", (10_000, 20_000), || {
        media(&wire, (10_000, 20_000), 10)
    });
    phones.call_on("../two", (10_010, 20_010), || {
        media(&wire, (10_010, 20_010), 5)
    });
    capture.prints("BYE", 2);
    let ended = capture.end(SIGINT).well();
    assert!(
        ended.err.contains("2 calls have a file each"),
        "{}",
        ended.err
    );

    let saved = files(&dir.join("calls"), "");
    let names: Vec<_> = saved
        .iter()
        .map(|p| p.file_name().unwrap().to_string_lossy())
        .collect();
    assert_eq!(names, ["call-00001_one.pcap", "call-00002_.._two.pcap"]);
    for (file, packets_each_way) in saved.iter().zip([10, 5]) {
        // Six messages, the media, a report each way.
        assert_eq!(
            packets(file).len(),
            6 + 2 * packets_each_way + 2,
            "{}",
            file.display()
        );
        let found = records(&sipflow("report --format ndjson", file));
        assert_eq!((count(&found, "call"), count(&found, "stream")), (1, 2));
    }
}

#[test]
fn a_ring_keeps_the_last_files_and_each_is_whole() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let words = "-i v0 -w ring.pcapng -b packets:10 -b files:2 udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let phones = Phones::plug_in(&wire);
    for n in 0..18 {
        phones.options(&format!("call-{n:02}"));
    }
    capture.prints("call-17", 2);
    capture.end(SIGINT).well();
    let kept = files(dir, "ring_");
    // 36 packets: the fourth file has the last six.
    let numbers: Vec<_> = kept
        .iter()
        .map(|p| p.file_name().unwrap().to_string_lossy()[..10].to_owned())
        .collect();
    assert_eq!(numbers, ["ring_00003", "ring_00004"]);
    assert_eq!(packets(&kept[0]).len(), 10);
    let last = packets(&kept[1]);
    assert_eq!(last.len(), 6);
    assert!(last[5].has("Call-ID: call-17"));
}

#[test]
fn packets_go_down_a_pipe_as_pcap() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let mut command = wire.b.command(program());
    let mut child = command
        .args([
            "capture", "-i", "v0", "-w", "-", "-c", "4", "udp", "port", "5060",
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut pipe = child.stdout.take().unwrap();
    // The file header comes before any packet: from here on it captures.
    let mut bytes = vec![0; 24];
    pipe.read_exact(&mut bytes).unwrap();
    let phones = Phones::plug_in(&wire);
    phones.options("one");
    phones.options("two");
    pipe.read_to_end(&mut bytes).unwrap();
    assert!(child.wait().unwrap().success());
    let path = dir.join("piped.pcap");
    std::fs::write(&path, bytes).unwrap();
    let piped = packets(&path);
    assert_eq!(piped.len(), 4);
    assert!(piped[3].has("Call-ID: two"));
}

#[test]
fn rotated_files_are_whole_and_nothing_is_lost_between_them() {
    let Some(wire) = Wire::lay(&[]) else { return };
    let dir = wire.dir.path();
    let words = "-i v0 --json -o sip.log -w sip.pcap udp port 5060";
    let capture = Capture::start(&wire.b, dir, words);
    let phones = Phones::plug_in(&wire);
    let read = |name: &str| std::fs::read_to_string(dir.join(name)).unwrap_or_default();
    phones.options("one");
    crate::wire::wait_until("one", || read("sip.log").matches("\"one\"").count() >= 2);
    for (name, moved) in [("sip.log", "sip.log.1"), ("sip.pcap", "sip.1.pcap")] {
        std::fs::rename(dir.join(name), dir.join(moved)).unwrap();
    }
    capture.send(SIGHUP);
    crate::wire::wait_until("begun anew", || {
        files(dir, "sip.").iter().any(|p| p.ends_with("sip.log"))
            && std::fs::metadata(dir.join("sip.pcap")).is_ok()
    });
    phones.options("two");
    crate::wire::wait_until("two", || read("sip.log").matches("\"two\"").count() >= 2);
    let ended = capture.end(SIGINT).well();
    assert_eq!(ended.out, "");
    let (old, new) = (read("sip.log.1"), read("sip.log"));
    assert!(old.ends_with('\n') && !old.contains("\"two\""));
    let both = records(&(old + &new));
    assert_eq!((count(&both, "message"), count(&both, "counters")), (4, 1));
    let of = |name: &str| packets(&dir.join(name));
    assert_eq!((of("sip.1.pcap").len(), of("sip.pcap").len()), (2, 2));
}

#[test]
fn a_closed_pipe_ends_it_quietly_and_what_was_saved_is_whole() {
    for (format, word) in [("", "OPTIONS"), ("--json", "\"OPTIONS\"")] {
        let Some(wire) = Wire::lay(&[]) else { return };
        let dir = wire.dir.path();
        let err = dir.join("err");
        let mut command = wire.b.command(program());
        let mut child = command
            .args("capture -i v0 -w x.pcapng".split(' '))
            .args(format.split_whitespace())
            .current_dir(dir)
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&err).unwrap())
            .spawn()
            .unwrap();
        crate::wire::wait_until("it captures", || {
            std::fs::read_to_string(&err)
                .unwrap()
                .contains("capturing on")
        });
        let phones = Phones::plug_in(&wire);
        phones.options("first");
        let mut reader = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains(word) {
            line.clear();
            assert_ne!(reader.read_line(&mut line).unwrap(), 0, "ended early");
        }
        drop(reader);
        let mut sent = 0;
        let mut status = None;
        crate::wire::wait_until("it ends", || {
            phones.options(&format!("more-{sent}"));
            sent += 1;
            status = child.try_wait().unwrap();
            status.is_some()
        });
        let said = std::fs::read_to_string(&err).unwrap();
        assert_eq!(status.unwrap().code(), Some(0), "{said}");
        assert!(
            !said.contains("roken pipe") && !said.contains("panic"),
            "{said}"
        );
        assert!(
            packets(&dir.join("x.pcapng"))
                .iter()
                .any(|p| p.has("Call-ID: first"))
        );
    }
}
