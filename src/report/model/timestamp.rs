//! Times as the report writes them.

use crate::types::CaptureTime;
use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::borrow::Cow;

/// A capture time that serialises as RFC 3339 UTC with nanoseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(pub CaptureTime);

impl Timestamp {
    /// The calendar form, in UTC. Times outside chrono's range (year 262 000) show as the epoch.
    pub fn utc(self) -> DateTime<Utc> {
        let (secs, nanos) = self.0.secs_nanos();
        DateTime::from_timestamp(secs, nanos).unwrap_or_default()
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let utc = self.utc();
        if !(0..=9999).contains(&utc.year()) {
            return f.write_str(&utc.to_rfc3339_opts(SecondsFormat::Nanos, true));
        }
        // By hand: a report holds several for each record.
        let mut text = *b"0000-00-00T00:00:00.000000000Z";
        let (time, nanos) = (utc.num_seconds_from_midnight(), utc.nanosecond());
        put(&mut text, 0..4, utc.year().unsigned_abs());
        put(&mut text, 5..7, utc.month());
        put(&mut text, 8..10, utc.day());
        put(&mut text, 11..13, time / 3600);
        put(&mut text, 14..16, time / 60 % 60);
        put(&mut text, 17..19, time % 60);
        put(&mut text, 20..29, nanos);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

/// Writes the digits of `number` into their place, which has room for all of them.
fn put(text: &mut [u8], place: std::ops::Range<usize>, mut number: u32) {
    for digit in text.get_mut(place).unwrap_or_default().iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8; // one digit
        number /= 10;
    }
}

impl From<CaptureTime> for Timestamp {
    fn from(t: CaptureTime) -> Self {
        Timestamp(t)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        let t = DateTime::parse_from_rfc3339(&text).map_err(de::Error::custom)?;
        Ok(Timestamp(CaptureTime::from_secs_nanos(
            t.timestamp(),
            i64::from(t.timestamp_subsec_nanos()),
        )))
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "pattern": r"^[0-9+-]+-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{9}Z$",
            "description": "RFC 3339 UTC with nanoseconds"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_survive_a_round_trip() {
        let t = Timestamp(CaptureTime::from_secs_nanos(1_774_194_659, 123_456_789));
        let text = serde_json::to_string(&t).unwrap();
        assert_eq!(text, "\"2026-03-22T15:50:59.123456789Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap(), t);
    }

    #[test]
    fn times_of_all_ages_read_as_the_calendar_has_them() {
        // Expected values are chrono's own.
        for secs in [
            0,
            951_782_400,
            1_709_164_799,
            253_402_300_799,
            -62_167_219_200,
            -1,
            1 << 40,
        ] {
            for nanos in [0, 7, 999_999_999] {
                let t = Timestamp(CaptureTime::from_secs_nanos(secs, nanos));
                let expected = t.utc().to_rfc3339_opts(SecondsFormat::Nanos, true);
                assert_eq!(t.to_string(), expected);
            }
        }
    }
}
