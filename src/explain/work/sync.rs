//! Pictures against sound, worked out of sender reports.

use super::{Formula, line, unless_same};
use crate::media::Sampled;
use crate::report::model::Stream;

/// Units of an NTP time in a second.
const NTP_UNITS: f64 = 4_294_967_296.0;

/// `None` for streams that are compared with no sound.
pub(super) fn sync(s: &Stream) -> Option<Vec<Formula>> {
    let known = s.rtcp.as_ref()?.sync.as_ref()?;
    let [pictures, sound] = s.work.as_ref()?.sync?;
    // Wall clock from the report of the pictures on, arrival from the begin of the stream on.
    let wall = |ntp: u64| ntp.wrapping_sub(pictures.ntp) as i64 as f64 / NTP_UNITS;
    let mut lines = Vec::new();
    let mut delays = [0.0; 2];
    for (n, (name, of)) in [("pictures", &pictures), ("sound", &sound)]
        .into_iter()
        .enumerate()
    {
        let (formula, delay) = sampled(of, wall(of.ntp), arrival(s, of));
        lines.push(line(name, formula));
        if let Some(place) = delays.get_mut(n) {
            *place = delay;
        }
    }
    let [pictures_s, sound_s] = delays;
    let later = (pictures_s - sound_s) * 1e3;
    lines.push(Formula {
        reported: unless_same(later, Some(known.later_ms), 3),
        ..line(
            "later by",
            format!(
                "{pictures_s:.6} - {sound_s:.6} = {later:.3} ms, with the sound of {}",
                known.sound
            ),
        )
    });
    lines.push(line(
        "",
        "wall clock of the sender from the pictures' report on, arrival from this stream's first packet on: what lies \
         between the two clocks cancels out",
    ));
    Some(lines)
}

fn arrival(s: &Stream, of: &Sampled) -> f64 {
    (of.arrival - s.first_time.0).as_secs_f64()
}

/// Arrival less sampling, and how.
fn sampled(of: &Sampled, wall: f64, arrival: f64) -> (String, f64) {
    let ticks = of.timestamp.distance_from(of.rtp);
    let sampled = wall + f64::from(ticks) / f64::from(of.clock.hz());
    let delay = arrival - sampled;
    let formula = format!(
        "sampled {wall:.6} + ({} - {}) / {} = {sampled:.6} s, arrived {arrival:.6} s: {delay:.6} s",
        of.timestamp.0,
        of.rtp.0,
        of.clock.hz()
    );
    (formula, delay)
}
