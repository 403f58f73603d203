//! Floods as captures, and the built program run on them.

use super::PCAP_HEADER;
use sipflow::types::Packet;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Hands packets of one kind, about as many as asked for, to a function.
pub type Flood = fn(u64, &mut dyn FnMut(&Packet<'_>));

/// Nanoseconds of CPU the thread or process behind a schedstat file has had (proc(5)).
pub fn cpu(of: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{of}/schedstat")).unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// One run of the program.
pub struct Run {
    pub spent: Duration,
    pub peak_kib: u64,
    pub written: u64,
}

/// Writes the flood as a classic capture; the number of its packets.
pub fn capture(path: &Path, n: u64, flood: Flood) -> u64 {
    capture_within(u64::MAX, path, n, flood)
}

/// The same of at most `most` octets: what would go beyond is left out.
pub fn capture_within(most: u64, path: &Path, n: u64, flood: Flood) -> u64 {
    let file = std::fs::File::create(path).expect("a temporary file");
    let mut out = BufWriter::new(file);
    out.write_all(&PCAP_HEADER).expect("the disk takes it");
    let (mut packets, mut octets) = (0, PCAP_HEADER.len() as u64);
    flood(n, &mut |p| {
        octets += 16 + p.data.len() as u64;
        if octets > most {
            return;
        }
        packets += 1;
        let nanos = p.time.as_nanos();
        let len = u32::try_from(p.data.len()).expect("one packet");
        for word in [
            u32::try_from(nanos / 1_000_000_000).expect("seconds"),
            u32::try_from(nanos % 1_000_000_000 / 1000).expect("microseconds"),
            len,
            len,
        ] {
            out.write_all(&word.to_le_bytes())
                .expect("the disk takes it");
        }
        out.write_all(p.data).expect("the disk takes it");
    });
    out.flush().expect("the disk takes it");
    packets
}

/// Runs a command to its end. What it cost is read of it while it lives and as a zombie, so that
/// nothing else on the machine counts.
pub fn run(args: &[&str], file: &Path, out: &Path) -> Run {
    let program = std::env::var_os("SIPFLOW").unwrap_or(env!("CARGO_BIN_EXE_sipflow").into());
    let mut child = Command::new(program)
        .args(args)
        .arg(file)
        .stdout(std::fs::File::create(out).expect("a temporary file"))
        .stderr(Stdio::null())
        .spawn()
        .expect("sipflow runs");
    let id = child.id().to_string();
    let mut peak_kib = 0;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
        let line = |name: &str| {
            let line = status.lines().find_map(|l| l.strip_prefix(name));
            line.and_then(|l| l.split_whitespace().next())
        };
        let now = line("VmHWM:").and_then(|n| n.parse().ok()).unwrap_or(0);
        peak_kib = now.max(peak_kib);
        if line("State:").is_none_or(|s| s == "Z") {
            break;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    let spent = Duration::from_nanos(cpu(&id));
    let code = child.wait().expect("it ends").code();
    // 1: nothing of the kind is there.
    assert!(matches!(code, Some(0 | 1)), "{args:?}: {code:?}");
    Run {
        spent,
        peak_kib,
        written: std::fs::metadata(out).map_or(0, |m| m.len()),
    }
}
