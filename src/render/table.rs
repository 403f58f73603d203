//! Borderless tables that fit: columns come and go with the width, nothing wraps.
//!
//! Here is decided which columns are shown and how wide they are; comfy-table lays the cells out.

mod page;

pub(crate) use page::{GUTTER, Lane, Page};

use super::style::{Ink, Style};
use super::text::{cut, cut_middle, width};
use std::borrow::Borrow;
use std::io::{self, Write};

/// What a shrinkable column is counted as while columns are chosen.
const SOFT_WIDTH: usize = 24;
/// comfy-table counts columns in sixteen bits.
const WIDEST: usize = u16::MAX as usize - GUTTER.len();
/// Stands between two cells until they are painted. No cell has it: text from outside is escaped.
const BETWEEN: char = '\u{1f}';

/// One column: its heading, what it says of a record, and what may happen to it when space is short.
pub(crate) struct Column<'a, T> {
    heading: &'static str,
    cell: Box<dyn Fn(&T) -> Cell + 'a>,
    lane: fn(usize) -> Lane,
    /// 0 is always shown; the others join in this order while they fit.
    rank: u8,
    /// The narrowest this column may be cut to.
    shrink: Option<usize>,
    /// Cut in the middle instead of at the end.
    middle: bool,
    /// Says nothing without the column left of it.
    with_previous: bool,
}

