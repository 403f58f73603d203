//! Reports for tests: hand-written, as the contract describes them.

use crate::report::model::Report;
use std::io::{self, Write};

/// Registrations that succeed and fail, and a call through a proxy with media both ways.
pub(crate) fn proxied() -> Report {
    serde_json::from_str(include_str!("testdata/proxied_call.json")).unwrap()
}

/// What goes wrong: one-way audio, cancel over IPv6, busy, silence, seven hosts, hostile names.
pub(crate) fn troubles() -> Report {
    serde_json::from_str(include_str!("testdata/troubles.json")).unwrap()
}

/// What `write` writes, as text.
pub(crate) fn rendered(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}
