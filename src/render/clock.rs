//! Capture times as people read them: in a zone, or as a distance.

use super::style::{Style, TimeColumn, Zone};
use crate::report::model::{Report, Source, Timestamp};
use crate::types::Delta;
use chrono::{DateTime, FixedOffset, Local, Offset, TimeZone, Timelike};

/// `t` in the zone asked for.
pub(crate) fn zoned(t: Timestamp, zone: Zone) -> DateTime<FixedOffset> {
    let utc = t.utc();
    let offset = match zone {
        Zone::Utc => None,
        Zone::Local => Some(Local.offset_from_utc_datetime(&utc.naive_utc()).fix()),
        Zone::Offset(seconds) => FixedOffset::east_opt(seconds),
        Zone::Named(tz) => Some(tz.offset_from_utc_datetime(&utc.naive_utc()).fix()),
    };
    match offset {
        Some(offset) => utc.with_timezone(&offset),
        None => utc.fixed_offset(),
    }
}

/// `UTC`, or the offset as `+02:00`.
pub(crate) fn zone_name(t: Timestamp, zone: Zone) -> String {
    match zone {
        Zone::Utc => "UTC".into(),
        _ => match zoned(t, zone).offset() {
            offset if offset.local_minus_utc() == 0 => "UTC".into(),
            offset => offset.to_string(),
        },
    }
}

/// `15:45:58`.
pub(crate) fn time_of_day(t: Timestamp, zone: Zone) -> String {
    zoned(t, zone).format("%H:%M:%S").to_string()
}

/// `2026-11-20 15:45:58 UTC`.
pub(crate) fn date_and_time(t: Timestamp, zone: Zone) -> String {
    let day = zoned(t, zone).format("%Y-%m-%d %H:%M:%S");
    format!("{day} {}", zone_name(t, zone))
}

/// ngrep's `2026/11/20 15:45:56.123456`.
pub(crate) fn ngrep_time(t: Timestamp, zone: Zone) -> String {
    zoned(t, zone).format("%Y/%m/%d %H:%M:%S%.6f").to_string()
}

/// Where relative and delta columns count from.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reference {
    /// What `r` counts from.
    pub(crate) first: Option<Timestamp>,
    /// What `d` counts from.
    pub(crate) previous_message: Option<Timestamp>,
    /// What `dd` counts from.
    pub(crate) previous_line: Option<Timestamp>,
}

/// The time column's text with `decimals` digits of a second (3, 6 or 9). A delta without a
/// predecessor is zero, as tshark prints it.
pub(crate) fn time_column(t: Timestamp, style: &Style, at: Reference, decimals: usize) -> String {
    let since = |from: Option<Timestamp>| seconds(t.0 - from.unwrap_or(t).0, decimals);
    match style.times {
        TimeColumn::Absolute => stamp(t, style.zone, false, decimals),
        TimeColumn::AbsoluteDate => stamp(t, style.zone, true, decimals),
        TimeColumn::UtcDate => stamp(t, Zone::Utc, true, decimals),
        TimeColumn::Epoch => seconds(Delta::from_nanos(t.0.as_nanos()), decimals),
        TimeColumn::Relative => since(at.first),
        TimeColumn::Delta => since(at.previous_message.or(at.previous_line)),
        TimeColumn::DeltaDisplayed => since(at.previous_line),
    }
}

/// The start of a call: a time of day unless dates or seconds since 1970 were asked for.
pub(crate) fn start_column(t: Timestamp, style: &Style, decimals: usize) -> String {
    let times = match style.times {
        TimeColumn::AbsoluteDate | TimeColumn::UtcDate | TimeColumn::Epoch => style.times,
        _ => TimeColumn::Absolute,
    };
    let style = Style { times, ..*style };
    time_column(t, &style, Reference::default(), decimals)
}

/// The style for the start of calls and registrations: with dates where the capture is of several days. Of one day the
/// head of the report tells the date.
pub(crate) fn dated(style: &Style, report: &Report) -> Style {
    dated_by(style, &report.sources)
}

