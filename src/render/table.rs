//! Borderless tables that fit: columns come and go with the width, nothing wraps.

use super::style::{Ink, Style};
use super::text::{Align, cut, cut_middle, width};
use comfy_table::{Cell as LaidCell, CellAlignment, ContentArrangement, presets};
use std::io::{self, Write};
use unicode_segmentation::UnicodeSegmentation;

/// Blanks between two columns.
const GUTTER: usize = 2;
/// What a shrinkable column is counted as while columns are chosen.
const SOFT_WIDTH: usize = 24;

/// One column: its heading and what may happen to it when space is short.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    heading: String,
    align: Align,
    /// 0 is always shown; the others join in this order while they fit.
    rank: u8,
    /// The narrowest this column may be cut to.
    shrink: Option<usize>,
    /// Cut in the middle instead of at the end.
    middle: bool,
    /// Says nothing without the column left of it.
    with_previous: bool,
}

impl Column {
    pub(crate) fn left(heading: impl Into<String>) -> Self {
        Column {
            heading: heading.into(),
            align: Align::Left,
            rank: 0,
            shrink: None,
            middle: false,
            with_previous: false,
        }
    }
    pub(crate) fn right(heading: impl Into<String>) -> Self {
        Column {
            align: Align::Right,
            ..Column::left(heading)
        }
    }
    /// Shown only where there is room; lower ranks first.
    pub(crate) fn rank(self, rank: u8) -> Self {
        Column { rank, ..self }
    }
    /// May be cut down to `min` columns.
    pub(crate) fn shrink(self, min: usize) -> Self {
        Column {
            shrink: Some(min),
            ..self
        }
    }
    /// Shown only where the column left of it is; its rank has to be the higher one.
    pub(crate) fn with_previous(self) -> Self {
        Column {
            with_previous: true,
            ..self
        }
    }
    /// Is cut in its middle.
    pub(crate) fn middle(self) -> Self {
        Column {
            middle: true,
            ..self
        }
    }
}

/// One cell, its text already safe for a terminal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    text: String,
    ink: Ink,
}

impl Cell {
    pub(crate) fn new(ink: Ink, text: impl Into<String>) -> Self {
        Cell {
            text: text.into(),
            ink,
        }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Cell::new(Ink::Plain, text)
    }
}

/// A table in the making.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
    indent: usize,
}

impl Table {
    pub(crate) fn new(indent: usize, columns: Vec<Column>) -> Self {
        Table {
            columns,
            rows: Vec::new(),
            indent,
        }
    }

