//! Asks a capture two things: how each call ended, and whether both sides could be heard.
//!
//! `cargo run --example ask -- testdata/cases/proxy_call/capture.pcap`

#![allow(clippy::print_stdout, reason = "an example talks")]

use sipflow::report::{ReadError, read_captures};
use sipflow::types::Party;

fn main() -> Result<(), ReadError> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let report = read_captures(&files)?;
    for call in &report.calls {
        let of_call = || report.streams.iter().filter(|s| s.call == Some(call.id));
        let heard = |who| of_call().any(|s| s.from == Some(who));
        println!(
            "call {}: {}; sound of the caller: {}, of the callee: {}",
            call.id,
            call.outcome,
            heard(Party::Caller),
            heard(Party::Callee)
        );
    }
    Ok(())
}
