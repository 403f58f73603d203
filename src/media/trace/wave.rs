//! The shape of sound: lowest and highest sample of each column.

use super::Span;
use crate::media::sound::Piece;
use crate::types::{CaptureTime, Delta};

/// The outline of a sound. Memory is bounded by the columns.
#[derive(Clone, Debug)]
pub struct Wave {
    span: Span,
    columns: Vec<Option<(i16, i16)>>,
    peak: u16,
}

impl Wave {
    /// Without sound yet.
    pub fn new(span: Span) -> Wave {
        Wave {
            span,
            columns: vec![None; span.columns],
            peak: 0,
        }
    }

    /// Takes decoded sound.
    pub fn put(&mut self, piece: &Piece<'_>) {
        let rate = i64::from(piece.rate.max(1));
        let mut rest = piece.samples;
        let mut done: i64 = 0;
        while !rest.is_empty() {
            let time = piece.time + Delta::from_nanos(done * 1_000_000_000 / rate);
            let here = self.until_next_column(time, rate).clamp(1, rest.len());
            let (part, after) = rest.split_at(here);
            self.put_into(time, part);
            // A piece is one packet's sound.
            done += here as i64;
            rest = after;
        }
    }

    /// Samples from a time on that stand in its column.
    fn until_next_column(&self, time: CaptureTime, rate: i64) -> usize {
        let length = i128::from(self.span.length().as_nanos());
        let columns = self.span.columns as i128;
        let nanos = match self.span.column(time) {
            Some(column) => {
                let next = (column as i128 + 1) * length / columns.max(1);
                next - i128::from((time - self.span.begin).as_nanos())
            }
            None if time < self.span.begin => i128::from((self.span.begin - time).as_nanos()),
            None => return usize::MAX,
        };
        let samples = (nanos * i128::from(rate) + 999_999_999) / 1_000_000_000;
        usize::try_from(samples).unwrap_or(1)
    }

    fn put_into(&mut self, time: CaptureTime, samples: &[i16]) {
        let (Some(low), Some(high)) = (samples.iter().min(), samples.iter().max()) else {
            return;
        };
        let at = self.span.column(time);
        let Some(column) = at.and_then(|at| self.columns.get_mut(at)) else {
            return;
        };
        self.peak = self.peak.max(low.unsigned_abs()).max(high.unsigned_abs());
        let (l, h) = column.unwrap_or((*low, *high));
        *column = Some((l.min(*low), h.max(*high)));
    }

    /// Lowest and highest sample of each column; `None` where nothing sounds.
    pub fn columns(&self) -> &[Option<(i16, i16)>] {
        &self.columns
    }

    /// The loudest sample.
    pub fn peak(&self) -> u16 {
        self.peak
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_fall_into_their_columns() {
        let at = |ms: i64| CaptureTime::from_nanos(ms * 1_000_000);
        let mut wave = Wave::new(Span {
            begin: at(10),
            end: at(40),
            columns: 3,
        });
        // 1 ms a sample, from 5 ms on: five before the span, ten in each of the first two columns, five in the third.
        let mut samples = vec![99; 5];
        samples.extend([1; 10]);
        samples.extend([-2; 10]);
        samples.extend([3, 4, 5, 4, 3]);
        wave.put(&Piece {
            time: at(5),
            rate: 1000,
            continues: false,
            samples: &samples,
        });
        let expected = [Some((1, 1)), Some((-2, -2)), Some((3, 5))];
        assert_eq!(wave.columns(), expected);
        assert_eq!(wave.peak(), 5);
    }
}
