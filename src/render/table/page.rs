//! Lines of columns that have one width each, laid out by comfy-table.

use comfy_table::{
    Cell, CellAlignment, ColumnConstraint, ContentLineStyle, Table, TableStyle, Width,
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
    /// Texts stand left in `width` terminal columns.
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
///
/// To comfy-table they are one row, each of its cells as many lines as there are rows: that costs
/// half of what rows of one line do.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    between: char,
    /// The cells of each column, a line each.
    columns: Vec<String>,
    rows: usize,
}

impl Page {
    /// A page without rows; `between` is the last character of each gutter.
    pub(crate) fn new(between: char) -> Self {
        Page {
            between,
            columns: Vec::new(),
            rows: 0,
        }
    }

    /// Adds a row with a cell for every lane to come: one line, not wider than the lane.
    pub(crate) fn push<S: Into<String> + AsRef<str>>(
        &mut self,
        cells: impl IntoIterator<Item = S>,
    ) {
        for (at, cell) in cells.into_iter().enumerate() {
            debug_assert!(!cell.as_ref().contains('\n'));
            match self.columns.get_mut(at) {
                Some(column) => column.extend(["\n", cell.as_ref()]),
                None => self.columns.push(cell.into()),
            }
        }
        self.rows += 1;
    }

    /// True when the rows are to be taken before the next one is added.
    pub(crate) fn is_full(&self) -> bool {
        self.rows >= ROWS
    }

    /// The lines of the rows so far, each as wide as the lanes; the page is empty then.
    pub(crate) fn take_lines(&mut self, lanes: &[Lane]) -> Vec<String> {
        self.rows = 0;
        let mut table = Table::new();
        let gaps = ContentLineStyle::none().junction(self.between);
        table
            .load_style(TableStyle::new().content_lines(gaps))
            .add_row(self.columns.drain(..).map(Cell::new_owned));
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
