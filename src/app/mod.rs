//! The wiring: input, pipeline, report and renderer for each command, and the exit code.
//!
//! Invariant: data goes to standard output through one writer, everything else to standard error; a
//! closed pipe ends the program quietly.

mod analyse;
mod commands;
mod failure;
#[cfg(feature = "live")]
mod live;
mod output;
mod progress;
mod said;
mod select;
mod selected;
mod store;

use crate::cli;
use failure::Failure;
use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    let cli = match cli::parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe cannot be told anything.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.to_line() {
                said::say(&text);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
