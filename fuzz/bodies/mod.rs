//! What each fuzz target does with its bytes: plain functions over the library, called by the fuzz
//! targets, by property tests and on the saved corpus. A body panics where an invariant breaks.

#![allow(dead_code, reason = "each includer uses a part")]
#![allow(missing_docs, reason = "bodies are named by what they read")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a broken invariant is to panic"
)]

pub mod call_operations;
pub mod choices;
pub mod media_operations;
pub mod parsers;
pub mod plot;
pub mod query;
pub mod seeds;
pub mod sound;
pub mod streams;
pub mod whole;

/// A target's body.
pub type Body = fn(&[u8]);

/// Every target by name: the name of its binary, its corpus and its row in docs/robustness.md.
pub const ALL: &[(&str, Body)] = &[
    ("capture_file", parsers::capture_file),
    ("packet", parsers::packet),
    ("sip_message", parsers::sip_message),
    ("sip_stream", streams::sip_stream),
    ("websocket", streams::websocket),
    ("hep", whole::hep),
    ("sdp", parsers::sdp_text),
    ("rtcp", parsers::rtcp_datagram),
    ("sound", sound::run),
    ("plot", plot::run),
    ("where", query::run),
    ("media_operations", media_operations::run),
    ("call_operations", call_operations::run),
    ("pipeline", whole::pipeline),
];

/// Runs the body of a target.
pub fn run(target: &str, data: &[u8]) {
    let (_, body) = ALL
        .iter()
        .find(|(name, _)| *name == target)
        .expect("a target's name");
    body(data);
}
