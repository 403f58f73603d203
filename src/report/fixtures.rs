//! Reports for tests: hand-written, as the contract describes them.

use crate::report::model::Report;

/// Registrations that succeed and fail, and a call through a proxy with media both ways.
pub(crate) fn proxied() -> Report {
    serde_json::from_str(include_str!("testdata/proxied_call.json")).unwrap()
}

/// What goes wrong: one-way audio, cancel over IPv6, busy, silence, seven hosts, hostile names.
pub(crate) fn troubles() -> Report {
    serde_json::from_str(include_str!("testdata/troubles.json")).unwrap()
}
