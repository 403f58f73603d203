//! Lines of columns that have one width each, laid out by comfy-table.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentLineStyle, Row, Table, TableStyle, Width,
};

/// Blanks between two columns.
pub(crate) const GUTTER: &str = "  ";
/// Rows laid out at a time: what a listing holds, however long it is.
const ROWS: usize = 64;

/// Where the cells of one column stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lane {
    width: usize,
    side: CellAlignment,
}

impl Lane {
    /// Texts stand left in `width` terminal columns; a longer one is cut at its end.
    pub(crate) fn left(width: usize) -> Self {
        let side = CellAlignment::Left;
        Lane { width, side }
    }
    /// Texts stand right, as numbers do.
    pub(crate) fn right(width: usize) -> Self {
        let side = CellAlignment::Right;
        Lane { width, side }
    }
}

/// Rows that wait to be laid out together.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    mark: &'static str,
    between: char,
    rows: Vec<Row>,
}

impl Page {
    /// A page without rows. A cut text ends in `mark`; `between` is the last character of each gutter.
    pub(crate) fn new(mark: &'static str, between: char) -> Self {
        Page {
            mark,
            between,
            rows: Vec::new(),
        }
    }

    /// Adds a row with a cell for every lane to come.
    pub(crate) fn push(&mut self, cells: impl IntoIterator<Item: Into<String>>) {
        let mut row = Row::new();
        for text in cells {
            row.add_cell(Cell::new_owned(text.into()));
        }
        row.max_height(1);
        self.rows.push(row);
    }

    /// True when the rows are to be taken before the next one is added.
    pub(crate) fn is_full(&self) -> bool {
        self.rows.len() >= ROWS
    }

    /// The lines of the rows so far, each as wide as the lanes; the page is empty then.
    pub(crate) fn take_lines(&mut self, lanes: &[Lane]) -> Vec<String> {
        let mut table = Table::new();
        let gaps = ContentLineStyle::none().junction(self.between);
        table
            .load_style(TableStyle::new().content_lines(gaps))
            .set_truncation_indicator(self.mark)
            // No line has one: a text is cut where it is too long, not at the blank before.
            .set_delimiter('\n')
            .add_rows(self.rows.drain(..));
        let narrow = |columns: usize| u16::try_from(columns).unwrap_or(u16::MAX);
        let last = lanes.len().saturating_sub(1);
        for (column, lane) in table.column_iter_mut().zip(lanes) {
            let after = match column.index == last {
                true => 0,
                false => GUTTER.len() - 1,
            };
            let width = Width::Fixed(narrow(lane.width + after));
            column
                .set_padding((0, narrow(after)))
                .set_constraint(ColumnConstraint::Absolute(width))
                .set_cell_alignment(lane.side);
        }
        table.lines().collect()
    }
}
