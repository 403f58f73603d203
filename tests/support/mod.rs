//! Shared by the tests that run the binary on captures.
#![allow(dead_code, reason = "each test uses a part")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of reference captures beside the project, if this machine has it.
pub fn reference(part: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()?
        .join("shared/captures")
        .join(part);
    if root.is_dir() {
        Some(root)
    } else {
        eprintln!("skipped: no reference captures at {}", root.display());
        None
    }
}

/// The project's own captures.
pub fn testdata(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("testdata")
        .join(part)
}

/// Runs sipflow.
pub fn sipflow<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(args: I) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(args)
        .env_remove("NO_COLOR")
        .output()
        .expect("sipflow runs")
}

/// The report of a capture as JSON. Panics with the program's own words where there is none.
pub fn report(path: &Path) -> Value {
    let out = sipflow([
        Path::new("report"),
        Path::new("--json"),
        Path::new("-q"),
        path,
    ]);
    assert!(
        out.status.success(),
        "{}: {:?}: {}",
        path.display(),
        out.status,
        String::from_utf8_lossy(&out.stderr)
    );
    serde_json::from_slice(&out.stdout).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// SIP messages by method or status, as both sides count them.
pub fn sip_counts(report: &Value) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for part in ["sip_requests", "sip_responses"] {
        for (name, n) in report["counters"][part].as_object().expect("counters") {
            counts.insert(name.clone(), n.as_u64().expect("a count"));
        }
    }
    counts
}

/// Distinct Call-IDs of the messages.
pub fn call_ids(report: &Value) -> std::collections::BTreeSet<String> {
    let messages = report["messages"].as_array().expect("messages");
    messages
        .iter()
        .filter_map(|m| m["call_id"].as_str().map(str::to_owned))
        .collect()
}

/// One line of `tshark -z rtp,streams`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TsharkStream {
    pub src: String,
    pub dst: String,
    pub ssrc: String,
    pub packets: u64,
    pub lost: i64,
}

/// Reads the table `tshark -q -z rtp,streams` prints.
pub fn tshark_streams(text: &str) -> Vec<TsharkStream> {
    let mut streams = Vec::new();
    for line in text.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let Some(at) = words.iter().position(|w| w.starts_with("0x")) else {
            continue;
        };
        if at != 6 || words.len() < 10 {
            continue;
        }
        // The payload column may hold several words; the loss follows as `3 (6.0%)`.
        let Some(percent) = words
            .iter()
            .position(|w| w.starts_with('(') && w.ends_with("%)"))
        else {
            continue;
        };
        streams.push(TsharkStream {
            src: format!("{} {}", words[2], words[3]),
            dst: format!("{} {}", words[4], words[5]),
            ssrc: words[6].to_lowercase(),
            packets: words[percent - 2].parse().expect("packets"),
            lost: words[percent - 1].parse().expect("lost"),
        });
    }
    streams
}

/// The report's streams in the same form.
pub fn our_streams(report: &Value) -> Vec<TsharkStream> {
    let end = |e: &Value| format!("{} {}", e["address"].as_str().expect("address"), e["port"]);
    let streams = report["streams"].as_array().expect("streams");
    streams
        .iter()
        .map(|s| TsharkStream {
            src: end(&s["src"]),
            dst: end(&s["dst"]),
            ssrc: s["ssrc"].as_str().expect("ssrc").to_owned(),
            packets: s["packets"].as_u64().expect("packets"),
            lost: s["rtcp_style_lost"].as_i64().expect("rtcp_style_lost"),
        })
        .collect()
}

/// File names that `docs/differences.md` gives a reason for.
pub fn explained(file: &str) -> bool {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/differences.md");
    let text = std::fs::read_to_string(docs).expect("docs/differences.md");
    text.lines()
        .any(|l| l.starts_with('|') && l.contains(&format!("`{file}`")))
}
