//! How times are written.

use clap::{Args, ValueEnum};
use std::str::FromStr;

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
    /// Time zone of dates and times of day in text: utc, local, or an offset as +02:00 [default: utc; capture: local]
    #[arg(long, value_name = "ZONE", allow_hyphen_values = true)]
    pub timezone: Option<Timezone>,
}

/// What a time column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, ValueEnum)]
pub enum TimeColumn {
    /// Time of day.
    #[value(name = "a")]
    TimeOfDay,
    /// Date and time of day.
    #[value(name = "ad")]
    DateTime,
    /// Seconds since the SIP message before.
    #[value(name = "d")]
    SincePrevious,
    /// Seconds since the line before, which differs where lines were left out.
    #[value(name = "dd")]
    SinceShown,
    /// Seconds since 1970-01-01 UTC.
    #[value(name = "e")]
    Epoch,
    /// Seconds since the first packet.
    #[value(name = "r")]
    SinceStart,
    /// Date and time of day in UTC.
    #[value(name = "ud")]
    UtcDateTime,
}

/// The time zone of times in text output. JSON is always UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Timezone {
    /// Coordinated Universal Time.
    #[default]
    Utc,
    /// The zone of the machine sipflow runs on.
    Local,
    /// A fixed distance from UTC in seconds, east positive, less than a day.
    Offset(i32),
}

impl FromStr for Timezone {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            t if t.eq_ignore_ascii_case("utc") => Ok(Timezone::Utc),
            t if t.eq_ignore_ascii_case("local") => Ok(Timezone::Local),
            t => offset_seconds(t)
                .map(Timezone::Offset)
                .ok_or_else(|| "a time zone is utc, local, or an offset as +02:00".into()),
        }
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
