//! Where output goes and how wide and colourful it may be.

mod file;
mod guard;
mod standard;

pub(super) use file::Output;
pub(super) use guard::Guard;
#[cfg(feature = "live")]
pub(super) use guard::{failed_to_open, folder_of, is_locked, lock};
pub(super) use standard::stdout_was_closed;
#[cfg(feature = "live")]
pub(super) use standard::{Stdout, stdout};

use super::failure::Failure;
use crate::cli::{CsvArgs, DEFAULT_WIDTH, OutputArgs, TimeArgs, When};
use crate::render::csv::Formulas;
use crate::render::{Style, TimeColumn, Zone};
use std::io::{self, IsTerminal};
use std::path::PathBuf;

/// Opens the output: the file named, else standard output.
pub(super) fn open(args: &OutputArgs) -> Result<Output, Failure> {
    match &args.file {
        Some(path) => Output::file(path, args.line_buffered),
        None => Output::stdout(args.line_buffered),
    }
}

/// Refuses an output that would destroy an input or what another sipflow writes, and standard output that is
/// closed.
pub(super) fn check(args: &OutputArgs, inputs: &[PathBuf]) -> Result<(), Failure> {
    let mut guard = Guard::default();
    for input in inputs {
        guard.reads(input);
    }
    guard.may_say_errors()?;
    match &args.file {
        Some(path) => guard.writes("-o", path),
        None => guard.writes_stdout(),
    }
}

/// True where a person reads the output as it comes.
pub(super) fn on_terminal(args: &OutputArgs) -> bool {
    args.file.is_none() && io::stdout().is_terminal()
}

/// The look: colour and width from the options, else from the terminal.
pub(super) fn style(args: &OutputArgs, time: &TimeArgs, default: TimeColumn) -> Style {
    style_in(args, time, default, Zone::Utc)
}

/// The same with a zone of its own where none was asked for.
pub(super) fn style_in(
    args: &OutputArgs,
    time: &TimeArgs,
    default: TimeColumn,
    here: Zone,
) -> Style {
    let terminal = on_terminal(args);
    let color = match args.color {
        When::Always => true,
        When::Never => false,
        When::Auto => match anstream::AutoStream::choice(&io::stdout()) {
            _ if args.file.is_some() => false,
            anstream::ColorChoice::Always | anstream::ColorChoice::AlwaysAnsi => true,
            anstream::ColorChoice::Auto => terminal,
            anstream::ColorChoice::Never => false,
        },
    };
    let width = match args.width {
        Some(width) => usize::from(width),
        None if terminal => {
            terminal_size::terminal_size().map_or(DEFAULT_WIDTH, |(w, _)| usize::from(w.0))
        }
        None => DEFAULT_WIDTH,
    };
    Style {
        color,
        width,
        times: time.column.unwrap_or(default),
        zone: time.timezone.unwrap_or(here),
        ascii: args.ascii || !terminal,
    }
}

/// What CSV does to text that a spreadsheet would run.
pub(super) fn formulas(args: CsvArgs) -> Formulas {
    match args.csv_raw {
        true => Formulas::Kept,
        false => Formulas::Defused,
    }
}