    /// Adds a row with a cell for every column, shown or not.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        self.rows.push(cells);
    }

    /// Writes heading and rows.
    pub(crate) fn write(&self, style: &Style, w: &mut dyn Write) -> io::Result<()> {
        let shown = self.choose(style.columns().saturating_sub(self.indent));
        let mut table = comfy_table::Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(shown.iter().map(|(c, _)| LaidCell::new(&c.heading)));
        for row in &self.rows {
            table.add_row(shown.iter().map(|(c, width)| {
                LaidCell::new(fit(c, self.text_of(row, c), *width, style.ellipsis()))
            }));
        }
        for (i, (c, _)) in shown.iter().enumerate() {
            if let Some(laid) = table.column_mut(i) {
                let last = i + 1 == shown.len();
                // GUTTER is 2: no loss in u16.
                laid.set_padding((0, if last { 0 } else { GUTTER as u16 }));
                laid.set_cell_alignment(match c.align {
                    Align::Left => CellAlignment::Left,
                    Align::Right => CellAlignment::Right,
                });
            }
        }
        let indent = " ".repeat(self.indent);
        for (n, line) in table.lines().enumerate() {
            let line = cut(
                line.trim_end(),
                style.columns() - self.indent,
                style.ellipsis(),
            );
            let painted = match n.checked_sub(1).and_then(|n| self.rows.get(n)) {
                None => style.paint(Ink::Dim, &line),
                Some(row) => self.paint_row(row, &shown, &line, style),
            };
            writeln!(w, "{indent}{painted}")?;
        }
        Ok(())
    }

    /// The columns to show, with their widths.
    fn choose(&self, room: usize) -> Vec<(&Column, usize)> {
        let natural: Vec<usize> = (0..self.columns.len()).map(|i| self.natural(i)).collect();
        let soft = |i: usize| {
            let width = natural.get(i).copied().unwrap_or(0);
            match self.columns.get(i).and_then(|c| c.shrink) {
                Some(min) => width.min(SOFT_WIDTH.max(min)),
                None => width,
            }
        };
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        order.sort_by_key(|&i| self.columns.get(i).map_or(0, |c| c.rank));
        let mut chosen: Vec<usize> = Vec::new();
        let mut used = 0;
        for i in order {
            let Some(column) = self.columns.get(i) else {
                continue;
            };
            let previous = i.checked_sub(1);
            if column.with_previous && previous.is_some_and(|p| !chosen.contains(&p)) {
                continue;
            }
            let with = used + soft(i) + if chosen.is_empty() { 0 } else { GUTTER };
            if column.rank == 0 || (with <= room && !self.is_unknown(i)) {
                chosen.push(i);
                used = with;
            }
        }
        chosen.sort_unstable();
        let mut widths: Vec<usize> = chosen.iter().map(|&i| soft(i)).collect();
        self.spread(&chosen, &natural, &mut widths, room);
        chosen
            .iter()
            .zip(widths)
            .filter_map(|(&i, width)| Some((self.columns.get(i)?, width)))
            .collect()
    }

    /// Gives room left over to cut columns, or takes what is missing from the widest of them.
    fn spread(&self, chosen: &[usize], natural: &[usize], widths: &mut [usize], room: usize) {
        let gutters = GUTTER * chosen.len().saturating_sub(1);
        let mut used: usize = widths.iter().sum::<usize>() + gutters;
        for (width, &i) in widths.iter_mut().zip(chosen) {
            let more = natural.get(i).map_or(0, |n| n.saturating_sub(*width));
            let more = more.min(room.saturating_sub(used));
            *width += more;
            used += more;
        }
        while used > room {
            let widest = widths
                .iter_mut()
                .zip(chosen)
                .filter(|(width, i)| {
                    let min = self.columns.get(**i).and_then(|c| c.shrink);
                    min.is_some_and(|min| **width > min)
                })
                .max_by_key(|(width, _)| **width);
            let Some((width, _)) = widest else { break };
            *width -= 1;
            used -= 1;
        }
    }

    fn natural(&self, i: usize) -> usize {
        let heading = self.columns.get(i).map_or(0, |c| width(&c.heading));
        self.rows
            .iter()
            .filter_map(|r| r.get(i))
            .map(|c| width(&c.text))
            .fold(heading, usize::max)
    }

    /// True where no row knows anything for this column.
    fn is_unknown(&self, i: usize) -> bool {
        self.rows
            .iter()
            .filter_map(|r| r.get(i))
            .all(|c| c.text.is_empty() || c.text == "-")
    }

    fn index_of(&self, column: &Column) -> Option<usize> {
        self.columns.iter().position(|c| std::ptr::eq(c, column))
    }

    fn text_of<'a>(&self, row: &'a [Cell], column: &Column) -> &'a str {
        let cell = self.index_of(column).and_then(|i| row.get(i));
        cell.map_or("", |c| c.text.as_str())
    }

    fn paint_row(
        &self,
        row: &[Cell],
        shown: &[(&Column, usize)],
        line: &str,
        style: &Style,
    ) -> String {
        if !style.color {
            return line.to_owned();
        }
        let mut out = String::with_capacity(line.len() + 16);
        let mut rest = line;
        for (column, column_width) in shown {
            let ink = self
                .index_of(column)
                .and_then(|i| row.get(i))
                .map_or(Ink::Plain, |c| c.ink);
            let width = (*column_width).max(width(&column.heading)) + GUTTER;
            let (cell, after) = split_at_width(rest, width);
            let text = cell.trim();
            let lead = cell.len() - cell.trim_start().len();
            out.push_str(&" ".repeat(lead));
            out.push_str(&style.paint(ink, text));
            out.push_str(&" ".repeat(cell.len() - lead - text.len()));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

fn fit(column: &Column, text: &str, width: usize, mark: &str) -> String {
    if column.middle {
        cut_middle(text, width, mark)
    } else {
        cut(text, width, mark)
    }
}

fn split_at_width(text: &str, columns: usize) -> (&str, &str) {
    let mut used = 0;
    for (at, g) in text.grapheme_indices(true) {
        if used >= columns {
            return text.split_at(at);
        }
        used += width(g);
    }
    (text, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut t = Table::new(
            2,
            vec![
                Column::right("#"),
                Column::left("from").shrink(6),
                Column::left("extra").rank(1),
                Column::right("loss %"),
                Column::left("unknown").rank(1),
            ],
        );
        t.row(vec![
            "1".into(),
            "山田太郎".into(),
            "a long extra column that needs much room".into(),
            Cell::new(Ink::Error, "12.5"),
            "-".into(),
        ]);
        t.row(vec![
            "10".into(),
            "alice".into(),
            "x".into(),
            "-".into(),
            "".into(),
        ]);
        t
    }

    fn text(t: &Table, style: Style) -> String {
        let mut out = Vec::new();
        t.write(&style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_align_by_terminal_width_and_an_unknown_column_stays_away() {
        let expected = "   #  from      extra                                     loss %\n   \
                        1  山田太郎  a long extra column that needs much room    12.5\n  \
                        10  alice     x                                              -\n";
        assert_eq!(text(&table(), Style::default()), expected);
    }

    #[test]
    fn a_column_that_does_not_fit_is_left_out() {
        let narrow = Style {
            width: 60,
            ..Style::default()
        };
        assert_eq!(
            text(&table(), narrow),
            "   #  from      loss %\n   1  山田太郎    12.5\n  10  alice          -\n"
        );
    }

    #[test]
    fn a_column_that_needs_its_neighbour_does_not_stand_alone() {
        let mut t = Table::new(
            0,
            vec![
                Column::left("a"),
                Column::right("a rather wide heading").rank(1),
                Column::right("max").rank(2).with_previous(),
            ],
        );
        t.row(vec!["1".into(), "2".into(), "3".into()]);
        let narrow = |width| {
            text(
                &t,
                Style {
                    width,
                    ..Style::default()
                },
            )
        };
        assert_eq!(
            narrow(60).lines().next(),
            Some("a  a rather wide heading  max")
        );
        assert_eq!(t.choose(20).len(), 1);
    }

    #[test]
    fn colour_wraps_the_cell_and_keeps_the_layout() {
        let coloured = Style {
            color: true,
            width: 60,
            ..Style::default()
        };
        let out = text(&table(), coloured);
        assert!(
            out.contains("  山田太郎    \u{1b}[31m12.5\u{1b}[0m"),
            "{out}"
        );
    }
}
