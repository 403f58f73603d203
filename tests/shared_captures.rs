//! Packet counts of a collection of real captures against those tshark counted. The collection is
//! not part of the repository; without it the tests say so and do nothing.

use sipflow::source::CaptureFile;
use sipflow::types::SourceId;
use std::path::{Path, PathBuf};

fn collection() -> Option<PathBuf> {
    let root = std::env::var_os("CARGO_MANIFEST_DIR")?;
    let captures = Path::new(&root).parent()?.join("shared/captures");
    captures.is_dir().then_some(captures)
}

/// Packets read, and the damage if there was any.
fn read(path: &Path) -> Result<(u64, Option<String>), String> {
    let opened = CaptureFile::open(path, SourceId(0));
    let mut file = opened.map_err(|e| e.to_string())?;
    while file.advance() {}
    Ok((file.info().packets, file.info().damage_sentence()))
}

#[test]
fn every_public_capture_has_as_many_packets_as_tshark_counts() {
    let Some(captures) = collection() else {
        println!("skipped: there is no ../shared/captures beside the repository");
        return;
    };
    let public = captures.join("public");
    let manifest = std::fs::read(public.join("manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let entries = manifest["captures"].as_array().unwrap();
    let mut differences = Vec::new();
    for entry in entries {
        let file = entry["file"].as_str().unwrap();
        let expected = entry["packets"].as_u64();
        match read(&public.join(file)) {
            Ok((packets, damage)) => {
                if let Some(damage) = damage {
                    println!("{damage}");
                }
                if Some(packets) != expected {
                    differences.push(format!("{file}: {packets} packets, tshark {expected:?}"));
                }
            }
            Err(e) => differences.push(format!("{e} (tshark: {expected:?} packets)")),
        }
    }
    println!("{} captures", entries.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn every_lab_capture_is_read_to_its_end() {
    let Some(captures) = collection() else {
        println!("skipped: there is no ../shared/captures beside the repository");
        return;
    };
    for entry in std::fs::read_dir(captures.join("lab")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.to_string_lossy().into_owned();
        if name.contains(".pcap") {
            let (packets, damage) = read(&path).unwrap();
            assert!(packets > 0 && damage.is_none(), "{name}: {damage:?}");
        }
    }
}
