//! The wiring: input, pipeline, report and renderer for each command, and the exit code.
//!
//! Invariant: data goes to standard output through one writer, everything else to standard error; a
//! closed pipe ends the program quietly.

mod analyse;
mod commands;
mod failure;
mod filter;
mod frames;
#[cfg(feature = "live")]
mod live;
mod meant;
mod output;
mod passwords;
mod plot;
mod progress;
mod said;
mod select;
mod selected;
mod sound;

use crate::cli;
use failure::Failure;
use std::io::Write;
use std::process::ExitCode;

/// Runs the program with the process's arguments. Whether standard output was closed when it began only the
/// binary can see.
pub fn main(stdout_was_closed: bool) -> ExitCode {
    if stdout_was_closed {
        output::stdout_was_closed();
    }
    let cli = match cli::parse_from(std::env::args_os()) {
        Ok(cli) => cli,
        Err(error) => {
            if error.use_stderr() {
                // Nothing can be done where standard error is closed.
                let _ = error.print();
                return ExitCode::from(2);
            }
            let free = output::check(&cli::OutputArgs::default(), &[]);
            return end(free.and_then(|()| {
                let printed = error.print().and_then(|()| std::io::stdout().flush());
                printed.map_err(Failure::from)
            }));
        }
    };
    end(commands::run(cli.command))
}

/// Says what went wrong; the exit code.
fn end(result: Result<(), Failure>) -> ExitCode {
    match result {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.to_line() {
                said::say(&text);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
