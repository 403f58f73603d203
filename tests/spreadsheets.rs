//! CSV as a spreadsheet reads it.

mod support;

use std::process::Command;

fn csv(args: &[&str]) -> Vec<csv::StringRecord> {
    let capture = support::testdata("cases").join("spreadsheet_formula/capture.pcap");
    let out = Command::new(env!("CARGO_BIN_EXE_sipflow"))
        .args(args)
        .args(["--format", "csv"])
        .arg(capture)
        .output()
        .expect("sipflow runs");
    assert!(out.status.success(), "{out:?}");
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(out.stdout.as_slice());
    reader.records().map(|r| r.expect("a row")).collect()
}

#[test]
fn no_cell_from_a_packet_is_run() {
    for command in ["calls", "streams", "messages"] {
        let rows = csv(&[command]);
        assert!(rows.len() > 1);
        for cell in rows.iter().flatten() {
            let runs = cell.starts_with(['=', '+', '-', '@']) && cell.parse::<f64>().is_err();
            assert!(!runs, "{command}: {cell}");
        }
    }
    let agent = |rows: &[csv::StringRecord]| {
        let column = rows[0].iter().position(|h| h == "user_agent").expect("it");
        rows[1][column].to_owned()
    };
    assert_eq!(agent(&csv(&["messages"])), "'=HYPERLINK(1)");
    assert_eq!(agent(&csv(&["messages", "--csv-raw"])), "=HYPERLINK(1)");
}

/// A drift of -3.2 ppm is a number, and stays one.
#[test]
fn numbers_below_zero_stay_numbers() {
    let rows = csv(&["streams"]);
    let ours = ["clock_drift_ppm", "jitter_mean_ms", "mos", "lost"];
    for name in ours {
        let column = rows[0].iter().position(|h| h == name).expect("a column");
        for row in &rows[1..] {
            let cell = &row[column];
            assert!(
                cell.is_empty() || cell.parse::<f64>().is_ok(),
                "{name}: {cell}"
            );
        }
    }
}
