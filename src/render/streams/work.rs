//! The arithmetic behind a stream's figures, line by line.

use super::title;
use crate::explain::words::number;
use crate::explain::{Formula, JitterRow, jitter_rows, work};
use crate::render::style::{Ink, Style};
use crate::render::table::Table;
use crate::render::text::{width, wrap};
use crate::report::model::{Report, Stream};
use std::io::{self, Write};

/// Width of the names left of the formulas.
const NAME: usize = 13;

/// Shows how the figures of one stream (`Some(id)`) or of each come about; `Ok(false)` where there
/// is none.
///
/// Where a result differs from the figure reported, that figure stands beside it.
pub fn show_work(
    report: &Report,
    id: Option<u32>,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<bool> {
    let mut any = false;
    let wanted = |s: &&Stream| id.is_none_or(|id| id == s.id);
    for s in report.streams.iter().filter(wanted) {
        if any {
            writeln!(w)?;
        }
        any = true;
        title(s, style, w)?;
        for work in work(s) {
            writeln!(w, "  {}", style.paint(Ink::Dim, work.figure))?;
            for line in &work.lines {
                write_line(line, style, w)?;
            }
            if work.figure == "jitter" {
                write_rows(&jitter_rows(s), style, w)?;
            }
        }
    }
    Ok(any)
}

fn write_line(line: &Formula, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut formula = line.formula.clone();
    if let Some(reported) = &line.reported {
        formula += &format!("   (the report says {reported})");
    }
    let room = style.columns().saturating_sub(4 + NAME);
    let parts = match width(&formula) <= room {
        true => vec![formula],
        false => wrap(&formula, room),
    };
    for (n, part) in parts.iter().enumerate() {
        let name = if n == 0 { line.name } else { "" };
        writeln!(w, "    {name:<NAME$}{part}")?;
    }
    Ok(())
}

/// The jitter recurrence, a row a packet.
fn write_rows(rows: &[JitterRow], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut table = Table::<JitterRow>::new(4);
    table.right("packet", |r| r.number.to_string()).rank(3);
    table.right("frame", |r| format!("#{}", r.frame));
    table.right("seq", |r| r.seq.to_string());
    table.right("arrival s", |r| number(Some(r.arrival_s), 6));
    table.right("timestamp", |r| r.timestamp.to_string());
    table
        .right("arrival +ms", |r| number(r.arrival_step_ms, 3))
        .rank(1);
    table
        .right("timestamp +ms", |r| number(r.timestamp_step_ms, 3))
        .rank(2)
        .with_previous();
    table.right("D ms", |r| number(r.d_ms, 3));
    table.right("J ms", |r| number(r.j_ms, 3));
    table.left("", |r| r.note.clone()).shrink(8);
    table.write(rows.iter(), style, w)
}
