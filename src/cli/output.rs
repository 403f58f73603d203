//! Where the output goes, how it looks, and what is said beside it.

use super::number::number;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// Columns where output is not a terminal and `--width` is absent.
pub const DEFAULT_WIDTH: usize = 80;

/// Where the output goes and how it looks.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Write to FILE instead of standard output
    #[arg(
        short = 'o',
        long = "output",
        value_name = "FILE",
        long_help = "Write to FILE instead of standard output. Never over an input. A file takes its name when \
                     it is complete, so that an error leaves the old one as it was; capture writes its file \
                     line by line"
    )]
    pub file: Option<PathBuf>,
    /// When to use colour.
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help = "When to use colour: auto, always, never",
        long_help = "When to use colour: always, never, or auto, which means on a terminal unless \
                       NO_COLOR is set"
    )]
    pub color: When,
    /// Columns to use [default: the terminal's, else 80]
    #[arg(long, value_name = "N", value_parser = |t: &str| number::<u16>(t, 60..=1000, "120"))]
    pub width: Option<u16>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
    /// Flush after every line, for pipes that are watched
    #[arg(short = 'l', long)]
    pub line_buffered: bool,
}

impl OutputArgs {
    /// What has to be named where it goes: to that file, or to standard output for `-`.
    pub fn named(file: &Path) -> OutputArgs {
        OutputArgs {
            file: (file.as_os_str() != "-").then(|| file.to_owned()),
            ..OutputArgs::default()
        }
    }
}

/// What is said on standard error.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Diagnostics")]
pub struct DiagnosticsArgs {
    /// No warnings on standard error; they stay in the report
    #[arg(short, long, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more on standard error; twice for still more
    #[arg(short, long, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// When to show a progress bar.
    #[arg(
        long,
        value_name = "WHEN",
        value_enum,
        default_value_t,
        hide_possible_values = true,
        help = "When to show a progress bar: auto, always, never",
        long_help = "When to show a progress bar on standard error: always, never, or auto, which \
                       means on a terminal"
    )]
    pub progress: When,
    /// The output has the findings, which say what these warnings would.
    #[arg(skip)]
    pub has_findings: bool,
}

impl DiagnosticsArgs {
    /// The same for an output that has the findings.
    pub fn beside_findings(&self) -> DiagnosticsArgs {
        DiagnosticsArgs {
            has_findings: true,
            ..self.clone()
        }
    }
}

/// A choice that a terminal can make.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, ValueEnum)]
#[allow(missing_docs)]
pub enum When {
    #[default]
    Auto,
    Always,
    Never,
}
