//! One stream in several files: each capture point measures for itself.
//!
//! Files whose times do not overlap are parts of one capture where a stream goes on from one to the next. Others are
//! points of their own, and what one saw and the other did not is lost between them. The stream's figures are those
//! of the point nearest to the receiver.

use super::binding::Binding;
use super::measure::sequence::Sequence;
use super::meter::{MeterPacket, StreamMeter};
use super::record::PointFigures;
use super::rtcp_loss::LossBySide;
use super::stream::{Stream, facts_of};
use crate::types::{CaptureTime, Delta, SeqNo, SourceId};
use std::cmp::Ordering;

/// Points of one stream; further ones are not measured.
const MAX_POINTS: usize = 8;
/// Parts of one capture that are remembered by number.
const MAX_PARTS: usize = 64;
/// A point that saw fewer packets of the other direction says nothing of this one.
const MIN_OF_OTHER: u64 = 25;
/// A file that has not come for so long while others did has ended.
const ENDED: Delta = Delta::from_secs(2);
/// Nor one that saw them at another time.
const MIN_SIDE_BY_SIDE: Delta = Delta::from_secs(1);

/// First and last time of each file so far.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    times: Vec<Option<(CaptureTime, CaptureTime)>>,
    /// What is common to the names of the parts of one capture, by file.
    stems: Vec<String>,
}

impl Ranges {
    /// A packet of any kind came.
    #[inline]
    pub(super) fn note(&mut self, source: SourceId, time: CaptureTime) {
        match self.times.get_mut(usize::from(source.0)) {
            Some(Some((_, last))) if time >= *last => *last = time,
            Some(Some(_)) => {}
            _ => self.begin(source, time),
        }
    }

    #[cold]
    fn begin(&mut self, source: SourceId, time: CaptureTime) {
        let at = usize::from(source.0);
        if self.times.len() <= at {
            self.times.resize(at + 1, None);
        }
        if let Some(range) = self.times.get_mut(at) {
            *range = Some((time, time));
        }
    }

    /// True where there is more than one file.
    pub(super) fn are_several(&self) -> bool {
        self.times.len() > 1
    }

    fn of(&self, source: SourceId) -> Option<(CaptureTime, CaptureTime)> {
        *self.times.get(usize::from(source.0))?
    }

    /// The files by name: parts of one capture differ in their digits only.
    pub(super) fn name(&mut self, paths: &[String]) {
        let stem = |path: &String| path.chars().filter(|c| !c.is_ascii_digit()).collect();
        self.stems = paths.iter().map(stem).collect();
    }

    /// How little two files look like parts of one capture: by name, then by how far apart they were named.
    fn distance(&self, a: SourceId, b: SourceId) -> (bool, u16) {
        let stem = |s: SourceId| self.stems.get(usize::from(s.0));
        (stem(a) != stem(b), a.0.abs_diff(b.0))
    }

    /// True where both files ran at one time.
    fn overlap(&self, a: SourceId, b: SourceId) -> bool {
        match (self.of(a), self.of(b)) {
            (Some(a), Some(b)) => a.0 < b.1 && b.0 < a.1,
            _ => false,
        }
    }

    /// From when to when the parts of one capture ran.
    fn of_all(&self, parts: &[SourceId]) -> Option<(CaptureTime, CaptureTime)> {
        let mut ranges = parts.iter().filter_map(|p| self.of(*p));
        let first = ranges.next()?;
        Some(ranges.fold(first, |all, r| (all.0.min(r.0), all.1.max(r.1))))
    }
}

/// A further point that saw the stream.
#[derive(Debug)]
struct Point {
    /// The parts of its capture, the newest last.
    parts: Vec<SourceId>,
    meter: StreamMeter,
    ttl: Option<u8>,
    loss: LossBySide,
}

/// A part that seems to go on where another ended, until it is sure that the other ended.
#[derive(Debug)]
struct Tentative {
    /// The stream's meter as it was before.
    before: StreamMeter,
    /// The part by itself.
    alone: Point,
    since: CaptureTime,
}

