//! Times as the report writes them.

use crate::types::CaptureTime;
use chrono::{DateTime, SecondsFormat, Utc};
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
        f.write_str(&self.utc().to_rfc3339_opts(SecondsFormat::Nanos, true))
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
}
