//! Reports for tests: hand-written, as the contract describes them.

use crate::report::model::Report;
use serde_json::Value;
use std::collections::HashSet;

/// Registrations that succeed and fail, and a call through a proxy with media both ways.
pub(crate) fn proxied() -> Report {
    serde_json::from_str(include_str!("testdata/proxied_call.json")).unwrap()
}

/// What goes wrong: one-way audio, cancel over IPv6, busy, silence, seven hosts, hostile names.
pub(crate) fn troubles() -> Report {
    serde_json::from_str(include_str!("testdata/troubles.json")).unwrap()
}

/// Every word of a closed vocabulary, as the schema lists them.
fn closed_words(schema: &Value, into: &mut HashSet<String>) {
    match schema {
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| match (key.as_str(), value) {
                ("enum", Value::Array(words)) => {
                    into.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                }
                (_, value) => closed_words(value, into),
            }),
        Value::Array(items) => items.iter().for_each(|v| closed_words(v, into)),
        _ => {}
    }
}

/// Every text of the report with what a hostile packet could add to it. Addresses, times and the words of
/// closed vocabularies are made by the analyzer itself.
pub(crate) fn poisoned(r: &Report) -> Report {
    let mut closed = HashSet::new();
    closed_words(schemars::schema_for!(Report).as_value(), &mut closed);
    fn poison(value: &mut Value, key: &str, closed: &HashSet<String>) {
        match value {
            Value::String(s) if closed.contains(s) => {}
            Value::String(s) if !key.ends_with("time") && key != "address" => {
                s.push_str(
                    "\u{1b}]0;owned\u{7}\r\n\u{9b}31m\u{202e}\u{0}\u{7f}\u{200b}\u{e0061}\u{3164}",
                );
            }
            Value::Array(items) => items.iter_mut().for_each(|v| poison(v, key, closed)),
            Value::Object(map) => map.iter_mut().for_each(|(k, v)| poison(v, k, closed)),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(r).unwrap();
    poison(&mut value, "", &closed);
    serde_json::from_value(value).unwrap()
}
