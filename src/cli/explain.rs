//! `sipflow explain`.

use super::format::ExplainFormat;
use super::number::number;
use super::{DiagnosticsArgs, InputArgs, OutputArgs, PasswordArgs, SelectArgs, TimeArgs};
use crate::types::ExplainLevel;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  sipflow explain lab.pcap                     all calls, registrations and requests
  sipflow explain lab.pcap --call 2            call 2 only
  sipflow explain lab.pcap --registration 1    registration 1, all its attempts
  sipflow explain lab.pcap --requests 1        a subscription, text message or ping
  sipflow explain lab.pcap --level engineer    only what is unusual, to paste in a ticket
  sipflow explain lab.pcap --call 1 --format html -o call1.html

A call fits when at least one of its messages does. Exit code 1: nothing fits.";

const HEADING: &str = "Selection (all that are given must fit)";

/// Explain calls, registrations and requests step by step, each special word once
///
/// Who takes part and what shows it; each message, what it does, why now, and what it carries;
/// the media in figures; how it ended, what went wrong, and what the capture does not tell. Each
/// step names its frames and the RFC section. Nothing is said that the capture does not show.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow explain [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct ExplainArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which calls and registrations.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Explain registration N of the report; several with commas. Without other selection, nothing else
    #[arg(long = "registration", value_name = "N", value_delimiter = ',', help_heading = HEADING,
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3 or 3,5"))]
    pub registrations: Vec<u32>,
    /// Explain requests outside calls, row N of the report, and what belongs to them; several with commas
    #[arg(long = "requests", value_name = "N", value_delimiter = ',', help_heading = HEADING,
          value_parser = |t: &str| number::<u32>(t, 1..=u32::MAX, "3 or 3,5"))]
    pub requests: Vec<u32>,
    /// For whom
    #[arg(
        long,
        value_name = "LEVEL",
        value_enum,
        default_value = "student",
        help_heading = "Output"
    )]
    pub level: ExplainLevel,
    /// Explain at most N of them, and say how many more there are; 0 for all
    #[arg(long, value_name = "N", default_value = "20", help_heading = "Output",
          value_parser = |t: &str| number::<usize>(t, 0..=usize::MAX, "50, or 0 for all"))]
    pub limit: usize,
    /// Text, JSON, Markdown or a page.
    #[command(flatten)]
    pub format: ExplainFormat,
    /// Passwords that credentials are checked against.
    #[command(flatten)]
    pub passwords: PasswordArgs,
    /// How times are written.
    #[command(flatten)]
    pub time: TimeArgs,
    /// Where the output goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// What is said beside it.
    #[command(flatten)]
    pub diagnostics: DiagnosticsArgs,
}

impl ValueEnum for ExplainLevel {
    fn value_variants<'a>() -> &'a [Self] {
        ExplainLevel::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            ExplainLevel::Student => "Every step, and each special word once",
            ExplainLevel::Engineer => "Only what is unusual, to paste in a ticket",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}
