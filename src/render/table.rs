//! Borderless tables that fit: columns come and go with the width, nothing wraps.

use super::style::{Ink, Style};
use super::text::{Align, cut, cut_middle, width};
use std::borrow::Cow;
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

    fn fit<'a>(&self, text: &'a str, room: usize, mark: &str) -> Cow<'a, str> {
        if width(text) <= room {
            text.into()
        } else if self.middle {
            cut_middle(text, room, mark).into()
        } else {
            cut(text, room, mark).into()
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

/// A table in the making. Its cells stand in one text: a table may have as many rows as there are calls.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    columns: Vec<Column>,
    text: String,
    /// Where each cell ends in `text`, row by row.
    ends: Vec<usize>,
    inks: Vec<Ink>,
    /// The widest cell of each column, its heading included.
    natural: Vec<usize>,
    /// Whether some row knows something for the column.
    known: Vec<bool>,
    indent: usize,
}

impl Table {
    pub(crate) fn new(indent: usize, columns: Vec<Column>) -> Self {
        Table {
            natural: columns.iter().map(|c| width(&c.heading)).collect(),
            known: vec![false; columns.len()],
            columns,
            text: String::new(),
            ends: Vec::new(),
            inks: Vec::new(),
            indent,
        }
    }

    /// Adds a row with a cell for every column, shown or not.
    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len());
        let measures = self.natural.iter_mut().zip(&mut self.known);
        for (cell, (natural, known)) in cells.into_iter().zip(measures) {
            *natural = width(&cell.text).max(*natural);
            *known |= !matches!(&*cell.text, "" | "-");
            self.text.push_str(&cell.text);
            self.ends.push(self.text.len());
            self.inks.push(cell.ink);
        }
    }

    fn rows(&self) -> std::ops::Range<usize> {
        0..self.ends.len() / self.columns.len().max(1)
    }

    fn cell(&self, row: usize, column: usize) -> (&str, Ink) {
        let at = row * self.columns.len() + column;
        let start = match at.checked_sub(1) {
            Some(before) => self.ends.get(before).copied().unwrap_or_default(),
            None => 0,
        };
        let end = self.ends.get(at).copied().unwrap_or(start);
        (
            self.text.get(start..end).unwrap_or_default(),
            self.inks.get(at).copied().unwrap_or_default(),
        )
    }

    /// Writes heading and rows.
    pub(crate) fn write(&self, style: &Style, w: &mut dyn Write) -> io::Result<()> {
        let mark = style.ellipsis();
        let shown = self.choose(style.columns().saturating_sub(self.indent));
        let laid: Vec<Laid<'_>> = shown
            .into_iter()
            .filter_map(|(at, room)| {
                let column = self.columns.get(at)?;
                let width = self.measure(at, room, mark).max(width(&column.heading));
                Some(Laid {
                    at,
                    column,
                    room,
                    width,
                })
            })
            .collect();
        let indent = " ".repeat(self.indent);
        let room = style.columns() - self.indent;
        let head = line(&laid, |l| Cow::Borrowed(&*l.column.heading));
        let head = style.paint(Ink::Dim, &cut(head.trim_end(), room, mark));
        writeln!(w, "{indent}{head}")?;
        for row in self.rows() {
            let text = line(&laid, |l| {
                l.column.fit(self.cell(row, l.at).0, l.room, mark)
            });
            let text = cut(text.trim_end(), room, mark);
            let painted = self.paint_row(row, &laid, &text, style);
            writeln!(w, "{indent}{painted}")?;
        }
        Ok(())
    }

    /// The widest cell of a column once each is cut to `room`.
    fn measure(&self, at: usize, room: usize, mark: &str) -> usize {
        let (Some(column), Some(&natural)) = (self.columns.get(at), self.natural.get(at)) else {
            return 0;
        };
        if natural <= room {
            return natural;
        }
        let fitted = self
            .rows()
            .map(|row| column.fit(self.cell(row, at).0, room, mark));
        fitted.map(|text| width(&text)).max().unwrap_or(0)
    }

    /// The columns to show, with the room each may take.
    fn choose(&self, room: usize) -> Vec<(usize, usize)> {
        let natural = &self.natural;
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
            // A column nobody knows anything for stays away.
            let known = self.known.get(i).is_some_and(|known| *known);
            if column.rank == 0 || (with <= room && known) {
                chosen.push(i);
                used = with;
            }
        }
        chosen.sort_unstable();
        let mut widths: Vec<usize> = chosen.iter().map(|&i| soft(i)).collect();
        self.spread(&chosen, natural, &mut widths, room);
        chosen.into_iter().zip(widths).collect()
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

    fn paint_row(&self, row: usize, laid: &[Laid<'_>], line: &str, style: &Style) -> String {
        if !style.color {
            return line.to_owned();
        }
        let mut out = String::with_capacity(line.len() + 16);
        let mut rest = line;
        for l in laid {
            let ink = self.cell(row, l.at).1;
            let (cell, after) = split_at_width(rest, l.width + GUTTER);
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

/// A column that is shown.
struct Laid<'a> {
    at: usize,
    column: &'a Column,
    /// What its cells are cut to.
    room: usize,
    /// What it takes: its widest cell or its heading.
    width: usize,
}

/// One line, each text on its side of its column.
fn line<'a>(laid: &[Laid<'a>], text_of: impl Fn(&Laid<'a>) -> Cow<'a, str>) -> String {
    let mut line = String::new();
    for (i, l) in laid.iter().enumerate() {
        let text = text_of(l);
        let fill = l.width.saturating_sub(width(&text));
        let (before, after) = match l.column.align {
            Align::Left => (0, fill),
            Align::Right => (fill, 0),
        };
        let gutter = if i > 0 { GUTTER } else { 0 };
        line.extend(std::iter::repeat_n(' ', gutter + before));
        line.push_str(&text);
        line.extend(std::iter::repeat_n(' ', after));
    }
    line
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
