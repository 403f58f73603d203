//! Streams second by second.

use super::title;
use crate::explain::words::number;
use crate::render::style::{Ink, Style};
use crate::render::table::{Cell, Table};
use crate::report::model::{Report, SeriesStep};
use std::io::{self, Write};

/// Each stream with a line a step.
pub fn series(report: &Report, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for (n, stream) in report.streams.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        title(stream, style, w)?;
        table().write(stream.series.iter(), style, w)?;
    }
    Ok(())
}

fn table() -> Table<'static, SeriesStep> {
    let mut table = Table::<SeriesStep>::new(2);
    table.right("from s", |s| number(Some(s.relative_time_s), 0));
    table.right("for s", |s| s.step_s.to_string()).rank(9);
    table.right("packets", |s| s.packets.to_string());
    table.right("lost", |s| {
        let ink = if s.lost > 0 { Ink::Warning } else { Ink::Plain };
        Cell::new(ink, s.lost.to_string())
    });
    table.right("dup", |s| s.duplicates.to_string()).rank(5);
    table.right("jitter ms", |s| number(s.jitter_ms, 3));
    table
        .right("max", |s| number(s.jitter_max_ms, 3))
        .rank(3)
        .with_previous();
    table
        .right("delta max ms", |s| number(s.delta_max_ms, 3))
        .rank(1);
    table
        .right("payload kbit/s", |s| number(Some(s.payload_kbps), 1))
        .rank(6);
    table.right("RTP", |s| number(Some(s.rtp_kbps), 1)).rank(7);
    table
        .right("IP kbit/s", |s| number(Some(s.ip_kbps), 1))
        .rank(2);
    table
        .right("Ethernet", |s| number(Some(s.ethernet_kbps), 1))
        .rank(4);
    table
}
