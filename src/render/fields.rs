//! The fields that expressions can name, as text, CSV and Markdown. Every text comes from the model's types.

use super::csv_rows::{Formulas, TableWriter, figure, text};
use super::define::{md as marked, table_md};
use super::style::{Ink, Style};
use super::table::Table;
use super::text::{Align, pad, width, wrap};
use crate::query::{Row, ValueType};
use crate::types::QueryKind;
use std::io::{self, Write};

/// Words of a field that are named in a table; JSON and CSV have all.
const NAMED: usize = 20;
/// Blanks before what a field means.
const INDENT: usize = 4;

/// A path and the field at its end.
type Listed = (String, Row<'static>);

/// The records, with how many fields each has.
pub fn records(found: &[Listed], style: &Style, w: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::<QueryKind>::new(0);
    let of = |kind: QueryKind| found.iter().filter(move |(_, row)| row.record == kind);
    table.left("record", |kind| kind.to_string());
    table.right("fields", move |kind| of(*kind).count().to_string());
    table
        .left("such as", move |kind| {
            let names: Vec<&str> = of(*kind).take(6).map(|(path, _)| path.as_str()).collect();
            names.join(", ")
        })
        .shrink(20);
    table.write(QueryKind::ALL.iter(), style, w)?;
    writeln!(w, "Next: sipflow fields calls")
}

/// Fields, each with its type, and what it means below it. `with_record`: they are of several kinds.
pub fn list(
    found: &[Listed],
    with_record: bool,
    style: &Style,
    w: &mut dyn Write,
) -> io::Result<()> {
    let (_, rows) = cells(found, with_record);
    let widths: Vec<usize> = (0..2 + usize::from(with_record))
        .map(|n| rows.iter().filter_map(|r| r.get(n)).map(|c| width(c)).max())
        .map(Option::unwrap_or_default)
        .collect();
    for row in &rows {
        let Some((meaning, cells)) = row.split_last() else {
            continue;
        };
        let padded = cells.iter().zip(&widths);
        let padded: Vec<String> = padded.map(|(c, to)| pad(c, *to, Align::Left)).collect();
        let line = padded.join("  ");
        writeln!(w, "{}", style.paint(Ink::Heading, line.trim_end()))?;
        for line in wrap(meaning, style.columns().saturating_sub(INDENT)) {
            writeln!(w, "{:INDENT$}{line}", "")?;
        }
    }
    Ok(())
}

/// The same as a table of Markdown.
pub fn md(found: &[Listed], with_record: bool, w: &mut dyn Write) -> io::Result<()> {
    let (columns, rows) = cells(found, with_record);
    let rows = rows
        .iter()
        .map(|row| row.iter().map(|c| marked(c)).collect());
    table_md(&columns, rows, w)
}

fn cells(found: &[Listed], with_record: bool) -> (Vec<&'static str>, Vec<Vec<String>>) {
    let row = |(path, row): &Listed| {
        let record = with_record.then(|| row.record.to_string());
        record
            .into_iter()
            .chain([path.clone(), type_of(row), meaning(row)])
            .collect()
    };
    let record = with_record.then_some("record");
    let columns = record.into_iter().chain(["field", "type", "meaning"]);
    (columns.collect(), found.iter().map(row).collect())
}

/// `number in ms, may be null`, `list of texts`, `messages`.
fn type_of(row: &Row<'_>) -> String {
    let field = row.field;
    let (one, many) = match (field.value_type(), field.of) {
        (ValueType::Records, Some(of)) => (of.one(), of.as_str()),
        (ValueType::Flag, _) => ("true or false", "true or false"),
        (ValueType::Number | ValueType::Records, _) => ("number", "numbers"),
        (ValueType::Text, _) => ("text", "texts"),
        (ValueType::Word, _) => ("word", "words"),
        (ValueType::Time, _) => ("time", "times"),
        (ValueType::Object, _) => ("object", "objects"),
    };
    let mut text = match (row.is_list, field.of) {
        (true, Some(_)) => many.to_owned(),
        (true, None) => format!("list of {many}"),
        (false, _) => one.to_owned(),
    };
    if let Some(unit) = field.unit {
        text = format!("{text} in {}", unit.name());
    }
    if field.nullable {
        text.push_str(", may be null");
    }
    text
}

/// What it means, and the words it has.
fn meaning(row: &Row<'_>) -> String {
    let words = row.field.words();
    let text = &row.field.meaning;
    match words.len() {
        0 => text.clone(),
        1..=NAMED => format!("{text} One of: {}.", words.join(", ")),
        more => format!("{text} One of {more}: sipflow define --list finding."),
    }
}

/// All that is known of each, a row a field.
pub fn csv(found: &[Listed], w: &mut dyn Write) -> io::Result<()> {
    let headings = [
        "record", "field", "type", "list", "nullable", "unit", "words", "records", "meaning",
    ];
    let mut table = TableWriter::new(headings.into_iter(), Formulas::Defused, w)?;
    for (path, row) in found {
        let field = row.field;
        let cells = [
            text(row.record.as_str()),
            text(path.as_str()),
            text(field.value_type().as_str()),
            figure(row.is_list),
            figure(field.nullable),
            text(field.unit.map_or("", |u| u.name())),
            text(field.words().join(" ")),
            text(field.of.map_or("", QueryKind::as_str)),
            text(&*field.meaning),
        ];
        table.row(cells.into_iter())?;
    }
    table.finish()
}
