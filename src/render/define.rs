//! What terms mean, as text and as Markdown. Every text comes from `explain::define`, which holds none of a packet.

use super::style::{Ink, Style};
use super::table::Table;
use super::text::{pad, width, wrap};
use crate::explain::define::{Entry, Sheet};
use crate::types::TermGroup;
use std::io::{self, Write};

/// Blanks before what is said of a term.
const INDENT: usize = 2;

/// One term after the other, each with all that is known.
pub fn terms(entries: &[Entry], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    for (n, entry) in entries.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        term(entry, style, w)?;
    }
    Ok(())
}

fn term(entry: &Entry, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let room = style.columns() - INDENT;
    let heading = format!("{} ({})", entry.heading(), entry.group.words());
    for line in wrap(&heading, style.columns()) {
        writeln!(w, "{}", style.paint(Ink::Heading, &line))?;
    }
    for line in wrap(&entry.meaning, room) {
        writeln!(w, "  {line}")?;
    }
    if let Some(table) = &entry.table {
        sheet(table, style, w)?;
    }
    let also = entry.also.join(", ");
    let mut facts: Vec<(&str, &str)> = Vec::new();
    if !also.is_empty() {
        facts.push(("also", &also));
    }
    facts.extend(entry.facts.iter().map(|f| (&*f.name, &*f.text)));
    facts.extend(entry.example.iter().map(|e| ("example", &**e)));
    facts.push(("see", &entry.source));
    let label = facts.iter().map(|(name, _)| width(name)).max();
    // A long label (a list of status codes) stands on a line of its own.
    let label = label.unwrap_or_default().min(20);
    for (name, text) in facts {
        let mut lines = wrap(text, room.saturating_sub(label + 2)).into_iter();
        if width(name) > label {
            for line in wrap(name, room) {
                writeln!(w, "  {}", style.paint(Ink::Dim, &line))?;
            }
        } else {
            let first = lines.next().unwrap_or_default();
            let name = pad(name, label, super::text::Align::Left);
            writeln!(w, "  {}  {first}", style.paint(Ink::Dim, &name))?;
        }
        for line in lines {
            writeln!(w, "  {:label$}  {line}", "")?;
        }
    }
    Ok(())
}

/// A table whose cells wrap: nothing of a sheet may be left out.
fn sheet(sheet: &Sheet, style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let rows: Vec<Vec<&str>> = sheet
        .rows
        .iter()
        .map(|row| row.iter().map(|c| &**c).collect())
        .collect();
    writeln!(w)?;
    wrapped(&sheet.columns, &rows, INDENT, style, w)?;
    writeln!(w)
}

/// Rows below their headings, each cell on as many lines as it needs.
fn wrapped(
    columns: &[&str],
    rows: &[Vec<&str>],
    indent: usize,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let gaps = 2 * columns.len().saturating_sub(1);
    let widths = shared(columns, rows, style.columns().saturating_sub(indent + gaps));
    let heading = |line: &str| style.paint(Ink::Heading, line);
    cells(columns, &widths, indent, heading, w)?;
    for row in rows {
        cells(row, &widths, indent, str::to_owned, w)?;
    }
    Ok(())
}

/// A width for each column: all together at most `room`, and taken where it costs the fewest lines. No word is
/// broken where there is room for it.
fn shared(columns: &[&str], rows: &[Vec<&str>], room: usize) -> Vec<usize> {
    let texts = |n: usize| {
        let cells = rows.iter().filter_map(move |row| row.get(n).copied());
        cells.chain(columns.get(n).copied())
    };
    let widest = |n: usize| texts(n).map(width).max().unwrap_or_default();
    let word = |n: usize| {
        let words = texts(n).flat_map(str::split_whitespace);
        words.map(width).max().unwrap_or_default()
    };
    let least: Vec<usize> = (0..columns.len()).map(word).collect();
    let mut widths: Vec<usize> = (0..columns.len()).map(widest).collect();
    let cost = |widths: &[usize]| -> usize {
        let lines = |row: &Vec<&str>| {
            let cells = row.iter().zip(widths);
            cells.map(|(c, w)| width(c).div_ceil(*w.max(&1))).max()
        };
        rows.iter().filter_map(lines).sum()
    };
    while widths.iter().sum::<usize>() > room {
        let narrower = |n: usize| {
            let mut narrower = widths.clone();
            if let Some(width) = narrower.get_mut(n) {
                *width = width.saturating_sub(1);
            }
            narrower
        };
        let may = |n: &usize| widths.get(*n) > least.get(*n);
        // Of two that cost the same the wider one, which has more to give.
        let best = (0..widths.len())
            .filter(may)
            .map(narrower)
            .min_by_key(|tried| (cost(tried), tried.iter().max().copied()));
        match best {
            Some(best) => widths = best,
            None => break,
        }
    }
    widths
}

/// A row of wrapped cells.
fn cells(
    row: &[&str],
    widths: &[usize],
    indent: usize,
    paint: impl Fn(&str) -> String,
    w: &mut dyn Write,
) -> io::Result<()> {
    let wrapped: Vec<Vec<String>> = row
        .iter()
        .zip(widths)
        .map(|(text, width)| wrap(text, *width))
        .collect();
    let lines = wrapped.iter().map(Vec::len).max().unwrap_or_default();
    for n in 0..lines {
        let parts: Vec<String> = wrapped
            .iter()
            .zip(widths)
            .map(|(lines, width)| {
                let text = lines.get(n).map_or("", String::as_str);
                pad(text, *width, super::text::Align::Left)
            })
            .collect();
        let line = parts.join("  ");
        writeln!(w, "{:indent$}{}", "", paint(line.trim_end()))?;
    }
    Ok(())
}

