//! Times as people type them: a date, or a date and a time of day.

use crate::report::model::Timestamp;
use crate::types::CaptureTime;
use chrono::{FixedOffset, NaiveDate, NaiveTime, TimeZone};

/// Nanoseconds of a second.
const SECOND: i64 = 1_000_000_000;

/// From when until before when a time lasts as it is written, as the report writes times: a date lasts a day,
/// a time of day to the minute a minute, to the second a second. UTC where no offset is written.
pub(super) fn span(text: &str) -> Option<(String, String)> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    let date = NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok()?;
    let ((time, lasts), zone) = match text.get(10..)? {
        "" => ((NaiveTime::MIN, 86_400 * SECOND), ""),
        rest => {
            let (time, zone) = split_zone(rest.strip_prefix(['T', 't', ' '])?);
            (time_of_day(time)?, zone)
        }
    };
    let local = date.and_time(time);
    let at = offset(zone)?.from_local_datetime(&local).single()?;
    let begin = at.timestamp_nanos_opt()?;
    let end = begin.checked_add(lasts)?;
    let written = |nanos| Timestamp(CaptureTime::from_nanos(nanos)).to_string();
    Some((written(begin), written(end)))
}

/// The time of day, and the zone behind it.
fn split_zone(text: &str) -> (&str, &str) {
    let at = text.find(['Z', 'z', '+', '-', ' ', 'U']);
    let (time, zone) = text.split_at(at.unwrap_or(text.len()));
    (time, zone.trim())
}

fn offset(zone: &str) -> Option<FixedOffset> {
    if matches!(zone, "" | "Z" | "z" | "UTC") {
        return FixedOffset::east_opt(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone.get(1..)?.split(':').collect();
    let is_number = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit());
    let number: i32 = digits.parse().ok().filter(|_| is_number)?;
    let (hours, minutes) = (number / 100, number % 100);
    let seconds = (hours * 60 + minutes) * 60;
    FixedOffset::east_opt(sign * seconds).filter(|_| minutes < 60)
}

fn time_of_day(text: &str) -> Option<(NaiveTime, i64)> {
    let (whole, fraction) = text
        .split_once('.')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    if let Ok(time) = NaiveTime::parse_from_str(whole, "%H:%M") {
        return fraction.is_none().then_some((time, 60 * SECOND));
    }
    let time = NaiveTime::parse_from_str(whole, "%H:%M:%S").ok()?;
    let Some(fraction) = fraction else {
        return Some((time, SECOND));
    };
    let is_fraction =
        (1..=9).contains(&fraction.len()) && fraction.bytes().all(|b| b.is_ascii_digit());
    let lasts =
        10_i64.checked_pow(9 - u32::try_from(fraction.len()).ok().filter(|_| is_fraction)?)?;
    let nanos = fraction.parse::<i64>().ok()?.checked_mul(lasts)?;
    let time = time + chrono::TimeDelta::nanoseconds(nanos);
    Some((time, lasts))
}

#[cfg(test)]
mod tests {
    use super::span;

    #[test]
    fn a_time_lasts_as_long_as_it_is_written_exactly() {
        for (text, from, until) in [
            (
                "2026-11-25",
                "2026-11-25T00:00:00.000000000Z",
                "2026-11-26T00:00:00.000000000Z",
            ),
            (
                "2026-11-25T10:00",
                "2026-11-25T10:00:00.000000000Z",
                "2026-11-25T10:01:00.000000000Z",
            ),
            (
                "2026-11-25 10:00:05",
                "2026-11-25T10:00:05.000000000Z",
                "2026-11-25T10:00:06.000000000Z",
            ),
            (
                "2026-11-25T10:00:05.25Z",
                "2026-11-25T10:00:05.250000000Z",
                "2026-11-25T10:00:05.260000000Z",
            ),
            (
                "2026-11-25T10:00+02:00",
                "2026-11-25T08:00:00.000000000Z",
                "2026-11-25T08:01:00.000000000Z",
            ),
            (
                "2026-11-25T10:00 -0530",
                "2026-11-25T15:30:00.000000000Z",
                "2026-11-25T15:31:00.000000000Z",
            ),
            (
                "2026-03-22T15:50:59.123456789Z",
                "2026-03-22T15:50:59.123456789Z",
                "2026-03-22T15:50:59.123456790Z",
            ),
        ] {
            assert_eq!(span(text), Some((from.into(), until.into())), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "10:00",
            "2026",
            "2026-13-01",
            "2026-11-25T",
            "2026-11-25Tx",
            "2026-11-25T25:00",
            "2026-11-25T10:00.5",
            "2026-11-25T10:00:05.",
            "2026-11-25T10:00:05.1234567890",
            "2026-11-25T10:00+2",
            "2026-11-25T10:00+02:99",
            "2026-11-25T10:00+99:00",
            "9999-12-31",
            "\u{6f22}\u{6f22}\u{6f22}\u{6f22}",
        ] {
            assert_eq!(span(text), None, "{text}");
        }
    }
}
