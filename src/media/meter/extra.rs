//! What is kept of a stream beside its figures, where somebody asks for it.
//!
//! Bound: a series as its module says, and [`PacketRange::MOST`] packets (about 100 kB).

use super::{MeterPacket, StreamMeter, Timing};
use crate::media::extra::{PacketRow, Place, StreamExtra, WorkFacts};
use crate::media::figures::PayloadFacts;
use crate::media::measure::jitter::Jitter;
use crate::media::measure::series::{Counts, Room, SeriesMeter, Step};
use crate::types::{CaptureTime, PacketRange, PayloadType, RtpTicks, StreamExtras};

/// What is asked for of every stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct ExtraWanted {
    wanted: StreamExtras,
    origin: CaptureTime,
    room: Room,
}

impl ExtraWanted {
    /// Asks for these.
    pub(crate) fn new(wanted: StreamExtras) -> Self {
        ExtraWanted {
            wanted,
            ..ExtraWanted::default()
        }
    }

    /// Series count their steps from this moment.
    pub(crate) fn begin_at(&mut self, origin: CaptureTime) {
        self.origin = origin;
    }

    /// The collector of a new stream.
    pub(crate) fn begin(&self) -> Option<Box<Extra>> {
        if self.wanted.is_none() {
            return None;
        }
        let series = || SeriesMeter::new(self.origin, self.room.clone());
        Some(Box::new(Extra {
            series: self.wanted.series.then(series),
            work: self.wanted.work,
            wanted: self.wanted.packets,
            packets: Vec::new(),
            compared: None,
        }))
    }
}

/// Collects for one stream.
#[derive(Clone, Debug)]
pub(crate) struct Extra {
    series: Option<SeriesMeter>,
    work: bool,
    wanted: Option<PacketRange>,
    packets: Vec<PacketRow>,
    /// The packet that the clock took last.
    compared: Option<(CaptureTime, RtpTicks)>,
}

impl Extra {
    /// An empty one of the same kind, for another capture point.
    pub(crate) fn another(&self) -> Box<Extra> {
        Box::new(Extra {
            series: self.series.as_ref().map(SeriesMeter::another),
            work: self.work,
            wanted: self.wanted,
            packets: Vec::new(),
            compared: None,
        })
    }
}

impl StreamMeter {
    /// Collects this as well from the next packet on.
    pub(crate) fn with_extra(mut self, extra: Option<Box<Extra>>) -> Self {
        self.extra = extra;
        self
    }

    /// An empty collector of the same kind.
    pub(crate) fn another_extra(&self) -> Option<Box<Extra>> {
        self.extra.as_deref().map(Extra::another)
    }

    /// [`StreamMeter::handle_packet`] where something more is collected.
    #[cold]
    pub(super) fn handle_followed(
        &mut self,
        p: &MeterPacket<'_>,
        facts_of: impl Fn(PayloadType) -> PayloadFacts,
    ) {
        let Some(mut extra) = self.extra.take() else {
            return;
        };
        let before = (self.packets > 0).then(|| self.last_time());
        let jitter_before = self.jitter_now().copied();
        let arrival = self.measure_packet(p, facts_of);
        let jitter = self.jitter_now().copied();
        let updates = |j: Option<Jitter>| j.map_or(0, |j| j.updates());
        let jitter_ms = jitter.and_then(|j| j.last_ms());
        let peak = |j: Option<Jitter>| j.and_then(|j| j.max_ms());
        if let Some(series) = &mut extra.series {
            series.handle_packet(Step {
                time: p.time,
                before,
                lengths: p.lengths,
                arrival,
                counts: self.sequence.counts(),
                jitter_ms,
                // One packet may settle what several before it were.
                peak_ms: peak(jitter).filter(|p| peak(jitter_before).is_some_and(|b| *p > b)),
            });
        }
        if let Some(range) = extra.wanted {
            let added = updates(jitter).wrapping_sub(updates(jitter_before));
            let is_known = jitter_before.is_some() || self.packets == 1;
            if range.has(self.packets, p.frame.frame.0)
                && (extra.packets.len() as u64) < PacketRange::MOST
            {
                extra.packets.push(PacketRow {
                    number: self.packets,
                    frame: p.frame,
                    time: p.time,
                    seq: p.header.seq,
                    timestamp: p.header.timestamp,
                    payload_type: p.header.payload_type,
                    place: Place::of(arrival),
                    clock: self.clock_rate().filter(|_| is_known),
                    against: extra.compared.filter(|_| added == 1),
                    jitter_before_ms: jitter_before.and_then(|j| j.last_ms()).unwrap_or(0.0),
                    jitter_ms,
                });
            }
            if added != 0 || extra.compared.is_none() {
                extra.compared = Some((p.time, p.header.timestamp));
            }
        }
        self.extra = Some(extra);
    }

    /// The jitter of a clock that is known; one that is being measured may turn out to be another.
    fn jitter_now(&self) -> Option<&Jitter> {
        match &self.timing {
            Timing::Known(clock) => Some(clock.jitter()),
            Timing::Guessing(_) | Timing::Idle => None,
        }
    }

    /// What was collected, after [`finish`](Self::finish). `timed`: jitter says something of this stream.
    pub(crate) fn take_extra(&mut self, timed: bool) -> Option<Box<StreamExtra>> {
        let mut extra = self.extra.take()?;
        let end = self.sequence.figures();
        let series = extra.series.as_mut().map(|series| {
            series.finish(Counts {
                expected: end.expected,
                unique: end.unique,
                duplicates: end.duplicates,
            });
            series.take(timed)
        });
        let (lowest, highest) = self.sequence.range();
        Some(Box::new(StreamExtra {
            series,
            work: extra.work.then_some(WorkFacts { lowest, highest }),
            packets: extra.packets,
        }))
    }
}