/// The terms of a group, each with its meaning and its source.
pub fn list(entries: &[Entry], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = entries.iter().map(listed_as).collect();
    let rows: Vec<Vec<&str>> = entries
        .iter()
        .zip(&names)
        .map(|(e, name)| vec![name.as_str(), &*e.meaning, &*e.source])
        .collect();
    wrapped(&["term", "meaning", "source"], &rows, 0, style, w)
}

/// Name and title, and the compact form of a header: `Via, v`.
fn listed_as(entry: &Entry) -> String {
    let compact = entry.facts.iter().find(|f| f.name == "compact form");
    match compact {
        Some(compact) => format!("{}, {}", entry.name, compact.text),
        None => entry.heading(),
    }
}

/// The groups: name, how many terms, a few of them.
pub fn groups(
    groups: &[(TermGroup, Vec<Entry>)],
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let mut table = Table::<(TermGroup, Vec<Entry>)>::new(0);
    table.left("group", |(group, _)| group.to_string());
    table.right("terms", |(_, entries)| entries.len().to_string());
    table
        .left("such as", |(_, entries)| some_of(entries))
        .shrink(20);
    table.write(groups.iter(), style, w)
}

/// The first names.
fn some_of(entries: &[Entry]) -> String {
    let names: Vec<&str> = entries.iter().take(5).map(|e| &*e.name).collect();
    names.join(", ")
}

/// Terms as Markdown, a heading each.
pub fn terms_md(entries: &[Entry], w: &mut dyn Write) -> io::Result<()> {
    for (n, entry) in entries.iter().enumerate() {
        if n > 0 {
            writeln!(w)?;
        }
        writeln!(
            w,
            "### {} ({})\n",
            md(&entry.heading()),
            entry.group.words()
        )?;
        writeln!(w, "{}\n", md(&entry.meaning))?;
        if let Some(table) = &entry.table {
            let rows = table.rows.iter();
            let rows = rows.map(|row| row.iter().map(|c| md(c)).collect());
            table_md(&table.columns, rows, w)?;
            writeln!(w)?;
        }
        if !entry.also.is_empty() {
            writeln!(w, "- also: {}", md(&entry.also.join(", ")))?;
        }
        for fact in &entry.facts {
            writeln!(w, "- {}: {}", md(&fact.name), md(&fact.text))?;
        }
        if let Some(example) = &entry.example {
            writeln!(w, "- example: ``{example}``")?;
        }
        writeln!(w, "- see: {}", md(&entry.source))?;
    }
    Ok(())
}

/// The terms of a group as a table of Markdown.
pub fn list_md(entries: &[Entry], w: &mut dyn Write) -> io::Result<()> {
    let rows = entries.iter().map(|e| {
        vec![
            md(&listed_as(e)),
            md(&e.also.join(", ")),
            md(&e.meaning),
            md(&e.source),
        ]
    });
    table_md(&["term", "also", "meaning", "source"], rows, w)
}

/// The groups as a table of Markdown.
pub fn groups_md(groups: &[(TermGroup, Vec<Entry>)], w: &mut dyn Write) -> io::Result<()> {
    let rows = groups.iter().map(|(group, entries)| {
        vec![
            md(group.as_str()),
            entries.len().to_string(),
            md(&some_of(entries)),
        ]
    });
    table_md(&["group", "terms", "such as"], rows, w)
}

pub(super) fn table_md(
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
    w: &mut dyn Write,
) -> io::Result<()> {
    writeln!(w, "| {} |", columns.join(" | "))?;
    writeln!(w, "|{}", "---|".repeat(columns.len()))?;
    for row in rows {
        writeln!(w, "| {} |", row.join(" | "))?;
    }
    Ok(())
}

/// With a backslash before what Markdown would take for its own.
pub(super) fn md(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '#'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::explain::define::define;
    use crate::render::fixtures::rendered;

    #[test]
    fn a_term_is_told_with_all_that_is_known() {
        let entries = define("Max-Forwards").unwrap();
        assert_eq!(
            rendered(|w| terms(&entries, &Style::default(), w)),
            "Max-Forwards (header)
  How many more hops the request may take.
  values       one; a second line of it is a fault
  in requests  must: each method
  example      Max-Forwards: 70
  see          RFC 3261 §20.22
"
        );
        assert_eq!(
            rendered(|w| terms_md(&entries, w)),
            "### Max-Forwards (header)

How many more hops the request may take.

- values: one; a second line of it is a fault
- in requests: must: each method
- example: ``Max-Forwards: 70``
- see: RFC 3261 §20.22
"
        );
    }

    #[test]
    fn nothing_of_a_sheet_is_left_out_in_eighty_columns() {
        let entries = define("compact forms").unwrap();
        let text = rendered(|w| terms(&entries, &Style::default(), w));
        assert!(text.lines().all(|l| width(l) <= 80), "{text}");
        assert!(text.contains("  v       Via "), "{text}");
        let table = entries[0].table.as_ref().unwrap();
        let words = |t: &str| t.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let shown = words(&text);
        for cell in table.rows.iter().flatten().flat_map(|c| words(c)) {
            assert!(shown.contains(&cell), "{cell}");
        }
    }
}