impl<T> Column<'_, T> {
    fn fit(&self, text: String, room: usize, mark: &str) -> String {
        if width(&text) <= room {
            text
        } else if self.middle {
            cut_middle(text, room, mark)
        } else {
            cut(&text, room, mark)
        }
    }

    /// What the column is counted as while columns are chosen, where its widest cell has `natural`.
    fn soft(&self, natural: usize) -> usize {
        match self.shrink {
            Some(min) => natural.min(SOFT_WIDTH.max(min)),
            None => natural,
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

/// A table of records, a row each.
pub(crate) struct Table<'a, T> {
    columns: Vec<Column<'a, T>>,
    indent: usize,
}

/// What the records have for one column.
#[derive(Clone, Copy, Debug)]
struct Measure {
    /// The widest cell, the heading included.
    width: usize,
    /// Whether some record knows something.
    known: bool,
}

impl<'a, T> Table<'a, T> {
    /// A table without columns, `indent` blanks before each line.
    pub(crate) fn new(indent: usize) -> Self {
        Table {
            columns: Vec::new(),
            indent,
        }
    }

    /// Adds a column at the right: what `cell` says of a record stands left in it.
    pub(crate) fn left<C: Into<Cell>>(
        &mut self,
        heading: &'static str,
        cell: impl Fn(&T) -> C + 'a,
    ) -> &mut Self {
        self.column(heading, Lane::left, move |r| cell(r).into())
    }
    /// The same for what stands right: numbers.
    pub(crate) fn right<C: Into<Cell>>(
        &mut self,
        heading: &'static str,
        cell: impl Fn(&T) -> C + 'a,
    ) -> &mut Self {
        self.column(heading, Lane::right, move |r| cell(r).into())
    }

    fn column(
        &mut self,
        heading: &'static str,
        lane: fn(usize) -> Lane,
        cell: impl Fn(&T) -> Cell + 'a,
    ) -> &mut Self {
        self.columns.push(Column {
            heading,
            cell: Box::new(cell),
            lane,
            rank: 0,
            shrink: None,
            middle: false,
            with_previous: false,
        });
        self
    }

    /// The last column is shown only where there is room; lower ranks first.
    pub(crate) fn rank(&mut self, rank: u8) -> &mut Self {
        self.last(|column| column.rank = rank)
    }
    /// The last column may be cut down to `min` columns, but not to less than its heading.
    pub(crate) fn shrink(&mut self, min: usize) -> &mut Self {
        self.last(|column| column.shrink = Some(min.max(width(column.heading))))
    }
    /// The last column is shown only where the one left of it is; its rank has to be the higher one.
    pub(crate) fn with_previous(&mut self) -> &mut Self {
        self.last(|column| column.with_previous = true)
    }
    /// The last column is cut in its middle.
    pub(crate) fn middle(&mut self) -> &mut Self {
        self.last(|column| column.middle = true)
    }

    fn last(&mut self, change: impl FnOnce(&mut Column<'a, T>)) -> &mut Self {
        if let Some(column) = self.columns.last_mut() {
            change(column);
        }
        self
    }

    /// Writes heading and rows. The records come twice: to be measured, and to be written.
    pub(crate) fn write(
        &self,
        records: impl Iterator<Item: Borrow<T>> + Clone,
        style: &Style,
        w: &mut dyn Write,
    ) -> io::Result<()> {
        let mark = style.ellipsis();
        let room = style.columns().saturating_sub(self.indent);
        let shown: Vec<(&Column<'a, T>, usize)> = self
            .choose(&self.measure(records.clone(), room), room)
            .into_iter()
            .filter_map(|(at, width)| Some((self.columns.get(at)?, width.min(WIDEST))))
            .collect();
        let mut body = Body {
            lanes: shown.iter().map(|(c, width)| (c.lane)(*width)).collect(),
            page: Page::new(if style.color { BETWEEN } else { ' ' }),
            inks: Vec::new(),
            indent: self.indent,
            room,
            style,
        };
        let mut heading = Page::new(' ');
        heading.push(shown.iter().map(|(column, _)| column.heading));
        for line in heading.take_lines(&body.lanes) {
            body.line(&line, |text| style.paint(Ink::Dim, text), w)?;
        }
        for record in records {
            body.page.push(shown.iter().map(|(column, room)| {
                let cell = (column.cell)(record.borrow());
                body.inks.push(cell.ink);
                column.fit(cell.text, *room, mark)
            }));
            if body.page.is_full() {
                body.finish(w)?;
            }
        }
        body.finish(w)
    }

    /// Measures the columns, but for those that turn out not to fit beside the ones always shown.
    fn measure(&self, records: impl Iterator<Item: Borrow<T>>, room: usize) -> Vec<Measure> {
        let mut measures: Vec<Measure> = self
            .columns
            .iter()
            .map(|column| Measure {
                width: width(column.heading),
                known: false,
            })
            .collect();
        let mut left = room;
        for record in records {
            let mut taken = 0;
            for (column, measure) in self.columns.iter().zip(&mut measures) {
                // Columns only get wider: what does not fit now will not either.
                if column.rank > 0 && column.soft(measure.width) > left {
                    continue;
                }
                let text = (column.cell)(record.borrow()).text;
                measure.width = width(&text).max(measure.width);
                measure.known |= !matches!(&*text, "" | "-");
                if column.rank == 0 {
                    taken += column.soft(measure.width) + GUTTER.len();
                }
            }
            left = room.saturating_sub(taken);
        }
        measures
    }

    /// The columns to show, with the room each may take.
    fn choose(&self, measures: &[Measure], room: usize) -> Vec<(usize, usize)> {
        let natural = |i: usize| measures.get(i).map_or(0, |m| m.width);
        let soft = |i: usize| self.columns.get(i).map_or(0, |c| c.soft(natural(i)));
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
            let with = used + soft(i) + if chosen.is_empty() { 0 } else { GUTTER.len() };
            // A column nobody knows anything for stays away.
            let known = measures.get(i).is_some_and(|m| m.known);
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
    fn spread(
        &self,
        chosen: &[usize],
        natural: impl Fn(usize) -> usize,
        widths: &mut [usize],
        room: usize,
    ) {
        let gutters = GUTTER.len() * chosen.len().saturating_sub(1);
        let mut used: usize = widths.iter().sum::<usize>() + gutters;
        for (width, &i) in widths.iter_mut().zip(chosen) {
            let more = natural(i).saturating_sub(*width);
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
}

/// Rows on their way out: laid out together, cut at the width of the terminal, painted.
struct Body<'a> {
    lanes: Vec<Lane>,
    page: Page,
    /// Of the cells on the page.
    inks: Vec<Ink>,
    indent: usize,
    room: usize,
    style: &'a Style,
}

impl Body<'_> {
    /// Writes the rows that wait.
    fn finish(&mut self, w: &mut dyn Write) -> io::Result<()> {
        let lines = self.page.take_lines(&self.lanes);
        let inks = self.inks.chunks(self.lanes.len().max(1));
        for (line, inks) in lines.iter().zip(inks) {
            self.line(line, |text| self.paint(text, inks), w)?;
        }
        self.inks.clear();
        Ok(())
    }

    fn line(
        &self,
        line: &str,
        paint: impl Fn(&str) -> String,
        w: &mut dyn Write,
    ) -> io::Result<()> {
        let text = line.trim_end_matches([' ', BETWEEN]);
        let text = cut(text, self.room, self.style.ellipsis());
        writeln!(w, "{:1$}{2}", "", self.indent, paint(&text))
    }

    /// Colours the text of each cell, not the blanks around it.
    fn paint(&self, line: &str, inks: &[Ink]) -> String {
        if !self.style.color {
            return line.to_owned();
        }
        let mut out = String::with_capacity(line.len() + 16);
        for (n, (cell, ink)) in line.split(BETWEEN).zip(inks).enumerate() {
            let text = cell.trim();
            let (before, after) = cell.split_once(text).unwrap_or_default();
            let gap = if n > 0 { " " } else { "" };
            out.extend([gap, before, &self.style.paint(*ink, text), after]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Row = [&'static str; 5];

    fn cell(at: usize) -> impl Fn(&Row) -> &'static str {
        move |row| row[at]
    }

    fn table() -> Table<'static, Row> {
        let loss = |row: &Row| match row[3] {
            "-" => "-".into(),
            lost => Cell::new(Ink::Error, lost),
        };
        let mut table = Table::new(2);
        table.right("#", cell(0));
        table.left("from", cell(1)).shrink(6);
        table.left("extra", cell(2)).rank(1);
        table.right("loss %", loss);
        table.left("unknown", cell(4)).rank(1);
        table
    }

    const ROWS: [Row; 2] = [
        [
            "1",
            "山田太郎",
            "a long extra column that needs much room",
            "12.5",
            "-",
        ],
        ["10", "alice", "x", "-", ""],
    ];

    fn text(style: Style) -> String {
        text_of(&table(), ROWS.iter().copied(), style)
    }

    fn text_of(
        table: &Table<'_, Row>,
        rows: impl Iterator<Item = Row> + Clone,
        style: Style,
    ) -> String {
        let mut out = Vec::new();
        table.write(rows, &style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_align_by_terminal_width_and_an_unknown_column_stays_away() {
        let expected = "   #  from      extra                                     loss %\n   \
                        1  山田太郎  a long extra column that needs much room    12.5\n  \
                        10  alice     x                                              -\n";
        assert_eq!(text(Style::default()), expected);
    }

    #[test]
    fn a_column_that_does_not_fit_is_left_out() {
        let narrow = Style {
            width: 60,
            ..Style::default()
        };
        assert_eq!(
            text(narrow),
            "   #  from      loss %\n   1  山田太郎    12.5\n  10  alice          -\n"
        );
    }

    #[test]
    fn a_column_that_needs_its_neighbour_does_not_stand_alone() {
        let mut t = Table::new(0);
        t.left("a", cell(0));
        t.right("a rather wide heading", cell(1)).rank(1);
        t.right("max", cell(2)).rank(2).with_previous();
        let rows = [["1", "2", "3", "", ""]];
        let out = text_of(&t, rows.into_iter(), Style::default());
        assert_eq!(out.lines().next(), Some("a  a rather wide heading  max"));
        assert_eq!(t.choose(&t.measure(rows.into_iter(), 20), 20).len(), 1);
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_a_mark_and_wide_letters_are_not_halved() {
        let mut t = Table::new(0);
        t.left("name", cell(0)).shrink(6);
        t.left("in full", cell(1));
        t.left("host", cell(2)).shrink(9).middle();
        let filler = "thirty-eight columns that do not yield";
        let rows = [
            ["山田太郎 次郎", filler, "[2001:db8::5]:5060", "", ""],
            ["Zofie Nováková", filler, "h", "", ""],
        ];
        let style = Style {
            ascii: false,
            ..Style::default()
        };
        // 60 - 38 - 2 x 2 leaves 18: nine for each. Four wide letters and the mark are nine.
        assert_eq!(
            text_of(&t, rows.into_iter(), Style { width: 60, ..style }),
            "name       in full                                 host\n\
             山田太郎…  thirty-eight columns that do not yield  [200…5060\n\
             Zofie No…  thirty-eight columns that do not yield  h\n"
        );
    }

    #[test]
    fn a_text_of_a_whole_datagram_is_cut_as_a_short_one() {
        let long: &'static str = "x".repeat(65_000).leak();
        let mut t = Table::new(0);
        t.left("text", cell(0)).shrink(4);
        let out = text_of(&t, [[long, "", "", "", ""]].into_iter(), Style::default());
        assert_eq!(out, format!("text\n{}..\n", "x".repeat(78)));
    }

    #[test]
    fn a_long_listing_is_written_as_it_comes_in_columns_of_one_width() {
        use std::cell::Cell as Counter;
        /// How many records came for which no line was written yet.
        struct Waiting<'a> {
            came: &'a Counter<usize>,
            most: usize,
            lines: Vec<u8>,
        }
        impl Write for Waiting<'_> {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let rows = self.lines.iter().filter(|b| **b == b'\n').count();
                // Until the heading is written all came, to be measured.
                if let Some(rows) = rows.checked_sub(1) {
                    self.most = self.most.max(self.came.get() - rows);
                }
                self.lines.extend(bytes);
                Ok(bytes.len())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let mut t = Table::<usize>::new(0);
        t.right("n", |n| n.to_string());
        t.left("even", |n| if n % 2 == 0 { "yes" } else { "no" });
        let came = Counter::new(0);
        let rows = (1..=1000).inspect(|n| came.set(*n));
        let mut out = Waiting {
            came: &came,
            most: 0,
            lines: Vec::new(),
        };
        t.write(rows, &Style::default(), &mut out).unwrap();
        let text = String::from_utf8(out.lines).unwrap();
        assert_eq!(text.lines().count(), 1001);
        assert_eq!(text.lines().nth(1), Some("   1  no"));
        assert_eq!(text.lines().last(), Some("1000  yes"));
        assert!(out.most <= 100, "{} rows were held", out.most);
    }

    #[test]
    fn colour_wraps_the_cell_and_keeps_the_layout() {
        let coloured = Style {
            color: true,
            width: 60,
            ..Style::default()
        };
        let out = text(coloured);
        assert!(
            out.contains("  山田太郎    \u{1b}[31m12.5\u{1b}[0m"),
            "{out}"
        );
    }
}
