//! The panels of a way: a caption with the figures of the record, an axis, a curve.

use super::layout::Shows;
use super::page::Across;
use super::svg::{Anchor, BOLD_CLASS, Svg, fitted, text_width};
use super::theme::SIZE;
use super::{Drawn, Picture, Way, axis, sound, words};
use crate::media::trace::{Curve, Point, Trace};
use crate::types::{CaptureTime, Delta};

/// A rate over less than this part of a step says little.
const LEAST_PART: f64 = 0.25;

/// A panel's frame: from the top to the bottom of its curves.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) across: &'a Across,
    pub(super) top: f64,
    pub(super) bottom: f64,
    /// The value at the top; 0 is at the bottom.
    highest: f64,
}

impl Frame<'_> {
    fn y(&self, value: f64) -> f64 {
        let part = (value / self.highest).clamp(-0.02, 1.02);
        self.bottom - part * (self.bottom - self.top)
    }
}

pub(super) fn draw(
    svg: &mut Svg,
    (picture, way): (&Picture, &Way),
    shows: Shows,
    across: &Across,
    (top, bottom): (f64, f64),
) {
    let step = way
        .drawn
        .first()
        .map_or(String::new(), |d| words::step_of(&d.trace));
    let (name, figures) = match shows {
        Shows::Sound => ("Sound".to_owned(), sound::words(way, across)),
        Shows::Delay => ("Delay above the least, ms".to_owned(), words::delay(way)),
        Shows::Jitter => ("Jitter, ms".to_owned(), words::jitter(way)),
        Shows::Delta => ("Time between packets, ms".to_owned(), words::delta(way)),
        Shows::Loss => (format!("Lost packets per {step}"), loss_words(way)),
        Shows::Rate => (format!("Bandwidth per {step}, kbit/s"), words::rate(way)),
    };
    svg.open(&format!("{name}: {figures}"));
    svg.label(BOLD_CLASS, (across.left, top - 4.0), &name);
    let x = across.left + text_width(&name, SIZE, true) + 10.0;
    let figures = fitted(&figures, SIZE, across.right() - x);
    svg.label("muted", (x, top - 4.0), &figures);
    let frame = Frame {
        across,
        top,
        bottom,
        highest: 1.0,
    };
    match shows {
        Shows::Sound => sound::draw(svg, way, frame),
        Shows::Delay => {
            let lowest = low(way.drawn.iter().map(|d| &d.trace.delay));
            curves(svg, way, frame, |t| &t.delay, (lowest, Joined::Straight));
        }
        Shows::Jitter => {
            curves(svg, way, frame, |t| &t.jitter, (0.0, Joined::Straight));
        }
        Shows::Delta => {
            let frame = curves(svg, way, frame, |t| &t.delta, (0.0, Joined::Steps));
            pauses(svg, way, frame);
        }
        Shows::Loss => loss(svg, picture, way, frame),
        Shows::Rate => rate(svg, picture, way, frame),
    }
    svg.line("frame", (across.left, top), (across.left, bottom));
    svg.line("frame", (across.left, bottom), (across.right(), bottom));
    svg.close();
}

fn low<'a>(curves: impl Iterator<Item = &'a Curve>) -> f64 {
    let ranges = curves.filter_map(Curve::range);
    ranges.map(|(low, _)| low).reduce(f64::min).unwrap_or(0.0)
}

fn high<'a>(curves: impl Iterator<Item = &'a Curve>) -> f64 {
    let ranges = curves.filter_map(Curve::range);
    ranges.map(|(_, high)| high).reduce(f64::max).unwrap_or(0.0)
}

/// Lines and numbers at the left.
fn scale<'a>(svg: &mut Svg, frame: Frame<'a>, highest: f64, least_step: f64) -> Frame<'a> {
    let most = ((frame.bottom - frame.top) / 16.0).clamp(1.0, 4.0) as u32;
    let (highest, step) = axis::from_zero(highest, most, least_step);
    let frame = Frame { highest, ..frame };
    let ticks = (highest / step).round() as u32;
    for n in 0..=ticks {
        let value = f64::from(n) * step;
        let y = frame.y(value);
        if n > 0 {
            svg.line("grid", (frame.across.left, y), (frame.across.right(), y));
        }
        let place = (frame.across.left - 5.0, y + 4.0);
        svg.text("muted", place, Anchor::End, &axis::tick(value, step));
    }
    frame
}

fn curves<'a>(
    svg: &mut Svg,
    way: &Way,
    frame: Frame<'a>,
    of: impl Fn(&Trace) -> &Curve,
    (lowest, joined): (f64, Joined),
) -> Frame<'a> {
    let all = || way.drawn.iter().map(|d| of(&d.trace));
    let frame = scale(svg, frame, high(all()) - lowest, 0.0);
    for curve in all() {
        let place = |p: &Point| (frame.across.x(p.time), frame.y(p.value - lowest));
        let lines: Vec<Vec<(f64, f64)>> = curve
            .lines()
            .iter()
            .map(|line| joined.line(line.iter().map(place)))
            .collect();
        svg.path("line", &lines);
    }
    frame
}

/// How values are joined.
#[derive(Clone, Copy)]
enum Joined {
    Straight,
    /// A value holds for the time before it: a wait is as wide as it is high.
    Steps,
}

impl Joined {
    fn line(self, points: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
        let mut line: Vec<(f64, f64)> = Vec::new();
        for (x, y) in points {
            if let (Joined::Steps, Some((before, _))) = (self, line.last()) {
                line.push((*before, y));
            }
            line.push((x, y));
        }
        line
    }
}

