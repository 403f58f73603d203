//! Requests outside calls: a line for each kind of them between two hosts.

use super::style::{Ink, Style};
use super::table::{Cell, Table};
use super::text::wrap;
use crate::explain::Lookup;
use crate::explain::names::address_of;
use crate::explain::reported;
use crate::explain::requests::{how_often, result, what};
use crate::explain::words::frames;
use crate::report::model::Requests;
use std::io::{self, Write};

/// Lines of the table.
const MOST: usize = 40;

/// The requests as a table, and the quality reports in them that belong to no call.
pub(crate) fn table(lookup: &Lookup<'_>, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let all = &lookup.report.requests;
    let mut table = Table::<&Requests>::new(2);
    table.right("#", |r| r.id.to_string()).rank(3);
    table.left("what", |r| what(r)).shrink(9);
    table.left("from", |r| address_of(&r.from)).shrink(8);
    table.left("to", |r| address_of(&r.to)).shrink(8);
    table.left("how often", |r| how_often(r)).shrink(10);
    table
        .left("answers", |r| {
            let (words, ink) = result(r);
            Cell::new(ink, words)
        })
        .shrink(16);
    table
        .left("hosts", |r| format!("{} -> {}", r.client, r.server))
        .shrink(20)
        .middle()
        .rank(2);
    table
        .left("frames", |r| {
            Cell::new(Ink::Dim, frames(&lookup.frames(&r.messages), 3))
        })
        .shrink(8)
        .rank(1);
    table.write(all.iter().take(MOST), style, w)?;
    let mut notes: Vec<String> = Vec::new();
    if all.len() > MOST {
        notes.push(format!(
            "{} more: sipflow report FILE --json",
            all.len() - MOST
        ));
    }
    for report in all.iter().flat_map(|r| &r.quality_reports).take(MOST) {
        let (who, figures) = reported(report);
        let about = report.call_id.as_deref().unwrap_or("-");
        let about = crate::explain::words::clean(about);
        notes.push(format!(
            "{who} of a call that is not in the capture (Call-ID {about}): {figures}"
        ));
    }
    for note in notes {
        for (n, line) in wrap(&note, style.columns() - 4).iter().enumerate() {
            let indent = if n == 0 { "  " } else { "    " };
            writeln!(w, "{indent}{}", style.paint(Ink::Dim, line))?;
        }
    }
    Ok(())
}
