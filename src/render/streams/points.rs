//! What each capture point of several saw of a stream.

use crate::explain::words::{clean, counted, in_digits};
use crate::render::style::{Ink, Style};
use crate::render::text::wrap;
use crate::report::model::{Report, Stream};
use std::io::{self, Write};
use std::path::Path;

/// Under the table: one line for each stream that several files saw.
pub(super) fn lines(
    report: &Report,
    streams: &[&Stream],
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    for s in streams {
        let Some(told) = told(report, s) else {
            continue;
        };
        let text = format!("stream {}: {told}", s.id);
        for line in wrap(&text, style.columns().saturating_sub(2)) {
            writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
        }
    }
    Ok(())
}

/// `751 packets in pcb.pcap, 744 in pca.pcap (7 lost)`: from the sender to the receiver; the stream's figures are those
/// of the last. `None` where one point saw it.
pub(super) fn told(report: &Report, s: &Stream) -> Option<String> {
    if s.points.len() < 2 {
        return None;
    }
    let each: Vec<String> = s
        .points
        .iter()
        .enumerate()
        .map(|(n, p)| {
            let packets = match n {
                0 => counted(p.packets, "packet", "packets"),
                _ => in_digits(p.packets),
            };
            let lost = match p.lost {
                0 => String::new(),
                lost => format!(" ({} lost)", in_digits(lost)),
            };
            format!("{packets} in {}{lost}", name(report, p.source))
        })
        .collect();
    Some(format!(
        "{}; the figures are those of the last",
        each.join(", ")
    ))
}

/// The file's name without its folders.
fn name(report: &Report, source: u32) -> String {
    let known = report.sources.iter().find(|s| s.id == source);
    known.map_or_else(
        || format!("file {source}"),
        |s| {
            let path = Path::new(&s.path);
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned());
            clean(&name.unwrap_or_else(|| s.path.clone()))
        },
    )
}