/// What only streams in several files have.
#[derive(Debug, Default)]
pub(super) struct Points {
    /// Earlier parts of the capture that the stream's own meter measures.
    parts: Vec<SourceId>,
    others: Vec<Point>,
    tentative: Option<Box<Tentative>>,
    /// All points taken together, once there are several.
    union: Option<Box<Sequence>>,
    /// Packets, those seen at several points once.
    counted: u64,
    /// Who saw the other direction of the flow, where that is closed already.
    other_way: Vec<SeenAt>,
}

/// A point that saw a stream.
#[derive(Clone, Debug)]
pub(super) struct SeenAt {
    parts: Vec<SourceId>,
    first: CaptureTime,
    last: CaptureTime,
    packets: u64,
}

/// The points of a finished stream.
#[derive(Debug, Default)]
pub(super) struct Settled {
    /// From the sender to the receiver, as far as can be told; empty for one point.
    pub(super) points: Vec<PointFigures>,
    /// Packets, those seen at several points once; `None` for one point.
    pub(super) counted: Option<u64>,
    /// None came to the point nearest to the receiver; so many were sent.
    pub(super) none_of: Option<u64>,
    pub(super) loss: Option<LossBySide>,
}

fn add_part(parts: &mut Vec<SourceId>, part: SourceId) {
    if parts.len() < MAX_PARTS {
        parts.push(part);
    }
}

/// True where `part`, with this number first, may go on where a capture at the same point ended.
fn goes_on(
    newest: SourceId,
    meter: &StreamMeter,
    part: SourceId,
    seq: SeqNo,
    ranges: &Ranges,
) -> bool {
    !ranges.overlap(newest, part) && meter.is_ahead(seq)
}

impl Stream {
    /// Takes a packet of a stream that is, or may be, in several files. `is_copy`: another point saw it before.
    pub(super) fn handle_at_point(
        &mut self,
        p: &MeterPacket<'_>,
        ttl: Option<u8>,
        is_copy: bool,
        ranges: &Ranges,
    ) {
        self.judge_tentative(p, ranges);
        let source = p.frame.source;
        if !self.split && source != self.source {
            let is_next_part = goes_on(self.source, &self.meter, source, p.header.seq, ranges);
            self.split = true;
            let points = self.points.get_or_insert_default();
            if is_next_part {
                points.tentative = Some(Box::new(Tentative {
                    before: self.meter.clone(),
                    alone: Point::new(p, ttl, &self.meter),
                    since: p.time,
                }));
                add_part(&mut points.parts, self.source);
                self.source = source;
            } else {
                points.union = Some(Box::new(self.meter.sequence_state().clone()));
                points.counted = self.meter.packets();
            }
        }
        let binding = self.binding.as_deref();
        let Some(points) = self.points.as_mut().filter(|_| self.split) else {
            return self.handle_packet(p);
        };
        points.counted += u64::from(!is_copy);
        if let Some(union) = &mut points.union {
            union.handle_seq(p.header.seq);
        }
        if source == self.source {
            if let Some(tentative) = &mut points.tentative {
                tentative.alone.take(p, binding);
            }
            return self.handle_packet(p);
        }
        if let Some(point) = points.others.iter_mut().find(|o| o.parts.contains(&source)) {
            point.take(p, binding);
            return;
        }
        let seq = p.header.seq;
        let next_of = |newest: Option<&SourceId>, meter: &StreamMeter| {
            newest.is_some_and(|n| goes_on(*n, meter, source, seq, ranges))
        };
        let has_room = points.others.len() + 1 < MAX_POINTS;
        let next_of_other = points
            .others
            .iter_mut()
            .filter(|o| next_of(o.parts.last(), &o.meter))
            .min_by_key(|o| o.distance_to(source, ranges));
        let own = next_of(Some(&self.source), &self.meter);
        let is_nearer = |o: &Point| {
            !own || o.distance_to(source, ranges) < ranges.distance(self.source, source)
        };
        match next_of_other {
            Some(point) if is_nearer(point) => {
                add_part(&mut point.parts, source);
                point.take(p, binding);
            }
            _ if own => {
                add_part(&mut points.parts, self.source);
                self.source = source;
                self.handle_packet(p);
            }
            _ if has_room => {
                let mut point = Point::new(p, ttl, &self.meter);
                point.take(p, binding);
                points.others.push(point);
            }
            _ => {}
        }
    }

