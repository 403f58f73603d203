//! A trace ends where the record does.

use super::{of_stream, trace};
use crate::app::analyse::analyse;
use crate::cli::{DiagnosticsArgs, InputArgs};
use crate::media::trace::Span;
use crate::types::{Delta, KindSet, RecordKind};
use clap::Parser;
use std::ffi::OsStr;
use std::path::PathBuf;

/// The options of input as they are without any.
#[derive(clap::Parser)]
struct Typed {
    #[command(flatten)]
    input: InputArgs,
}

/// Jitter, loss and packets of every stream of the cases, traced and recorded. The record was measured in the first
/// pass, while the clock rate may have become known late; the trace knows it from the beginning.
#[test]
fn a_trace_of_every_case_ends_with_the_figures_of_the_record() {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cases");
    let mut folders: Vec<PathBuf> = std::fs::read_dir(cases)
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    folders.sort();
    let (mut seen, mut wrong) = (0, Vec::new());
    for folder in folders {
        let Some(file) = ["capture.pcap", "capture.pcapng"]
            .iter()
            .map(|name| folder.join(name))
            .find(|file| file.is_file())
        else {
            continue;
        };
        let typed = [OsStr::new("test"), file.as_os_str()];
        let Typed { input } = Typed::parse_from(typed);
        let said = DiagnosticsArgs {
            quiet: true,
            ..DiagnosticsArgs::default()
        };
        let keep = KindSet::of(&[RecordKind::Stream]);
        let analysis = analyse(&input, &said, keep).unwrap();
        let streams = &analysis.collected.streams;
        let Some(zero) = analysis.first_time().filter(|_| !streams.is_empty()) else {
            continue;
        };
        let first = streams.iter().map(|s| s.first_time).min().unwrap();
        let last = streams.iter().map(|s| s.last_time).max().unwrap();
        let span = Span {
            begin: first,
            end: last + Delta::from_millis(1),
            columns: 300,
        };
        assert!(of_stream(streams, 1).is_some());
        let step = Delta::from_secs(1);
        let traced = trace(&input, &said, streams, span, (zero, step)).unwrap();
        for (s, (trace, _)) in streams.iter().zip(&traced) {
            seen += 1;
            let (f, columns) = (&s.figures, trace.lost.iter().copied().map(u64::from));
            let steps = trace.steps.iter().map(|s| u64::from(s.lost)).sum::<u64>();
            let packets = trace.steps.iter().map(|s| u64::from(s.packets)).sum();
            let lost = [trace.lost_in_all(), columns.sum(), steps];
            if (f.packets, [f.lost; 3]) != (packets, lost) {
                wrong.push(format!(
                    "{file:?} {}: {packets} {lost:?}, {f:?}",
                    s.no.get()
                ));
            }
            let of_record = f.jitter_mean_ms.zip(f.jitter_max_ms);
            let near = match (trace.jitter_mean_max_ms(), of_record) {
                (Some(a), Some(b)) => (a.0 - b.0).abs() < 1e-6 && (a.1 - b.1).abs() < 1e-6,
                (a, b) => a.is_none() == b.is_none(),
            };
            if !near {
                let j = trace.jitter_mean_max_ms();
                wrong.push(format!("{file:?} {}: {j:?}, {of_record:?}", s.no.get()));
            }
        }
    }
    assert!(seen > 100, "{seen} streams");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
