//! Lines of columns that have one width each.

use crate::render::text::{Align, fill, width};

/// Blanks between two columns.
pub(crate) const GUTTER: &str = "  ";
/// Rows laid out at a time: what a listing holds, however long it is.
const ROWS: usize = 64;

/// Where the cells of one column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    width: usize,
    side: Align,
}

impl Lane {
    /// Texts stand left in `width` terminal columns.
    pub(crate) fn left(width: usize) -> Self {
        let side = Align::Left;
        Lane { width, side }
    }
    /// Texts stand right, as numbers do.
    pub(crate) fn right(width: usize) -> Self {
        let side = Align::Right;
        Lane { width, side }
    }
}

/// Rows that wait to be laid out together.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    between: char,
    /// Row by row.
    cells: Vec<String>,
    rows: usize,
}

impl Page {
    /// A page without rows; `between` is the last character of each gutter.
    pub(crate) fn new(between: char) -> Self {
        Page {
            between,
            cells: Vec::new(),
            rows: 0,
        }
    }

    /// Adds a row with a cell for every lane to come: one line, not wider than the lane.
    pub(crate) fn push<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.cells.extend(cells.into_iter().map(Into::into));
        self.rows += 1;
    }

    /// True when the rows are to be taken before the next one is added.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS
    }

    /// The lines of the rows so far, each as wide as the lanes; the page is empty then.
    pub(crate) fn take_lines(&mut self, lanes: &[Lane]) -> Vec<String> {
        let rows = self.cells.chunks(lanes.len().max(1));
        let lines = rows.map(|row| self.line(row, lanes)).collect();
        self.cells.clear();
        self.rows = 0;
        lines
    }

    fn line(&self, row: &[String], lanes: &[Lane]) -> String {
        let columns: usize = lanes.iter().map(|lane| lane.width + GUTTER.len()).sum();
        let mut line = String::with_capacity(columns);
        for (at, (cell, lane)) in row.iter().zip(lanes).enumerate() {
            if at > 0 {
                line.push(' ');
                line.push(self.between);
            }
            let blanks = lane.width.saturating_sub(width(cell));
            if lane.side == Align::Right {
                fill(&mut line, blanks);
            }
            line.push_str(cell);
            if lane.side == Align::Left {
                fill(&mut line, blanks);
            }
        }
        line
    }
}
