//! Streams and calls as a picture: sound, delay, jitter, loss and rate over one time axis, with what SIP said.
//!
//! The SVG is written here: a plotting crate would neither follow the reader's dark screen nor name its parts for who
//! cannot see them. The same picture gives the same bytes.

mod axis;
mod lanes;
mod layout;
mod page;
mod panels;
#[cfg(feature = "plot")]
mod png;
mod sound;
mod svg;
mod theme;
mod words;

#[cfg(feature = "plot")]
pub use png::{PngError, rasterise};
pub use theme::Theme;

use crate::explain::Moment;
use crate::media::trace::{Span, Trace, Wave};
use crate::report::model::Stream;
use crate::types::{CaptureTime, Delta};

/// Pixels left and right of the curves.
const MARGINS: f64 = layout::LEFT + layout::RIGHT;
/// Steps of loss and rate at most.
const MOST_STEPS: i64 = 300;

/// A stream with what it did over time.
#[derive(Debug)]
pub struct Drawn {
    /// Its record.
    pub stream: Stream,
    /// When each of its payload types was first seen.
    pub first_times: Vec<(u8, CaptureTime)>,
    /// Its packets over time.
    pub trace: Trace,
    /// Its sound, or why there is none.
    pub sound: Result<Wave, String>,
}

impl Drawn {
    /// From its first packet to the end of its last.
    fn active(&self) -> (CaptureTime, CaptureTime) {
        let ptime = self.stream.ptime_ms.unwrap_or(0.0).clamp(0.0, 1000.0);
        let ptime = Delta::from_nanos((ptime * 1e6) as i64);
        (self.stream.first_time.0, self.stream.last_time.0 + ptime)
    }
}

/// What goes one way: the streams of a party, one after the other.
#[derive(Debug, Default)]
pub struct Way {
    /// `alice to bob, audio`.
    pub name: String,
    /// Its streams.
    pub drawn: Vec<Drawn>,
    /// Keys pressed.
    pub keys: Vec<(CaptureTime, String)>,
}

/// All that is drawn.
#[derive(Debug)]
pub struct Picture {
    /// What it shows.
    pub title: String,
    /// From when on, of which file.
    pub subtitle: String,
    /// The time shown.
    pub span: Span,
    /// The first packet of the capture: 0 of the axis.
    pub zero: CaptureTime,
    /// What SIP said.
    pub moments: Vec<Moment>,
    /// One block each.
    pub ways: Vec<Way>,
    /// Said below.
    pub notes: Vec<String>,
}

/// How it is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Pixels.
    pub width: u32,
    /// Pixels; `None`: what the panels need.
    pub height: Option<u32>,
    /// Colours.
    pub theme: Theme,
}

/// The columns that curves have in a picture of that width.
pub fn columns(width: u32) -> usize {
    (f64::from(width) - MARGINS).max(1.0) as usize
}

/// Over how long loss and rate are summed in a picture of that length: a second where that gives enough steps and not
/// too many.
pub fn step(length: Delta) -> Delta {
    const STEPS_MS: [i64; 12] = [
        100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 300_000, 600_000,
    ];
    let least_ms = match length.as_nanos() {
        ..2_000_000_000 => 100,
        2_000_000_000..5_000_000_000 => 200,
        _ => 1000,
    };
    let fits = |ms: &&i64| **ms >= least_ms && length.as_nanos() / 1_000_000 / **ms <= MOST_STEPS;
    let ms = STEPS_MS.iter().find(fits).copied();
    ms.map_or_else(
        || Delta::from_nanos(length.as_nanos() / MOST_STEPS),
        Delta::from_millis,
    )
}

/// The picture as SVG.
pub fn render(picture: &Picture, look: Look) -> String {
    page::render(picture, look)
}
