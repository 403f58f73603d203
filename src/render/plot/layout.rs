//! What stands where on the page.

use super::{Picture, Way};
use crate::media::trace::{Carried, Step};

/// Left of the curves: the numbers of the axes.
pub(super) const LEFT: f64 = 56.0;
/// Right of the curves.
pub(super) const RIGHT: f64 = 14.0;
/// Height of the line above a panel.
pub(super) const CAPTION: f64 = 16.0;
/// Below a panel.
pub(super) const GAP: f64 = 8.0;
/// Height of a line of text.
pub(super) const LINE: f64 = 16.0;
/// Height of the strip of what packets carried, and of the names above it.
pub(super) const STRIP: f64 = 10.0;
/// Smallest panel.
const LEAST: f64 = 24.0;

/// What a panel shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shows {
    Sound,
    Delay,
    Jitter,
    Delta,
    Loss,
    Rate,
}

impl Shows {
    fn height(self) -> f64 {
        match self {
            Shows::Sound => 64.0,
            Shows::Delay | Shows::Jitter | Shows::Delta | Shows::Rate => 46.0,
            Shows::Loss => 36.0,
        }
    }
}

/// A part of a way's block.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Heading,
    Strip,
    Panel(Shows),
    /// Instead of a panel with nothing in it.
    Line(String),
}

impl Part {
    fn fixed(&self) -> f64 {
        match self {
            Part::Heading => LINE + 4.0,
            Part::Strip => 14.0 + STRIP + GAP,
            Part::Panel(_) => CAPTION + GAP,
            Part::Line(_) => LINE,
        }
    }

    fn stretches(&self) -> f64 {
        match self {
            Part::Panel(shows) => shows.height(),
            _ => 0.0,
        }
    }
}

/// The parts of every way.
pub(super) fn parts(picture: &Picture) -> Vec<Vec<Part>> {
    picture.ways.iter().map(parts_of).collect()
}

fn parts_of(way: &Way) -> Vec<Part> {
    let mut parts = vec![Part::Heading];
    let traces = || way.drawn.iter().map(|d| &d.trace);
    let shown = traces().flat_map(|t| &t.carried);
    if shown.clone().all(|c| *c == Carried::default()) {
        let text = match traces().map(|t| t.packets()).sum::<u64>() {
            0 => "no packet of it could be read again",
            _ => "no packet of it in the time shown",
        };
        parts.push(Part::Line(text.to_owned()));
        return parts;
    }
    parts.push(Part::Strip);
    let all: u64 = traces().map(|t| t.packets()).sum();
    if all == 1 {
        let text = "one packet: no jitter, no wait between packets and no rate to draw";
        parts.push(Part::Line(text.to_owned()));
    }
    if way.drawn.iter().any(|d| d.sound.is_ok()) {
        parts.push(Part::Panel(Shows::Sound));
    }
    let mut why: Vec<&String> = Vec::new();
    for reason in way.drawn.iter().filter_map(|d| d.sound.as_ref().err()) {
        if !why.contains(&reason) && !reason.is_empty() {
            why.push(reason);
        }
    }
    parts.extend(why.into_iter().map(|why| Part::Line(why.clone())));
    let has = |curve: fn(&crate::media::trace::Trace) -> bool| traces().any(curve);
    if has(|t| t.delay.range().is_some()) && all > 1 {
        parts.push(Part::Panel(Shows::Delay));
    }
    match has(|t| t.jitter.range().is_some()) {
        true => parts.push(Part::Panel(Shows::Jitter)),
        false if all > 1 => {
            let reason = way
                .drawn
                .iter()
                .find_map(|d| d.stream.jitter_reason.clone());
            let reason = reason.map_or(String::new(), |r| format!(": {r}"));
            let text = format!("no jitter or delay in the time shown{reason}");
            parts.push(Part::Line(text));
        }
        false => {}
    }
    if has(|t| t.delta.range().is_some() || !t.pauses.is_empty()) {
        parts.push(Part::Panel(Shows::Delta));
    }
    let irregular = |s: &Step| s.lost + s.reordered + s.duplicates > 0;
    match traces().any(|t| t.steps.iter().any(irregular)) {
        true => parts.push(Part::Panel(Shows::Loss)),
        false if all == 1 => {}
        false => {
            let text = "no packet lost, out of order or doubled in the time shown";
            parts.push(Part::Line(text.to_owned()));
        }
    }
    if all > 1 {
        parts.push(Part::Panel(Shows::Rate));
    }
    parts
}

/// How tall the panels of all ways are: `fixed` pixels are taken by other things.
pub(super) fn stretch(parts: &[Vec<Part>], fixed: f64, height: Option<u32>) -> f64 {
    let all = || parts.iter().flatten();
    let taken: f64 = all().map(Part::fixed).sum::<f64>() + fixed;
    let usual: f64 = all().map(Part::stretches).sum();
    let Some(height) = height.filter(|_| usual > 0.0) else {
        return 1.0;
    };
    let least = LEAST / Shows::Loss.height();
    ((f64::from(height) - taken) / usual).max(least)
}

/// The height of a part.
pub(super) fn height(part: &Part, stretch: f64) -> f64 {
    part.fixed() + part.stretches() * stretch
}
