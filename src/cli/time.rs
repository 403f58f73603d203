//! How times are written.

use crate::render::{TimeColumn, Zone};
use crate::types::near::nearest;
use chrono_tz::{TZ_VARIANTS, Tz};
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

/// How times are written.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct TimeArgs {
    /// How to write the time column, with tshark's letters
    #[arg(
        short = 't',
        long = "time",
        value_name = "FORM",
        value_enum,
        hide_possible_values = true,
        help = "Time column, with tshark's letters: a, ad, d, dd, e, r, ud",
        long_help = "Time column, with tshark's letters:\n  \
              a   time of day\n  \
              ad  date and time of day\n  \
              d   seconds since the SIP message before\n  \
              dd  seconds since the line before\n  \
              e   seconds since 1970-01-01 UTC\n  \
              r   seconds since the first packet\n  \
              ud  date and time of day in UTC, whatever --timezone says"
    )]
    pub column: Option<TimeColumn>,
    /// Time zone of dates and times of day in text.
    #[arg(
        long,
        value_name = "ZONE",
        value_parser = zone,
        allow_hyphen_values = true,
        help = "Time zone of dates and times of day in text: utc, local, +07:00, Asia/Ho_Chi_Minh [default: \
                utc; capture: local]",
        long_help = "Time zone of dates and times of day in text: utc, local (this machine's), an offset as \
                     +07:00, or a name of the tz database as Asia/Ho_Chi_Minh or Europe/Prague, whose summer \
                     time is followed. JSON and CSV are always UTC [default: utc; capture: local]"
    )]
    pub timezone: Option<Zone>,
}

// The names are tshark's letters.
impl ValueEnum for TimeColumn {
    fn value_variants<'a>() -> &'a [Self] {
        &[
            TimeColumn::Absolute,
            TimeColumn::AbsoluteDate,
            TimeColumn::Delta,
            TimeColumn::DeltaDisplayed,
            TimeColumn::Epoch,
            TimeColumn::Relative,
            TimeColumn::UtcDate,
        ]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(PossibleValue::new(match self {
            TimeColumn::Absolute => "a",
            TimeColumn::AbsoluteDate => "ad",
            TimeColumn::Delta => "d",
            TimeColumn::DeltaDisplayed => "dd",
            TimeColumn::Epoch => "e",
            TimeColumn::Relative => "r",
            TimeColumn::UtcDate => "ud",
        }))
    }
}

/// `utc`, `local`, `+02:00` or a name of the tz database in any case.
fn zone(text: &str) -> Result<Zone, String> {
    if text.eq_ignore_ascii_case("utc") {
        return Ok(Zone::Utc);
    }
    if text.eq_ignore_ascii_case("local") {
        return Ok(Zone::Local);
    }
    if let Some(seconds) = offset_seconds(text) {
        return Ok(Zone::Offset(seconds));
    }
    let same = |tz: &&Tz| tz.name().eq_ignore_ascii_case(text);
    match TZ_VARIANTS.iter().find(same) {
        Some(tz) => Ok(Zone::Named(*tz)),
        None => Err(no_zone(text)),
    }
}

/// What a time zone is, and the names that are near what was typed.
fn no_zone(text: &str) -> String {
    const EXPECTED: &str =
        "expected utc, local, an offset as +07:00, or a name as Asia/Ho_Chi_Minh";
    // Of `Asia/Ho_Chi_Minh` people remember the city, and write it in their own way.
    let names = TZ_VARIANTS.iter().map(|tz| tz.name());
    let cities = names.flat_map(|name| {
        let city = name.rsplit('/').next().unwrap_or(name);
        [(name, name), (city, name)]
    });
    match nearest(text, cities).as_slice() {
        [] => EXPECTED.to_owned(),
        near => format!("{EXPECTED}; near it: {}", near.join(", ")),
    }
}

/// `+02:00`, `-0530` or `+2` in seconds.
fn offset_seconds(text: &str) -> Option<i32> {
    let (sign, digits) = match text.strip_prefix('+') {
        Some(rest) => (1, rest),
        None => (-1, text.strip_prefix('-')?),
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(pair) => pair,
        None if digits.len() > 2 => digits.split_at_checked(2)?,
        None => (digits, "00"),
    };
    let two_digits = |s: &str, limit: i32| {
        let all_digits = s.bytes().all(|b| b.is_ascii_digit());
        s.parse::<i32>()
            .ok()
            .filter(|&n| all_digits && s.len() <= 2 && n < limit)
    };
    Some(sign * (two_digits(hours, 24)? * 3600 + two_digits(minutes, 60)? * 60))
}
