//! Values over time, thinned out to what a picture of so many columns can show.

use crate::types::{CaptureTime, Delta};

/// Values further apart are not joined by a line.
const BREAK: Delta = Delta::from_millis(500);

/// The part of the capture that is shown, and how finely.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// From here.
    pub begin: CaptureTime,
    /// To here; later than `begin`.
    pub end: CaptureTime,
    /// Columns of equal width between them.
    pub columns: usize,
}

impl Span {
    /// How long it is.
    pub fn length(&self) -> Delta {
        Delta::from_nanos((self.end - self.begin).as_nanos().max(1))
    }

    /// The column of a time; `None` outside.
    pub fn column(&self, time: CaptureTime) -> Option<usize> {
        if time < self.begin || time > self.end {
            return None;
        }
        let nanos = i128::from((time - self.begin).as_nanos());
        let column = nanos * self.columns as i128 / i128::from(self.length().as_nanos());
        Some((column as usize).min(self.columns.saturating_sub(1)))
    }
}

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// When.
    pub time: CaptureTime,
    /// How much.
    pub value: f64,
}

/// What is kept of one column: enough to draw the same pixels as all its values.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Kept {
    first: Point,
    low: Point,
    high: Point,
    last: Point,
    /// Nothing came for so long before the first that no line leads to it.
    broken: bool,
}

/// Values over time. Of each column the first, lowest, highest and last are kept: memory is bounded by the columns.
#[derive(Clone, Debug)]
pub struct Curve {
    span: Span,
    columns: Vec<Option<Kept>>,
    before: Option<CaptureTime>,
    range: Option<(f64, f64)>,
}

impl Curve {
    /// Without values yet.
    pub fn new(span: Span) -> Curve {
        Curve {
            span,
            columns: vec![None; span.columns],
            before: None,
            range: None,
        }
    }

    /// Takes the next value; one outside what is shown is left out.
    pub fn push(&mut self, time: CaptureTime, value: f64) {
        let broken = self.before.is_none_or(|b| (time - b).abs() > BREAK);
        self.before = Some(time);
        let Some(at) = self.span.column(time) else {
            return;
        };
        let Some(column) = self.columns.get_mut(at) else {
            return;
        };
        let (low, high) = self.range.unwrap_or((value, value));
        self.range = Some((low.min(value), high.max(value)));
        let point = Point { time, value };
        let Some(kept) = column else {
            *column = Some(Kept {
                first: point,
                low: point,
                high: point,
                last: point,
                broken,
            });
            return;
        };
        kept.last = point;
        if value < kept.low.value {
            kept.low = point;
        }
        if value > kept.high.value {
            kept.high = point;
        }
    }

    /// The next value is not joined to those before.
    pub fn cut(&mut self) {
        self.before = None;
    }

    /// Lowest and highest value.
    pub fn range(&self) -> Option<(f64, f64)> {
        self.range
    }

    /// The lines to draw: the kept values in order of time, one list for each stretch without a break.
    pub fn lines(&self) -> Vec<Vec<Point>> {
        let mut lines: Vec<Vec<Point>> = Vec::new();
        for kept in self.columns.iter().flatten() {
            let mut points = [kept.first, kept.low, kept.high, kept.last];
            points.sort_by_key(|p| p.time);
            if kept.broken || lines.is_empty() {
                lines.push(Vec::new());
            }
            let Some(line) = lines.last_mut() else {
                continue;
            };
            for point in points {
                if line.last() != Some(&point) {
                    line.push(point);
                }
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> CaptureTime {
        CaptureTime::from_nanos(ms * 1_000_000)
    }

    fn span(columns: usize) -> Span {
        Span {
            begin: at(0),
            end: at(1000),
            columns,
        }
    }

    #[test]
    fn a_column_keeps_first_lowest_highest_and_last() {
        let mut curve = Curve::new(span(1));
        for (ms, value) in [(0, 3.0), (10, 9.0), (20, 4.0), (30, 1.0), (40, 2.0)] {
            curve.push(at(ms), value);
        }
        let lines = curve.lines();
        let values: Vec<f64> = lines[0].iter().map(|p| p.value).collect();
        assert_eq!((lines.len(), values), (1, vec![3.0, 9.0, 1.0, 2.0]));
        assert_eq!(curve.range(), Some((1.0, 9.0)));
    }

    #[test]
    fn few_values_are_all_kept_and_a_pause_breaks_the_line() {
        let mut curve = Curve::new(span(1000));
        for (ms, value) in [(0, 1.0), (20, 2.0), (600, 3.0), (620, 4.0), (1001, 9.0)] {
            curve.push(at(ms), value);
        }
        let counts: Vec<usize> = curve.lines().iter().map(Vec::len).collect();
        assert_eq!(counts, [2, 2]);
        assert_eq!(curve.range(), Some((1.0, 4.0)));
    }

    #[test]
    fn the_last_moment_is_in_the_last_column() {
        assert_eq!(span(10).column(at(1000)), Some(9));
        assert_eq!(span(10).column(at(0)), Some(0));
        assert_eq!(span(10).column(at(1001)), None);
    }
}
