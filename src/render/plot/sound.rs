//! The sound of a way, with what is missing of it.

use super::page::Across;
use super::panels::Frame;
use super::svg::Svg;
use super::{Drawn, Way};

/// Full scale of 16 bits.
const FULL_SCALE: f64 = 32768.0;
/// Height of the foot of a bar for lost packets.
const FOOT: f64 = 3.0;
/// Heights of such bars.
const STEPS: f64 = 16.0;
/// Share of lost packets from which on the bar has the full height.
const FULL_FROM: f64 = 0.25;

/// What the panel shows, in words.
pub(super) fn words(way: &Way, across: &Across) -> String {
    let waves = way.drawn.iter().filter_map(|d| d.sound.as_ref().ok());
    let peak = waves.map(|w| w.peak()).max().unwrap_or(0);
    let loudest = match peak {
        0 => "digital silence".to_owned(),
        32_734.. => "peak at full scale".to_owned(),
        peak => {
            let below = -20.0 * (f64::from(peak) / FULL_SCALE).log10();
            format!("peak {below:.1} dB below full scale")
        }
    };
    let marks: Vec<LostMark> = all_marks(way, across).collect();
    if marks.is_empty() {
        return loudest;
    }
    match marks.iter().all(|m| m.part >= 1.0) {
        true => format!("{loudest}; bars with a foot: lost packets"),
        false => {
            format!("{loudest}; bars with a foot: lost packets, of full height from a quarter on")
        }
    }
}

/// The sound, and bars where packets were lost.
pub(super) fn draw(svg: &mut Svg, way: &Way, frame: Frame<'_>) {
    let middle = f64::midpoint(frame.top, frame.bottom);
    let half = (frame.bottom - frame.top) / 2.0;
    let across = frame.across;
    let waves = || way.drawn.iter().filter_map(|d| d.sound.as_ref().ok());
    let peak = waves().map(|w| w.peak()).max().unwrap_or(0);
    // Quiet sound is drawn larger, but silence is not drawn as noise.
    let full = f64::from(peak).max(FULL_SCALE / 64.0);
    svg.line("grid", (across.left, middle), (across.right(), middle));
    for wave in waves() {
        let columns = wave.columns();
        let width = across.width / columns.len().max(1) as f64;
        let mut lines: Vec<Vec<(f64, f64)>> = Vec::new();
        let mut empty = usize::MAX;
        // Where columns are narrower than samples, those between hold none.
        let each = across.seconds_shown() / f64::from(columns.len().max(1) as u32);
        let joined = (each < 0.0003).then_some(8);
        for (column, at) in columns.iter().zip(0u32..) {
            let Some((low, high)) = column else {
                empty = empty.saturating_add(1);
                continue;
            };
            if empty > joined.unwrap_or(0) {
                lines.push(Vec::new());
            }
            empty = 0;
            let x = across.left + (f64::from(at) + 0.5) * width;
            let y = |v: i16| middle - f64::from(v) / full * half;
            if let Some(line) = lines.last_mut() {
                // Down, then up: the line between two columns stays short.
                let ends = [(x, y(*high)), (x, y(*low))];
                match at % 2 {
                    0 => line.extend(ends),
                    _ => line.extend(ends.iter().rev()),
                }
            }
        }
        svg.path("wave", &lines);
    }
    for mark in all_marks(way, across) {
        let height = ((frame.bottom - frame.top) * mark.part).max(FOOT);
        let (x, wide) = (mark.x, mark.width);
        svg.rect("lost", (x, frame.bottom - height), (wide, height));
        svg.rect("lost", (x - 1.5, frame.bottom - FOOT), (wide + 3.0, FOOT));
    }
}

fn all_marks(way: &Way, across: &Across) -> impl Iterator<Item = LostMark> {
    way.drawn.iter().flat_map(|d| lost_marks(d, across))
}

/// A bar where packets were lost.
struct LostMark {
    x: f64,
    width: f64,
    /// Of the panel's height.
    part: f64,
}

/// How high the bar is where `lost` of `packets` are missing: a quarter is a gap that is heard, and of a few packets
/// one. The more time a column stands for, the less one lost packet is.
fn part(lost: u32, packets: f64) -> f64 {
    let part = f64::from(lost) / packets.max(1.0) / FULL_FROM;
    ((part * STEPS).ceil() / STEPS).min(1.0)
}

/// Neighbours with about the same share are one bar.
fn lost_marks(drawn: &Drawn, across: &Across) -> Vec<LostMark> {
    let lost = &drawn.trace.lost;
    let columns = lost.len().max(1) as f64;
    let width = across.width / columns;
    let ptime = drawn.stream.ptime_ms.unwrap_or(20.0).clamp(1.0, 200.0);
    let packets = across.seconds_shown() * 1000.0 / columns / ptime;
    let mut marks: Vec<LostMark> = Vec::new();
    for (lost, at) in lost.iter().zip(0u32..).filter(|(lost, _)| **lost > 0) {
        let (x, part) = (across.left + f64::from(at) * width, part(*lost, packets));
        match marks.last_mut() {
            Some(m) if m.part == part && x - (m.x + m.width) < width / 2.0 => {
                m.width = x + width - m.x;
            }
            _ => marks.push(LostMark { x, width, part }),
        }
    }
    for mark in &mut marks {
        mark.width = mark.width.max(1.0);
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_packet_is_less_of_a_longer_time() {
        // A packet of less than a column, of two, of eight: 1/8 is half of a quarter; of 200: 1/50.
        let parts = [part(1, 0.5), part(1, 2.0), part(1, 8.0), part(1, 200.0)];
        assert_eq!(parts, [1.0, 1.0, 0.5, 1.0 / 16.0]);
        assert_eq!(part(200, 200.0), 1.0);
    }
}
