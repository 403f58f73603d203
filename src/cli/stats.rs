//! `sipflow stats`.

use super::format::{FormatArgs, TableFormat};
use super::meaning::{Meaning, means};
use super::{CsvArgs, DiagnosticsArgs, InputArgs, OutputArgs, TimeArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow stats monday.pcap tuesday.pcap               several captures as one, by time
  sipflow stats --csv lab.pcap > stats.csv             a figure a line
  sipflow stats --json lab.pcap | jq '{ser_percent, scr_percent, p95: .srd_ms.p95}'
  sipflow stats --json lab.pcap | jq '.hops[] | select(.unanswered > 0) | {from, to, unanswered}'

A call counts once, by its caller's hop: what proxies pass on, what two captures both hold, and
the further legs of a call are no calls of their own. A challenged INVITE or REGISTER and the one
with credentials are one attempt. Responses, methods and hops count what is on the wire, hop by hop.
Exit code 1: no SIP in the captures.";

/// Measure the signalling as a whole: ratios, delays, load (RFC 6076)
///
/// Of RFC 6076: how many calls are answered, refused by users, lost by servers and completed (SER, SEER,
/// ISA, SCR), how many registrations fail (IRA), and with median and percentiles how long it takes to
/// register (RRD), until it rings (SRD), to hang up (SDD), and how long calls last (SDT). Besides, not of
/// that RFC: set-up and ring times, responses by status, methods, calls tried a second and up at once,
/// software and hops. `sipflow define SER` explains each word.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow stats [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct StatsArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub shape: StatsOutput,
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

/// What `stats` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatsOutput {
    /// For reading.
    Text,
    /// The document.
    Json,
    /// One row a figure.
    Csv(CsvArgs),
}

#[doc(hidden)]
#[derive(Args, Clone, Debug)]
pub(super) struct StatsTyped {
    #[command(flatten)]
    format: FormatArgs<TableFormat>,
    /// Short for --format csv
    #[arg(long, conflicts_with_all = ["format", "json"], help_heading = "Output")]
    csv: bool,
    #[command(flatten)]
    raw: CsvArgs,
}

impl Meaning for StatsOutput {
    type Typed = StatsTyped;
    fn of(typed: StatsTyped) -> Result<Self, &'static str> {
        let format = match typed.csv {
            true => TableFormat::Csv,
            false => typed.format.chosen(),
        };
        match format {
            TableFormat::Csv => Ok(StatsOutput::Csv(typed.raw)),
            _ if typed.raw.csv_raw => Err("--csv-raw is about CSV: add --format csv"),
            TableFormat::Text => Ok(StatsOutput::Text),
            TableFormat::Json => Ok(StatsOutput::Json),
        }
    }
}
means!(StatsOutput);
