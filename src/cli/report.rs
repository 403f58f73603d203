//! `sipflow report`.

use super::{
    DiagnosticsArgs, InputArgs, OutputArgs, RecordKind, ReportFormat, SelectArgs, TimeArgs,
};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow report lab.pcap
  sipflow report caller.pcap proxy.pcap callee.pcap    three captures of one lab, merged by time
  sipflow report lab.pcap --call 2                     call 2 and what belongs to it
  sipflow report --json lab.pcap -o lab.json           the whole report for a script
  sipflow report --json --records calls,findings lab.pcap
  sipflow report --format ndjson big.pcap.zst | grep '\"record\":\"finding\"'";

/// Report on captures: registrations, calls, ladders, media quality, findings
///
/// Prints what the captures hold: a summary, the registrations, the calls with a ladder diagram
/// each, the quality of their media, and the findings, each with the frames it was read from.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow report [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct ReportArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which calls.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Text or JSON.
    #[command(flatten)]
    pub format: ReportFormat,
    /// Arrays the JSON is to hold; the others stay empty [default: all]
    #[arg(
        long,
        value_name = "KINDS",
        value_enum,
        value_delimiter = ',',
        help_heading = "Output"
    )]
    pub records: Vec<RecordKind>,
    /// Add every message's bytes to the JSON, in base64
    #[arg(long, help_heading = "Output")]
    pub raw: bool,
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
