//! Figures step by step, of streams and of the capture.

use super::model::{self, CaptureStep, SeriesStep, Timestamp, round_to};
use crate::media::{SERIES_MOST_ROWS, SERIES_STEPS_S, Series, StreamRecord};
use crate::types::CaptureTime;

const SECOND: i64 = 1_000_000_000;

/// Octets within a step as a rate.
fn kbps(octets: u64, step_s: u32) -> f64 {
    // Octets of one capture are far below 2^53.
    round_to(octets as f64 * 8.0 / 1000.0 / f64::from(step_s), 3).unwrap_or(0.0)
}

fn ms(value: Option<f64>) -> Option<f64> {
    value.and_then(|v| round_to(v, 3))
}

/// The steps of a stream.
pub(super) fn of_stream(series: &Series) -> Vec<SeriesStep> {
    let step_s = series.step_s;
    let steps = series.rows.iter().enumerate();
    steps
        .map(|(at, row)| {
            let begins = series.begins(at);
            SeriesStep {
                time: Timestamp(begins),
                relative_time_s: (begins - series.origin).as_secs_f64(),
                step_s,
                packets: row.packets,
                lost: row.lost,
                duplicates: row.duplicates,
                jitter_ms: ms(row.jitter_ms),
                jitter_max_ms: ms(row.jitter_max_ms),
                delta_max_ms: ms(row.delta_max_ms),
                payload_kbps: kbps(row.payload_bytes, step_s),
                rtp_kbps: kbps(row.rtp_bytes, step_s),
                ip_kbps: kbps(row.ip_bytes, step_s),
                ethernet_kbps: kbps(row.ethernet_bytes, step_s),
            }
        })
        .collect()
}

#[derive(Clone, Copy, Default)]
struct Sum {
    streams: u32,
    packets: u64,
    payload: u64,
    rtp: u64,
    ip: u64,
    ethernet: u64,
}

/// The steps of the capture from its first to its last packet.
pub(super) fn of_capture(
    streams: &[StreamRecord],
    calls: &[model::Call],
    first: CaptureTime,
    last: CaptureTime,
) -> Vec<CaptureStep> {
    let series = || {
        streams
            .iter()
            .filter_map(|s| s.extra.as_ref()?.series.as_ref())
    };
    let widest = series().map(|s| s.step_s).max().unwrap_or(1);
    let span = last.as_nanos().saturating_sub(first.as_nanos()).max(0);
    let fits = |step: &u32| span / (i64::from(*step) * SECOND) < SERIES_MOST_ROWS as i64;
    let mut steps = SERIES_STEPS_S.into_iter().filter(|s| *s >= widest);
    let step_s = steps.find(fits).unwrap_or(widest);
    let nanos = i64::from(step_s) * SECOND;
    let at = |time: CaptureTime| {
        let since = time.as_nanos().saturating_sub(first.as_nanos());
        usize::try_from((since / nanos).clamp(0, SERIES_MOST_ROWS as i64 - 1)).unwrap_or(0)
    };
    let mut sums = vec![Sum::default(); at(last) + 1];
    for series in series() {
        let mut counted = None;
        for (i, row) in series
            .rows
            .iter()
            .enumerate()
            .filter(|(_, r)| r.packets > 0)
        {
            let at = at(series.begins(i)).min(sums.len() - 1);
            let Some(sum) = sums.get_mut(at) else {
                continue;
            };
            sum.streams += u32::from(counted.replace(at) != Some(at));
            sum.packets += row.packets;
            sum.payload += row.payload_bytes;
            sum.rtp += row.rtp_bytes;
            sum.ip += row.ip_bytes;
            sum.ethernet += row.ethernet_bytes;
        }
    }
    let begun = calls.iter().map(|c| (c.start_time.0, c.end_time));
    let answered = calls
        .iter()
        .filter_map(|c| Some((c.answer_time?.0, c.end_time)));
    let until =
        |(from, to): (CaptureTime, Option<Timestamp>)| (from, to.map_or(CaptureTime::MAX, |t| t.0));
    let count = sums.len();
    let begun = most_at_once(begun.map(until), first, nanos, count);
    let answered = most_at_once(answered.map(until), first, nanos, count);
    let rows = sums.into_iter().zip(begun).zip(answered).enumerate();
    rows.map(|(i, ((sum, calls), answered_calls))| {
        // Below the rows of a series.
        let begins = CaptureTime::from_nanos(first.as_nanos().saturating_add(nanos * i as i64));
        CaptureStep {
            time: Timestamp(begins),
            relative_time_s: (begins - first).as_secs_f64(),
            step_s,
            calls,
            answered_calls,
            streams: sum.streams,
            packets: sum.packets,
            payload_kbps: kbps(sum.payload, step_s),
            rtp_kbps: kbps(sum.rtp, step_s),
            ip_kbps: kbps(sum.ip, step_s),
            ethernet_kbps: kbps(sum.ethernet, step_s),
        }
    })
    .collect()
}

/// In each of `count` steps of `nanos` from `first` on, how many of these times at most ran at once. Where one ends as
/// another begins they do not overlap.
fn most_at_once(
    times: impl Iterator<Item = (CaptureTime, CaptureTime)>,
    first: CaptureTime,
    nanos: i64,
    count: usize,
) -> Vec<u32> {
    let mut events: Vec<(i64, i32)> = Vec::new();
    for (from, to) in times {
        let from = from.as_nanos();
        events.push((from, 1));
        events.push((to.as_nanos().max(from.saturating_add(1)), -1));
    }
    events.sort_unstable();
    let mut events = events.into_iter().peekable();
    let mut running = 0i32;
    let step_end = |step: usize| {
        first
            .as_nanos()
            .saturating_add(nanos.saturating_mul(step as i64 + 1))
    };
    (0..count)
        .map(|step| {
            let mut most = running;
            let end = step_end(step);
            while let Some((_, change)) = events.next_if(|(time, _)| *time < end) {
                running += change;
                most = most.max(running);
            }
            most.unsigned_abs()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_at_once_are_counted_at_their_most_and_one_after_another_is_one() {
        let at = |ms: i64| CaptureTime::from_nanos(ms * 1_000_000);
        // 0.1 to 2.5 s; 0.2 to 0.3 s and 0.3 to 0.4 s do not overlap; one at 3.9 s has no end.
        let times = [
            (100, 2500),
            (200, 300),
            (300, 400),
            (3900, i64::MAX / 1_000_000),
        ];
        let times = times.map(|(from, to)| (at(from), at(to)));
        let most = most_at_once(times.into_iter(), at(0), SECOND, 5);
        assert_eq!(most, [2, 1, 1, 1, 1]);
    }

    #[test]
    fn octets_of_a_step_are_a_rate_over_the_whole_step() {
        // 50 packets of 200 octets in a second; in ten seconds the same are a tenth.
        assert_eq!(kbps(10_000, 1), 80.0);
        assert_eq!(kbps(10_000, 10), 8.0);
    }
}
