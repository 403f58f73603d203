//! One file a command: from its arguments to its output.

mod bandwidth;
mod calls;
mod capture;
mod completions;
mod doctor;
mod interfaces;
mod ladder;
mod messages;
pub(super) mod report;
mod schema;
mod show;
mod streams;

use super::failure::Failure;
use crate::cli::Command;

/// Runs a command.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Capture(args) => capture::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Calls(args) => calls::run(&args),
        Command::Ladder(args) => ladder::run(&args),
        Command::Messages(args) => messages::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Streams(args) => streams::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Bandwidth(args) => bandwidth::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Interfaces(args) => interfaces::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}