/// The same for captures without a report.
pub(crate) fn dated_by(style: &Style, sources: &[Source]) -> Style {
    let day = |t: Timestamp| zoned(t, style.zone).date_naive();
    let ends = sources.iter().flat_map(|s| [s.first_time, s.last_time]);
    let mut days = ends.flatten().map(day);
    let first = days.next();
    let times = match style.times {
        TimeColumn::UtcDate | TimeColumn::Epoch => style.times,
        _ if days.any(|day| Some(day) != first) => TimeColumn::AbsoluteDate,
        times => times,
    };
    Style { times, ..*style }
}

fn stamp(t: Timestamp, zone: Zone, has_date: bool, decimals: usize) -> String {
    let t = zoned(t, zone);
    // Each row has a time: a format that has to be read first costs several times as much.
    let (h, m, s, nanos) = (t.hour(), t.minute(), t.second(), t.timestamp_subsec_nanos());
    let time = format!("{h:02}:{m:02}:{s:02}.{:09}", nanos % 1_000_000_000);
    let cut = match decimals {
        0 => 8,
        _ => 9 + decimals.min(9),
    };
    let time = time.get(..cut).unwrap_or(&time);
    match has_date {
        true => format!("{} {time}", t.format("%Y-%m-%d")),
        false => time.to_owned(),
    }
}

/// Seconds with `decimals` digits, cut and not rounded, as tshark does.
fn seconds(d: Delta, decimals: usize) -> String {
    let n = d.as_nanos();
    let sign = if n < 0 { "-" } else { "" };
    let abs = n.unsigned_abs();
    let nanos = format!("{:09}", abs % 1_000_000_000);
    let whole = abs / 1_000_000_000;
    match nanos.get(..decimals.min(9)) {
        Some("") | None => format!("{sign}{whole}"),
        Some(part) => format!("{sign}{whole}.{part}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::CaptureTime;

    // 2026-11-20T15:45:58.201310Z is 1795189558 s after the epoch (date -u -d ... +%s).
    fn t() -> Timestamp {
        Timestamp(CaptureTime::from_secs_nanos(1_795_189_558, 201_310_000))
    }

    #[test]
    fn each_letter_shows_its_own_time() {
        let earlier = Timestamp(t().0 - Delta::from_millis(2_201));
        let at = Reference {
            first: Some(earlier),
            previous_message: Some(Timestamp(t().0 - Delta::from_millis(1))),
            previous_line: Some(Timestamp(t().0 - Delta::from_millis(20))),
        };
        for (times, expected) in [
            (TimeColumn::Absolute, "15:45:58.201310"),
            (TimeColumn::AbsoluteDate, "2026-11-20 15:45:58.201310"),
            (TimeColumn::UtcDate, "2026-11-20 15:45:58.201310"),
            (TimeColumn::Epoch, "1795189558.201310"),
            (TimeColumn::Relative, "2.201000"),
            (TimeColumn::Delta, "0.001000"),
            (TimeColumn::DeltaDisplayed, "0.020000"),
        ] {
            let style = Style {
                times,
                ..Style::default()
            };
            assert_eq!(time_column(t(), &style, at, 6), expected, "{times:?}");
        }
    }

    #[test]
    fn an_offset_moves_the_clock_and_names_itself() {
        let zone = Zone::Offset(2 * 3600);
        assert_eq!(date_and_time(t(), zone), "2026-11-20 17:45:58 +02:00");
        assert_eq!(date_and_time(t(), Zone::Utc), "2026-11-20 15:45:58 UTC");
    }

    #[test]
    fn a_place_has_its_summer_time() {
        // 2026-10-25T00:59:59Z, a second before Prague's clocks went back (date -u -d ... +%s).
        let before = Timestamp(CaptureTime::from_secs_nanos(1_792_889_999, 0));
        let after = Timestamp(before.0 + Delta::from_millis(1000));
        let prague = Zone::Named(chrono_tz::Europe::Prague);
        assert_eq!(
            [before, after].map(|t| date_and_time(t, prague)),
            ["2026-10-25 02:59:59 +02:00", "2026-10-25 02:00:00 +01:00"]
        );
        let saigon = Zone::Named(chrono_tz::Asia::Ho_Chi_Minh);
        assert_eq!(date_and_time(t(), saigon), "2026-11-20 22:45:58 +07:00");
    }

    #[test]
    fn time_that_runs_backwards_keeps_its_sign() {
        assert_eq!(seconds(Delta::from_millis(-30), 3), "-0.030");
    }
}
