//! From capture files to a report in one call: the front door of the library.

use super::{Collector, Store, assemble, model};
use crate::pipeline::{Options, Pipeline};
use crate::source::{Merged, SourceError, SourceInfo, link_type_name};
use crate::types::KindSet;
use std::io;
use std::path::{Path, PathBuf};

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// A file cannot be opened, or is no capture.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The texts of messages could not be kept aside or read again.
    #[error("the texts of the messages cannot be read again: {0}")]
    Texts(io::Error),
}

/// Reads captures (pcap or pcapng, plain or compressed) as one, merged by time, and reports on them: the document
/// that `sipflow report --json` writes. A capture that is cut off or damaged is read as far as it goes, which
/// [`model::Source::damage`] then says.
///
/// ```
/// use sipflow::report::read_captures;
///
/// let report = read_captures(&["testdata/cases/proxy_call/capture.pcap"])?;
/// for call in &report.calls {
///     println!("{} -> {}: {}", call.caller.uri, call.callee.uri, call.outcome);
/// }
/// let lost: u64 = report.streams.iter().map(|s| s.lost).sum();
/// assert_eq!((report.calls.len(), lost), (1, 0));
/// # Ok::<(), sipflow::report::ReadError>(())
/// ```
///
/// # Errors
///
/// Where a file cannot be opened or is no capture; never for what a capture holds.
pub fn read_captures(files: &[impl AsRef<Path>]) -> Result<model::Report, ReadError> {
    let paths: Vec<PathBuf> = files.iter().map(|f| f.as_ref().to_owned()).collect();
    let mut input = Merged::open(&paths)?;
    let mut store = Store::new(&paths);
    let mut collector = Collector::new(KindSet::ALL, &mut store);
    let mut pipeline = Pipeline::new(Options {
        paths: input.infos().map(|info| info.path.clone()).collect(),
        ..Options::default()
    });
    while input.advance() {
        pipeline.handle_packet(&input.packet(), &mut collector);
    }
    let summary = pipeline.finish(&mut collector);
    let mut collected = collector.finish().map_err(ReadError::Texts)?;
    let sources = input.infos().map(source_of).collect();
    let mut report = assemble(&mut collected, &summary, sources);
    let messages = collected.messages(&mut store, summary.first_time, false, &|_| true);
    report.messages = messages
        .collect::<io::Result<_>>()
        .map_err(ReadError::Texts)?;
    Ok(report)
}

/// A capture in the report's form.
pub fn source_of(info: &SourceInfo) -> model::Source {
    model::Source {
        id: info.source.number(),
        path: info.path.clone(),
        format: info.format,
        compression: info.compression,
        link_types: info
            .link_types
            .iter()
            .map(|&l| link_type_name(l).into_owned())
            .collect(),
        packets: info.packets,
        bytes: info.bytes,
        first_time: info.first_time.map(model::Timestamp),
        last_time: info.last_time.map(model::Timestamp),
        truncated_packets: info.truncated_packets,
        dropped_packets: info.interface_drops.total(),
        damage: info.damage.as_ref().map(|d| model::Damage {
            reason: d.reason.clone(),
            offset: d.offset,
            frame: d.frame,
        }),
        clock_offset_s: info.clock_offset.as_secs_f64(),
    }
}
