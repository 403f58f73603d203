//! Memory of the built program on captures just under 100 MB, each of packets of one kind.

use super::kinds::KINDS;
use super::program::{Flood, capture_within, run};

/// Octets of a capture.
const SIZE: u64 = 100_000_000;

/// Commands, and the MiB each may have resident at most.
const COMMANDS: [(&str, u64); 6] = [
    ("report", 400),
    ("report --json", 400),
    ("calls", 256),
    ("streams", 256),
    ("messages", 256),
    ("doctor", 300),
];

/// As many packets as fill the capture, by the size of the first few.
fn packets_in(size: u64, flood: Flood) -> u64 {
    let (mut packets, mut octets) = (0, 0);
    flood(24_000, &mut |p| {
        packets += 1;
        octets += 16 + p.data.len() as u64;
    });
    // The numbers in later ones are longer; what does not fit is left out.
    size * 24_000 / octets.max(1) * 21 / 20
}

/// Runs every command on every kind, one capture at a time, and prints rows of docs/robustness.md.
/// `KIND` in the environment picks those whose name has it.
pub fn every_command_stays_within_its_bound() {
    let asked = std::env::var("KIND").unwrap_or_default();
    let dir = tempfile::tempdir().expect("a temporary folder");
    let (file, out) = (dir.path().join("flood.pcap"), dir.path().join("out"));
    let mut wrong = Vec::new();
    for (name, flood) in KINDS {
        if !name.contains(&asked) {
            continue;
        }
        let packets = capture_within(SIZE, &file, packets_in(SIZE, flood), flood);
        let size = std::fs::metadata(&file).expect("it is there").len();
        assert!(size > SIZE / 100 * 95, "{name}: {size} octets");
        let mut cells = Vec::new();
        for (command, most) in COMMANDS {
            let args: Vec<&str> = command.split(' ').collect();
            let mib = run(&args, &file, &out).peak_kib.div_ceil(1024);
            assert!(mib > 0, "{name}: {command} was not measured");
            if mib > most {
                wrong.push(format!("{command} of {name}: {mib} MiB"));
            }
            cells.push(format!("{mib} MiB"));
        }
        println!("| {name} | {packets} | {} |", cells.join(" | "));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