/// Waits too long for the axis: a mark at the top, and how long where there is room.
fn pauses(svg: &mut Svg, way: &Way, frame: Frame<'_>) {
    let mut end = 0.0;
    for (time, wait) in way.drawn.iter().flat_map(|d| &d.trace.pauses) {
        let x = frame.across.x(*time);
        let from = frame.across.x(*time - *wait).max(frame.across.left);
        let y = frame.top + 5.0;
        svg.path(
            "mark",
            &[vec![(from, y), (x, y)], vec![(x, y - 3.0), (x, y + 3.0)]],
        );
        let text = format!("{:.2} s", wait.as_secs_f64());
        let width = text_width(&text, SIZE, false);
        let middle = ((from + x) / 2.0).clamp(frame.across.left, frame.across.right());
        let left = (middle - width / 2.0)
            .min(frame.across.right() - width)
            .max(frame.across.left + 2.0);
        if left > end {
            svg.text("muted", (left, y + 13.0), Anchor::Start, &text);
            end = left + width + 6.0;
        }
    }
}

fn loss_words(way: &Way) -> String {
    let steps = || way.drawn.iter().flat_map(|d| &d.trace.steps);
    let (late, copies) = (
        steps().any(|s| s.reordered > 0),
        steps().any(|s| s.duplicates > 0),
    );
    // The marks first: with several streams there is no room for all figures.
    let marks = match (late, copies) {
        (true, true) => "triangle: out of order, cross: duplicates; ",
        (true, false) => "triangle: out of order; ",
        (false, true) => "cross: duplicates; ",
        (false, false) => "",
    };
    format!("{marks}{}", words::loss(way))
}

/// Begin and end of a step.
fn step_at(picture: &Picture, trace: &Trace, at: usize) -> (CaptureTime, CaptureTime) {
    let step = trace.step().as_nanos();
    let from = Delta::from_nanos(step.saturating_mul(at as i64));
    let begin = trace.steps_begin() + from;
    let end = begin + trace.step();
    (begin.max(picture.span.begin), end.min(picture.span.end))
}

fn loss(svg: &mut Svg, picture: &Picture, way: &Way, frame: Frame<'_>) {
    let steps = way.drawn.iter().flat_map(|d| &d.trace.steps);
    let most = steps.map(|s| s.lost).max().unwrap_or(0);
    let frame = scale(svg, frame, f64::from(most), 1.0);
    for drawn in &way.drawn {
        let trace = &drawn.trace;
        let (first, last) = drawn.active();
        for (step, at) in trace.steps.iter().zip(0..) {
            let (begin, end) = step_at(picture, trace, at);
            let (begin, end) = (begin.max(first), end.min(last));
            let (x, right) = (frame.across.x(begin), frame.across.x(end));
            let width = (right - x).max(1.0);
            if step.lost > 0 {
                let y = frame.y(f64::from(step.lost));
                let gap = if width > 4.0 { 1.0 } else { 0.0 };
                let size = (width - 2.0 * gap, frame.bottom - y);
                svg.rect("lost", (x + gap, y), size);
            }
            let middle = x + width / 2.0;
            if step.reordered > 0 {
                let (x, y) = (middle - 3.0, frame.bottom - 9.0);
                let triangle = [
                    (x - 3.5, y + 6.0),
                    (x, y),
                    (x + 3.5, y + 6.0),
                    (x - 3.5, y + 6.0),
                ];
                svg.path("mark", &[triangle.to_vec()]);
            }
            if step.duplicates > 0 {
                let (x, y) = (middle + 4.0, frame.bottom - 6.0);
                let bars = [
                    vec![(x - 3.0, y), (x + 3.0, y)],
                    vec![(x, y - 3.0), (x, y + 3.0)],
                ];
                svg.path("mark", &bars);
            }
        }
    }
}

fn rate(svg: &mut Svg, picture: &Picture, way: &Way, frame: Frame<'_>) {
    type Octets = fn(&crate::media::trace::Step) -> u64;
    let layers: [(&str, Octets); 2] = [("line", |s| s.ip), ("second", |s| s.payload)];
    let rates = |drawn: &Drawn, of: Octets| -> Vec<(CaptureTime, CaptureTime, Option<f64>)> {
        let steps = drawn.trace.steps.iter().zip(0..);
        steps
            .map(|(step, at)| {
                let (begin, end) = step_at(picture, &drawn.trace, at);
                let (from, to) = drawn.active();
                let (begin, end) = (begin.max(from), end.min(to));
                let covered = (end - begin).as_secs_f64();
                let enough = covered >= LEAST_PART * drawn.trace.step().as_secs_f64();
                let kbps = enough.then(|| of(step) as f64 * 8.0 / 1000.0 / covered);
                (begin, end, kbps)
            })
            .collect()
    };
    let all = way.drawn.iter().flat_map(|d| rates(d, |s| s.ip));
    let most = all.filter_map(|(.., kbps)| kbps).reduce(f64::max);
    let frame = scale(svg, frame, most.unwrap_or(0.0), 0.0);
    for drawn in &way.drawn {
        for (class, of) in layers {
            let mut lines: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
            for (begin, end, kbps) in rates(drawn, of) {
                let Some(kbps) = kbps else {
                    lines.push(Vec::new());
                    continue;
                };
                let y = frame.y(kbps);
                if let Some(line) = lines.last_mut() {
                    line.push((frame.across.x(begin), y));
                    line.push((frame.across.x(end), y));
                }
            }
            svg.path(class, &lines);
        }
    }
}
