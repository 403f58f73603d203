//! What is said on standard error.

use crate::types::Escaped;
use std::io::Write;

/// Says lines on standard error. Names and other words from outside are escaped where a sentence is made
/// of them; here once more, so that whatever is said, only its own line ends reach the terminal.
pub(super) fn say(text: &str) {
    let lines: Vec<String> = text
        .split('\n')
        .map(|l| Escaped::of(l).to_string())
        .collect();
    // In one piece, so that lines of other programs do not come between. Nothing can be done where standard
    // error is closed.
    let _ = std::io::stderr().write_all(format!("sipflow: {}\n", lines.join("\n")).as_bytes());
}
