//! What a finished stream has beside its figures, where it was asked for.

use super::measure::sequence::Arrival;
pub use super::measure::series::{
    MAX_ROWS as SERIES_MOST_ROWS, STEPS as SERIES_STEPS_S, Series, SeriesRow,
};
use crate::types::{CaptureTime, ClockRate, FrameRef, PayloadType, RtpTicks, SeqNo};

/// What was kept of a stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct StreamExtra {
    /// Figures second by second.
    pub series: Option<Series>,
    /// What worked arithmetic begins with.
    pub work: Option<WorkFacts>,
    /// Packets asked for, in the order they came.
    pub packets: Vec<PacketRow>,
}

/// Numbers that worked arithmetic begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkFacts {
    /// Lowest extended sequence number of the last range; the first cycle begins at 2^32.
    pub lowest: u64,
    /// Highest of it.
    pub highest: u64,
}

/// One packet as the measures took it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PacketRow {
    /// From 1, in the order they came.
    pub number: u64,
    /// Its frame.
    pub frame: FrameRef,
    /// Arrival.
    pub time: CaptureTime,
    /// Sequence number as sent.
    pub seq: SeqNo,
    /// RTP timestamp.
    pub timestamp: RtpTicks,
    /// Payload type.
    pub payload_type: PayloadType,
    /// What it was to the sequence.
    pub place: Place,
    /// Clock rate in use.
    pub clock: Option<ClockRate>,
    /// Arrival and timestamp of the packet it was compared with; `None` where it was with none.
    pub against: Option<(CaptureTime, RtpTicks)>,
    /// The running jitter before it, in milliseconds.
    pub jitter_before_ms: f64,
    /// The running jitter after it.
    pub jitter_ms: Option<f64>,
}

/// What a packet was to the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In order.
    InOrder,
    /// Below the highest number at its arrival.
    Late,
    /// A second copy.
    Duplicate,
    /// Far off the range.
    Stray,
    /// A new range begins.
    NewRange,
}

impl Place {
    pub(super) fn of(arrival: Arrival) -> Place {
        match arrival {
            Arrival::InOrder { .. } => Place::InOrder,
            Arrival::Reordered { .. } => Place::Late,
            Arrival::Duplicate => Place::Duplicate,
            Arrival::Jump => Place::Stray,
            Arrival::Restart { .. } => Place::NewRange,
        }
    }
}

impl StreamExtra {
    /// About how many bytes it takes.
    pub fn weight(&self) -> usize {
        let rows = self.series.as_ref().map_or(0, |s| size_of_val(&*s.rows));
        size_of::<Self>() + rows + size_of_val(&*self.packets)
    }
}
