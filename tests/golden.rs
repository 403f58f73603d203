//! One directory per behaviour under `testdata/cases`: the capture, and what sipflow says of it.
//!
//! `UPDATE_GOLDEN=1 cargo test --test golden` writes the expectations again; read the difference
//! before committing it.

mod support;

use std::path::Path;
use std::process::Command;

/// Runs in the case's directory, so that no path of this machine is in the output.
fn run(case: &Path, args: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .current_dir(case)
        .args(args)
        .output()
        .expect("sipflow runs");
    assert!(
        out.status.success(),
        "{}: {}",
        case.display(),
        String::from_utf8_lossy(&out.stderr)
    );
    String::from_utf8(out.stdout)
        .expect("UTF-8")
        .replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn compare(case: &Path, file: &str, got: &str, wrong: &mut Vec<String>) {
    let path = case.join(file);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, got).expect("write");
        return;
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    if want != got {
        let line = want
            .lines()
            .zip(got.lines())
            .position(|(a, b)| a != b)
            .unwrap_or(want.lines().count().min(got.lines().count()));
        let show = |s: &str| s.lines().nth(line).unwrap_or("(end)").trim().to_owned();
        wrong.push(format!(
            "{} line {}:\n  want {}\n  got  {}",
            path.display(),
            line + 1,
            show(&want),
            show(got)
        ));
    }
}

#[test]
fn every_case_gives_its_expected_report() {
    let mut wrong = Vec::new();
    let mut cases: Vec<_> = std::fs::read_dir(support::testdata("cases"))
        .expect("testdata/cases")
        .map(|e| e.expect("entry").path())
        .filter(|p| p.is_dir())
        .collect();
    cases.sort();
    assert!(cases.len() > 50, "only {} cases", cases.len());
    for case in &cases {
        let capture = ["capture.pcap", "capture.pcapng", "capture.pcap.gz"]
            .into_iter()
            .find(|c| case.join(c).exists());
        let capture = capture.unwrap_or_else(|| panic!("{} has no capture", case.display()));
        // The same call at another point.
        let second = Some("capture_2.pcap").filter(|c| case.join(c).exists());
        let with_captures = |args: &[&'static str]| -> Vec<&str> {
            let args = args.iter().copied();
            args.chain([capture]).chain(second).collect()
        };
        let records = "calls,registrations,streams,findings";
        compare(
            case,
            "expected.txt",
            &run(case, &with_captures(&["report", "--width", "100"])),
            &mut wrong,
        );
        compare(
            case,
            "expected.json",
            &run(
                case,
                &with_captures(&["report", "--json", "--records", records]),
            ),
            &mut wrong,
        );
    }
    assert!(
        wrong.is_empty(),
        "{} differences:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