    /// The part that seemed to have ended goes on after all: another point; or it has ended.
    fn judge_tentative(&mut self, p: &MeterPacket<'_>, ranges: &Ranges) {
        let Some(points) = &mut self.points else {
            return;
        };
        let (Some(tentative), Some(before)) = (&points.tentative, points.parts.last().copied())
        else {
            return;
        };
        if ranges.overlap(before, self.source) {
            let Some(tentative) = points.tentative.take() else {
                return;
            };
            // What both saw so far.
            points.union = Some(Box::new(self.meter.sequence_state().clone()));
            points.counted = self.meter.packets();
            points.parts.pop();
            points.others.push(tentative.alone);
            self.meter = tentative.before;
            self.source = before;
        } else if p.time - tentative.since > ENDED {
            points.tentative = None;
            self.split = !points.others.is_empty();
        }
    }

    /// The meaning of the payload types became known at the other points too.
    pub(super) fn relabel_points(&mut self) {
        let binding = self.binding.as_deref();
        let others = self.points.iter_mut().flat_map(|p| &mut p.others);
        for point in others {
            point.meter.relabel(|pt| facts_of(binding, pt));
        }
    }

    /// What each other point has up to a number that a report names goes to `take`.
    pub(super) fn each_other_point(&mut self, take: impl Fn(&StreamMeter, &mut LossBySide)) {
        for point in self.points.iter_mut().flat_map(|p| &mut p.others) {
            take(&point.meter, &mut point.loss);
        }
    }

    fn own_parts(&self) -> Vec<SourceId> {
        let earlier = self.points.iter().flat_map(|p| &p.parts).copied();
        earlier.chain([self.source]).collect()
    }

    /// The points that saw it.
    pub(super) fn seen_at(&self) -> Vec<SeenAt> {
        let seen = |parts: Vec<SourceId>, meter: &StreamMeter| SeenAt {
            parts,
            first: meter.first_time(),
            last: meter.last_time(),
            packets: meter.packets(),
        };
        let others = self.points.iter().flat_map(|p| &p.others);
        std::iter::once(seen(self.own_parts(), &self.meter))
            .chain(others.map(|o| seen(o.parts.clone(), &o.meter)))
            .collect()
    }

    /// The other direction closes: who saw it.
    pub(super) fn note_other_way(&mut self, seen: Vec<SeenAt>) {
        self.points.get_or_insert_default().other_way = seen;
    }

    /// No more packets, and `meter.finish()` has been called: the stream's own meter becomes that of the point nearest
    /// to the receiver. `other_way`: who saw the other direction, where that is still open.
    pub(super) fn settle_points(
        &mut self,
        other_way: Option<Vec<SeenAt>>,
        ranges: &Ranges,
    ) -> Settled {
        if !ranges.are_several() {
            return Settled::default();
        }
        let own = self.seen_at();
        let mut known = self.points.take().map_or_else(Points::default, |p| *p);
        known.tentative = None;
        let other_way = other_way.unwrap_or_else(|| std::mem::take(&mut known.other_way));
        let mut absent = absent(&own, &other_way);
        // A file that left them out is no point that they did not reach.
        if self
            .rtcp
            .as_ref()
            .is_some_and(|r| r.loss().says_most_arrived())
        {
            absent.clear();
        }
        if known.others.is_empty() && absent.is_empty() {
            return Settled::default();
        }
        let union = known.union.take();
        let union = union.map_or_else(|| self.meter.sequence_state().clone(), |u| *u);
        let parts = known.parts.iter().copied().chain([self.source]).collect();
        let main = Point {
            parts,
            meter: self.meter.clone(),
            ttl: Some(self.ttl),
            loss: self.rtcp.as_ref().map(|r| r.loss()).unwrap_or_default(),
        };
        let mut all = vec![main];
        for mut point in known.others {
            point.meter.finish();
            all.push(point);
        }
        for point in &mut all {
            let (head, tail) = point.unseen(&union, self.announced, ranges);
            point.meter.miss(head);
            point.meter.miss(tail);
        }
        all.sort_by(Point::by_distance);
        let (expected, _) = union.expected_and_unique();
        let gone = absent.iter().map(|source| PointFigures {
            source: *source,
            packets: 0,
            lost: expected,
            duplicates: 0,
            first_time: None,
        });
        let points = all.iter().map(Point::figures).chain(gone).collect();
        let counted = known.counted.max(self.meter.packets());
        let nearest = all.pop();
        let loss = nearest.as_ref().map(|n| n.loss);
        if let Some(nearest) = nearest {
            if nearest.parts.last() != Some(&self.source) {
                // Counted at another point.
                self.early = None;
            }
            self.meter = nearest.meter;
        }
        Settled {
            points,
            counted: Some(counted),
            none_of: (!absent.is_empty()).then_some(expected),
            loss,
        }
    }
}

