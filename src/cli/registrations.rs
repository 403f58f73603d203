//! `sipflow registrations`.

use super::{DiagnosticsArgs, InputArgs, OutputArgs, RowsOutput, SelectArgs, TimeArgs, WhereArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow registrations lab.pcap
  sipflow registrations lab.pcap --to alice --status 401,403
  sipflow registrations lab.pcap --where \"not attempts.outcome == 'registered'\"
  sipflow registrations --format csv *.pcap > registrations.csv
  sipflow registrations --json lab.pcap | jq '.registrations[].attempts[].outcome'

A registration fits when at least one of its messages does. Exit code 1: none fits.";

/// List registrations, one line an attempt
///
/// One line an attempt: who, where, when, what happened to the REGISTER and why, what was bound and for how long.
/// JSON holds the report with the registrations alone.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow registrations [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct RegistrationsArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which registrations.
    #[command(flatten)]
    pub select: SelectArgs,
    /// And for which an expression holds.
    #[command(flatten)]
    pub filter: WhereArgs,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: RowsOutput,
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
