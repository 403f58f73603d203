//! The bodies of the fuzz targets on random bytes, and on the inputs that once broke them.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    unreachable_pub,
    reason = "a test, and modules of its own"
)]

#[path = "../fuzz/bodies/mod.rs"]
mod bodies;

use proptest::prelude::*;

macro_rules! random_bytes {
    ($($target:ident),+) => {
        proptest! {
            #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
            $(
                #[test]
                fn $target(data in proptest::collection::vec(any::<u8>(), 0..2000)) {
                    bodies::run(stringify!($target), &data);
                }
            )+
        }
    };
}

random_bytes!(
    capture_file,
    packet,
    sip_message,
    sip_stream,
    websocket,
    hep,
    sdp,
    rtcp,
    sound,
    plot,
    media_operations,
    call_operations,
    pipeline
);

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn where_(data in proptest::collection::vec(any::<u8>(), 0..400)) {
        bodies::run("where", &data);
    }
}

fn testdata(part: &str) -> Vec<std::path::PathBuf> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(part);
    let entries = std::fs::read_dir(root).expect("testdata");
    let mut paths: Vec<_> = entries.map(|e| e.expect("entry").path()).collect();
    paths.sort();
    paths
}

fn seeds() -> bodies::seeds::Seeds {
    let mut seeds = bodies::seeds::Seeds::default();
    for case in testdata("cases") {
        for name in ["capture.pcap", "capture.pcapng"] {
            if let Ok(bytes) = std::fs::read(case.join(name)) {
                seeds.take_capture(&bytes);
            }
        }
    }
    for message in testdata("torture") {
        if message.extension().is_some_and(|e| e == "dat") {
            seeds.take_message(&std::fs::read(message).expect("message"));
        }
    }
    seeds.take_expressions(include_str!("../docs/where.md"));
    seeds
}

#[test]
fn every_seed_of_the_corpus_breaks_no_invariant() {
    let seeds = seeds();
    for target in [
        "capture_file",
        "packet",
        "sip_message",
        "sip_stream",
        "websocket",
        "hep",
        "sdp",
        "rtcp",
        "pipeline",
        "where",
    ] {
        let inputs = seeds.0.get(target).expect("each parser has seeds");
        for input in inputs {
            bodies::run(target, input);
        }
    }
}

/// Inputs that broke a body once, by target; each is kept for good.
#[test]
fn what_once_broke_a_body_no_longer_does() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions");
    for (target, _) in bodies::ALL {
        let Ok(entries) = std::fs::read_dir(root.join(target)) else {
            continue;
        };
        for entry in entries {
            let path = entry.expect("entry").path();
            bodies::run(target, &std::fs::read(&path).expect("input"));
        }
    }
}

/// Not a test: fills the folder `SEEDS` names, a folder a target. `make fuzz-smoke` calls it.
#[test]
#[ignore = "writes the seed corpus of the fuzz targets"]
fn write_the_seed_corpus() {
    let to = std::env::var_os("SEEDS").expect("SEEDS names a folder");
    let seeds = seeds();
    for (target, _) in bodies::ALL {
        let folder = std::path::Path::new(&to).join(target);
        std::fs::create_dir_all(&folder).expect("folder");
        let empty = Vec::new();
        for (n, seed) in seeds.0.get(target).unwrap_or(&empty).iter().enumerate() {
            std::fs::write(folder.join(format!("seed{n:04}")), seed).expect("seed");
        }
    }
}