impl Point {
    /// A point that has yet to take its first packet.
    fn new(first: &MeterPacket<'_>, ttl: Option<u8>, like: &StreamMeter) -> Point {
        Point {
            parts: vec![first.frame.source],
            meter: StreamMeter::new(first).with_extra(like.another_extra()),
            ttl,
            loss: LossBySide::default(),
        }
    }

    fn take(&mut self, p: &MeterPacket<'_>, binding: Option<&Binding>) {
        self.meter.handle_packet(p, |pt| facts_of(binding, pt));
    }

    fn distance_to(&self, source: SourceId, ranges: &Ranges) -> (bool, u16) {
        let newest = self.parts.last().copied();
        newest.map_or((true, u16::MAX), |n| ranges.distance(n, source))
    }

    fn figures(&self) -> PointFigures {
        let f = self.meter.sequence();
        PointFigures {
            source: self.parts.first().copied().unwrap_or(SourceId(0)),
            packets: self.meter.packets(),
            lost: f.lost,
            duplicates: f.duplicates,
            first_time: Some(self.meter.first_time()),
        }
    }

    /// Packets before the first and after the last one seen here that other points saw while the capture ran here too.
    fn unseen(&self, union: &Sequence, announced: bool, ranges: &Ranges) -> (u16, u16) {
        let own = self.meter.sequence_state();
        let Some((began, ended)) = ranges.of_all(&self.parts) else {
            return (0, 0);
        };
        if own.figures().restarts > 0 || union.figures().restarts > 0 {
            return (0, 0);
        }
        // By this point's own clock: others may differ.
        let each = self.meter.mean_interval();
        let ran = |time: Delta, packets: u16| {
            time >= Delta::from_nanos(each.as_nanos() * i64::from(packets))
        };
        let (head, tail) = own.within(union);
        let first = self.meter.first_time() - began;
        let last = ended - self.meter.last_time();
        (
            if announced && ran(first, head) {
                head
            } else {
                0
            },
            if ran(last, tail) { tail } else { 0 },
        )
    }

    /// Nearer to the sender first: each hop takes one off the TTL, and on the way packets are lost, doubled, overtaken
    /// and spread, never the other way round.
    fn by_distance(a: &Point, b: &Point) -> Ordering {
        let hops = match (a.ttl, b.ttl) {
            (Some(a), Some(b)) => b.cmp(&a),
            _ => Ordering::Equal,
        };
        let (f, g) = (a.meter.sequence(), b.meter.sequence());
        let jitter = |p: &Point| p.meter.jitter().and_then(|j| j.mean_ms()).unwrap_or(0.0);
        hops.then(f.lost.cmp(&g.lost))
            .then(f.duplicates.cmp(&g.duplicates))
            .then(f.reordered.cmp(&g.reordered))
            .then(jitter(a).total_cmp(&jitter(b)))
            .then(a.meter.first_time().cmp(&b.meter.first_time()))
    }
}

/// Points that saw the other direction and nothing of this one. A point that saw both directions beside them is needed:
/// two files may hold a direction each.
fn absent(own: &[SeenAt], other_way: &[SeenAt]) -> Vec<SourceId> {
    let is_own = |g: &SeenAt| {
        let mut parts = g.parts.iter();
        parts.any(|part| own.iter().any(|o| o.parts.contains(part)))
    };
    let Some(here) = own.first().filter(|_| other_way.iter().any(is_own)) else {
        return Vec::new();
    };
    other_way
        .iter()
        .filter(|g| !is_own(g) && g.packets >= MIN_OF_OTHER)
        .filter(|g| g.last.min(here.last) - g.first.max(here.first) >= MIN_SIDE_BY_SIDE)
        .filter_map(|g| g.parts.first().copied())
        .collect()
}
