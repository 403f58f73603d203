//! Which streams are drawn, and in which block.

use crate::media::StreamRecord;
use crate::media::sound::choose;
use crate::types::{CallNo, CaptureTime, Delta, Flow, MediaKind, Party};

/// Streams drawn at most.
const MOST: usize = 32;

/// Media of one kind that goes one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) struct Side {
    /// Who sends; `None` where nothing tells.
    pub(in crate::app) party: Option<Party>,
    /// Sound, pictures; `None` where no SDP says.
    pub(in crate::app) kind: Option<MediaKind>,
    /// From where to where; where nothing tells who sends, each flow is for itself.
    pub(in crate::app) flow: Option<Flow>,
}

/// What is drawn.
#[derive(Debug, Default)]
pub(in crate::app) struct Chosen {
    /// The streams, in the order of the blocks.
    pub(in crate::app) streams: Vec<StreamRecord>,
    /// The block of each.
    pub(in crate::app) sides: Vec<Side>,
    /// Streams beside one that is drawn, on another hop.
    pub(in crate::app) other_hops: Vec<u32>,
    /// Streams beside one that is drawn, of another source between the same ports.
    pub(in crate::app) other_sources: Vec<u32>,
    /// Streams for which there is no room.
    pub(in crate::app) beyond: usize,
}

fn side_of(s: &StreamRecord) -> Side {
    Side {
        party: s.from,
        kind: s.kind,
        flow: s.from.is_none().then_some(s.flow),
    }
}

/// One stream.
pub(in crate::app) fn of_stream(records: &[StreamRecord], number: u32) -> Option<Chosen> {
    let stream = records.iter().find(|s| s.no.get() == number)?;
    Some(Chosen {
        streams: vec![stream.clone()],
        sides: vec![side_of(stream)],
        ..Chosen::default()
    })
}

/// The streams of a call: of each side those nearest the receiver, one at a time.
pub(in crate::app) fn of_call(records: &[StreamRecord], call: u32) -> Chosen {
    let own: Vec<&StreamRecord> = records
        .iter()
        .filter(|s| s.call.map(CallNo::get) == Some(call))
        .collect();
    let mut sides: Vec<Side> = Vec::new();
    for side in own.iter().map(|s| side_of(s)) {
        if !sides.contains(&side) {
            sides.push(side);
        }
    }
    sides.sort_by_key(|s| (kind_rank(s.kind), party_rank(s.party)));
    let mut chosen = Chosen::default();
    for side in sides {
        let here: Vec<&StreamRecord> = own.iter().filter(|s| side_of(s) == side).copied().collect();
        let mut taken: Vec<&StreamRecord> = Vec::new();
        for at in choose(&here).into_iter().rev() {
            let Some(stream) = here.get(at) else {
                continue;
            };
            let same_flow = taken.iter().any(|t| t.flow == stream.flow);
            match (is_covered(stream, &taken), same_flow) {
                (true, true) => chosen.other_sources.push(stream.no.get()),
                (true, false) => chosen.other_hops.push(stream.no.get()),
                (false, _) => taken.push(stream),
            }
        }
        taken.sort_by_key(|s| s.no);
        for stream in taken {
            if chosen.streams.len() == MOST {
                chosen.beyond += 1;
                continue;
            }
            chosen.streams.push(stream.clone());
            chosen.sides.push(side);
        }
    }
    chosen.other_hops.sort_unstable();
    chosen.other_sources.sort_unstable();
    chosen
}

fn kind_rank(kind: Option<MediaKind>) -> u8 {
    match kind {
        Some(MediaKind::Audio) => 0,
        None => 1,
        Some(_) => 2,
    }
}

fn party_rank(party: Option<Party>) -> u8 {
    match party {
        Some(Party::Caller) => 0,
        Some(Party::Callee) => 1,
        None => 2,
    }
}

/// Half of it ran beside better ones.
fn is_covered(s: &StreamRecord, better: &[&StreamRecord]) -> bool {
    let length = (s.last_time - s.first_time).as_nanos();
    let beside = |o: &&StreamRecord| {
        let (from, to): (CaptureTime, CaptureTime) =
            (s.first_time.max(o.first_time), s.last_time.min(o.last_time));
        (to - from).as_nanos()
    };
    let overlap = better.iter().map(beside).filter(|n| *n >= 0).max();
    overlap.is_some_and(|overlap| overlap >= length / 2)
}

impl Chosen {
    /// From the first to the last packet.
    pub(in crate::app) fn span(&self) -> Option<(CaptureTime, CaptureTime)> {
        let begin = self.streams.iter().map(|s| s.first_time).min()?;
        let ptime = |s: &StreamRecord| {
            let ms = s.figures.ptime_ms.unwrap_or(20.0).clamp(1.0, 200.0);
            Delta::from_nanos((ms * 1e6) as i64)
        };
        let end = self.streams.iter().map(|s| s.last_time + ptime(s)).max()?;
        Some((begin, end))
    }
}
