//! One file a command: from its arguments to its output.

mod audio;
mod bandwidth;
mod calls;
mod capture;
mod completions;
mod define;
mod doctor;
mod explain;
mod fields;
mod interfaces;
mod ladder;
mod list;
mod messages;
mod plot;
mod registrations;
pub(super) mod report;
mod schema;
mod show;
mod stats;
mod streams;

use super::failure::Failure;
use super::output;
use crate::cli::{Command, OutputArgs};

/// Runs a command.
pub(super) fn run(command: Command) -> Result<(), Failure> {
    refuse_to_destroy(&command)?;
    match command {
        Command::Capture(args) => capture::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Calls(args) => calls::run(&args),
        Command::Registrations(args) => registrations::run(&args),
        Command::Ladder(args) => ladder::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Messages(args) => messages::run(&args),
        Command::List(args) => list::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Streams(args) => streams::run(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Audio(args) => audio::run(&args),
        Command::Plot(args) => plot::run(&args),
        Command::Doctor(args) => doctor::run(&args),
        Command::Bandwidth(args) => bandwidth::run(&args),
        Command::Define(args) => define::run(&args),
        Command::Fields(args) => fields::run(&args),
        Command::Schema(args) => schema::run(&args),
        Command::Interfaces(args) => interfaces::run(&args),
        Command::Completions(args) => completions::run(&args),
    }
}

/// Before anything is read or opened; `capture` has more outputs and looks itself.
fn refuse_to_destroy(command: &Command) -> Result<(), Failure> {
    let (output, input) = match command {
        Command::Report(a) => (&a.output, &a.input),
        Command::Calls(a) => (&a.output, &a.input),
        Command::Registrations(a) => (&a.output, &a.input),
        Command::Ladder(a) => (&a.output, &a.input),
        Command::Explain(a) => (&a.output, &a.input),
        Command::Messages(a) => (&a.output, &a.input),
        Command::List(a) => (&a.output, &a.input),
        Command::Show(a) => (&a.output, &a.wanted.input),
        Command::Streams(a) => (&a.output, &a.input),
        Command::Stats(a) => (&a.output, &a.input),
        Command::Doctor(a) => (&a.output, &a.input),
        Command::Audio(a) => return output::check(&a.output(), &a.input.files),
        Command::Plot(a) => return output::check(&a.output(), &a.input.files),
        Command::Bandwidth(a) => return output::check(&a.output, &[]),
        Command::Define(a) => return output::check(&a.output, &[]),
        Command::Fields(a) => return output::check(&a.output, &[]),
        Command::Schema(a) => {
            let output = OutputArgs {
                file: a.file.clone(),
                ..OutputArgs::default()
            };
            return output::check(&output, &[]);
        }
        Command::Interfaces(a) => return output::check(&a.output, &[]),
        Command::Completions(_) => return output::check(&OutputArgs::default(), &[]),
        Command::Capture(_) => return Ok(()),
    };
    output::check(output, &input.all_files())
}
