//! `sipflow streams`.

use super::{CsvArgs, DiagnosticsArgs, InputArgs, OutputArgs, RowFormat, SelectArgs, TimeArgs};
use clap::Args;

const EXAMPLES: &str = "\
Examples:
  sipflow streams lab.pcap
  sipflow streams lab.pcap --call 1 --show-work        with the arithmetic written out
  sipflow streams --format csv lab.pcap > streams.csv
  sipflow streams --json lab.pcap | jq '.streams[] | {id, lost, jitter_max_ms, mos: .quality.mos}'

Selecting by header or status keeps the streams of the calls that fit.
Exit code 1: no stream fits.";

/// List RTP streams with loss, jitter, bandwidth and quality
///
/// One line a stream: packets, loss, duplicates and reordering apart from it, jitter, time between
/// packets, clock drift, bandwidth on every layer, estimated quality (MOS), and what RTCP said.
#[derive(Args, Clone, Debug)]
#[command(override_usage = "sipflow streams [OPTIONS] <FILE>...", after_long_help = EXAMPLES)]
pub struct StreamsArgs {
    /// The captures.
    #[command(flatten)]
    pub input: InputArgs,
    /// Which streams.
    #[command(flatten)]
    pub select: SelectArgs,
    /// Write out how the figures come about
    #[arg(long, help_heading = "Output")]
    pub show_work: bool,
    /// Text, JSON or CSV.
    #[command(flatten)]
    pub format: RowFormat,
    /// Cells of CSV.
    #[command(flatten)]
    pub csv: CsvArgs,
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
